"""From the facts of a round to the state that is planned: the ranking of every line. It needs no database."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from aid import forecast
from aid.allocation.problem import Way
from aid.planning import Forecast, Holding, way_of
from aid.plans.believing import Beliefs, Out
from aid.plans.facts import Coming, Facts, SeenLine, SeenRequest
from aid.plans.state import OpenLine, Pin, Rules, State
from aid.waves.cover import Ask as Asked
from aid.waves.cover import chance_in_time

LOWEST = 4


def state_of(facts: Facts) -> State:
    """Rank every open line and what is only expected; the same facts give the same state."""
    holdings, members = _holdings(facts)
    lines = [_open_line(facts, each, line, members) for each in facts.requests for line in each.lines]
    return State(
        facts.planning,
        facts.at,
        facts.is_held,
        tuple(sorted(lines, key=lambda line: line.key)),
        holdings,
        tuple(_known(_forecasts(facts.coming, facts.codes), members)) if facts.coming else (),
        _rules(facts, lines),
        members,
    )


def _open_line(facts: Facts, request: SeenRequest, line: SeenLine, members: Mapping[str, str]) -> OpenLine:
    codes, beliefs = facts.codes, facts.beliefs
    ranking = line.inquiry.rank()
    able = {candidate.member: candidate.quantity for candidate in ranking.candidates}
    out = sorted((codes[ask.member], ask) for ask in beliefs.out if ask.line == line.id and ask.member in able)
    ways = (
        way_of(f"{codes[candidate.member]}|{line.kind}", candidate.score, candidate.arrival_minutes)
        for candidate in ranking.candidates
        if candidate.member not in request.asked
    )
    cheapest = sorted(ways, key=lambda way: (way.points, way.store))
    return OpenLine(
        key=f"{request.number}|{line.position:02d}",
        request=request.id,
        number=request.number,
        line=line.id,
        kind=line.kind,
        priority=request.priority,
        needed=line.missing,
        ways=tuple(way for way in cheapest if way.store in members),
        asked=tuple(_expected(ask, able[ask.member], beliefs, request.minutes, facts.at) for _, ask in out),
        out=len(out),
        waiting=sum(ask.until > facts.at for _, ask in out),
        left_out=Counter(exclusion.reason.code.value for exclusion in ranking.excluded),
    )


def _expected(ask: Out, able: int, beliefs: Beliefs, minutes: int, now: datetime) -> Asked:
    """Return what may still come of an ask: no more than the partner could give."""
    silent = (now - ask.at) / timedelta(minutes=1)
    return Asked(min(ask.quantity, able), round(chance_in_time(beliefs.chance(ask.member), minutes, silent), 4))


def _holdings(facts: Facts) -> tuple[tuple[Holding, ...], dict[str, str]]:
    """Return what each partner has that nobody was promised and nobody waits for, and whose it is."""
    codes, beliefs = facts.codes, facts.beliefs
    minutes, found, members = facts.terms.answer_minutes[LOWEST], [], {}
    for each in facts.stocks:
        if each.member not in codes:
            continue
        key = f"{codes[each.member]}|{each.kind}"
        chance = round(chance_in_time(beliefs.chance(each.member, each.kind), minutes), 4)
        free = beliefs.free(each.member, each.kind, each.available)
        found.append(Holding(key, free, forecast.worth(each.kind), chance))
        members[key] = each.member
    return tuple(sorted(found, key=lambda holding: holding.key)), members


def _forecasts(coming: Coming, codes: Mapping[str, str]) -> list[Forecast]:
    """Return what is still to be expected of the hit members."""

    def ways(code: str, kind: str) -> list[Way]:
        ranking = coming.inquiries[code][kind].rank()
        return [Way(f"{codes[each.member]}|{kind}", each.score) for each in ranking.candidates]

    return forecast.at(coming.hours, forecast.expected(coming.hit, ways))


def _known(forecasts: Sequence[Forecast], members: Mapping[str, str]) -> list[Forecast]:
    return [
        Forecast(each.key, each.expected, each.priority, each.worth, ways)
        for each in forecasts
        if (ways := tuple(way for way in each.ways if way.store in members))
    ]


def _rules(facts: Facts, lines: Sequence[OpenLine]) -> Rules:
    by_id = {line.line: line for line in lines}
    numbers = {each.id: each.number for each in facts.requests}
    pins, forbidden, priorities = [], set(), {}
    for rule in facts.decisions:
        if rule.priority and rule.request in numbers:
            priorities[numbers[rule.request]] = rule.priority
        line, code = by_id.get(rule.line or ""), facts.codes.get(rule.member or "")
        if line and code:
            store = f"{code}|{line.kind}"
            if rule.kind == "pin":
                pins.append(Pin(line.key, store, rule.quantity))
            else:
                forbidden.add((line.key, store))
    return Rules(tuple(sorted(pins, key=lambda pin: (pin.line, pin.store))), frozenset(forbidden), priorities)
