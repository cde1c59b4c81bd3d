"""Whom a request was sent to, and who of them has answered, is waited for or can't be reached."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from aid.digests.queries import topics
from aid.escalation import views
from aid.escalation.schemas import ReachView
from aid.models import AidRequest, Ask, Offer, TelephoneCall
from aid.reaching import Standing
from aid.requests import queries as requests
from aid.requests.alerting import QUESTIONS
from foundation.actor import Actor
from foundation.paging import PAGE
from foundation.problems import Language
from notifications import reach

CURSOR = 7
"""Digits of a cursor at most; it counts from the first, for the order changes with every answer."""


def answered(session: Session, request: AidRequest) -> set[str]:
    """Return the members that have answered a request, whatever became of their offers."""
    return set(session.scalars(select(Offer.member_id).where(Offer.request_id == request.id)))


def open_asks(session: Session, request: AidRequest, *which: ColumnElement[bool]) -> list[Ask]:
    """Return the asks that wait for an answer: not stood down, and no offer has come."""
    statement = select(Ask).where(Ask.request_id == request.id, Ask.stood_down_at.is_(None), *which)
    known = answered(session, request)
    asks = session.scalars(statement.order_by(Ask.wave, Ask.member_id).execution_options(populate_existing=True))
    return [each for each in asks if each.member_id not in known]


def next_reminder(session: Session, request: AidRequest) -> datetime | None:
    """Return when the next of the open asks is to be asked again: counted there, for a whole country may wait."""
    answers = select(Offer.member_id).where(Offer.request_id == request.id)
    return session.scalar(
        select(func.min(Ask.again_at)).where(
            Ask.request_id == request.id, Ask.stood_down_at.is_(None), Ask.member_id.not_in(answers)
        )
    )


def lost(session: Session, request: AidRequest) -> list[Ask]:
    """Return the open asks that have reached nobody and never will, as far as that has not been noted yet."""
    waiting = [each for each in open_asks(session, request) if each.unreachable_at is None]
    members = [each.member_id for each in waiting]
    standings = reach.standings(session, kind=QUESTIONS, topic=topics(session, request.id, members), members=members)
    return [each for each in waiting if _is_lost(standings.get(each.member_id))]


def _is_lost(standing: reach.Standing | None) -> bool:
    """Tell whether a member can't be reached; one that has no address was never made a recipient."""
    return standing is None or not standing.messages or standing.is_unreachable


def calls_of(session: Session, request: AidRequest, members: Collection[str]) -> dict[str, list[TelephoneCall]]:
    """Return, by member, the calls about a request in the order in which they were made."""
    statement = select(TelephoneCall).where(
        TelephoneCall.request_id == request.id, TelephoneCall.member_id.in_(members)
    )
    found: dict[str, list[TelephoneCall]] = {}
    for each in session.scalars(statement.order_by(TelephoneCall.id)):
        found.setdefault(each.member_id, []).append(each)
    return found


def awaited(session: Session, requests: Collection[str]) -> set[str]:
    """Return those of some requests of which somebody is left to wait for: what is still open can be reached."""
    is_answered = exists().where(Offer.request_id == Ask.request_id, Offer.member_id == Ask.member_id)
    return set(
        session.scalars(
            select(Ask.request_id)
            .where(
                Ask.request_id.in_(requests),
                Ask.stood_down_at.is_(None),
                Ask.unreachable_at.is_(None),
                ~is_answered,
            )
            .distinct()
        )
    )


def reached(session: Session, actor: Actor, request: str, cursor: str | None, language: Language) -> ReachView:
    """Return how far the question came to whom it was sent: all for the requester and coordinator, else the own."""
    found = requests.request_named(session, actor, request)
    statement = select(Ask).where(Ask.request_id == found.id)
    if not requests.may_speak_for(actor, found):
        statement = statement.where(Ask.member_id == actor.member)
    asks = list(session.scalars(statement))
    members = [each.member_id for each in asks]
    names, known = agreements.name_of_members(session, members), answered(session, found)
    said = reach.standings(session, kind=QUESTIONS, topic=topics(session, found.id, members), members=members)
    standings = {each: views.standing_of(said.get(each), is_answered=each in known) for each in members}
    order = list(Standing)
    asks.sort(
        key=lambda ask: (order.index(standings[ask.member_id]), ask.wave, names[ask.member_id][1], ask.member_id)
    )
    start = int(cursor) if cursor and cursor.isascii() and cursor.isdecimal() and len(cursor) < CURSOR else 0
    page = asks[start : start + PAGE]
    tried = reach.tried(
        session, kind=QUESTIONS, topic=topics(session, found.id, members), members=[each.member_id for each in page]
    )
    return ReachView(
        counts=views.counts(list(standings.values())),
        items=[
            views.reached_view(
                ask,
                names[ask.member_id],
                said.get(ask.member_id),
                standings[ask.member_id],
                tried.get(ask.member_id, []),
                language,
            )
            for ask in page
        ],
        next=str(start + PAGE) if len(asks) > start + PAGE else None,
    )
