"""What is to be expected for each line: offers that wait, asks that are out, and who could be asked besides."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlalchemy.orm import Session

from agreements.terms import Terms
from aid.models import AidRequest, RequestLine
from aid.ranking import traits
from aid.ranking.partners import Ranking
from aid.ranking.reasons import Code, Reason
from aid.requests import asks
from aid.requests.asks import Out
from aid.requests.known import Known
from aid.waves import choosing as waves
from aid.waves import holding
from aid.waves.choosing import WaveTerms
from aid.waves.cover import Ask, chance_in_time
from aid.waves.history import UNKNOWN, History, histories, median_minutes
from aid.waves.holding import Held, Key

WithLines: TypeAlias = tuple[AidRequest, Sequence[RequestLine]]
"""A request that is asking partners, with its lines."""


@dataclass(frozen=True, slots=True)
class Chances:
    """回答の見込み: how likely each member says yes within the group's answer time."""

    known: Mapping[str, History]
    minutes: float
    median: float

    def ask(self, member: str, quantity: int, silent_for: float = 0.0) -> Ask:
        """Return what is to be expected of a member that has been silent so long."""
        chance = self.known.get(member, UNKNOWN).chance
        return Ask(quantity, chance_in_time(chance, self.minutes, silent_for, self.median))

    def of(self, out: Sequence[Out]) -> list[Ask]:
        """Return what is to be expected of those who are being asked."""
        return [self.ask(each.member, each.quantity, each.silent_for) for each in out]


@dataclass(slots=True)
class Outlook:
    """見込み: of one line. `need` is what neither commitments nor firm offers cover yet.

    `free` is what each member that was not asked may be asked for, best rank first, and `taken` what those have of
    whom others are asking all of it; `shared` the part of these that is asked of as well, for nobody else is left.
    `numbers` are their waves, from 1. `kinds` is what each would give: the kind asked for, or what stands in for it;
    `held` what others are asking for of that, by member and kind; `own` what this request is asking for itself of
    those that are judged as if they had not been asked.
    """

    need: int
    priority: int
    terms: WaveTerms
    chances: Chances
    out: Sequence[Ask] = ()
    held: Mapping[Key, Held] = field(default_factory=dict)
    own: Mapping[Key, Held] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    free: dict[str, int] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)
    shared: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)

    def look_at(self, ranking: Ranking, asked: Mapping[str, int], available: Mapping[str, int]) -> None:
        """Take in who is left to be asked, in their rank, and give them their waves."""
        self.kinds = {each.member: each.kind for each in ranking.candidates}
        for each in ranking.candidates:
            if each.member not in asked:
                own = self.own.get((each.member, each.kind), holding.NOTHING).quantity
                units = holding.askable(available[each.member], self._held_of(each.member), own)
                (self.free if units else self.taken)[each.member] = units or available[each.member]
        self.numbers = self._numbers(self.free, self.out if self.is_lacking else ())
        if self.taken:
            self._share()
            last = max(self.numbers.values(), default=0)
            rest = {member: units for member, units in self.taken.items() if member not in self.shared}
            self.numbers |= {member: last + number for member, number in self._numbers(rest, ()).items()}

    @property
    def is_lacking(self) -> bool:
        """Whether the asks that are out may not cover the line."""
        return not waves.is_likely(self.need, self.out, self.terms)

    @property
    def may_lack(self) -> bool:
        """Whether the asks that are out do not make a wave as the terms want it, had all of them their time yet."""
        return waves.may_lack(self.need, self.out, self.terms)

    @property
    def is_waiting(self) -> bool:
        """Whether somebody could be asked once more urgent requests have let go."""
        return bool(self.taken) and not self.free and not self.shared

    def quantity_of(self, member: str, asked: int = 0) -> int:
        """Return what a member is asked for on this line, besides units of the same on other lines; 0: nothing."""
        units = self.free.get(member) or self.shared.get(member, 0)
        return max(min(units - asked, self.need), 0)

    def held_reason(self, member: str) -> tuple[Reason, ...]:
        """Return why a member is asked for less, or later, than its rank says."""
        held = self._held_of(member)
        if not held.quantity:
            return ()
        return (Reason(Code.HELD, {"held": held.quantity, "kind": self.kinds[member], "points": 0}),)

    def _held_of(self, member: str) -> Held:
        return self.held.get((member, self.kinds[member]), holding.NOTHING)

    def _share(self) -> None:
        """Let the next wave ask for what others are asking for, where all that is free may not cover the line."""
        if any(number > 1 for number in self.numbers.values()):
            return
        out = [*self.out, *self._asks(self.free)]
        if not waves.may_lack(self.need, out, self.terms):
            return
        may_share = {
            member: units
            for member, units in self.taken.items()
            if holding.may_ask_as_well(self.priority, self._held_of(member))
        }
        first = {member for member, number in self._numbers(may_share, out).items() if number == 1}
        self.shared = {member: units for member, units in may_share.items() if member in first}
        self.numbers |= dict.fromkeys(self.shared, 1)

    def _numbers(self, units: Mapping[str, int], out: Sequence[Ask]) -> dict[str, int]:
        return dict(zip(units, waves.numbered(self.need, self._asks(units), self.terms, out), strict=True))

    def _asks(self, units: Mapping[str, int]) -> list[Ask]:
        most = max(self.need, 1)
        return [self.chances.ask(member, min(quantity, most)) for member, quantity in units.items()]


