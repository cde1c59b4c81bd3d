"""The book of asks: who was asked for how much of which line, what is held for it meanwhile, and how they answered.

A hold (仮押さえ) is what a partner was asked for and has not answered. Other requests count with it until the answer
time of the group's terms is over; that it ends is seen by comparing times, never left to a job that might be late.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any, TypeAlias

from sqlalchemy import Select, and_, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from agreements.terms import Terms
from aid.models import AidRequest, Ask, Hold, Offer, OfferLine, RequestLine
from aid.waves.holding import Held, lowest_counted
from foundation import clock
from foundation.database.statements import insert_rows

Quantities: TypeAlias = Mapping[str, Mapping[str, int]]
"""How many units are asked, by member and line."""
NOBODY: Quantities = MappingProxyType({})
UNSAID: Mapping[str, str] = MappingProxyType({})


class Asking(dict[str, Mapping[str, int]]):
    """照会の組: how many units are asked, by member and line; `why`, by member, in words for itself."""

    def __init__(self, quantities: Quantities = NOBODY, why: Mapping[str, str] = UNSAID) -> None:
        super().__init__(quantities)
        self.why = why


@dataclass(frozen=True, slots=True)
class Out:
    """照会中: what a member was asked for and has not answered, for so many minutes."""

    member: str
    quantity: int
    silent_for: float


def answer_time(request: AidRequest) -> timedelta:
    """Return how long the group's terms let partners take to answer."""
    return timedelta(minutes=Terms.from_json(request.terms).answer_minutes[request.priority])


def held_by_others(session: Session, request: AidRequest, kinds: Collection[str]) -> dict[tuple[str, str], Held]:
    """Return by member and kind what other requests hold now, as far as `aid.waves.holding` counts it."""
    asked = {
        "kinds": sorted(kinds),
        "request": request.id,
        "now": clock.now(session),
        "lowest": lowest_counted(request.priority),
    }
    rows = session.execute(_held(), asked)
    return {(row.member_id, row.kind): Held(int(row.quantity), row.priority) for row in rows}


def out_by_line(session: Session, request: str) -> dict[str, list[Out]]:
    """Return by line what a request has asked for and not been answered, also after the answer time."""
    return out_on_any(session, [request])


def out_on_any(session: Session, requests: Collection[str]) -> dict[str, list[Out]]:
    """Return the same of all lines of some requests, in one query."""
    now = clock.now(session)
    found: dict[str, list[Out]] = {}
    for row in session.execute(_out(), {"requests": list(requests)}):
        found.setdefault(row.line_id, []).append(Out(row.member_id, row.quantity, _minutes(row.asked_at, now)))
    return found


def offered_by_line(session: Session, request: str) -> dict[str, int]:
    """Return by line what is firmly offered and waits for the requester."""
    return offered_on_any(session, [request])


def offered_on_any(session: Session, requests: Collection[str]) -> dict[str, int]:
    """Return the same of all lines of some requests, in one query."""
    rows = session.execute(_offered(), {"requests": list(requests)})
    return {line: int(quantity) for line, quantity in rows}


def asks_of(session: Session, member: str, requests: Collection[str]) -> dict[str, Ask]:
    """Return, by request, what a member was asked."""
    found = select(Ask).where(Ask.member_id == member, Ask.request_id.in_(requests))
    return {each.request_id: each for each in session.scalars(found.execution_options(populate_existing=True))}


def asked_members(session: Session, request: AidRequest) -> list[str]:
    """Return who was asked and not stood down since."""
    statement = select(Ask.member_id).where(Ask.request_id == request.id, Ask.stood_down_at.is_(None))
    return list(session.scalars(statement.order_by(Ask.wave, Ask.member_id)))


def waiting_members(session: Session, request: str) -> list[str]:
    """Return who was asked, can be reached, and has neither answered nor been stood down."""
    statement = select(Ask.member_id).where(
        Ask.request_id == request,
        Ask.stood_down_at.is_(None),
        Ask.answer_minutes.is_(None),
        Ask.unreachable_at.is_(None),
    )
    return list(session.scalars(statement.order_by(Ask.wave, Ask.member_id)))


