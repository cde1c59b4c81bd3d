"""Testing a route: one message by the very same way as any other, and what came of it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation import audit, clock
from foundation.actor import Actor
from foundation.ids import new_id
from foundation.paging import PAGE, Page
from foundation.problems import FieldError, Invalid
from notifications import actions, mail, phones, queries
from notifications.alerts import LOW, Addressee
from notifications.gateways.base import Channel, Gateway
from notifications.models import Alert, Attempt, Delivery
from notifications.schemas import GatewayTestDraft, GatewayTestView, TestTryView
from notifications.wording import GATEWAY_TEST

OPERATORS = "operators"
"""Owner of the key that seals the addresses which operators tested."""


def begin(session: Session, actor: Actor, gateway: Gateway, draft: GatewayTestDraft) -> GatewayTestView:
    """Let a message go to an address by this gateway alone. It is tried for an hour, like any other.

    Raises Invalid for an address that this kind of gateway can't reach.
    """
    test = new_id()
    to = Addressee(
        member=OPERATORS,
        municipality=None,
        person=None,
        name="運用担当",
        channel=gateway.channel,
        address=_address(gateway.channel, draft.address),
    )
    actions.raise_alert(
        session,
        kind=GATEWAY_TEST,
        topic=test,
        facts={"gateway": gateway.name, "at": clock.now(session).isoformat()},
        addressees=[to],
        priority=LOW,
        only_by=gateway.name,
        deadline=actions.TEST_DEADLINE,
    )
    audit.record(session, actor, "notifications.test_gateway", f"gateway:{gateway.name}", test=test)
    return result(session, test)


def result(session: Session, test: str) -> GatewayTestView:
    """Return how far a test has come."""
    delivery = session.scalars(
        select(Delivery).join(Alert).where(Alert.kind == GATEWAY_TEST, Alert.topic == test)
    ).one()
    return _view(session, test, delivery)


def tests_of(session: Session, gateway: str, cursor: str | None) -> Page[GatewayTestView]:
    """Return a page of the tests of a gateway, newest first."""
    statement = (
        select(Delivery, Alert.topic)
        .join(Alert, Alert.id == Delivery.alert_id)
        .where(Alert.kind == GATEWAY_TEST, Delivery.only_by == gateway)
    )
    if cursor is not None:
        statement = statement.where(Alert.topic < cursor)
    rows = session.execute(statement.order_by(Alert.topic.desc()).limit(PAGE + 1)).all()
    items = [_view(session, row.topic, row.Delivery) for row in rows[:PAGE]]
    return Page(items=items, next=items[-1].id if len(rows) > PAGE else None)


def _address(channel: Channel, address: str) -> str:
    try:
        if channel is Channel.EMAIL:
            mail.mailbox(address)
            return address.strip()
        number = phones.normalise(address)
    except (mail.BadAddress, phones.BadPhone) as fault:
        raise _refused(str(fault), "This is no address that this gateway can reach.") from None
    if not phones.is_mobile(number):
        raise _refused(
            "SMSを受け取れる携帯電話の番号を入力してください。", "Give a mobile number, which can get SMS."
        )
    return number


def _refused(ja: str, en: str) -> Invalid:
    return Invalid(FieldError("/address", "address", ja, en))


def _view(session: Session, test: str, delivery: Delivery) -> GatewayTestView:
    tries = session.scalars(select(Attempt).where(Attempt.delivery_id == delivery.id).order_by(Attempt.number))
    return GatewayTestView(
        id=test,
        gateway=delivery.only_by or "",
        channel=Channel(delivery.channel),
        status=queries.status_of(delivery.state),
        raised_at=delivery.raised_at,
        finished_at=delivery.finished_at,
        tries=[_try(each) for each in tries],
    )


def _try(attempt: Attempt) -> TestTryView:
    return TestTryView(
        state=attempt.state,
        code=attempt.code,
        posted_at=attempt.posted_at,
        finished_at=attempt.finished_at,
        fate=attempt.fate,
        reported_at=attempt.reported_at,
    )
