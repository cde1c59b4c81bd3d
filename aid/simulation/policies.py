"""The ways of finding help that are compared: what people do today, and what this service does."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from math import ceil

from aid.allocation.problem import Pool, Way
from aid.plans.choosing import Forecast, Holding, OpenNeed, Solver, plan_round
from aid.simulation import forecasting
from aid.simulation.candidates import Candidates, by_nearness
from aid.simulation.ledger import Ledger
from aid.simulation.service import ANSWER_MINUTES, Service
from aid.simulation.shortlist import Shortlist
from aid.simulation.today import MailToAll, OneByOne
from aid.simulation.world import HORIZON, SimRequest, World, worth
from aid.waves.cover import Ask, chance_in_time, fewest, is_covered

ROUND_MINUTES = 10.0
GAP_MINUTES = 2.0
"""A round comes every ten minutes, and at once with a new request, but not sooner than two minutes after the last."""
WAVE_MINUTES = 30.0
NEAREST = 5
LOOKED_AT = 120
"""The candidates from which a wave is made."""
LEAST_EXPECTED = 0.05


class Nearest(Service):
    """近い順に5団体: the five nearest that have the thing, every half hour."""

    def filed(self, request: SimRequest) -> None:
        """Ask the nearest five now, and the next later."""
        self._wave(request)

    def _wave(self, request: SimRequest) -> None:
        missing = self.ledger.missing[request.key]
        if not missing:
            return
        near, asked = by_nearness(self.candidates.of(request)), self.asked[request.key]
        new = [each.line for each in near if each.line not in asked and self.free(each.line) > 0]
        self.ask((request.key, line, min(missing, self.free(line))) for line in new[:NEAREST])
        self.day.at(self.day.now + WAVE_MINUTES, partial(self._wave, request))


class Waves(Service):
    """波: each request by itself, as many of the best ranked as cover it with certainty."""

    def filed(self, request: SimRequest) -> None:
        """Ask a first wave now, and look again every half hour."""
        self._wave(request)

    def _wave(self, request: SimRequest) -> None:
        missing = self.ledger.missing[request.key]
        if not missing:
            return
        out = self.outstanding(request.key)
        if not is_covered(missing, out):
            chosen = self._could_be_asked(request, missing)
            count = fewest(missing, [ask for _, ask in chosen], asked=out)
            self.ask((request.key, line, ask.quantity) for line, ask in chosen[:count])
        self.day.at(self.day.now + WAVE_MINUTES, partial(self._wave, request))

    def _could_be_asked(self, request: SimRequest, missing: int) -> list[tuple[str, Ask]]:
        found = []
        for each in self.candidates.of(request):
            units = min(missing, self.free(each.line))
            if units > 0 and each.line not in self.asked[request.key]:
                found.append((each.line, Ask(units, chance_in_time(self.chances[each.line], ANSWER_MINUTES))))
            if len(found) == LOOKED_AT:
                break
        return found


class _Free:
    """いま頼める数: units that may be asked of lines now, by kind; lines that have nothing are left out."""

    def __init__(self, world: World) -> None:
        self._lines: dict[str, list[str]] = {}
        for line in world.lines:
            self._lines.setdefault(line.kind, []).append(line.key)
        self._found: dict[str, dict[str, int]] = {}

    def look(self, free: Callable[[str], int]) -> None:
        """Look at every line once, for a whole round."""
        self._found = {
            kind: {line: units for line in lines if (units := free(line)) > 0} for kind, lines in self._lines.items()
        }

    def of(self, kind: str) -> Mapping[str, int]:
        """Return the units of each line of a kind that has some."""
        return self._found.get(kind, {})

    def __iter__(self) -> Iterator[tuple[str, str, int]]:
        return ((kind, line, units) for kind, found in self._found.items() for line, units in found.items())


class Planned(Service):
    """計画: all open requests together, again and again, one digest for each partner and round."""

    is_digest = True

    def __init__(self, world: World, candidates: Candidates, solve: Solver, *, has_forecast: bool = True) -> None:
        super().__init__(world, candidates)
        self._solve = solve
        coming = forecasting.expected(world, candidates) if has_forecast else []
        self._expected = [(kind, each, Shortlist(each.key, each.ways)) for kind, each in coming]
        self._shortlists: dict[str, Shortlist] = {}
        self._free = _Free(world)
        self._is_called = False
        self._last = -GAP_MINUTES
        self.rounds = 0
        moment = 0.0
        while moment <= HORIZON:
            self.day.at(moment, self._round)
            moment += ROUND_MINUTES

    def filed(self, request: SimRequest) -> None:  # noqa: ARG002 — the round looks at all that are open
        """Plan anew soon, unless a round is called already."""
        if not self._is_called:
            self._is_called = True
            self.day.at(max(self.day.now, self._last + GAP_MINUTES), self._round)

    def _round(self) -> None:
        self._is_called, self._last = False, self.day.now
        self._free.look(self.free)
        needs = [need for request in self.open.values() if (need := self._need(request))]
        if not needs:
            return
        self.rounds += 1
        made = plan_round(needs, self._holdings(), self._pools(), self._forecasts(), self._solve, is_thinned=True)
        self.ask((ask.need, ask.store, ask.quantity) for ask in made.asks)

    def _need(self, request: SimRequest) -> OpenNeed | None:
        """What is needed of whom, or None where nobody is left to ask or enough is asked already."""
        free = self._free.of(request.kind)
        if not free:
            return None
        missing, out = self.ledger.missing[request.key], self.outstanding(request.key)
        if is_covered(missing, out):
            return None
        if request.key not in self._shortlists:
            every = [Way(each.line, each.points) for each in self.candidates.of(request)]
            self._shortlists[request.key] = Shortlist(request.key, every)
        ways = self._shortlists[request.key].of(missing, free, self.asked[request.key])
        return OpenNeed(request.key, missing, request.priority, worth(request.kind), ways, out) if ways else None

    def _holdings(self) -> list[Holding]:
        in_time = chance_in_time(1.0, ANSWER_MINUTES)
        return [
            Holding(line, free, worth(kind), self.chances[line] * in_time, self.pool_of[line])
            for kind, line, free in self._free
        ]

    def _pools(self) -> list[Pool]:
        return [Pool(key, max(free, 0)) for key, free in self.pools.items()]

    def _forecasts(self) -> list[Forecast]:
        share = forecasting.still_to_come(self.day.now)
        return [
            Forecast(each.key, units, each.priority, each.worth, shortlist.of(ceil(units), self._free.of(kind)))
            for kind, each, shortlist in self._expected
            if (units := each.expected * share) >= LEAST_EXPECTED
        ]


POLICIES = ("plan", "plan-without-forecast", "waves", "nearest-five", "one-by-one", "mail-to-all")


def policies(solve: Solver) -> Mapping[str, Callable[[World, Candidates], Ledger]]:
    """Return the policies by name."""
    return {
        "one-by-one": lambda world, found: OneByOne(world, found).run(),
        "mail-to-all": lambda world, found: MailToAll(world, found).run(),
        "nearest-five": lambda world, found: Nearest(world, found).run(),
        "waves": lambda world, found: Waves(world, found).run(),
        "plan": lambda world, found: Planned(world, found, solve).run(),
        "plan-without-forecast": lambda world, found: Planned(world, found, solve, has_forecast=False).run(),
    }