def named_in(session: Session, request: str, *members: str) -> dict[str, Mapping[str, int]]:
    """Return what the question names by line to those who were asked for quantities, or to some of them.

    Who is asked for all that is lacking is not in it. Of a line that needs nothing more 0 is left.
    """
    asked = select(Ask.member_id, Ask.named).where(Ask.request_id == request)
    rows = session.execute(asked.where(Ask.member_id.in_(members)) if members else asked)
    return {member: named for member, named in rows if named}


def idle_in(session: Session, request: str, lines: Sequence[RequestLine]) -> dict[str, set[str]]:
    """Return who was asked for lines that all need nothing more, and has not answered, with those lines."""
    over = {line.id for line in lines if line.committed >= line.quantity}
    waiting, named = waiting_members(session, request), named_in(session, request)
    return {each: set(named[each]) for each in waiting if each in named and named[each].keys() <= over}


def held_of(session: Session, request: str, members: Collection[str]) -> dict[str, dict[str, int]]:
    """Return what a request holds of some members, by line."""
    found: dict[str, dict[str, int]] = {}
    of_members = select(Hold.member_id, Hold.line_id, Hold.quantity).where(Hold.request_id == request)
    for member, line, quantity in session.execute(of_members.where(Hold.member_id.in_(members))):
        found.setdefault(member, {})[line] = quantity
    return found


def remember(
    session: Session,
    request: AidRequest,
    lines: Sequence[RequestLine],
    asks: Quantities,
    *,
    are_named: bool = False,
) -> None:
    """Write down who is asked in the request's present wave, and hold what they are asked for.

    `are_named`: the question names these quantities; otherwise it asks for all that is lacking.
    """
    if request.tellings > 1:
        release(session, request.id, asks)
        session.execute(delete(Ask).where(Ask.request_id == request.id, Ask.member_id.in_(asks)))
    now = clock.now(session)
    due = now + answer_time(request)
    asked = {"request_id": request.id, "wave": request.wave, "asked_at": now, "repeats": 0, "due_at": due}
    named = asks if are_named else {}
    rows = ({**asked, "member_id": member, "named": dict(named.get(member, {}))} for member in asks)
    insert_rows(session, Ask, *rows)
    hold(session, request, lines, asks)


def hold(session: Session, request: AidRequest, lines: Sequence[RequestLine], asks: Quantities) -> None:
    """Hold for the answer time what members are asked for; nothing must be held of them for the request yet."""
    due = clock.now(session) + answer_time(request)
    insert_rows(session, Hold, *_holds(request, {line.id: line for line in lines}, asks, due))


def ask_no_more_than_lacks(session: Session, request: str, lines: Sequence[RequestLine]) -> None:
    """Let go what was asked beyond what each line lacks by now, and name no more than that."""
    lacking = {line.id: max(line.quantity - line.committed, 0) for line in lines}
    release_lines(session, [line for line, units in lacking.items() if not units])
    for line, units in lacking.items():
        session.execute(
            update(Hold)
            .where(Hold.line_id == line, Hold.quantity > units)
            .values(quantity=units)
            .execution_options(synchronize_session=False)
        )
    for ask in session.scalars(select(Ask).where(Ask.request_id == request)):
        if ask.named:
            ask.named = {line: min(units, lacking[line]) for line, units in ask.named.items()}


def ask_longer(session: Session, request: AidRequest, members: Collection[str]) -> None:
    """Give members that have not answered the answer time anew: they have just been asked again, or are at it."""
    due = clock.now(session) + answer_time(request)
    session.execute(
        update(Hold)
        .where(Hold.request_id == request.id, Hold.member_id.in_(members), Hold.until_at < due)
        .values(until_at=due)
        .execution_options(synchronize_session=False)
    )


