"""Going further than asking: receipts, reminders, others in the place of who can't be reached, and the next wave."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from agreements import queries as agreements
from aid import patience
from aid.chronology.actions import enter
from aid.escalation import queries
from aid.escalation.errors import NotAsked
from aid.lanes import lane_of
from aid.lifecycle import RequestAct, RequestStatus, can
from aid.models import AidRequest, Ask, RequestLine
from aid.requests import alerting, asks, matching, outlook, planned
from aid.requests import queries as requests
from aid.requests.alerting import REPLACE as REPLACE
from aid.requests.errors import RequestEnded
from aid.requests.outlook import WithLines
from foundation import audit, clock, timers
from foundation.actor import SYSTEM, Actor
from notifications import actions as notifications

AGAIN = "aid.ask_again"
NOBODY_LEFT = "request.nobody_left"
WAVE_SENT = "request.wave_sent"
TELEPHONE_LIST = "request.telephone_list"
"""The alert that tells requester and coordinator that people have to telephone now."""
ASKING = {RequestStatus.OPEN, RequestStatus.UNVERIFIED}


def next_wave(session: Session, request: str) -> None:
    """Ask further partners, where the answers so far do not cover what is asked (timer).

    As long as the request is open the timer goes on: offers may be withdrawn, and stock may become free.
    """
    found = requests.request_locked(session, request)
    if found.status not in ASKING or requests.is_held(found):
        return
    rows = requests.lines_of(session, request)
    if alerting.is_short(session, found, rows):
        keep(session, found, rows, widen(session, found, rows))
    else:
        alerting.wait_for_answers(session, found)


def widen(session: Session, request: AidRequest, rows: Sequence[RequestLine]) -> str | None:
    """Ask the next wave at once; where nobody is left, hand over to people. Return what to `keep` of it.

    Nobody is asked while enough is being asked for, or while more urgent requests hold what is left. Of a request
    that is planned with others the next round decides.
    """
    if planned.is_planned(session, request):
        planned.call(session, request)
        alerting.wait_for_answers(session, request)
        return None
    found = matching.match(session, request, rows)
    if alerting.send_next(session, request, rows, found.next_wave):
        return WAVE_SENT
    return None if found.may_wait else hand_over(session, request, rows)


def hand_over(session: Session, request: AidRequest, rows: Sequence[RequestLine]) -> str | None:
    """Hand a request over to people, as nobody is left to ask; None where they know since the last wave."""
    if requests.is_noted(session, request, NOBODY_LEFT):
        return None
    _tell_nobody_is_left(session, request, rows)
    return NOBODY_LEFT


def renew(session: Session, request: AidRequest, rows: Sequence[RequestLine]) -> str | None:
    """Ask the next wave at once where something is lacking and too little is to be expected of those asked so far.

    So it is where nobody is left to wait for. Otherwise nobody is disturbed: the wave's timer looks at it again.
    """
    return renew_all(session, [(request, rows)]).get(request.id)


def renew_all(session: Session, asking: Sequence[WithLines]) -> dict[str, str | None]:
    """Do so for several requests; return what to `keep` of each for which anything was done."""
    able = [each for each in asking if each[0].status in ASKING and not requests.is_held(each[0])]
    # In one order for all: each may set its request's timer
    asking = sorted(able, key=lambda each: each[0].id)
    if not asking:
        return {}
    offered = asks.offered_on_any(session, [request.id for request, _ in asking])
    short = [(request, rows) for request, rows in asking if alerting.lacks(rows, offered)]
    awaited = queries.awaited(session, [request.id for request, _ in short]) if short else set()
    waiting = [each for each in short if each[0].id in awaited]
    doubtful = outlook.doubtful(session, waiting, offered) if waiting else set()
    return {
        request.id: _besides(session, request, rows) if request.id in doubtful else widen(session, request, rows)
        for request, rows in short
        if request.id in doubtful or request.id not in awaited
    }


def _besides(session: Session, request: AidRequest, rows: Sequence[RequestLine]) -> str | None:
    """Ask others beside those that are waited for. Return what to `keep` of it."""
    if planned.is_planned(session, request):
        planned.call(session, request)
        return None
    chosen = matching.match(session, request, rows).next_wave
    # Where nobody is left the timer stays as it is: it looks at it again when those asked have had their time
    return WAVE_SENT if chosen and alerting.send_next(session, request, rows, chosen) else None


def keep(
    session: Session, request: AidRequest, rows: Sequence[RequestLine], code: str | None, members: int | None = None
) -> None:
    """Record that a wave went out or that nobody is left (last in an action: it locks the incident).

    `members` is how many were asked, where it was in more waves than the last.
    """
    if code is None:
        return
    if members is None:
        members = sum(each.wave == request.wave for each in queries.open_asks(session, request))
    audit.record(
        session, SYSTEM, f"aid.{code.replace('.', '_')}", f"request:{request.id}", chain=request.requester_id
    )
    _enter(session, SYSTEM, request, rows, code, request.requester_id, wave=request.wave, members=members)


def note_receipt(session: Session, actor: Actor, request: str, member: str) -> bool:
    """Note that a member knows of a request and will answer later; return False where it has answered already.

    It is asked again after the group's answer time. Raises RequestEnded, NotAsked.
    """
    found = requests.request_locked(session, request)
    if not can(RequestStatus(found.status), RequestAct.OFFER):
        raise RequestEnded
    ask = session.get(Ask, (found.id, member), populate_existing=True)
    if ask is None or ask.stood_down_at is not None:
        raise NotAsked
    # Before the chronology locks the incident: a courier holds messages while it waits for that lock
    notifications.mark_received(session, topic=request, member=member)
    audit.record(session, actor, "aid.request_received", f"request:{request}", chain=(found.requester_id, member))
    if member in queries.answered(session, found):
        return False
    ask.unreachable_at = None
    if ask.again_at is None:
        ask.again_at = clock.now(session) + patience.pause(asks.answer_time(found), ask.repeats)
        set_reminder(session, found)
        asks.ask_longer(session, found, [member])
        rows = requests.lines_of(session, found.id)
        _enter(session, actor, found, rows, "request.received", member)
    return True


def set_reminder(session: Session, request: AidRequest) -> None:
    """Set the timer to when the next partner is to be asked again, if any is."""
    session.flush()
    if due_at := queries.next_reminder(session, request):
        timers.reschedule(session, AGAIN, request.id, due_at)


def ask_again(session: Session, request: str) -> None:
    """Ask again those that have only said that they received it, at growing intervals (timer).

    While enough is offered nobody is pressed; it is looked at again later.
    """
    found = requests.request_locked(session, request)
    if found.status not in ASKING:
        return
    now, rows = clock.now(session), requests.lines_of(session, request)
    due = queries.open_asks(session, found, Ask.again_at <= now)
    is_short = bool(due) and alerting.is_short(session, found, rows)
    if is_short:
        alerting.remind(session, found, rows, [each.member_id for each in due])
    for each in due:
        each.repeats += is_short
        each.again_at = now + patience.pause(asks.answer_time(found), each.repeats)
    set_reminder(session, found)
    if is_short:
        audit.record(session, SYSTEM, "aid.request_asked_again", f"request:{request}", chain=found.requester_id)
        _enter(session, SYSTEM, found, rows, "request.asked_again", found.requester_id, members=len(due))


def replace_unreachable(session: Session, request: str) -> None:
    """Ask others in the place of partners whose every message ended in vain, without waiting for the wave (timer).

    Of a request that is planned with others a round decides who: as people said, and for the most urgent first.
    """
    found = requests.request_locked(session, request)
    gone = queries.lost(session, found) if found.status in ASKING else []
    if not gone:
        return
    rows, now = requests.lines_of(session, request), clock.now(session)
    for each in gone:
        each.unreachable_at = now
    session.flush()
    members = {each.member_id for each in gone}
    asks.release(session, request, members)
    instead = asks.Asking()
    is_short = alerting.is_short(session, found, rows)
    if is_short and planned.is_planned(session, found):
        planned.call(session, found)
    elif is_short:
        instead = matching.match(session, found, rows).replacing(members)
        alerting.ask_in_place(session, found, rows, instead)
    widened = None if instead else renew(session, found, rows)
    audit.record(session, SYSTEM, "aid.request_unreachable", f"request:{request}", chain=found.requester_id)
    facts = {"members": len(members), "instead": len(instead)}
    _enter(session, SYSTEM, found, rows, "request.unreachable", found.requester_id, **facts)
    keep(session, found, rows, widened)


def _tell_nobody_is_left(session: Session, request: AidRequest, rows: Sequence[RequestLine]) -> None:
    """Tell requester and coordinator that who is silent must be telephoned, or that others must be looked for."""
    silent = queries.open_asks(session, request)
    to = {request.requester_id, agreements.coordinator_of(session, request.group_id)} - {None}
    facts = alerting.facts_of(session, request, rows) | {"members": len(silent)}
    kind = TELEPHONE_LIST if silent else NOBODY_LEFT
    alerting.tell(session, request, kind, sorted(str(each) for each in to), facts, wave=request.tellings)


def _enter(
    session: Session,
    actor: Actor,
    request: AidRequest,
    rows: Sequence[RequestLine],
    code: str,
    member: str,
    **facts: Any,
) -> None:
    enter(
        session,
        actor,
        incident=request.incident_id,
        code=code,
        facts={"number": request.number, **facts},
        lane=lane_of(row.kind for row in rows),
        group=request.group_id,
        request=request.id,
        member=member,
    )
