"""Keeping a round: what it wanted to ask and did, and what it found short."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from aid.models import Planning
from aid.plans import forecast
from aid.plans.models import PlannedAsk, PlannedLine, PlanRound
from aid.plans.state import Made
from foundation import audit, clock
from foundation.actor import SYSTEM
from foundation.database.statements import insert_rows
from foundation.ids import new_id

Became = tuple[str, str | None, int]
"""What became of an ask: its state, why it was dropped, the units asked."""
HUNDRED = 100


def keep(session: Session, planning: Planning, made: Made, states: Mapping[tuple[str, str], Became]) -> None:
    """Write a round with its asks and lines, and record that it was made."""
    count = [state for state, _, _ in states.values()]
    made_round = PlanRound(
        id=new_id(),
        planning_id=planning.id,
        number=planning.rounds,
        at=clock.now(session),
        solver=made.solver,
        is_optimal=made.is_optimal,
        is_held=planning.held_at is not None,
        cost=made.cost,
        digest=made.digest,
        needs=len(made.state.lines),
        asked=count.count("asked"),
        dropped=count.count("dropped"),
        forecast=_expected(made),
        prices=dict(made.prices),
    )
    session.add(made_round)
    session.flush()
    insert_rows(session, PlannedAsk, *_asks(made_round, made, states))
    insert_rows(session, PlannedLine, *_lines(made_round, made))
    audit.record(
        session,
        SYSTEM,
        "aid.plan_made",
        f"planning:{planning.id}",
        group=planning.group_id,
        round=planning.rounds,
        asked=made_round.asked,
    )


def _asks(made_round: PlanRound, made: Made, states: Mapping[tuple[str, str], Became]) -> list[dict[str, object]]:
    rows = []
    for ask in made.asks:
        member = made.state.members[ask.store]
        state, why, units = states[ask.line.line, member]
        rows.append(
            {
                "id": new_id(),
                "round_id": made_round.id,
                "planning_id": made_round.planning_id,
                "request_id": ask.line.request,
                "line_id": ask.line.line,
                "member_id": member,
                "quantity": units,
                "chance": round(HUNDRED * ask.chance),
                "is_pinned": ask.is_pinned,
                "instead": ask.instead,
                "state": state,
                "why": why,
            }
        )
    return rows


def _lines(made_round: PlanRound, made: Made) -> list[dict[str, object]]:
    return [
        {
            "id": new_id(),
            "round_id": made_round.id,
            "request_id": each.line.request,
            "line_id": each.line.line,
            "priority": each.priority,
            "needed": each.line.needed,
            "certainty": round(HUNDRED * each.certainty),
            "short": each.short,
            "cause": each.cause,
            "facts": dict(each.facts),
        }
        for each in made.outlooks
    ]


def _expected(made: Made) -> dict[str, float]:
    """Return by kind the usual requests' units still expected of who is hit, as the round counted them."""
    found: dict[str, float] = {}
    for each in made.state.forecasts:
        kind = each.key.split("|")[2]
        if kind in forecast.SHARES:
            found[kind] = round(found.get(kind, 0.0) + each.expected, 1)
    return dict(sorted(found.items()))
