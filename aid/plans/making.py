"""From the facts of a round to its plan: people's decisions first, then the optimum, then why something is short."""

from collections.abc import Sequence
from dataclasses import replace

from aid.allocation.problem import Plan
from aid.plans import shortage
from aid.plans.choosing import Holding, OpenNeed, Solver, plan_round
from aid.plans.forecast import worth
from aid.plans.shortage import Use
from aid.plans.state import Made, OpenLine, Outlook, Pin, State, ToAsk
from aid.waves.cover import Ask, certainty


def make(state: State, solve: Solver) -> Made:
    """Plan one round. What was pinned is asked first, what was forbidden never."""
    lines = [_ruled(line, state) for line in state.lines]
    pinned, holdings = _pinned(lines, state)
    needs = [_need(line, pinned) for line in lines]
    made = plan_round(needs, holdings, (), state.forecasts, solve)
    by_key = {line.key: line for line in lines}
    chances = {holding.key: holding.chance for holding in holdings}
    found = [
        ToAsk(by_key[ask.need], ask.store, ask.quantity, chances[ask.store], is_pinned=False) for ask in made.asks
    ]
    asks = [*pinned, *found]
    use, own = Use.of(made.plan, lines, holdings), _by_line(asks)
    return Made(
        state,
        state.digest,
        tuple(sorted(asks, key=lambda ask: (ask.line.priority, ask.line.key, not ask.is_pinned))),
        tuple(_outlook(line, own.get(line.key, ()), made.plan, use) for line in lines),
        shortage.prices(made.plan, {line.kind for line in lines}),
        made.plan.cost,
        _name_of(made.plan),
        made.plan.is_optimal,
    )


def _name_of(plan: Plan) -> str:
    """Return which kind of plan it is: the optimum, one within a bound of it, or the one for somebody in a hurry."""
    if plan.is_optimal:
        return "optimum"
    return "stepped" if plan.worth_more else "greedy"


def _ruled(line: OpenLine, state: State) -> OpenLine:
    """Return a line as people want it planned."""
    rules, ways = state.rules, line.ways
    if rules.forbidden:
        ways = tuple(way for way in ways if (line.key, way.store) not in rules.forbidden)
    return replace(line, ways=ways, priority=rules.priorities.get(line.number, line.priority))


def _pinned(lines: list[OpenLine], state: State) -> tuple[list[ToAsk], list[Holding]]:
    """Return the asks that people decided, as far as the partner may and can be asked, and what is left then."""
    known = {holding.key: holding for holding in state.holdings}
    by_key = {line.key: line for line in lines}
    asks = []
    for pin in sorted(state.rules.pins, key=lambda each: (each.line, each.store)):
        line = by_key.get(pin.line)
        if line is None or pin.store not in {way.store for way in line.ways}:
            continue
        holding = known[pin.store]
        units = min(_wanted(line, pin), holding.free)
        if units > 0:
            known[pin.store] = replace(holding, free=holding.free - units)
            asks.append(ToAsk(line, pin.store, units, holding.chance, is_pinned=True))
    return asks, list(known.values())


def _wanted(line: OpenLine, pin: Pin) -> int:
    return min(pin.quantity or line.needed, line.needed)


def _need(line: OpenLine, pinned: list[ToAsk]) -> OpenNeed:
    own = [ask for ask in pinned if ask.line.key == line.key]
    asked = (*line.asked, *(Ask(ask.quantity, ask.chance) for ask in own))
    ways = line.ways
    if own:
        taken = {ask.store for ask in own}
        ways = tuple(way for way in ways if way.store not in taken)
    return OpenNeed(line.key, line.needed, line.priority, worth(line.kind), ways, asked)


def _outlook(line: OpenLine, own: Sequence[ToAsk], plan: Plan, use: Use) -> Outlook:
    reached = certainty(line.needed, (*line.asked, *(Ask(ask.quantity, ask.chance) for ask in own)))
    short = min(-(-plan.unmet.get(line.key, 0) // shortage.HUNDREDTHS), line.needed)
    if not short:
        return Outlook(line, line.priority, reached, 0, None, {})
    cause, facts = shortage.cause(line, use, own_asks=len(own))
    return Outlook(line, line.priority, reached, short, cause, facts)


def _by_line(asks: Sequence[ToAsk]) -> dict[str, list[ToAsk]]:
    found: dict[str, list[ToAsk]] = {}
    for ask in asks:
        found.setdefault(ask.line.key, []).append(ask)
    return found
