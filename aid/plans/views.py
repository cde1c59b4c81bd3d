"""How plans are shown: figures with their sentences, in the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from agreements import queries as agreements
from aid.models import AidRequest, Planning, RequestLine
from aid.plans import shortage
from aid.plans.models import PlannedAsk, PlannedLine, PlanRound, PlanRule
from aid.plans.schemas import (
    ExpectedView,
    PlanAskView,
    PlanLineView,
    PlanView,
    PriceView,
    RuleKind,
    RuleView,
)
from aid.requests.views import stand_in
from foundation.problems import Language
from inventory import catalogue

Name = tuple[str | None, str]
_STATES = {
    "asked": ("照会中", "asked"),
    "answered": ("回答あり", "has answered"),
    "ended": ("待機解除", "stood down"),
    "suggested": ("案（保留中）", "suggested (on hold)"),
    "dropped": ("取りやめ（状況が変わったため）", "dropped (something had changed)"),
}


@dataclass(frozen=True, slots=True)
class Sight:
    """表示の前提: what every part of a shown plan hangs on."""

    session: Session
    planning: Planning
    last: PlanRound | None
    planning_from: int
    language: Language
    may_decide: bool


def nothing(incident: str, group: str, planning_from: int, *, may_decide: bool) -> PlanView:
    """Show that the group's requests are not planned together."""
    return PlanView(
        incident=incident,
        group=group,
        is_on=False,
        planning_from=planning_from,
        is_held=False,
        held_at=None,
        hold_reason=None,
        round=None,
        made_at=None,
        next_at=None,
        is_optimal=None,
        asked=0,
        dropped=0,
        may_decide=may_decide,
        lines=[],
        prices=[],
        expected=[],
        rules=[],
        version=0,
    )


def plan_view(
    sight: Sight,
    lines: Sequence[tuple[PlannedLine, AidRequest, RequestLine]],
    asks: Sequence[tuple[PlannedAsk, bool, bool]],
    rules: Sequence[PlanRule],
    next_at: datetime | None,
) -> PlanView:
    """Show the last round of a planning."""
    planning, last = sight.planning, sight.last
    members = {request.requester_id for _, request, _ in lines} | {ask.member_id for ask, _, _ in asks}
    members |= {rule.member_id for rule in rules if rule.member_id}
    names = agreements.name_of_members(sight.session, sorted(members))
    by_line: dict[str, list[PlanAskView]] = {}
    kinds = {line.id: line.kind for _, _, line in lines}
    for ask, is_answered, is_ended in asks:
        if kind := kinds.get(ask.line_id):
            view = _ask(ask, kind, names, sight, answered=is_answered, ended=is_ended)
            by_line.setdefault(ask.line_id, []).append(view)
    return nothing(
        planning.incident_id, planning.group_id, sight.planning_from, may_decide=sight.may_decide
    ).model_copy(
        update={
            "is_on": True,
            "is_held": planning.held_at is not None,
            "held_at": planning.held_at,
            "hold_reason": planning.hold_reason,
            "round": last.number if last else None,
            "made_at": last.at if last else None,
            "next_at": next_at,
            "is_optimal": last.is_optimal if last else None,
            "asked": last.asked if last and sight.may_decide else 0,
            "dropped": last.dropped if last and sight.may_decide else 0,
            "lines": [_line(*each, names, by_line, sight) for each in lines],
            "prices": _prices(sight),
            "expected": _expected(sight) if sight.may_decide else [],
            "rules": [rule_view(each, names) for each in rules],
            "version": planning.version,
        }
    )


def rule_view(rule: PlanRule, names: dict[str, Name]) -> RuleView:
    """Show a decision of people."""
    kind = RuleKind(rule.kind)
    municipality, name = names.get(rule.member_id or "", (None, None))
    return RuleView(
        id=rule.id,
        kind=kind,
        label=kind.label,
        request=rule.request_id,
        line=rule.line_id,
        member=rule.member_id,
        municipality=municipality,
        name=name,
        quantity=rule.quantity,
        priority=rule.priority,
        reason=rule.reason,
        made_at=rule.made_at,
        ended_at=rule.ended_at,
    )


def _line(
    found: PlannedLine,
    request: AidRequest,
    line: RequestLine,
    names: dict[str, Name],
    asks: dict[str, list[PlanAskView]],
    sight: Sight,
) -> PlanLineView:
    kind = catalogue.KINDS[line.kind]
    municipality, name = names[request.requester_id]
    text = shortage.words(shortage.Cause(found.cause), found.facts, sight.language) if found.cause else None
    return PlanLineView(
        request=request.id,
        number=request.number,
        requester=municipality or request.requester_id,
        requester_name=name,
        line=line.id,
        kind=line.kind,
        name_ja=kind.name_ja,
        name_en=kind.name_en,
        unit=kind.unit,
        priority=found.priority,
        filed_priority=request.priority,
        needed=found.needed,
        certainty=found.certainty,
        short=found.short,
        cause=found.cause,
        text=text,
        asks=asks.get(line.id, []),
    )


def _ask(
    ask: PlannedAsk, kind: str, names: dict[str, Name], sight: Sight, *, answered: bool, ended: bool
) -> PlanAskView:
    municipality, name = names[ask.member_id]
    state = ask.state
    if state == "asked" and (answered or ended):
        state = "answered" if answered else "ended"
    return PlanAskView(
        member=ask.member_id,
        municipality=municipality,
        name=name,
        quantity=ask.quantity,
        chance=ask.chance,
        is_pinned=ask.is_pinned,
        instead=stand_in(kind, ask.instead, ask.quantity) if ask.instead else None,
        state=state,
        text=_STATES[state][sight.language is Language.EN],
    )


def _prices(sight: Sight) -> list[PriceView]:
    prices: dict[str, int] = sight.last.prices if sight.last else {}
    return [
        PriceView(
            kind=kind,
            name_ja=catalogue.KINDS[kind].name_ja,
            name_en=catalogue.KINDS[kind].name_en,
            priority=priority,
            text=shortage.scarcity(priority, sight.language),
        )
        for kind, priority in sorted(prices.items(), key=lambda each: (each[1], each[0]))
    ]


def _expected(sight: Sight) -> list[ExpectedView]:
    expected: dict[str, float] = sight.last.forecast if sight.last else {}
    return [
        ExpectedView(
            kind=kind,
            name_ja=catalogue.KINDS[kind].name_ja,
            name_en=catalogue.KINDS[kind].name_en,
            unit=catalogue.KINDS[kind].unit,
            units=units,
        )
        for kind, units in sorted(expected.items())
    ]
