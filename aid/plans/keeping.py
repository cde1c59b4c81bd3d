"""Keeping a round: what it found short when it began, and section by section what it wanted to ask and did."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from aid.models import Planning
from aid.plans import forecast
from aid.plans.models import PlannedAsk, PlannedLine, PlanRound
from aid.plans.sections import Section
from aid.plans.state import Made
from foundation import audit, clock
from foundation.actor import SYSTEM
from foundation.database.statements import insert_rows
from foundation.ids import new_id

Became = tuple[str, str | None, int]
"""What became of an ask: its state, why it was dropped, the units asked."""
HUNDRED = 100


def begin(session: Session, planning: Planning, made: Made) -> PlanRound:
    """Write a new round with what it found of the open lines; nothing is asked yet."""
    planning.rounds += 1
    planning.last_round_at = clock.now(session)
    begun = PlanRound(
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
        asked=0,
        dropped=0,
        forecast=_expected(made),
        prices=dict(made.prices),
    )
    session.add(begun)
    session.flush()
    insert_rows(session, PlannedLine, *_lines(begun, made))
    return begun


def newest(session: Session, planning: Planning) -> PlanRound:
    """Return the round that was begun last."""
    of_planning = select(PlanRound).where(PlanRound.planning_id == planning.id)
    return session.scalars(of_planning.where(PlanRound.number == planning.rounds)).one()


def asked_for(session: Session, begun: PlanRound) -> set[str]:
    """Return the requests for which a round has asked somebody so far."""
    asked = (PlannedAsk.round_id == begun.id, PlannedAsk.state == "asked")
    return set(session.scalars(select(PlannedAsk.request_id).where(*asked).distinct()))


def keep(
    session: Session,
    planning: Planning,
    begun: PlanRound,
    section: Section,
    states: Mapping[tuple[str, str], Became],
) -> None:
    """Write what became of a section's asks, and record that it was acted on."""
    count = [state for state, _, _ in states.values()]
    begun.asked += count.count("asked")
    begun.dropped += count.count("dropped")
    insert_rows(session, PlannedAsk, *_asks(begun, section, states))
    audit.record(
        session,
        SYSTEM,
        "aid.plan_made",
        f"planning:{planning.id}",
        group=planning.group_id,
        round=begun.number,
        asked=count.count("asked"),
    )


def _asks(
    made_round: PlanRound, section: Section, states: Mapping[tuple[str, str], Became]
) -> list[dict[str, object]]:
    rows = []
    for ask in section.asks:
        member = section.made.state.members[ask.store]
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
