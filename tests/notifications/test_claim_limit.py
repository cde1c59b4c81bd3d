"""A claim leases no more rows than it was asked for, whatever plan the database makes of it."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from foundation.database import Database
from notifications import outbox
from notifications.claiming import Want
from notifications.outbox import Turn
from notifications.rendering import Voice
from tests.notifications.alerting import WORDINGS, Scripted, addressee, raise_alert

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
VOICE = Voice(WORDINGS, "https://oen.example", "", None, has_replies=False)
LEFT = ("hashjoin", "mergejoin", "hashagg", "material", "sort")
"""Without these the planner joins row by row, and would look for the rows to lease anew for each: it then skips those
that it has locked already, and goes on beyond the limit."""


def claimed(session: Session) -> int:
    for each in LEFT:
        session.execute(text(f"SET LOCAL enable_{each} = off"))
    return len(outbox.turn(session, Turn(wants=[Want(Scripted("a"), 4)]), "w", VOICE).parcels)


async def test_a_claim_keeps_its_limit_under_any_plan(database: Database) -> None:
    await database.write(raise_alert, *(addressee(number) for number in range(60)))
    assert await database.write(claimed) == 4
