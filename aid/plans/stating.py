"""From the facts of a round to the state that is planned: the ranking of every line. It needs no database."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

from aid.allocation.problem import Way
from aid.plans import believing, forecast
from aid.plans.believing import Out
from aid.plans.choosing import Forecast, Holding
from aid.plans.facts import Coming, Facts, SeenLine, SeenRequest
from aid.plans.state import Made, OpenLine, Pin, Rules, State
from aid.ranking import telling
from aid.ranking.explaining import Judgement
from aid.waves.cover import Ask as Asked
from aid.waves.cover import is_covered

LOWEST = 4


def state_of(facts: Facts) -> State:
    """Rank what is open and not covered, and what is only expected; the same facts give the same state."""
    holdings, members = _holdings(facts)
    ranked = _Ranked(facts, members)
    lines = [ranked.line(request, line) for request in facts.requests for line in request.lines]
    return State(
        facts.planning,
        facts.at,
        facts.is_held,
        tuple(sorted(lines, key=lambda line: line.key)),
        holdings,
        tuple(_known(_forecasts(facts.coming, facts.codes), members)) if facts.coming else (),
        _rules(facts, lines, members),
        members,
    )


class _Ranked:
    """順位を付けた品目: the lines of a look, each with what is out for it and who else could serve it."""

    def __init__(self, facts: Facts, members: Mapping[str, str]) -> None:
        self._facts = facts
        self._stores = {(member, store.rpartition("|")[2]): store for store, member in members.items()}
        self._ruled = {rule.line for rule in facts.decisions}
        self._out: dict[str, list[Out]] = {}
        for ask in facts.beliefs.out:
            self._out.setdefault(ask.line, []).append(ask)

    def line(self, request: SeenRequest, line: SeenLine) -> OpenLine:
        """Return a line as it is planned. What is asked already covers most: for those nobody else is looked for."""
        out, asked = self._asked(request, line)
        is_left_alone = is_covered(line.missing, asked) and line.id not in self._ruled
        ways, left_out = ((), {}) if is_left_alone else self._served(request, line)
        return OpenLine(
            key=f"{request.number}|{line.position:02d}",
            request=request.id,
            number=request.number,
            line=line.id,
            kind=line.kind,
            priority=request.priority,
            needed=line.missing,
            ways=ways,
            asked=asked,
            out=len(out),
            waiting=sum(ask.until > self._facts.at for ask in out),
            left_out=left_out,
        )

    def _asked(self, request: SeenRequest, line: SeenLine) -> tuple[Sequence[Out], tuple[Asked, ...]]:
        """Return who was asked, is able to help and has not answered, and what may still come of it."""
        waiting = self._out.get(line.id, ())
        able = line.inquiry.judged_alone({ask.member for ask in waiting}) if waiting else {}
        out = sorted((ask for ask in waiting if ask.member in able), key=lambda ask: self._facts.codes[ask.member])
        return out, tuple(self._expected(request, ask, able[ask.member]) for ask in out)

    def _expected(self, request: SeenRequest, ask: Out, judged: Judgement) -> Asked:
        """Return what may still come of an ask: no more than the partner could give."""
        silent = (self._facts.at - ask.at) / timedelta(minutes=1)
        beliefs = self._facts.beliefs
        chance = beliefs.in_time(beliefs.chance(ask.member), request.minutes, silent)
        return Asked(min(ask.quantity, judged.quantity), chance)

    def _served(self, request: SeenRequest, line: SeenLine) -> tuple[tuple[Way, ...], Mapping[str, int]]:
        """Return the ways to those who could serve a line and were not asked, and how many can't, by the reason.

        There are hundreds of ways for each line.
        """
        scored, refused = line.inquiry.scored()
        ways = [
            Way(store, score)
            for score, partner, choice in scored
            if partner.member not in request.asked
            and (choice.kind == line.kind or self._facts.beliefs.may_stand_in(partner.member, line.kind))
            and (store := self._stores.get((partner.member, choice.kind)))
        ]
        return tuple(ways), Counter([str(reason.code) for _, reason in refused])


def _holdings(facts: Facts) -> tuple[tuple[Holding, ...], dict[str, str]]:
    """Return what each partner has that nobody was promised and nobody waits for, and whose it is."""
    codes, beliefs = facts.codes, facts.beliefs
    minutes, found, members = facts.terms.answer_minutes[LOWEST], [], {}
    awaited = believing.awaited(beliefs.held, facts.stocks, facts.terms.ranking.least_fit)
    for each in facts.stocks:
        if each.member not in codes:
            continue
        key = f"{codes[each.member]}|{each.kind}"
        chance = beliefs.in_time(beliefs.chance(each.member, each.kind), minutes)
        free = beliefs.free(each, awaited[each.member, each.kind])
        found.append(Holding(key, free, forecast.worth(each.kind), chance))
        members[key] = each.member
    return tuple(sorted(found, key=lambda holding: holding.key)), members


def _forecasts(coming: Coming, codes: Mapping[str, str]) -> list[Forecast]:
    """Return what is still to be expected of the hit members."""

    def ways(code: str, kind: str, priority: int) -> list[Way]:
        scored, _ = coming.inquiries[code, priority][kind].scored()
        return [Way(f"{codes[partner.member]}|{choice.kind}", score) for score, partner, choice in scored]

    return forecast.at(coming.hours, forecast.expected(coming.hit, ways))


def _known(forecasts: Sequence[Forecast], members: Mapping[str, str]) -> list[Forecast]:
    return [
        Forecast(each.key, each.expected, each.priority, each.worth, ways)
        for each in forecasts
        if (ways := tuple(way for way in each.ways if way.store in members))
    ]


def _rules(facts: Facts, lines: Sequence[OpenLine], members: Mapping[str, str]) -> Rules:
    by_id = {line.line: line for line in lines}
    numbers = {each.id: each.number for each in facts.requests}
    pins, forbidden, priorities = [], set(), {}
    for rule in facts.decisions:
        if rule.priority and rule.request in numbers:
            priorities[numbers[rule.request]] = rule.priority
        line, code = by_id.get(rule.line or ""), facts.codes.get(rule.member or "")
        if line and code:
            own = (way.store for way in line.ways if members[way.store] == rule.member)
            store = next(own, f"{code}|{line.kind}")
            if rule.kind == "pin":
                pins.append(Pin(line.key, store, rule.quantity))
            else:
                forbidden.add((line.key, store))
    return Rules(tuple(sorted(pins, key=lambda pin: (pin.line, pin.store))), frozenset(forbidden), priorities)


def why_asked(facts: Facts, made: Made) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return by line and member why a plan asks it, in words for itself; which lines are asked is judged later."""
    inquiries = {line.id: line.inquiry for request in facts.requests for line in request.lines}
    return {
        (line, member): telling.phrases(judged, is_named=True)
        for line, members in made.asked.items()
        for member, judged in inquiries[line].judged_alone(members).items()
    }
