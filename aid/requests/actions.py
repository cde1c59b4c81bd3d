"""Filing, confirming, amending and ending requests."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from aid.chronology.actions import Act, enter_all
from aid.incidents import queries as incidents
from aid.incidents.errors import IncidentClosed
from aid.lanes import lane_of
from aid.lifecycle import RequestAct, RequestStatus, TransitionError, covered_status, request_after
from aid.models import AidRequest, RequestLine
from aid.requests import alerting, asks, correcting, drafting, errors, lines, planned, queries
from aid.requests.schemas import Amendment, Confirmation, RequestDraft, RequestView
from foundation import audit, clock, timers
from foundation.actor import SYSTEM, Actor
from foundation.calls import check_version
from foundation.problems import Forbidden, Invalid, Language
from notifications import actions as notifications

WRITTEN_DUE = "aid.written_due"


def file(
    session: Session,
    actor: Actor,
    draft: RequestDraft,
    language: Language = Language.JA,
    *,
    is_verified: bool = True,
) -> RequestView:
    """File a request, tell the first wave of partners, and set the timers that follow.

    One that is not verified, for it came by a message that anybody may have sent, waits: no partner hears of it.
    """
    asked = lines.resolve(draft.lines)
    incident = incidents.incident_named(session, draft.incident)
    if incident.status != "open":
        raise IncidentClosed
    requester = drafting.requester_of(session, actor, draft)
    request = drafting.request_from(session, actor, draft, requester)
    rows = [drafting.line_from(request.id, position, each) for position, each in enumerate(asked)]
    if not is_verified:
        request.status = RequestStatus.UNVERIFIED.value
    is_planned = is_verified and planned.join(session, request)
    is_silent = not is_verified or (is_planned and planned.waits(request))
    asked_first = asks.Asking() if is_silent else alerting.next_wave(session, request, rows)
    session.add(request)
    session.flush()
    session.add_all(rows)
    session.flush()
    if request.written_due_at:
        timers.schedule(session, WRITTEN_DUE, request.id, request.written_due_at)
    audit.record(
        session, actor, "aid.request_filed", f"request:{request.id}", chain=requester.member, incident=incident.id
    )
    if is_verified:
        alerting.ask_wave(session, request, rows, asked_first, requester.name)
    if is_planned:
        planned.call(session, request)
    acts = [Act(actor, "request.filed", {"is_proxy": request.is_proxy})]
    if asked_first:
        acts.append(Act(SYSTEM, "request.wave_sent", {"wave": request.wave, "members": len(asked_first)}))
    _enter_all(session, request, rows, acts, while_open=True)
    return queries.first_view(session, request, rows, requester, language)


def confirm(
    session: Session, actor: Actor, request: str, confirmation: Confirmation, language: Language = Language.JA
) -> RequestView:
    """Confirm a proxy's request: the member itself, or somebody else who called back."""
    found = queries.request_to_change(session, actor, request)
    if found.status != RequestStatus.UNVERIFIED:
        raise errors.NotUnconfirmed
    if not actor.acts_for(found.requester_id):
        if actor.person == found.made_by:
            raise errors.OwnConfirmation
        if confirmation.how == "member":
            raise errors.OthersConfirmation
    return _verified(session, actor, found, confirmation.how, language)


def verify(session: Session, actor: Actor, request: str, how: str) -> RequestView:
    """Confirm a request that came by a message: its code has followed."""
    return _verified(session, actor, queries.request_locked(session, request), how, Language.JA)


def _verified(session: Session, actor: Actor, found: AidRequest, how: str, language: Language) -> RequestView:
    was_held = queries.is_held(found)
    found.confirmed_at = clock.now(session)
    found.status = status_after(found, RequestAct.VERIFY)
    rows = queries.lines_of(session, found.id)
    settle_status(found, rows)
    _changed(session, actor, found, "aid.request_confirmed")
    _enter(session, actor, found, rows, "request.confirmed", how=how)
    members = _asked_first(session, found, rows) if was_held else []
    if members:
        _enter(session, SYSTEM, found, rows, "request.wave_sent", wave=found.wave, members=len(members))
    return queries.view(session, found, language)


def amend(
    session: Session,
    actor: Actor,
    request: str,
    amendment: Amendment,
    if_match: int | None = None,
    language: Language = Language.JA,
) -> RequestView:
    """Change what is asked; those asked are told, and where more is needed others are asked too."""
    found = _own(session, actor, request)
    check_version(found.version, if_match)
    found.status = status_after(found, RequestAct.AMEND)
    rows = _amended(session, found, amendment)
    found.needed_by = amendment.needed_by or found.needed_by
    found.place = amendment.place or found.place
    settle_status(found, rows)
    notifications.hold_back(session, topic=found.id)
    _changed(session, actor, found, "aid.request_amended")
    correcting.hold_anew(session, found, rows)
    asked_before = asks.asked_members(session, found)
    is_lacking = not queries.is_held(found) and _asks(found) and alerting.is_short(session, found, rows)
    besides = _ask_more(session, found, rows) if is_lacking else []
    alerting.correct(session, found, rows, asked_before, amendment.reason)
    acts = [Act(actor, "request.amended", {"reason": amendment.reason})]
    if besides:
        acts.append(Act(SYSTEM, "request.wave_sent", {"wave": found.wave, "members": len(besides)}))
    _enter_all(session, found, rows, acts)
    return queries.view(session, found, language)