def outlooks_of(
    session: Session,
    request: AidRequest,
    lines: Sequence[RequestLine],
    terms: Terms,
    known: Known,
) -> dict[str, Outlook]:
    """Return the outlook of each line; nothing is read of the asks of a request that has asked nobody yet."""
    limits = _limits(terms)
    answered = known.histories
    chances = Chances(answered, terms.answer_minutes[request.priority], median_minutes(answered.values()))
    is_asking = request.wave > 0
    offered = asks.offered_by_line(session, request.id) if is_asking else {}
    out = asks.out_by_line(session, request.id) if is_asking else {}
    held = _held(session, request, {line.kind for line in lines}, terms.ranking.least_fit, known)
    return {
        line.id: Outlook(
            need=_need(line, offered),
            priority=request.priority,
            terms=limits,
            chances=chances,
            out=chances.of(out.get(line.id, ())),
            held=held,
        )
        for line in lines
    }


def _held(
    session: Session, request: AidRequest, kinds: Collection[str], least_fit: int, known: Known
) -> dict[Key, Held]:
    """Return what others hold of some kinds and of what stands in for them, for whichever kind it was asked."""
    offered = traits.with_instead(kinds, least_fit)
    return given_of(asks.held_by_others(session, request, traits.served_by(offered, least_fit)), least_fit, known)


def given_of(held: Mapping[Key, Held], least_fit: int, known: Known) -> dict[Key, Held]:
    """Return of which kind members would give what is held of them, whichever kind it was asked for."""
    if not held:
        return {}
    members = {member for member, _ in held}
    stocks = known.stocks(traits.with_instead({kind for _, kind in held}, least_fit))
    available = {
        (member, kind): found[member].available for kind, found in stocks.items() for member in members & found.keys()
    }
    return holding.spread(held, available, least_fit)


def doubtful(session: Session, asking: Sequence[WithLines], offered: Mapping[str, int]) -> set[str]:
    """Return the requests of whose asks so little is to be expected that others should be asked at once.

    `offered` is what is firmly offered on each line. How fast the group answers is judged here by those who are being
    asked, so that an answer costs two reads.
    """
    out = asks.out_on_any(session, [request.id for request, _ in asking])
    known = histories(session, {each.member for of_line in out.values() for each in of_line})
    return {request.id for request, lines in asking if _is_doubtful(request, lines, offered, out, known)}


def _is_doubtful(
    request: AidRequest,
    lines: Sequence[RequestLine],
    offered: Mapping[str, int],
    out: Mapping[str, Sequence[Out]],
    known: Mapping[str, History],
) -> bool:
    terms = Terms.from_json(request.terms)
    own = {each.member: known[each.member] for line in lines for each in out.get(line.id, ())}
    chances = Chances(own, terms.answer_minutes[request.priority], median_minutes(own.values()))
    return any(
        waves.is_doubtful(_need(line, offered), chances.of(out.get(line.id, ())), _limits(terms)) for line in lines
    )


def _limits(terms: Terms) -> WaveTerms:
    return WaveTerms(terms.wave_certainty, terms.wave_cover, terms.wave_minimum)


def _need(line: RequestLine, offered: Mapping[str, int]) -> int:
    """Return what neither commitments nor firm offers cover."""
    return line.quantity - line.committed - offered.get(line.id, 0)
