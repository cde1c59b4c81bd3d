"""The ways of finding help that are compared: what people do today, and what this service does."""

from collections.abc import Callable, Mapping
from functools import partial

from aid.allocation.problem import Pool, Way
from aid.cover import CERTAINTY, Ask, certainty, chance_in_time, fewest
from aid.planning import Forecast, Holding, OpenNeed, Solver, plan_round
from aid.simulation import forecasting
from aid.simulation.candidates import Candidates, by_nearness
from aid.simulation.ledger import Ledger
from aid.simulation.service import ANSWER_MINUTES, Service
from aid.simulation.today import MailToAll, OneByOne
from aid.simulation.world import HORIZON, SimRequest, World, pool_of, worth

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
        near = by_nearness(self.candidates.of(request))
        new = [each.line for each in near if (request.key, each.line) not in self.asked and self.free(each.line) > 0]
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
        if certainty(missing, out) < CERTAINTY:
            chosen = self._could_be_asked(request, missing)
            count = fewest(missing, [ask for _, ask in chosen], asked=out)
            self.ask((request.key, line, ask.quantity) for line, ask in chosen[:count])
        self.day.at(self.day.now + WAVE_MINUTES, partial(self._wave, request))

    def _could_be_asked(self, request: SimRequest, missing: int) -> list[tuple[str, Ask]]:
        found = []
        for each in self.candidates.of(request):
            units = min(missing, self.free(each.line))
            if units > 0 and (request.key, each.line) not in self.asked:
                found.append((each.line, Ask(units, chance_in_time(self.chances[each.line], ANSWER_MINUTES))))
            if len(found) == LOOKED_AT:
                break
        return found


class Planned(Service):
    """計画: all open requests together, again and again, one digest for each partner and round."""

    is_digest = True

    def __init__(self, world: World, candidates: Candidates, solve: Solver, *, has_forecast: bool = True) -> None:
        super().__init__(world, candidates)
        self._solve = solve
        self._expected = forecasting.expected(world, candidates) if has_forecast else []
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
        needs = [self._need(request) for request in self.open.values()]
        if not needs:
            return
        self.rounds += 1
        made = plan_round(needs, self._holdings(), self._pools(), self._forecasts(), self._solve)
        self.ask((ask.need, ask.store, ask.quantity) for ask in made.asks)

    def _need(self, request: SimRequest) -> OpenNeed:
        ways = tuple(
            Way(each.line, each.points)
            for each in self.candidates.of(request)
            if (request.key, each.line) not in self.asked
        )
        missing = self.ledger.missing[request.key]
        asked = self.outstanding(request.key)
        return OpenNeed(request.key, missing, request.priority, worth(request.kind), ways, asked)

    def _holdings(self) -> list[Holding]:
        return [
            Holding(
                line.key,
                self.free(line.key),
                worth(line.kind),
                chance_in_time(self.chances[line.key], ANSWER_MINUTES),
                pool_of(line),
            )
            for line in self.world.lines
        ]

    def _pools(self) -> list[Pool]:
        return [Pool(key, max(free, 0)) for key, free in self.pools.items()]

    def _forecasts(self) -> list[Forecast]:
        share = forecasting.still_to_come(self.day.now)
        scaled = [(each, each.expected * share) for each in self._expected]
        return [
            Forecast(each.key, units, each.priority, each.worth, each.ways)
            for each, units in scaled
            if units >= LEAST_EXPECTED
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
