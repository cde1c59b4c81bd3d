"""Which partners could help with a request: the facts gathered for `ranking.rank`, line by line."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements.queries import BoundMember
from agreements.terms import Terms
from aid import waves
from aid.geography import Position
from aid.history import histories
from aid.incidents import queries as incidents
from aid.incidents.queries import Impact
from aid.models import AidRequest, Ask, Offer, RequestLine
from aid.ranking import Need, Partner, Ranking, RankingTerms, Requester, rank
from aid.requests.asks import Quantities
from aid.requests.outlook import Outlook, outlooks_of
from foundation import clock
from inventory import catalogue, stock
from inventory.stock import Stock


@dataclass(frozen=True, slots=True)
class Matching:
    """照合: each line's ranking, who has been asked in which wave, and how each line's next wave stands."""

    rankings: Mapping[str, Ranking]
    asked: Mapping[str, int]
    outlooks: Mapping[str, Outlook]

    @property
    def next_wave(self) -> Quantities:
        """What to ask next of whom: the first wave of the lines whose asks so far may not cover them."""
        lacking = [ranking for line, ranking in self.rankings.items() if self.outlooks[line].is_lacking]
        unasked = [(member, wave) for member, wave in waves.merge(lacking) if member not in self.asked]
        first = waves.following(unasked, 0)
        return self._asking([member for member, wave in unasked if wave == first])

    @property
    def may_wait(self) -> bool:
        """Whether nobody needs to be asked now: enough is being asked for, or what is left is held by others."""
        return all(not each.is_lacking or each.is_waiting for each in self.outlooks.values())

    def replacing(self, lost: Collection[str]) -> Quantities:
        """What to ask in the place of some that can't be reached: of the next in rank who can give as much."""
        chosen: set[str] = set()
        for line, ranking in self.rankings.items():
            if self.outlooks[line].need <= 0:
                continue
            gone = sum(each.quantity for each in ranking.candidates if each.member in lost)
            outlook = self.outlooks[line]
            unasked = [*outlook.free, *outlook.shared]
            chosen |= set(unasked[: waves.replacing([outlook.quantity_of(each) for each in unasked], gone)])
        return self._asking(sorted(chosen))

    def _asking(self, members: Sequence[str]) -> Quantities:
        """One ask each for all lines that it could help with; nothing is asked twice on lines of one kind."""
        asking = {member: self._quantities(member) for member in members}
        return {member: quantities for member, quantities in asking.items() if quantities}

    def _quantities(self, member: str) -> dict[str, int]:
        quantities: dict[str, int] = {}
        by_kind: Counter[str] = Counter()
        for line, outlook in self.outlooks.items():
            if quantity := outlook.quantity_of(member, by_kind[outlook.kind]):
                quantities[line] = quantity
                by_kind[outlook.kind] += quantity
        return quantities


def match(
    session: Session,
    request: AidRequest,
    lines: Sequence[RequestLine],
    bound: Sequence[BoundMember] | None = None,
) -> Matching:
    """Rank the group's partners for what each line still needs; those asked keep the wave they were asked in."""
    terms = Terms.from_json(request.terms)
    bound = agreements.bound_members(session, request.group_id) if bound is None else bound
    impact = incidents.footprint(session, request.incident_id, request.group_id)
    stocks = _by_kind(stock.free_stock(session, request.group_id, sorted({line.kind for line in lines})))
    carried = stock.carried(session, [each.member for each in bound])
    known = histories(session, [each.member for each in bound])
    asked = _asked(session, request)
    requester = _requester(bound, request.requester_id)
    outlooks = outlooks_of(session, request, lines, terms, known)
    rankings = {}
    for line in lines:
        partners = _partners(bound, stocks.get(line.kind, {}), impact, carried)
        ranking = rank(
            _need(request, line), requester, partners, impact.footprint, RankingTerms(), clock.now(session)
        )
        outlook = outlooks[line.id]
        outlook.look_at(ranking, asked, {each.member: each.available for each in partners})
        rankings[line.id] = _waved(ranking, asked, request.wave, outlook)
    return Matching(rankings, asked, outlooks)


def _need(request: AidRequest, line: RequestLine) -> Need:
    kind = catalogue.find(line.kind)
    missing = max(line.quantity - line.committed, 1)
    is_remote = kind is not None and kind.is_remote_possible
    return Need(line.id, line.kind, missing, request.needed_by, is_remote, line.spec)


def _requester(bound: Sequence[BoundMember], member: str) -> Requester:
    found = next((each for each in bound if each.member == member), None)
    return Requester(member, _position(found) if found else None)


def _position(member: BoundMember) -> Position | None:
    if member.latitude is None or member.longitude is None:
        return None
    return Position(member.latitude, member.longitude)


def _by_kind(stocks: Sequence[Stock]) -> dict[str, dict[str, Stock]]:
    found: dict[str, dict[str, Stock]] = {}
    for each in stocks:
        found.setdefault(each.kind, {})[each.member] = each
    return found


def _partners(
    bound: Sequence[BoundMember], stocks: Mapping[str, Stock], impact: Impact, carried: Mapping[str, int]
) -> list[Partner]:
    return [_partner(each, stocks.get(each.member), impact, carried.get(each.member, 0)) for each in bound]


def _partner(member: BoundMember, declared: Stock | None, impact: Impact, carried: int) -> Partner:
    return Partner(
        member=member.member,
        code=member.municipality,
        name=member.name,
        position=_position(member),
        severity=impact.severity_of(member.member, member.municipality),
        reported_unable=member.member in impact.unable,
        available=declared.available if declared else 0,
        lead_time_hours=declared.lead_time_hours if declared else None,
        max_days=declared.max_days if declared else None,
        carried=carried,
        capacity=declared.quantity if declared else 0,
        conditions=declared.conditions if declared else None,
        specs=declared.specs if declared else (),
    )


def _waved(ranking: Ranking, asked: Mapping[str, int], wave: int, outlook: Outlook) -> Ranking:
    """Give those asked the wave they were asked in; the others follow in waves of their own."""
    known = {member: wave + number for member, number in outlook.numbers.items()} | dict(asked)
    return Ranking(
        tuple(
            replace(each, wave=known[each.member], reasons=each.reasons + outlook.held_reason(each.member))
            for each in ranking.candidates
        ),
        ranking.excluded,
    )


def _asked(session: Session, request: AidRequest) -> dict[str, int]:
    """Return who need not be asked (again): asked and not stood down, or answered without being asked."""
    if request.wave == 0:
        return {}
    asks = session.execute(
        select(Ask.member_id, Ask.wave).where(Ask.request_id == request.id, Ask.stood_down_at.is_(None))
    )
    settled = session.execute(
        select(Offer.member_id).where(Offer.request_id == request.id, Offer.status.not_in(("released", "expired")))
    )
    return {each.member_id: 0 for each in settled} | {each.member_id: each.wave for each in asks}
