"""The courier's transactions: what is finished is recorded, what is due claimed; what nobody took over ends."""

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import Session

from foundation import clock
from foundation.sealing import BLANK
from notifications import claiming, providers, queries, recording
from notifications.claiming import Parcel, Want
from notifications.events import DeliveryChanged
from notifications.gateways.base import Channel
from notifications.models import Alert, Delivery
from notifications.recording import Sent
from notifications.rendering import Voice

DIGEST = 32
_NUMBERED = (
    Delivery.channel == Channel.SMS,
    Delivery.state.not_in(("due", "leased")),
    Delivery.address_sealed != BLANK,
)
"""SMS that are over and still tell to which number they went."""


@dataclass(frozen=True, slots=True)
class Turn:
    """一巡: what a worker brings: results, messages to give back, attempts that have a slot now, and its wants."""

    finished: Sequence[Sent] = ()
    returned: Sequence[Parcel] = ()
    posting: Sequence[str] = ()
    wants: Sequence[Want] = ()


@dataclass(frozen=True, slots=True)
class Load:
    """積み荷: what a turn brought back: messages to send, and the gateways that are not to be tried now."""

    parcels: Sequence[Parcel]
    shut: Collection[str]


def turn(session: Session, brought: Turn, worker: str, voice: Voice) -> Load:
    """Record what has finished, then claim as many as there is room for."""
    known = providers.look(session)
    limited = [want.gateway.name for want in brought.wants if want.gateway.rate]
    providers.hold_for(session, known, recording.trials(brought.finished), limited)
    if brought.finished:
        known = recording.record(session, brought.finished, known)
    recording.give_back(session, brought.returned)
    claiming.post(session, brought.posting)
    shut = providers.shut(session, known)
    return Load(claiming.claim(session, brought.wants, known, worker, voice), shut)


def waiting(session: Session) -> int:
    """Return how many deliveries are not handed over yet."""
    return session.scalar(select(func.count()).where(Delivery.state.in_(("due", "leased")))) or 0


def people_with_numbers() -> Select[str | None]:
    """Select the people of whom `forget_numbers` would blank something; read once, not once for each person."""
    return select(Delivery.person).where(Delivery.person.is_not(None), *_NUMBERED)


def forget_numbers(session: Session, person: str) -> int:
    """Blank the numbers to which a person's SMS went, and what they are found by; return how many."""
    sent = session.scalars(select(Delivery.id).where(Delivery.person == person, *_NUMBERED)).all()
    for row in sent:
        session.execute(
            update(Delivery)
            .where(Delivery.id == row)
            .values(address_sealed=BLANK, address_digest=os.urandom(DIGEST))
            .execution_options(synchronize_session=False)
        )
    return len(sent)


def expire_overdue(session: Session) -> None:
    """End what nobody could take over until its deadline."""
    now = clock.now(session)
    overdue = session.execute(
        update(Delivery)
        .where(
            Delivery.state.in_(("due", "leased")),
            Delivery.deadline_at <= now,
            or_(Delivery.leased_until.is_(None), Delivery.leased_until < now),
        )
        .values(state="expired", leased_until=None, leased_by=None, finished_at=now)
        .returning(Delivery.id, Delivery.alert_id, Delivery.member)
        .execution_options(synchronize_session=False)
    ).all()
    if not overdue:
        return
    alerts = {row.alert_id for row in overdue}
    topics = {
        row.id: (row.kind, row.topic)
        for row in session.execute(select(Alert.id, Alert.kind, Alert.topic).where(Alert.id.in_(alerts)))
    }
    status = queries.status_of("expired")
    recording.tell(session, [DeliveryChanged(*topics[row.alert_id], row.member, row.id, status) for row in overdue])
