from dataclasses import asdict, fields

from agreements.groups.schemas import WeightsBody
from agreements.weights import Weights


def test_every_weight_can_be_given_over_the_api_and_has_one_default() -> None:
    assert set(WeightsBody.model_fields) == {each.name for each in fields(Weights)}
    assert WeightsBody().model_dump() == asdict(Weights())
