"""A played day, whatever the policy: nobody gives more than they have, and the log adds up to the figures."""

from collections import Counter

import pytest

from aid.allocation.greedy import greedy
from aid.allocation.optimum import optimum
from aid.simulation import playing
from aid.simulation.candidates import Candidates
from aid.simulation.ledger import Ledger
from aid.simulation.limits import SOLVED_WHOLE, _problem, cost_at_least, objective_ratio
from aid.simulation.making import make
from aid.simulation.policies import POLICIES, policies
from aid.simulation.report import figures
from aid.simulation.world import pool_of
from aid.simulation.writing import log_text


@pytest.fixture(scope="module")
def days() -> dict[str, playing.Played]:
    """The same day by every policy; the exact rounds, which take longer, have their days in tests/deep."""
    return playing.play(make(30, 4), *POLICIES, solver=greedy)


@pytest.mark.parametrize("policy", POLICIES)
def test_nobody_gives_more_than_they_have(days: dict[str, playing.Played], policy: str) -> None:
    ledger = days[policy].ledger
    given: Counter[str] = Counter()
    away: Counter[str] = Counter()
    for each in ledger.given:
        line = ledger.world.line_of[each.line]
        given[each.line] += each.units
        if pool := pool_of(line):
            away[pool] += each.units
    assert all(given[line.key] <= line.available for line in ledger.world.lines)
    for member in ledger.world.members:
        assert away[f"{member.key}|ict"] <= member.ict
        assert away[f"{member.key}|other"] <= member.other


@pytest.mark.parametrize("policy", POLICIES)
def test_no_request_gets_more_than_it_asked(days: dict[str, playing.Played], policy: str) -> None:
    ledger = days[policy].ledger
    got: Counter[str] = Counter()
    for each in ledger.given:
        got[each.request] += each.units
    for request in ledger.world.requests:
        assert got[request.key] + ledger.missing[request.key] == request.quantity
        assert ledger.missing[request.key] >= 0


@pytest.mark.parametrize("policy", POLICIES)
def test_the_log_says_what_was_committed(days: dict[str, playing.Played], policy: str) -> None:
    ledger = days[policy].ledger
    committed = [
        (each["request"], each["line"], each["units"]) for each in ledger.log if each["what"] == "commitment"
    ]
    assert committed == [(each.request, each.line, each.units) for each in ledger.given]
    assert ledger.messages == sum(ledger.heard.values())


@pytest.mark.parametrize("policy", [name for name in POLICIES if name != "mail-to-all"])
def test_with_a_ledger_nothing_is_promised_twice(days: dict[str, playing.Played], policy: str) -> None:
    assert days[policy].figures["double_commitments"] == 0


@pytest.mark.parametrize("policy", POLICIES)
def test_nobody_beats_whoever_knew_everything(days: dict[str, playing.Played], policy: str) -> None:
    measured = days[policy].figures
    assert measured["unmet"] >= measured["unmet_clairvoyant"] - 1e-9


@pytest.mark.parametrize("policy", POLICIES)
def test_the_same_seed_gives_the_same_bytes(days: dict[str, playing.Played], policy: str) -> None:
    world = make(30, 4)
    again = policies(greedy)[policy](world, Candidates(world))
    assert log_text(world, policy, again.log) == log_text(world, policy, days[policy].ledger.log)


def test_a_partner_gets_one_digest_for_a_round(days: dict[str, playing.Played]) -> None:
    log = days["plan"].ledger.log
    asks = [(each["at"], each["line"].partition("|")[0]) for each in log if each["what"] == "ask"]
    closing = days["plan"].ledger.messages - len(set(asks))
    assert len(set(asks)) < len(asks)
    assert closing >= 0


def test_the_bound_is_no_more_than_the_optimum_and_hardly_less() -> None:
    world = make(30, 4)
    problem = _problem(world, Candidates(world), {line.key: line.quantity for line in world.lines})
    plan = optimum(problem)
    assert sum(len(need.ways) for need in problem.needs) <= SOLVED_WHOLE
    assert 0.999 * plan.cost <= cost_at_least(problem, plan) <= plan.cost


def test_a_hurried_plan_is_seen_in_the_ratio() -> None:
    world = make(30, 4)
    assert objective_ratio(world, Candidates(world), optimum) == 1
    assert objective_ratio(world, Candidates(world), greedy) > 1


def test_of_nothing_there_are_no_figures() -> None:
    world = make(30, 4)
    measured = figures(Ledger(world), {request.key: request.quantity for request in world.requests})
    assert measured["unmet"] == 1
    assert measured["wait_p50_h"] is None
    assert measured["messages_per_unit"] == 0
