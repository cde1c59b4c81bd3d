"""One world, one policy: the day is played and measured."""

from collections.abc import Mapping
from dataclasses import dataclass

from aid.allocation.greedy import greedy
from aid.allocation.optimum import optimum
from aid.allocation.solving import solve
from aid.plans.choosing import Solver
from aid.simulation.candidates import Candidates
from aid.simulation.ledger import Ledger
from aid.simulation.limits import objective_ratio, unmet_if_all_were_known
from aid.simulation.policies import policies
from aid.simulation.report import figures
from aid.simulation.world import World

EXACT = 100
"""Members up to which rounds are solved to the optimum without a solver of their own."""


MEASURED_EXACTLY = 300
"""Members up to which what was possible is the optimum; above, a plan within a percent of it that proves how near."""


@dataclass(frozen=True, slots=True)
class Played:
    """結果: what happened, and the figures."""

    ledger: Ledger
    figures: dict[str, float | int | None]


def play(world: World, *names: str, solver: Solver | None = None) -> dict[str, Played]:
    """Play the same day once for each policy. Raises KeyError for one that there is not."""
    candidates = Candidates(world)
    known = policies(solver or solver_for(world))
    return measured(candidates, {name: known[name](world, candidates) for name in names})


def measured(candidates: Candidates, ledgers: Mapping[str, Ledger]) -> dict[str, Played]:
    """Return what days of one world came to, whoever played them."""
    world = candidates.world
    best = optimum if len(world.members) <= MEASURED_EXACTLY else solve
    clairvoyant = unmet_if_all_were_known(world, candidates, best)
    ratio = objective_ratio(world, candidates, best)
    return {
        name: Played(ledger, figures(ledger, clairvoyant) | {"objective_ratio": ratio})
        for name, ledger in ledgers.items()
    }


def solver_for(world: World) -> Solver:
    """The exact one up to a few hundred members; above, the plan of somebody in a hurry."""
    return optimum if len(world.members) <= EXACT else greedy
