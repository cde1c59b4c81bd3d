import json

import pytest
from pydantic import ValidationError

from agreements.groups.schemas import TermsBody
from agreements.terms import Command, CostCategory, CostRule, Duty, Payer, Terms, WritingRule
from agreements.weights import Weights
from foundation.refusals import field_errors


def test_defaults_are_those_of_the_law_and_of_practice() -> None:
    terms = Terms()
    assert terms.cost[CostCategory.KIT] == CostRule(Payer.RECEIVER, Payer.RECEIVER, Payer.SENDER)
    assert terms.writing is WritingRule.ORAL_FIRST
    assert terms.written_within_hours == 72
    assert terms.answer_minutes == {1: 30, 2: 60, 3: 60, 4: 60}
    assert set(terms.duty_months) == set(Duty)
    assert set(terms.duty_months.values()) == {12}


def test_terms_come_back_from_json_as_they_went() -> None:
    terms = Terms(
        cost={category: CostRule(requested=Payer.SENDER) for category in CostCategory},
        command=Command.SENDER,
        writing=WritingRule.WRITTEN_FIRST,
        self_initiated_aid=False,
        answer_minutes={1: 10, 2: 20, 3: 30, 4: 40},
        wave_cover=2.5,
        duty_months=dict.fromkeys(Duty, 6),
        ranking=Weights(near_km=50, nda_required=True, load=1),
    )
    assert Terms.from_json(json.loads(json.dumps(terms.to_json()))) == terms


def test_what_an_older_version_does_not_say_has_its_default() -> None:
    terms = Terms.from_json({"answer_minutes": {"1": 15}, "cost": {"kit": {"requested": "sender"}}})
    assert terms.answer_minutes == {1: 15, 2: 60, 3: 60, 4: 60}
    assert terms.cost[CostCategory.KIT].requested is Payer.SENDER
    assert terms.cost[CostCategory.TRAVEL] == CostRule()
    assert terms.wave_minimum == 3
    assert terms.ranking == Weights()
    assert Terms.from_json({"ranking": {"load": 7, "of_a_later_version": 1}}).ranking == Weights(load=7)


def test_what_is_given_over_the_api_becomes_terms_and_is_shown_complete() -> None:
    body = TermsBody.model_validate_json(
        '{"cost": {"people": {"requested": "sender"}}, "answer_minutes": {"1": 5}, "duty_months": {"training": 24}}'
    )
    terms = body.terms()
    assert terms.cost[CostCategory.PEOPLE].requested is Payer.SENDER
    assert terms.duty_months[Duty.TRAINING] == 24
    assert terms.duty_months[Duty.NDA] == 12
    shown = TermsBody.of(terms)
    assert shown.answer_minutes == {"1": 5, "2": 60, "3": 60, "4": 60}
    assert shown.terms() == terms


@pytest.mark.parametrize(
    ("body", "pointer", "word"),
    [
        ('{"written_within_hours": 0}', "/written_within_hours", "1以上"),
        ('{"wave_cover": 100}', "/wave_cover", "20以下"),
        ('{"command": "both"}', "/command", "次のいずれか"),
        ('{"answer_minutes": {"1": 0}}', "/answer_minutes/1", "1以上"),
        ('{"duty_months": {"bcp": 61}}', "/duty_months/bcp", "60以下"),
        ('{"self_initiated_aid": "yes"}', "/self_initiated_aid", "true か false"),
        ('{"cost": {"kit": {"requested": "nobody"}}}', "/cost/kit/requested", "次のいずれか"),
        ('{"colour": "red"}', "/colour", "項目はありません"),
        ('{"ranking": {"load": -1}}', "/ranking/load", "0以上"),
        ('{"ranking": {"least_fit": 1001}}', "/ranking/least_fit", "1000以下"),
        ('{"ranking": {"colour": 1}}', "/ranking/colour", "項目はありません"),
    ],
)
def test_wrong_terms_are_refused_field_by_field_in_japanese(body: str, pointer: str, word: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TermsBody.model_validate_json(body)
    errors = field_errors(refused.value)
    assert [error.pointer for error in errors] == [pointer]
    assert word in errors[0].ja
