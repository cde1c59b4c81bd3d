"""The telephone list: who has not answered, in the order of their rank, and the calls that people make."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements import telephones
from aid.chronology.actions import enter
from aid.digests.queries import topics
from aid.escalation import queries, views
from aid.escalation.actions import NOBODY_LEFT
from aid.escalation.errors import BeingCalled, NotAsked, NotYourList
from aid.escalation.lifecycle import CallOutcome, is_calling
from aid.escalation.schemas import CallDraft, CallView, TelephoneListView, TelephoneView
from aid.lanes import lane_of
from aid.models import AidRequest, Ask, TelephoneCall
from aid.requests import matching
from aid.requests import queries as requests
from aid.requests.alerting import QUESTIONS
from foundation import audit, clock
from foundation.actor import Actor
from foundation.clock import JAPAN
from foundation.ids import new_id
from foundation.problems import Language
from notifications import reach

SHOWN = 50
"""Partners on a page: each one's record keeps that its numbers were read, so no more than one telephones about."""


def listed(session: Session, actor: Actor, request: str, cursor: str | None, language: Language) -> TelephoneListView:
    """Return whom to telephone, best first, with numbers and what was tried. A protected read. Raises NotYourList."""
    found = _own(session, actor, request)
    asks = _by_rank(session, found, queries.open_asks(session, found))
    start = int(cursor) if cursor and cursor.isascii() and cursor.isdecimal() and len(cursor) < queries.CURSOR else 0
    page = asks[start : start + SHOWN]
    audit.record(
        session,
        actor,
        "aid.telephone_list_read",
        f"request:{request}",
        chain=found.requester_id,
        members=len(page),
    )
    return TelephoneListView(
        is_due=requests.is_noted(session, found, NOBODY_LEFT),
        count=len(asks),
        items=_items(session, actor, found, page, start, language),
        next=str(start + SHOWN) if len(asks) > start + SHOWN else None,
    )


def call(session: Session, actor: Actor, request: str, member: str, draft: CallDraft, language: Language) -> CallView:
    """Record a call to a partner. Raises NotYourList, NotAsked, BeingCalled."""
    _own(session, actor, request)
    found = requests.request_locked(session, request)
    named = agreements.bound_member_named(session, found.group_id, member)
    called = named.member if named else member
    asked = session.get(Ask, (found.id, called))
    if asked is None:
        raise NotAsked
    before = queries.calls_of(session, found, [called]).get(called, [])
    _check_free(session, actor, before)
    made = TelephoneCall(
        id=new_id(),
        request_id=found.id,
        member_id=called,
        outcome=draft.outcome.value,
        note=draft.note,
        called_by=actor.mark,
        called_by_member=actor.member,
        called_at=clock.now(session),
    )
    session.add(made)
    session.flush()
    _keep(session, actor, found, made)
    names = {actor.person: actor.name} if actor.person else {}
    return views.call_view(made, names, clock.now(session), language, is_last=True)


def _check_free(session: Session, actor: Actor, before: Sequence[TelephoneCall]) -> None:
    last = before[-1] if before else None
    if last is None or last.called_by == actor.mark:
        return
    if is_calling(CallOutcome(last.outcome), last.called_at, clock.now(session)):
        raise BeingCalled(since=f"{last.called_at.astimezone(JAPAN):%H:%M}")


def _keep(session: Session, actor: Actor, request: AidRequest, made: TelephoneCall) -> None:
    """Record the call for the requester and the partner; that somebody is about to speak is no chronology."""
    outcome = CallOutcome(made.outcome)
    both = request.requester_id, made.member_id
    audit.record(session, actor, "aid.partner_telephoned", f"request:{request.id}", chain=both, outcome=outcome.value)
    if outcome is CallOutcome.CALLING:
        return
    enter(
        session,
        actor,
        incident=request.incident_id,
        code="request.telephoned",
        facts={"number": request.number, "outcome": outcome.value, "outcome_label": outcome.label},
        lane=lane_of(row.kind for row in requests.lines_of(session, request.id)),
        group=request.group_id,
        request=request.id,
        member=made.member_id,
    )


def _own(session: Session, actor: Actor, request: str) -> AidRequest:
    found = requests.request_named(session, actor, request)
    if not requests.may_speak_for(actor, found):
        raise NotYourList
    return found


def _by_rank(session: Session, request: AidRequest, asks: Sequence[Ask]) -> list[Ask]:
    """Put asks in the order of their best rank; who is not ranked any more comes last."""
    rankings = matching.match(session, request, requests.lines_of(session, request.id)).rankings.values()
    best: dict[str, int] = {}
    for each in (candidate for ranking in rankings for candidate in ranking.candidates):
        best[each.member] = min(each.rank, best.get(each.member, each.rank))
    last = max(best.values(), default=0) + 1
    return sorted(asks, key=lambda ask: (best.get(ask.member_id, last), ask.wave, ask.member_id))


def _items(
    session: Session,
    actor: Actor,
    request: AidRequest,
    asks: Sequence[Ask],
    start: int,
    language: Language,
) -> list[TelephoneView]:
    members = [each.member_id for each in asks]
    names = agreements.name_of_members(session, members)
    said = reach.standings(session, kind=QUESTIONS, topic=topics(session, request.id, members), members=members)
    tried = reach.tried(session, kind=QUESTIONS, topic=topics(session, request.id, members), members=members)
    numbers = telephones.disclose_numbers(session, actor, request.group_id, members, request.incident_id)
    calls = queries.calls_of(session, request, members)
    callers = agreements.names_of_people(session, [each.called_by or "" for of in calls.values() for each in of])
    now = clock.now(session)
    items = []
    for place, ask in enumerate(asks, start + 1):
        member, made = ask.member_id, calls.get(ask.member_id, [])
        standing = views.standing_of(said.get(member), is_answered=False)
        items.append(
            TelephoneView(
                place=place,
                municipality=names[member][0],
                member=member,
                name=names[member][1],
                standing=standing,
                text=standing.value.replace("_", " ") if language is Language.EN else standing.label,
                received_at=said[member].received_at if member in said else None,
                numbers=[views.number_view(each) for each in numbers.get(member, [])],
                tried=[views.tried_view(each, language) for each in tried.get(member, [])],
                calls=[views.call_view(each, callers, now, language, is_last=each is made[-1]) for each in made],
            )
        )
    return items
