"""What every policy of the service shares: asks are held until they are answered or run out, and answers teach."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from aid.simulation.candidates import Candidates
from aid.simulation.day import CONSIDER, DIGEST_LINE, SKIM, Day, Desks
from aid.simulation.ledger import Ledger
from aid.simulation.world import SimRequest, World, pool_of
from aid.waves.cover import Ask, chance_in_time, chance_of_yes

ANSWER_MINUTES = 60.0
"""How long an ask holds what it asks for."""
KNOWN = 0.9
EXHAUSTED = 0.02
"""The chance of a yes once a partner has said how many more it could send, or that there are none."""


@dataclass(frozen=True, slots=True)
class Out:
    """回答待ち: units asked at a moment."""

    at: float
    units: int


class Service:
    """運用: the state of all open requests and of what partners are believed to have."""

    is_digest = False
    """Whether a partner gets one message for all it is asked at once."""

    def __init__(self, world: World, candidates: Candidates) -> None:
        self.world, self.candidates = world, candidates
        self.day, self.ledger, self.desks = Day(), Ledger(world), Desks()
        self.believed = {line.key: line.quantity for line in world.lines}
        self.held: Counter[str] = Counter()
        self.pools = {f"{member.key}|ict": member.ict for member in world.members}
        self.pools |= {f"{member.key}|other": member.other for member in world.members}
        self.chances = {line.key: self._first_chance(line.member) for line in world.lines}
        self.out: dict[str, dict[str, Out]] = {request.key: {} for request in world.requests}
        self.asked: dict[str, set[str]] = {request.key: set() for request in world.requests}
        self.pool_of = {line.key: pool_of(line) for line in world.lines}
        self.open: dict[str, SimRequest] = {}

    def run(self) -> Ledger:
        """Play the day and return what happened."""
        for request in self.world.requests:
            self.day.at(request.at, partial(self._arrive, request))
        self.day.run()
        return self.ledger

    def filed(self, request: SimRequest) -> None:
        """Act on a new request; each policy in its own way."""
        raise NotImplementedError

    def free(self, line: str) -> int:
        """Return how many units may be asked of a partner."""
        pool = self.pool_of[line]
        left = self.believed[line]
        return max(min(left, self.pools[pool]) if pool else left, 0)

    def outstanding(self, request: str) -> tuple[Ask, ...]:
        """Return what is asked and not answered yet, each with the chance that a yes still comes in time."""
        now = self.day.now
        return tuple(
            Ask(out.units, chance_in_time(self.chances[line], ANSWER_MINUTES, now - out.at))
            for line, out in self.out[request].items()
        )

    def ask(self, asks: Iterable[tuple[str, str, int]]) -> None:
        """Ask partners for units, each (request, line, units)."""
        by_member: dict[str, list[tuple[str, str, int]]] = {}
        for each in asks:
            by_member.setdefault(self.world.line_of[each[1]].member, []).append(each)
        for member, theirs in sorted(by_member.items()):
            self.ledger.tell(member, 1 if self.is_digest else len(theirs))
            for request, line, units in theirs:
                self._ask_one(member, request, line, units)

    def _arrive(self, request: SimRequest) -> None:
        self.open[request.key] = request
        self.filed(request)

    def _first_chance(self, member: str) -> float:
        known = self.world.member_of[member]
        return chance_of_yes(known.said_yes, known.asked)

    def _ask_one(self, member: str, request: str, line: str, units: int) -> None:
        now = self.day.now
        self.ledger.note(now, "ask", request, line, units)
        self.asked[request].add(line)
        self.out[request][line] = Out(now, units)
        self._hold(line, units)
        read = self.desks.serve(member, now, SKIM + (DIGEST_LINE if self.is_digest else CONSIDER))
        answer = self.world.answer(request, line)
        if answer.speaks or (answer.is_willing and self.ledger.available(line) > 0):
            self.day.at(read + answer.after, partial(self._answered, request, line, units))
        self.day.at(now + ANSWER_MINUTES, partial(self._let_go, request, line))

    def _hold(self, line: str, units: int) -> None:
        self.believed[line] -= units
        self.held[line] += units
        if pool := self.pool_of[line]:
            self.pools[pool] -= units

    def _let_go(self, request: str, line: str) -> None:
        out = self.out[request].pop(line, None)
        if out is not None:
            self._hold(line, -out.units)

    def _answered(self, request: str, line: str, units: int) -> None:
        """Take what a partner offers, also when it comes late, and learn how many more it could send."""
        self._let_go(request, line)
        willing = self.world.answer(request, line).is_willing
        offered = min(units, self.ledger.available(line)) if willing else 0
        self.ledger.note(self.day.now, "answer", request, line, offered)
        if offered:
            taken = self.ledger.take(self.day.now, request, line, offered)
            self.ledger.declined += offered - taken
            self._promised(line, taken)
        rest = self.ledger.available(line)
        if willing and rest:
            self.asked[request].discard(line)
        self.believed[line] = max(min(self.believed[line], rest - self.held[line]), 0)
        self.chances[line] = KNOWN if rest > 0 else EXHAUSTED
        if not self.ledger.missing[request]:
            self._close(request)

    def _promised(self, line: str, units: int) -> None:
        self.believed[line] -= min(units, self.believed[line])
        if pool := self.pool_of[line]:
            self.pools[pool] -= units

    def _close(self, request: str) -> None:
        """Tell whoever was asked and has not answered that nothing more is needed."""
        if self.open.pop(request, None) is None:
            return
        for line in list(self.out[request]):
            self.ledger.tell(self.world.line_of[line].member)
            self._let_go(request, line)
