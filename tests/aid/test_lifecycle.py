import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aid import lifecycle
from aid.labels import Labelled
from aid.lifecycle import (
    Decision,
    IncidentAct,
    IncidentStatus,
    OfferAct,
    OfferStatus,
    Priority,
    RequestAct,
    RequestStatus,
    TransitionError,
    answer_act,
    can,
    covered_status,
    first_status,
    incident_after,
    offer_after,
    request_after,
    written_due,
)

OVER = {RequestStatus.CLOSED, RequestStatus.CANCELLED}


@pytest.mark.parametrize("status", [OfferStatus.OFFERED, OfferStatus.PROVISIONAL])
def test_standing_offer_can_be_accepted_released_withdrawn_or_expire(status: OfferStatus) -> None:
    assert offer_after(status, OfferAct.ACCEPT) is OfferStatus.ACCEPTED
    assert offer_after(status, OfferAct.RELEASE) is OfferStatus.RELEASED
    assert offer_after(status, OfferAct.WITHDRAW) is OfferStatus.WITHDRAWN
    assert offer_after(status, OfferAct.EXPIRE) is OfferStatus.EXPIRED


@pytest.mark.parametrize("decision", list(Decision))
@pytest.mark.parametrize("status", list(OfferStatus))
def test_answer_can_be_changed_until_accepted(status: OfferStatus, decision: Decision) -> None:
    act = answer_act(decision)
    if status in {OfferStatus.ACCEPTED, OfferStatus.WITHDRAWN}:
        assert not can(status, act)
    else:
        assert offer_after(status, act) is first_status(decision)


@pytest.mark.parametrize("status", [s for s in OfferStatus if s not in {"offered", "provisional"}])
@pytest.mark.asvs("2.3.1")
def test_only_a_standing_offer_can_be_accepted(status: OfferStatus) -> None:
    with pytest.raises(TransitionError) as refused:
        offer_after(status, OfferAct.ACCEPT)
    assert refused.value.code == f"cannot_accept_{status.value}_offer"


def test_accepted_offer_can_still_be_withdrawn() -> None:
    assert offer_after(OfferStatus.ACCEPTED, OfferAct.WITHDRAW) is OfferStatus.WITHDRAWN
    assert not can(OfferStatus.ACCEPTED, OfferAct.EXPIRE)


@pytest.mark.parametrize("act", list(RequestAct))
@pytest.mark.parametrize("status", sorted(OVER))
def test_finished_request_takes_nothing_more(status: RequestStatus, act: RequestAct) -> None:
    assert not can(status, act)
    with pytest.raises(TransitionError):
        request_after(status, act)


def test_request_is_covered_and_reopened() -> None:
    covered = request_after(RequestStatus.OPEN, RequestAct.COVER)
    assert covered is RequestStatus.COVERED
    assert not can(covered, RequestAct.ACCEPT)
    assert can(covered, RequestAct.OFFER)
    assert request_after(covered, RequestAct.REOPEN) is RequestStatus.OPEN


def test_unverified_request_keeps_its_mark_until_verified() -> None:
    for act in (RequestAct.OFFER, RequestAct.ACCEPT, RequestAct.AMEND):
        assert request_after(RequestStatus.UNVERIFIED, act) is RequestStatus.UNVERIFIED
    assert not can(RequestStatus.UNVERIFIED, RequestAct.COVER)
    assert request_after(RequestStatus.UNVERIFIED, RequestAct.VERIFY) is RequestStatus.OPEN


def test_open_incident_and_open_request_are_not_mixed_up() -> None:
    assert incident_after(IncidentStatus.OPEN, IncidentAct.CLOSE) is IncidentStatus.CLOSED
    assert incident_after(IncidentStatus.CLOSED, IncidentAct.REOPEN) is IncidentStatus.OPEN
    assert can(IncidentStatus.CLOSED, IncidentAct.REOPEN)
    assert not can(IncidentStatus.OPEN, IncidentAct.REOPEN)


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 60)), max_size=6))
def test_covered_means_every_line_has_all(lines: list[tuple[int, int]]) -> None:
    missing = sum(max(0, quantity - committed) for quantity, committed in lines)
    assert (covered_status(lines) is RequestStatus.COVERED) == (missing == 0)


def test_written_form_falls_due_after_the_oral_request() -> None:
    oral_at = datetime(2011, 3, 11, 15, 0, tzinfo=timezone(timedelta(hours=9)))
    assert written_due(oral_at, 72) == datetime(2011, 3, 14, 6, 0, tzinfo=UTC)
    with pytest.raises(ValueError, match="offset"):
        written_due(oral_at.replace(tzinfo=None), 72)


def test_every_state_act_and_choice_has_a_label() -> None:
    enums = [e for e in vars(lifecycle).values() if isinstance(e, type) and issubclass(e, Labelled)]
    members = [member for enum in enums for member in enum]
    assert len(members) > 40
    assert all(member.label for member in members)


def test_values_are_plain_strings_for_json_and_databases() -> None:
    assert json.dumps([RequestStatus.OPEN, Priority.LIFE]) == '["open", "1"]'
    assert f"{OfferStatus.OFFERED}" == "offered"
    assert [Priority(str(number)).number for number in range(1, 5)] == [1, 2, 3, 4]
