"""When a guest ID's time is over: it no longer counts by then; this writes it down and tells the owner."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.queries import mail_contacts
from foundation.clock import JAPAN
from foundation.ids import new_id
from inventory.guests import queries
from inventory.guests.lifecycle import GuestState
from inventory.guests.models import GuestId, GuestPool, GuestUse
from inventory.guests.steps import settle
from notifications.actions import raise_alert
from notifications.alerts import LOW

EXPIRY = "inventory.guest_expiry"
ENDED = "inventory.guest_ended"
"""The alert that guest IDs ended with the aid for which they were given."""


def expire(session: Session, use_id: str) -> None:
    """Write down that a use has ended, and mail the owner's contacts where the ID waits for a new secret.

    Called by a timer. What somebody has rotated meanwhile needs no mail.
    """
    use, guest = session.get_one(GuestUse, use_id), guest_of_locked(session, use_id)
    present = settle(session, guest)
    if present is None or present.id != use_id or present.state != GuestState.EXPIRED:
        return
    to = mail_contacts(session, guest.pool.member_id)
    if to:
        facts = {"pool": guest.pool.name, "until": f"{use.until_at.astimezone(JAPAN):%m月%d日%H:%M}"}
        raise_alert(session, kind=EXPIRY, topic=use_id, facts=facts, addressees=to, priority=LOW)


def guest_of_locked(session: Session, use: str) -> GuestId:
    """Return the guest ID of a use, locked to the commit."""
    used = select(GuestUse.guest_id).where(GuestUse.id == use)
    (guest,) = queries.guests_of(session, select(GuestId).where(GuestId.id.in_(used)))
    return guest


def tell_ended(session: Session, pool: GuestPool, many: int) -> None:
    """Mail the owner's contacts that accounts are to be shut, for the aid has ended."""
    to = mail_contacts(session, pool.member_id)
    if to:
        raise_alert(session, kind=ENDED, topic=new_id(), facts={"pool": pool.name, "many": many}, addressees=to)
