"""Reply codes and answer tokens: how a person without a sign-in names the question they answer."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from foundation import clock
from foundation.database.statements import insert_or_skip
from foundation.sealing import digest
from notifications.models import Alert, ReplyCode

KEPT = timedelta(days=30)
"""How long after its last use a code names nothing else: a late answer must not fall to another question."""
_TRIES = ((4, 8), (5, 8), (6, 32))
"""Digits and how often that length is tried; eight misses in a row mean that more than half are taken."""
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_PAIRS = [second + first for first in _ALPHABET for second in _ALPHABET]
"""All two characters, the lower one first."""
_TOKEN_LENGTH = 10


class CodesExhausted(RuntimeError):
    """返信番号の枯渇: no free code was found, which takes hundreds of thousands of open questions."""


def give_code(session: Session, alert: str, until: datetime, *, is_first: bool = False) -> None:
    """Give the alert a code, or keep the one it has for longer; until 30 days after `until` it is no other's.

    With `is_first` the alert is new and cannot have one.
    """
    expires_at = until + KEPT
    kept = None if is_first else session.scalar(select(ReplyCode.code).where(ReplyCode.alert_id == alert))
    if kept is not None:
        session.execute(
            update(ReplyCode)
            .where(ReplyCode.code == kept, ReplyCode.expires_at < expires_at)
            .values(expires_at=expires_at)
        )
        return
    for digits, tries in _TRIES:
        for _ in range(tries):
            if _take(session, _random(digits), alert, expires_at):
                return
    raise CodesExhausted


def _take(session: Session, code: str, alert: str, expires_at: datetime) -> bool:
    row = {"code": code, "alert_id": alert, "expires_at": expires_at}
    return bool(insert_or_skip(session, ReplyCode, row)) or _take_over(session, row)


def _take_over(session: Session, row: Mapping[str, Any]) -> bool:
    """Take a code from a closed alert whose time is over; tell whether that was so."""
    closed = select(Alert.id).where(Alert.state == "closed")
    taken = session.execute(
        update(ReplyCode)
        .where(
            ReplyCode.code == row["code"],
            ReplyCode.expires_at < clock.now(session),
            ReplyCode.alert_id.in_(closed),
        )
        .values(row)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", taken).rowcount == 1


def _random(digits: int) -> str:
    lowest = 10 ** (digits - 1)
    return str(lowest + secrets.randbelow(9 * lowest))


def token_of(session: Session, delivery: str) -> str:
    """Return the delivery's answer token, 10 characters [0-9a-z], the same each time."""
    number = int.from_bytes(digest(session, "answer-token", delivery)[:16], "big")
    number, pairs = number % len(_PAIRS) ** (_TOKEN_LENGTH // 2), []
    for _ in range(_TOKEN_LENGTH // 2):
        number, index = divmod(number, len(_PAIRS))
        pairs.append(_PAIRS[index])
    return "".join(pairs)


def token_digest(session: Session, token: str) -> bytes:
    """Return what is kept of a token."""
    return digest(session, "answer-token-kept", token)


def address_digest(session: Session, address: str) -> bytes:
    """Return what an address is found by: a number as E.164, a mail address in lower case."""
    return digest(session, "address", address.strip().lower())
