"""What is believed of partners between the ledger and their answers: what is out, their chances, what they said."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from aid.models import AidRequest, Ask, Hold, Offer, OfferLine, Planning, RequestLine
from aid.ranking import traits
from aid.waves import holding
from aid.waves.cover import MEDIAN_MINUTES, chance_in_time
from aid.waves.history import History, median_minutes
from aid.waves.holding import Key
from foundation import clock
from inventory.stock import Stock

KNOWN = 0.9
"""The chance of a yes from whoever has said that it could send more."""
FIRM = ("offered", "provisional", "accepted")


@dataclass(frozen=True, slots=True)
class Out:
    """回答待ち: units that a partner was asked for on a line, since when and until when it has time to answer."""

    line: str
    member: str
    quantity: int
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Beliefs:
    """見込み: `chances` of a yes by member, `held` and `more` by member and kind.

    `held` is what any request waits for, `more` how many more the member last said that it could send. `median` is
    within how many minutes half of the group's answers come.
    """

    out: Sequence[Out]
    chances: Mapping[str, float]
    held: Mapping[Key, int]
    more: Mapping[Key, int]
    median: float = MEDIAN_MINUTES

    def chance(self, member: str, kind: str | None = None) -> float:
        """Return the chance that a member says yes to a request (of a kind)."""
        if kind is not None and self.more.get((member, kind), 0) > 0:
            return KNOWN
        return self.chances[member]

    def in_time(self, chance: float, minutes: float, silent_for: float = 0.0) -> float:
        """Return the chance of a yes within the next minutes, from somebody who has been silent so long."""
        return round(chance_in_time(chance, minutes, silent_for, self.median), 4)

    def may_stand_in(self, member: str, kind: str) -> bool:
        """Tell whether a member may be asked for what stands in for a kind: not who said that it can send no more."""
        return self.more.get((member, kind)) != 0

    def free(self, stock: Stock, awaited: int) -> int:
        """Return how much of what is available may be asked for: what others wait for is not asked twice."""
        said = self.more.get((stock.member, stock.kind), stock.available)
        return max(min(stock.available, said) - awaited, 0)


def believe(
    session: Session, planning: Planning, requests: Collection[str], answered: Mapping[str, History]
) -> Beliefs:
    """Return what is believed of a group's members now, by how each answered before."""
    return Beliefs(
        _out(session, requests),
        {member: each.chance for member, each in answered.items()},
        _held(session, answered),
        _more(session, planning),
        median_minutes(answered.values()),
    )


def believe_of_stock(session: Session, planning: Planning, members: Collection[str]) -> Beliefs:
    """Return what is believed now of what may be asked for alone: whoever acts needs no chances any more."""
    return Beliefs((), {}, _held(session, members), _more(session, planning))


def kinds_counted(kinds: Collection[str], held: Mapping[Key, int], least_fit: int) -> set[str]:
    """Return the kinds whose stock tells what of some kinds is awaited: with what is held, and stands in for it."""
    return {*kinds} | traits.with_instead({kind for _, kind in held}, least_fit)


def awaited(held: Mapping[Key, int], stocks: Sequence[Stock], least_fit: int) -> dict[Key, int]:
    """Return by member and kind what yeses to all that is held would take; `stocks` of all `kinds_counted`."""
    available = {(each.member, each.kind): each.available for each in stocks}
    found = dict.fromkeys(available, 0)
    for (member, _), kind, units in holding.taken(held, available, least_fit):
        if (member, kind) in found:
            found[member, kind] += units
    return {key: min(units, available[key]) for key, units in found.items()}


def _out(session: Session, requests: Collection[str]) -> list[Out]:
    rows = session.execute(
        select(Hold.line_id, Hold.member_id, Hold.quantity, Ask.asked_at, Hold.until_at)
        .join(Ask, and_(Ask.request_id == Hold.request_id, Ask.member_id == Hold.member_id))
        .where(Hold.request_id.in_(requests), Ask.unreachable_at.is_(None))
    )
    return [Out(*row) for row in rows]


def _held(session: Session, members: Collection[str]) -> dict[tuple[str, str], int]:
    rows = session.execute(
        select(Hold.member_id, Hold.kind, func.sum(Hold.quantity))
        .where(Hold.member_id.in_(members), Hold.until_at > clock.now(session))
        .group_by(Hold.member_id, Hold.kind)
    )
    return {(member, kind): int(units) for member, kind, units in rows}


def _more(session: Session, planning: Planning) -> dict[tuple[str, str], int]:
    """Return how many more each member last said in this disaster that it could send.

    One answer about several requests comes at one instant: then what it said about the last of them counts.
    """
    rows = session.execute(
        select(Offer.member_id, RequestLine.kind, OfferLine.more)
        .join(Offer, Offer.id == OfferLine.offer_id)
        .join(RequestLine, RequestLine.id == OfferLine.line_id)
        .join(AidRequest, AidRequest.id == Offer.request_id)
        .where(
            AidRequest.incident_id == planning.incident_id,
            AidRequest.group_id == planning.group_id,
            OfferLine.more.is_not(None),
            Offer.status.in_(FIRM),
        )
        .order_by(Offer.made_at, AidRequest.number, RequestLine.position)
    )
    return {(member, kind): int(more or 0) for member, kind, more in rows}
