"""Raising an alert with the change that causes it, and taking back what nobody needs to hear any more."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.orm import Session

from foundation import audit, clock
from foundation.actor import Actor
from foundation.database.statements import insert_or_skip, insert_rows
from foundation.ids import new_id
from foundation.sealing import seal
from notifications import codes, queries
from notifications.alerts import Addressee as Addressee
from notifications.alerts import QuestionLine as QuestionLine
from notifications.alerts import place_in_queue
from notifications.errors import InboundResolved
from notifications.gateways.base import Channel
from notifications.models import Alert, Attempt, Delivery, Question, Recipient, ReplyCode
from notifications.schemas import InboundResolution, InboundView

MAY_HAVE_ARRIVED = ("claimed", "posting", "accepted", "unknown")
DEADLINE = timedelta(days=14)
"""How long a message is tried: roads and masts have been away that long, and a late call for help still helps."""
TEST_DEADLINE = timedelta(hours=1)


def raise_alert(
    session: Session,
    *,
    kind: str,
    topic: str,
    facts: Mapping[str, Any],
    addressees: Sequence[Addressee],
    question: Sequence[QuestionLine] = (),
    wave: int = 1,
    priority: int = 3,
    closes_at: datetime | None = None,
    is_repeat: bool = False,
    is_correction: bool = False,
    only_by: str | None = None,
    deadline: timedelta = DEADLINE,
) -> str:
    """Tell the addressees and return the alert's id: one per kind and topic, to which later waves add.

    Nobody gets the same wave twice by one channel. A closed alert is open again. Priority 1 goes out first; a
    correction before the questions of its priority, and in the place of what of older waves is still queued.
    `only_by` names the one gateway that may send it.
    """
    alert, is_new = _open(session, kind, topic, closes_at)
    _say(session, alert, wave, facts, question, is_repeat=is_repeat)
    if question:
        lasts_until = clock.now(session) + DEADLINE
        codes.give_code(session, alert, max(lasts_until, closes_at or lasts_until), is_first=is_new)
    known = {} if is_new else _known_recipients(session, alert)
    recipients = _recipients(session, alert, known, addressees, wave)
    if is_correction:
        told = {recipients[each.member] for each in addressees}
        _supersede(session, Delivery.recipient_id.in_(told), Delivery.wave < wave)
    places = _places(addressees, priority, is_correction=is_correction)
    way = {"only_by": only_by, "deadline_at": clock.now(session) + deadline}
    rows = [
        _delivery(session, alert, recipients[each.member], each, wave, place, has_question=bool(question)) | way
        for each, place in zip(addressees, places, strict=True)
    ]
    insert_rows(session, Delivery, *rows, skips=True)
    return alert


def _places(addressees: Sequence[Addressee], priority: int, *, is_correction: bool) -> Iterator[int]:
    """Yield each delivery's place: behind the first of its member and channel."""
    reached: set[tuple[str, Channel]] = set()
    for each in addressees:
        way = (each.member, each.channel)
        yield place_in_queue(priority, is_correction=is_correction, is_further=way in reached)
        reached.add(way)


def mark_answered(session: Session, *, topics: Collection[str], member: str) -> None:
    """Note that the member has answered the topics' questions: its own people need not be asked any more."""
    settle_recipients(session, _asked_about(session, topics, [member]))


def mark_received(session: Session, *, topic: str, member: str) -> None:
    """Note that the member knows of the topic's question and will answer later."""
    note_receipt(session, _asked_about(session, [topic], [member]))


def note_receipt(session: Session, recipients: Sequence[str]) -> None:
    """Note a receipt, which settles nothing: only reminders that are still queued are taken back."""
    session.execute(
        update(Recipient)
        .where(Recipient.id.in_(recipients), Recipient.state == "waiting")
        .values(received_at=clock.now(session))
        .execution_options(synchronize_session=False)
    )
    is_repeat = exists().where(
        Question.alert_id == Delivery.alert_id, Question.wave == Delivery.wave, Question.is_repeat
    )
    _supersede(session, Delivery.recipient_id.in_(recipients), is_repeat)


def hold_back(session: Session, *, topic: str) -> None:
    """Lock what is still on its way about a topic, in the order of the ids: couriers lock it before any timer."""
    on_its_way = Alert.topic == topic, Delivery.state.in_(("due", "leased"))
    found = select(Delivery.id).join(Alert, Alert.id == Delivery.alert_id).where(*on_its_way).order_by(Delivery.id)
    session.execute(found.with_for_update(of=Delivery))


