"""What is deleted when its time is over: one table, which docs/operating.md repeats (ASVS 14.2.7)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from agreements.people import forgetting
from aid.asking.models import AskedMessage
from foundation import clock
from foundation.clock import JAPAN
from foundation.database.base import Base
from foundation.idempotency import KeptAnswer
from foundation.timers import Timer
from notifications import forgetting as messages
from notifications.models import InboundMessage, Receipt
from readiness.digests.models import DigestItem
from service.identity import models

AT_ONCE = 500
"""Rows deleted in one transaction: nobody who asks for aid waits for it."""
Which = Callable[[datetime], ColumnElement[bool]]
"""From the instant before which everything is over to what holds for such rows."""


@dataclass(frozen=True, slots=True)
class Rule:
    """保存期間: how long the rows of a table are kept once they count no more."""

    table: type[Base]
    kept: timedelta
    is_over: Which

    def sweep(self, session: Session) -> int:
        """Delete some rows whose time is over; return how many."""
        keys = list(self.table.__table__.primary_key)
        over = select(*keys).where(self.is_over(clock.now(session) - self.kept)).limit(AT_ONCE).subquery()
        is_over = and_(*(key == over.c[key.name] for key in keys))
        gone = session.execute(
            delete(self.table)
            .where(select(over).where(is_over).exists())
            .execution_options(synchronize_session=False)
        )
        return cast("CursorResult[Any]", gone).rowcount


def _has_nobody(before: datetime) -> ColumnElement[bool]:
    somebody = select(models.TerminalPerson.person_id).where(models.TerminalPerson.terminal_id == models.Terminal.id)
    return and_(models.Terminal.made_at < before, ~somebody.exists())


def _left_by(before: datetime) -> ColumnElement[bool]:
    return models.TerminalPerson.signed_on < before.astimezone(JAPAN).date()


DAY = timedelta(days=1)
RULES: tuple[Rule, ...] = (
    Rule(models.PersonSession, 90 * DAY, lambda before: models.PersonSession.ends_at < before),
    Rule(models.KnownPlace, 365 * DAY, lambda before: models.KnownPlace.seen_at < before),
    # People before the terminal that they point to
    Rule(models.TerminalPerson, 30 * DAY, _left_by),
    Rule(models.Terminal, 30 * DAY, _has_nobody),
    Rule(
        models.PrintedCode,
        90 * DAY,
        lambda before: or_(models.PrintedCode.used_at < before, models.PrintedCode.voided_at < before),
    ),
    Rule(models.Invitation, 30 * DAY, lambda before: models.Invitation.ends_at < before),
    Rule(models.Challenge, DAY, lambda before: models.Challenge.ends_at < before),
    Rule(
        models.ApiToken,
        90 * DAY,
        lambda before: func.coalesce(models.ApiToken.revoked_at, models.ApiToken.expires_at) < before,
    ),
    Rule(Receipt, 90 * DAY, lambda before: Receipt.handled_at < before),
    Rule(
        InboundMessage,
        90 * DAY,
        lambda before: and_(InboundMessage.result == "noted", InboundMessage.handled_at < before),
    ),
    Rule(AskedMessage, 90 * DAY, lambda before: AskedMessage.at < before),
    Rule(DigestItem, 90 * DAY, lambda before: func.coalesce(DigestItem.mailed_at, DigestItem.expires_at) < before),
    Rule(KeptAnswer, 14 * DAY, lambda before: KeptAnswer.made_at < before),
    Rule(Timer, 30 * DAY, lambda before: and_(Timer.state == "done", Timer.due_at < before)),
)
"""A table that keeps what ends by itself gets its row here."""

STEPS: tuple[Callable[[Session], int], ...] = (
    *(rule.sweep for rule in RULES),
    forgetting.forget_numbers,
    messages.forget_deliveries,
    messages.forget_inbound,
)
"""Each deletes a little and says how much; the worker repeats it while there is more."""
