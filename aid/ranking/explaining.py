"""The points of a partner put into reasons: what is explained is what was counted.

Kept apart because a ranking of a thousand partners shows twenty: nobody else is explained.
"""

from collections.abc import Iterator
from typing import NamedTuple

from agreements.terms import Payer
from aid.ranking.candidates import Partner, Supply, SystemFit
from aid.ranking.filtering import Case
from aid.ranking.islands import Travel
from aid.ranking.points import (
    Choice,
    Passing,
    Standing,
    Way,
    lacks_nda,
    lead_hours,
    lists_spec,
    minutes_late,
    passing,
    payer_for,
    way_to,
)
from aid.ranking.reasons import Code, Fact, Reason
from aid.ranking.traits import percent
from aid.severity import Severity

_SYSTEM = {
    SystemFit.SAME_PACKAGE: Code.SAME_PACKAGE,
    SystemFit.SAME_VENDOR: Code.SAME_VENDOR,
    SystemFit.UNKNOWN: Code.PACKAGE_UNKNOWN,
    SystemFit.OTHER: Code.PACKAGE_DIFFERS,
}


class Judgement(NamedTuple):
    """採点結果: a partner with what it would give, how far it is, and what every circumstance costs it."""

    partner: Partner
    choice: Choice
    case: Case
    score: int

    @property
    def supply(self) -> Supply:
        return self.choice.supply

    @property
    def kind(self) -> str:
        """What it would give: the kind asked for, or what stands in for it."""
        return self.choice.kind

    @property
    def standing(self) -> Standing:
        return self.choice.standing

    @property
    def passing(self) -> Passing:
        return passing(self.supply, self.way, self.case)

    @property
    def way(self) -> Way:
        return way_to(self.partner, self.case)

    @property
    def km(self) -> float | None:
        return self.way.km

    @property
    def quantity(self) -> int:
        """What it could give of the need."""
        return min(self.supply.available, self.case.need.quantity)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """A reason for every circumstance that is worth a word; their points add up to the score."""
        return (*_way(self), *_time(self), *_goods(self), *_risks(self), *_standing(self), *_terms(self))


def _reason(code: Code, points: int, **facts: Fact) -> Reason:
    return Reason(code, {**facts, "points": points})


def _hours(minutes: int) -> int:
    return -(-minutes // 60)


def _way(judged: Judgement) -> Iterator[Reason]:
    points, way = judged.passing, judged.way
    if judged.case.travel is Travel.REMOTE:
        yield _reason(Code.REMOTE, points.road)
    elif way.km is None:
        yield _reason(Code.DISTANCE_UNKNOWN, points.road)
    else:
        yield _reason(Code.DISTANCE, points.road, km=round(way.km))
    if way.sea:
        yield _reason(Code.SEA, points.sea, minutes=way.sea)


def _time(judged: Judgement) -> Iterator[Reason]:
    supply, case = judged.supply, judged.case
    if supply.lead_time_hours == 0:
        yield _reason(Code.READY_NOW, judged.standing.lead)
    else:
        code = Code.LEAD_TIME_UNKNOWN if supply.lead_time_hours is None else Code.LEAD_TIME
        yield _reason(code, judged.standing.lead, hours=lead_hours(supply, case))
    if late := minutes_late(supply, judged.way, case):
        yield _reason(Code.LATE, judged.passing.late, hours=_hours(late))


def _goods(judged: Judgement) -> Iterator[Reason]:
    points, own, need = judged.passing, judged.standing, judged.case.need
    offered = judged.quantity
    if offered == need.quantity:
        yield _reason(Code.QUANTITY_FULL, points.quantity, needed=offered, kind=judged.kind)
    else:
        facts: dict[str, Fact] = {"offered": offered, "needed": need.quantity, "kind": judged.kind}
        yield _reason(Code.QUANTITY_PART, points.quantity, **facts)
    if judged.kind != need.kind:
        yield _reason(Code.SUBSTITUTE, own.unfit, kind=judged.kind, percent=percent(judged.choice.fit))
    if need.spec:
        code = Code.SPEC_LISTED if lists_spec(judged.supply, need.spec) else Code.SPEC_UNCONFIRMED
        yield _reason(code, points.spec, spec=need.spec)
    if judged.partner.system in _SYSTEM:
        yield _reason(_SYSTEM[judged.partner.system], own.system)


def _risks(judged: Judgement) -> Iterator[Reason]:
    points, severity = judged.standing, judged.partner.severity
    if severity is Severity.LIGHT:
        yield _reason(Code.LIGHTLY_HIT, points.shaken, severity=severity.value)
    elif severity is not None and severity.is_shaken:
        yield _reason(Code.SHAKEN, points.shaken, severity=severity.value)
    if judged.passing.hazard:
        yield _reason(Code.SAME_HAZARD, judged.passing.hazard)
    if judged.partner.shares_data_centre:
        yield _reason(Code.SHARED_DATA_CENTRE, points.data_centre)


def _standing(judged: Judgement) -> Iterator[Reason]:
    points, partner = judged.standing, judged.partner
    if partner.carried > 0:
        yield _reason(Code.LOAD, points.load, carried=partner.carried)
    if partner.asked:
        yield _reason(Code.ANSWERED, points.answers, said_yes=partner.said_yes, asked=partner.asked)
    elif points.answers:
        yield _reason(Code.ANSWER_UNKNOWN, points.answers)


def _terms(judged: Judgement) -> Iterator[Reason]:
    points, supply = judged.standing, judged.supply
    if supply.max_days is not None:
        yield _reason(Code.MAX_DAYS, points.stay, days=supply.max_days)
    if supply.conditions:
        yield _reason(Code.CONDITIONS, points.conditions, text=supply.conditions)
    payer = payer_for(judged.partner, judged.case)
    if payer is not Payer.RECEIVER:
        yield _reason(Code.COST, points.cost, payer=payer.value)
    if lacks_nda(judged.partner, judged.case):
        yield _reason(Code.NO_NDA, points.nda)