def take_back(session: Session, *, topic: str, members: Sequence[str]) -> set[str]:
    """Stop asking members that are no longer needed: who has not answered stays one who has not.

    Return those that never heard of it: they have not answered, and of their messages none went out or may have.
    """
    recipients = _asked_about(session, [topic], members)
    unheard = _unheard(session, recipients)
    session.execute(
        update(Recipient)
        .where(Recipient.id.in_(recipients), Recipient.state == "waiting")
        .values(state="closed")
        .execution_options(synchronize_session=False)
    )
    _supersede(session, Delivery.recipient_id.in_(recipients), Delivery.token_digest.is_not(None))
    return unheard


def _unheard(session: Session, recipients: Sequence[str]) -> set[str]:
    """The members whose messages wait, failed or were taken back, without a try that may have arrived."""
    tried = exists().where(Attempt.delivery_id == Delivery.id, Attempt.state.in_(MAY_HAVE_ARRIVED))
    went_out = or_(Delivery.state.in_(("leased", "accepted", "delivered")), tried)
    heard = exists().where(Delivery.recipient_id == Recipient.id, went_out)
    statement = select(Recipient.member).where(Recipient.id.in_(recipients), Recipient.answered_at.is_(None), ~heard)
    return set(session.scalars(statement))


def _asked_about(session: Session, topics: Collection[str], members: Sequence[str]) -> list[str]:
    # Alerts that only tell have no code
    asked = select(ReplyCode.alert_id).join(Alert).where(Alert.topic.in_(topics))
    statement = select(Recipient.id).where(Recipient.alert_id.in_(asked), Recipient.member.in_(members))
    return list(session.scalars(statement))


def settle_recipients(session: Session, recipients: Sequence[str]) -> None:
    """Mark recipients as answered and take back the questions that have not reached them yet."""
    if not recipients:
        return
    session.execute(
        update(Recipient)
        .where(Recipient.id.in_(recipients))
        .values(state="answered", answered_at=clock.now(session))
        .execution_options(synchronize_session=False)
    )
    _supersede(session, Delivery.recipient_id.in_(recipients), Delivery.token_digest.is_not(None))


def close_alert(session: Session, *, kind: str, topic: str) -> None:
    """Take back what is still on its way and refuse answers from now on."""
    alert = session.scalar(_by_topic(kind, topic))
    if alert is None or alert.state == "closed":
        return
    alert.state, alert.closed_at = "closed", clock.now(session)
    session.execute(
        update(Recipient)
        .where(Recipient.alert_id == alert.id, Recipient.state == "waiting")
        .values(state="closed")
        .execution_options(synchronize_session=False)
    )
    _supersede(session, Delivery.alert_id == alert.id)
    session.flush()


def is_unheard(session: Session, topic: str) -> bool:
    """Tell whether nothing of a topic's question has reached anybody, and nothing may have."""
    members = session.scalars(select(Recipient.member).join(Alert).where(Alert.topic == topic)).all()
    return bool(members) and _unheard(session, _asked_about(session, [topic], members)) == set(members)


def said(session: Session, *, kind: str, topic: str, wave: int = 1) -> tuple[dict[str, Any], list[QuestionLine]]:
    """Return what a wave of an alert says and asks."""
    found = session.scalars(
        select(Question)
        .join(Alert, Alert.id == Question.alert_id)
        .where(Alert.kind == kind, Alert.topic == topic, Question.wave == wave)
        .execution_options(populate_existing=True)
    ).one()
    return dict(found.facts), [QuestionLine(**line) for line in found.lines]


def say_otherwise(
    session: Session,
    *,
    kind: str,
    topic: str,
    facts: Mapping[str, Any],
    question: list[dict[str, Any]],
    wave: int = 1,
) -> None:
    """Change what a wave says where it has not gone out yet; its lines keep their order, for answers count by it."""
    alert = select(Alert.id).where(Alert.kind == kind, Alert.topic == topic).scalar_subquery()
    session.execute(
        update(Question)
        .where(Question.alert_id == alert, Question.wave == wave)
        .values(facts=dict(facts), lines=question)
        .execution_options(synchronize_session=False)
    )


def resolve_inbound(session: Session, actor: Actor, message_id: str, resolution: InboundResolution) -> InboundView:
    """Note what a person did about a message that the service could not place."""
    message = queries.inbound_for(session, actor, message_id)
    if message.result != "needs_person":
        raise InboundResolved
    message.result, message.note = "resolved", resolution.note
    message.resolved_by = actor.person or "operator"
    audit.record(session, actor, "notifications.resolve_inbound", f"inbound:{message.id}", chain=message.member)
    session.flush()
    return queries.inbound_view(session, message)