def note_answer(session: Session, request: str, member: str, *, is_yes: bool) -> None:
    """Note for the member's history what it answered, or that an earlier yes stands no more; what it held is free.

    Nothing is learned of one that answers without having been asked: it says little of those who are called.
    """
    ask = session.get(Ask, (request, member), populate_existing=True)
    if ask is not None:
        note_answers(session, [(ask, is_yes)])


def note_answers(session: Session, answered: Sequence[tuple[Ask, bool]]) -> None:
    """Do so for what one member was asked, each with whether it said a firm yes."""
    first = [ask for ask, _ in answered if ask.answer_minutes is None]
    for ask in first:
        ask.answer_minutes = int(_minutes(ask.asked_at, clock.now(session)))
    for ask, is_yes in answered:
        ask.has_said_yes = is_yes
    if first:
        of_requests = Hold.request_id.in_([ask.request_id for ask in first])
        _release(session, and_(of_requests, Hold.member_id == first[0].member_id))


def release(session: Session, request: str, members: Collection[str]) -> None:
    """Let go what some members were asked for."""
    _release(session, and_(Hold.request_id == request, Hold.member_id.in_(members)))


def release_lines(session: Session, lines: Collection[str]) -> None:
    """Let go all that was asked on lines that need nothing more."""
    if lines:
        _release(session, Hold.line_id.in_(lines))


def release_all(session: Session, request: str) -> None:
    """Let go all that a request has asked for: it has ended."""
    _release(session, Hold.request_id == request)


def stand_down(session: Session, request: AidRequest, members: Collection[str]) -> None:
    """Remember that members were told they are no longer needed: they may be asked again."""
    session.execute(
        update(Ask)
        .where(Ask.request_id == request.id, Ask.member_id.in_(members))
        .values(stood_down_at=clock.now(session))
    )
    release(session, request.id, members)


def _release(session: Session, what: Any) -> None:
    session.execute(delete(Hold).where(what).execution_options(synchronize_session=False))


def _holds(
    request: AidRequest, lines: Mapping[str, RequestLine], asks: Quantities, until: datetime
) -> Iterator[dict[str, Any]]:
    for member, quantities in asks.items():
        for line, quantity in quantities.items():
            if quantity > 0:
                yield {
                    "request_id": request.id,
                    "member_id": member,
                    "line_id": line,
                    "kind": lines[line].kind,
                    "priority": request.priority,
                    "quantity": quantity,
                    "until_at": until,
                }


def _minutes(since: datetime, now: datetime) -> float:
    return max((now - since) / timedelta(minutes=1), 0.0)


@cache
def _held() -> Select[*tuple[Any, ...]]:
    """Built once: every ranking asks this; the index `ix_holds_kind` holds all it reads."""
    return (
        select(
            Hold.member_id,
            Hold.kind,
            func.sum(Hold.quantity).label("quantity"),
            func.min(Hold.priority).label("priority"),
        )
        .where(
            Hold.kind.in_(bindparam("kinds", expanding=True)),
            Hold.until_at > bindparam("now", type_=Hold.until_at.type),
            Hold.priority <= bindparam("lowest"),
            Hold.request_id != bindparam("request"),
        )
        .group_by(Hold.member_id, Hold.kind)
    )


@cache
def _offered() -> Select[*tuple[Any, ...]]:
    return (
        select(OfferLine.line_id, func.sum(OfferLine.quantity))
        .join(Offer, Offer.id == OfferLine.offer_id)
        .where(Offer.request_id.in_(bindparam("requests", expanding=True)), Offer.status == "offered")
        .group_by(OfferLine.line_id)
    )


@cache
def _out() -> Select[*tuple[Any, ...]]:
    is_of = and_(Ask.request_id == Hold.request_id, Ask.member_id == Hold.member_id)
    return (
        select(Hold.line_id, Hold.member_id, Hold.quantity, Ask.asked_at)
        .join(Ask, is_of)
        .where(Hold.request_id.in_(bindparam("requests", expanding=True)))
        .order_by(Hold.line_id, Hold.member_id)
    )
