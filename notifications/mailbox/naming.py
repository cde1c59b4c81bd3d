"""What a mail is about: the delivery or attempt that its address, its ENVID or its references name.

A tag proves itself. An attempt's id is random and stands in the Message-ID of one mail to one person, so whoever
refers to it holds that mail.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications.mailbox import tags
from notifications.mailbox.letters import Letter
from notifications.mailbox.tags import Named, Tagged
from notifications.models import Attempt, Delivery


@dataclass(frozen=True, slots=True)
class About:
    """メールの対象: the delivery that a mail is about, and the attempt where that is named; both None: unknown."""

    delivery: str | None = None
    attempt: str | None = None


def named(session: Session, letter: Letter, mark: str) -> About:
    """Return what a mail to the address with this tag is about."""
    envelope_id = letter.report.envelope_id if letter.report else ""
    for text in (mark, envelope_id):
        found = tags.named_by(session, text) if text else None
        about = _known(session, found) if found else None
        if about is not None:
            return about
    # A report without our tag may be anybody's: whoever got the mail knows its Message-ID
    return About() if letter.report else _referred(session, letter.references)


def _known(session: Session, found: Named) -> About | None:
    if found.kind is Tagged.BOUNCE:
        delivery = session.scalar(select(Attempt.delivery_id).where(Attempt.id == found.id))
        return About(delivery, found.id) if delivery else None
    return About(found.id) if session.get(Delivery, found.id) else None


def _referred(session: Session, references: tuple[str, ...]) -> About:
    ids = [found for each in references if (found := _uuid(each.partition("@")[0]))]
    if not ids:
        return About()
    rows = session.execute(select(Attempt.id, Attempt.delivery_id).where(Attempt.id.in_(ids)))
    deliveries = {row.id: row.delivery_id for row in rows}
    latest = next((each for each in ids if each in deliveries), None)
    return About(deliveries[latest]) if latest else About()


def _uuid(text: str) -> str | None:
    try:
        return str(UUID(text)) if len(text) == len(str(UUID(int=0))) else None
    except ValueError:
        return None