def _by_topic(kind: str, topic: str) -> Any:
    return select(Alert).where(Alert.kind == kind, Alert.topic == topic).with_for_update()


def _open(session: Session, kind: str, topic: str, closes_at: datetime | None) -> tuple[str, bool]:
    """Return the alert, locked, so that two waves at once don't make two of anything, and whether it is new."""
    made = new_id()
    row = {
        "id": made,
        "kind": kind,
        "topic": topic,
        "state": "open",
        "raised_at": clock.now(session),
        "closes_at": closes_at,
    }
    if insert_or_skip(session, Alert, row):
        return made, True
    alert: Alert = session.scalars(_by_topic(kind, topic)).one()
    if alert.state == "closed":
        alert.state, alert.closed_at = "open", None
        session.execute(
            update(Recipient)
            .where(Recipient.alert_id == alert.id, Recipient.state == "closed")
            .values(state="waiting")
            .execution_options(synchronize_session=False)
        )
    alert.closes_at = closes_at
    session.flush()
    return alert.id, False


def _say(
    session: Session,
    alert: str,
    wave: int,
    facts: Mapping[str, Any],
    question: Sequence[QuestionLine],
    *,
    is_repeat: bool,
) -> None:
    """Keep what the wave says and asks; said once more, the latest counts for what has not gone out yet."""
    said = {"facts": dict(facts), "lines": [asdict(line) for line in question], "is_repeat": is_repeat}
    if not insert_or_skip(session, Question, {"alert_id": alert, "wave": wave, **said}):
        session.execute(
            update(Question)
            .where(Question.alert_id == alert, Question.wave == wave)
            .values(said)
            .execution_options(synchronize_session=False)
        )


def _known_recipients(session: Session, alert: str) -> dict[str, tuple[str, str]]:
    """Return the recipients that an alert has already, each with its state, by member."""
    rows = session.execute(select(Recipient.id, Recipient.member, Recipient.state).where(Recipient.alert_id == alert))
    return {member: (recipient, state) for recipient, member, state in rows}


def _recipients(
    session: Session,
    alert: str,
    known: Mapping[str, tuple[str, str]],
    addressees: Sequence[Addressee],
    wave: int,
) -> dict[str, str]:
    """Return each addressed member's recipient, made where there is none and waiting (again) in any case."""
    members = {each.member: each for each in addressees}
    asked_again = [known[member][0] for member in members if member in known and known[member][1] != "waiting"]
    if asked_again:
        session.execute(
            update(Recipient)
            .where(Recipient.id.in_(asked_again))
            .values(state="waiting", wave=wave, received_at=None)
            .execution_options(synchronize_session=False)
        )
    made = {member: new_id() for member in members if member not in known}
    rows = [
        {
            "id": made[member],
            "alert_id": alert,
            "member": member,
            "municipality": each.municipality,
            "name": each.member_name,
            "state": "waiting",
            "wave": wave,
        }
        for member, each in members.items()
        if member in made
    ]
    insert_rows(session, Recipient, *rows)
    return {member: recipient for member, (recipient, _) in known.items()} | made


def _delivery(
    session: Session,
    alert: str,
    recipient: str,
    to: Addressee,
    wave: int,
    place: int,
    *,
    has_question: bool,
) -> dict[str, Any]:
    row = new_id()
    now = clock.now(session)
    digest = codes.address_digest(session, to.address)
    token = codes.token_digest(session, codes.token_of(session, row)) if has_question else None
    return {
        "id": row,
        "alert_id": alert,
        "recipient_id": recipient,
        "member": to.member,
        "channel": to.channel.value,
        "wave": wave,
        "priority": place,
        "person": to.person,
        "name": to.name,
        "holder": to.person or digest.hex(),
        "address_sealed": seal(session, to.member, queries.ADDRESS, row, to.address),
        "address_digest": digest,
        "token_digest": token,
        "raised_at": now,
        "state": "due",
        "due_at": now,
        "attempt": 0,
    }


def _supersede(session: Session, *which: ColumnElement[bool]) -> None:
    """Take back what is due or just being sent; one that got out all the same is recorded as accepted later."""
    session.execute(
        update(Delivery)
        .where(Delivery.state.in_(("due", "leased")), *which)
        .values(state="superseded", leased_until=None, leased_by=None, finished_at=clock.now(session))
        .execution_options(synchronize_session=False)
    )
