"""Addresses that are gone: marked at once, passed over while another one works, and told to their people."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.addresses import search_digest
from agreements.models import Channel, ChannelKind, Desk, Person
from agreements.reach import mail_contacts, person_addressees
from agreements.wording import ADDRESS_DEAD
from foundation import audit, clock
from foundation.actor import SYSTEM
from foundation.ids import new_id
from notifications import actions
from notifications.alerts import LOW, Addressee
from notifications.events import AddressDied


def address_died(session: Session, died: AddressDied) -> None:
    """Mark the member's channels that hold the address; each is told of once, until somebody enters it anew."""
    kind = ChannelKind(died.channel.value)
    holding = select(Channel).where(
        Channel.member_id == died.member,
        Channel.kind == kind.value,
        Channel.digest == search_digest(session, kind, died.address),
        Channel.dead_at.is_(None),
    )
    for channel in session.scalars(holding.with_for_update()).all():
        channel.dead_at, channel.dead_reason = clock.now(session), died.reason
        session.flush()
        audit.record(
            session,
            SYSTEM,
            "agreements.channel_died",
            f"channel:{channel.id}",
            chain=channel.member_id,
            kind=channel.kind,
            reason=died.reason,
        )
        _tell(session, channel, died.address)


def _tell(session: Session, channel: Channel, address: str) -> None:
    others = _others(session, channel, address)
    if not others:
        return
    holder = _holder(session, channel)
    actions.raise_alert(
        session,
        kind=ADDRESS_DEAD,
        topic=new_id(),
        facts={"name": holder.name, "kind": channel.kind},
        addressees=others,
        priority=LOW,
    )


def _holder(session: Session, channel: Channel) -> Person | Desk:
    if channel.person_id is not None:
        return session.get_one(Person, channel.person_id)
    return session.get_one(Desk, channel.desk_id)


def _others(session: Session, channel: Channel, address: str) -> list[Addressee]:
    """Return the person's own other ways, or else the mail of the member's other contacts."""
    own = person_addressees(session, [channel.person_id]) if channel.person_id else []
    found = [each for each in own if each.address.casefold() != address.casefold()]
    if found:
        return found
    return [
        each for each in mail_contacts(session, channel.member_id) if each.address.casefold() != address.casefold()
    ]