def remind_written(session: Session, request: str) -> None:
    """Tell the requester that the written form of an oral request falls due (timer)."""
    found = queries.request_locked(session, request)
    if found.status == RequestStatus.CANCELLED:
        return
    rows = queries.lines_of(session, request)
    alerting.tell(
        session, found, "request.written_due", [found.requester_id], alerting.facts_of(session, found, rows)
    )
    _enter(session, SYSTEM, found, rows, "request.written_due")


def _asked_first(session: Session, request: AidRequest, rows: Sequence[RequestLine]) -> Sequence[str]:
    """Ask the first wave of a request that was held until now, unless it is left to the rounds."""
    if planned.join(session, request):
        planned.call(session, request)
        if planned.waits(request):
            alerting.wait_for_answers(session, request)
            return []
    return alerting.send_wave(session, request, rows)


def _ask_more(session: Session, request: AidRequest, rows: Sequence[RequestLine]) -> Sequence[str]:
    """Ask further partners and return whom; of a planned request the next round does."""
    if planned.is_planned(session, request):
        planned.call(session, request)
        return []
    return alerting.send_besides(session, request, rows)


def _asks(request: AidRequest) -> bool:
    return request.status in {RequestStatus.OPEN, RequestStatus.UNVERIFIED}


def status_after(request: AidRequest, act: RequestAct) -> str:
    """Return what the request becomes by an act. Raises RequestEnded where its life does not allow that."""
    try:
        return request_after(RequestStatus(request.status), act).value
    except TransitionError:
        raise errors.RequestEnded from None


def settle_status(request: AidRequest, rows: Sequence[RequestLine]) -> None:
    """Let a confirmed request be open or covered by what is committed; an unconfirmed one keeps its mark."""
    if request.status in {RequestStatus.OPEN, RequestStatus.COVERED}:
        request.status = covered_status((row.quantity, row.committed) for row in rows).value


def _amended(session: Session, request: AidRequest, amendment: Amendment) -> list[RequestLine]:
    """Write the changed and added lines. Raises Invalid, BelowCommitted, NothingChanged."""
    rows = queries.lines_of(session, request.id)
    _check_lines([each.line for each in amendment.lines], {row.id for row in rows})
    wanted = {each.line: each.quantity for each in amendment.lines}
    changed = [row for row in rows if wanted.get(row.id, row.quantity) != row.quantity]
    for row in changed:
        if wanted[row.id] < row.committed:
            raise errors.BelowCommitted(committed=row.committed)
        row.quantity = wanted[row.id]
    if not (changed or amendment.added or amendment.needed_by or amendment.place):
        raise errors.NothingChanged
    added = lines.resolve(amendment.added, at="/added") if amendment.added else []
    new = [drafting.line_from(request.id, len(rows) + position, each) for position, each in enumerate(added)]
    session.add_all(new)
    session.flush()
    return [*rows, *new]


def _check_lines(named: Sequence[str], known: Collection[str]) -> None:
    wrong = lines.unknown_or_repeated(named, known)
    if wrong:
        raise Invalid(*wrong)


def _own(session: Session, actor: Actor, request: str) -> AidRequest:
    """Return a request that the actor may change, locked to the commit."""
    found = queries.request_to_change(session, actor, request)
    if not queries.may_speak_for(actor, found) and actor.person != found.made_by:
        raise Forbidden
    return found


def _changed(session: Session, actor: Actor, request: AidRequest, act: str) -> None:
    request.version += 1
    audit.record(session, actor, act, f"request:{request.id}", chain=request.requester_id)
    session.flush()


def _enter(
    session: Session, actor: Actor, request: AidRequest, rows: Sequence[RequestLine], code: str, /, **facts: Any
) -> None:
    _enter_all(session, request, rows, [Act(actor, code, facts)])


def _enter_all(
    session: Session,
    request: AidRequest,
    rows: Sequence[RequestLine],
    acts: Sequence[Act],
    *,
    while_open: bool = False,
) -> None:
    asked = [{"kind": row.kind, "quantity": row.quantity} for row in rows]
    enter_all(
        session,
        [replace(act, facts={"number": request.number, "lines": asked, **act.facts}) for act in acts],
        incident=request.incident_id,
        lane=lane_of(row.kind for row in rows),
        group=request.group_id,
        request=request.id,
        member=request.requester_id,
        while_open=while_open,
    )
