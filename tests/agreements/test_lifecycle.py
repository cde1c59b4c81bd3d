import itertools

import pytest

from agreements import lifecycle
from agreements.lifecycle import GroupStatus, Lack, StepError

ORDER = list(GroupStatus)


def test_a_group_goes_one_step_at_a_time() -> None:
    for status, following in itertools.pairwise(ORDER):
        assert lifecycle.after(status, following) is following


@pytest.mark.parametrize("status", ORDER)
@pytest.mark.asvs("2.3.1")
def test_nothing_leads_back_or_leaps(status: GroupStatus) -> None:
    allowed = set(lifecycle.steps(status))
    for wanted in set(ORDER) - allowed:
        with pytest.raises(StepError):
            lifecycle.after(status, wanted)
    assert all(ORDER.index(each) > ORDER.index(status) for each in allowed)
    assert len(allowed - {GroupStatus.ENDED}) <= 1


def test_a_group_can_end_at_any_stage_once() -> None:
    assert [status for status in ORDER if GroupStatus.ENDED not in lifecycle.steps(status)] == [GroupStatus.ENDED]


def test_force_needs_terms_and_two_signatures() -> None:
    assert lifecycle.lacks(GroupStatus.IN_FORCE, has_terms=False, signed=1) == (Lack.TERMS, Lack.SIGNATURES)
    assert lifecycle.lacks(GroupStatus.IN_FORCE, has_terms=True, signed=1) == (Lack.SIGNATURES,)
    assert lifecycle.lacks(GroupStatus.IN_FORCE, has_terms=False, signed=2) == (Lack.TERMS,)
    assert lifecycle.lacks(GroupStatus.IN_FORCE, has_terms=True, signed=2) == ()


def test_earlier_steps_need_nothing() -> None:
    for status in (GroupStatus.INVITING, GroupStatus.SIGNED, GroupStatus.ENDED):
        assert lifecycle.lacks(status, has_terms=False, signed=0) == ()
