"""How partners that were asked are shown: how far the question came, what was tried, who telephoned."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from agreements.telephones import Number
from aid import reaching
from aid.escalation.lifecycle import CallOutcome, is_calling
from aid.escalation.schemas import (
    AskView,
    CallView,
    NumberView,
    ReachCounts,
    ReachedView,
    ReasonView,
    TriedView,
)
from aid.models import Ask, TelephoneCall
from aid.reaching import Reason, Standing, Why
from foundation.problems import Language
from notifications import reach
from notifications.reach import Tried

Name = tuple[str | None, str]
"""A member's municipality code and name."""


def standing_of(said: reach.Standing | None, *, is_answered: bool) -> Standing:
    """Return how far a question came to a member."""
    return reaching.standing(
        is_answered=is_answered or (said is not None and said.is_answered),
        is_received=said is not None and said.received_at is not None,
        statuses={each.value for each in said.messages} if said else set(),
    )


def counts(standings: Sequence[Standing]) -> ReachCounts:
    """Count members by how far the question came."""
    return ReachCounts(**{each.value: standings.count(each) for each in Standing})


def ask_fields(ask: Ask, name: Name, said: reach.Standing | None, standing: Standing) -> dict[str, Any]:
    """Return what every view of an ask shows."""
    return {
        "request": ask.request_id,
        "municipality": name[0],
        "member": ask.member_id,
        "name": name[1],
        "standing": standing,
        "received_at": said.received_at if said else None,
        "answered_at": said.answered_at if said else None,
        "again_at": None if standing is Standing.ANSWERED else ask.again_at,
        "repeats": ask.repeats,
    }


def ask_view(ask: Ask, name: Name, said: reach.Standing | None, *, is_answered: bool) -> AskView:
    """Show how a partner stands that was asked."""
    return AskView(**ask_fields(ask, name, said, standing_of(said, is_answered=is_answered)))


def reached_view(
    ask: Ask,
    name: Name,
    said: reach.Standing | None,
    standing: Standing,
    tried: Sequence[Tried],
    language: Language,
) -> ReachedView:
    """Show a partner with all that was tried; where nothing came through, why."""
    shown = [tried_view(each, language) for each in tried]
    return ReachedView(
        **ask_fields(ask, name, said, standing),
        wave=ask.wave,
        asked_at=ask.asked_at,
        stood_down_at=ask.stood_down_at,
        unreachable_at=ask.unreachable_at,
        text=standing.value.replace("_", " ") if language is Language.EN else standing.label,
        reasons=_reasons(shown, language) if standing is Standing.NOT_REACHED else [],
        tried=shown,
    )


def tried_view(each: Tried, language: Language) -> TriedView:
    """Show one message and why it has not arrived."""
    reason = reaching.reason(
        each.status.value,
        code=each.code,
        was_taken_over=each.was_taken_over,
        failing_since=each.failing_since,
    )
    return TriedView(
        channel=each.channel,
        status=each.status,
        attempts=each.attempts,
        raised_at=each.raised_at,
        finished_at=each.finished_at,
        reason=_reason(reason, language) if reason else None,
    )


def _reasons(tried: Sequence[TriedView], language: Language) -> list[ReasonView]:
    """Return each reason once; a member without any message has no address."""
    if not tried:
        return [_reason(Reason(Why.NO_ADDRESS, {}), language)]
    found = {each.reason.text: each.reason for each in tried if each.reason}
    return list(found.values())


def _reason(reason: Reason, language: Language) -> ReasonView:
    text = reason.phrase("en" if language is Language.EN else "ja")
    return ReasonView(code=reason.why, facts=dict(reason.facts), text=text)


def number_view(each: Number) -> NumberView:
    """Show a number: only to whom it was disclosed."""
    return NumberView(
        kind=each.kind,
        number=each.number,
        name=each.name,
        is_desk=each.is_desk,
        function=each.function,
        order=each.order,
        note=each.note,
    )


def call_view(
    call: TelephoneCall, names: Mapping[str, str], now: datetime, language: Language, *, is_last: bool
) -> CallView:
    """Show a call; only the last one may still go on."""
    outcome = CallOutcome(call.outcome)
    return CallView(
        id=call.id,
        member=call.member_id,
        outcome=outcome,
        text=outcome.value.replace("_", " ") if language is Language.EN else outcome.label,
        note=call.note,
        called_at=call.called_at,
        called_by=call.called_by,
        called_by_name=names.get(call.called_by or ""),
        called_by_member=call.called_by_member,
        is_going_on=is_last and is_calling(outcome, call.called_at, now),
    )
