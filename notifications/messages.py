"""The demo's message viewer: what the console gateways would have sent, rendered again from the record."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import Session

from foundation.actor import Actor
from foundation.mode import Instance, Mode
from foundation.paging import PAGE, Page
from foundation.sealing import shown
from foundation.settings import Settings
from notifications import codes, queries
from notifications.errors import MessagesNotShown
from notifications.gateways.base import Channel
from notifications.mailbox.tags import Mailbox
from notifications.models import Delivery, Recipient
from notifications.permissions import VIEW_MESSAGES
from notifications.rendering import Content, Voice, contents
from notifications.schemas import MessagesQuery, MessageView
from notifications.wording import OWN_WORDINGS, Wordings


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """In a drill whose gateways send nothing, whoever may look sees every message."""
    return true() if actor.may(VIEW_MESSAGES) else false()


def console_channels(settings: Settings) -> list[Channel]:
    """Return the channels whose messages are shown: in a demo, those by which nothing is really sent."""
    if not settings.is_demo:
        return []
    urls = {Channel.EMAIL: settings.mail_urls, Channel.SMS: settings.sms_urls}
    return [channel for channel, row in urls.items() if row and all(url.startswith("console:") for url in row)]


def sent(
    session: Session,
    actor: Actor,
    query: MessagesQuery,
    channels: Sequence[Channel],
    wordings: Wordings,
    base_url: str,
    mailbox: Mailbox | None,
) -> Page[MessageView]:
    """Return a page of messages, newest first. Raises MessagesNotShown unless in a demo, a drill, by console."""
    if session.scalar(select(Instance.mode)) != Mode.DRILL or not channels:
        raise MessagesNotShown
    statement = (
        select(Delivery, Recipient.municipality)
        .join(Recipient, Recipient.id == Delivery.recipient_id)
        .where(visible_to(actor), Delivery.state.in_(("accepted", "delivered")), Delivery.channel.in_(channels))
    )
    if query.member is not None:
        statement = statement.where(or_(Delivery.member == query.member, Recipient.municipality == query.member))
    if query.cursor is not None:
        statement = statement.where(Delivery.id < query.cursor)
    rows = session.execute(statement.order_by(Delivery.id.desc()).limit(PAGE + 1)).all()
    found = contents(session, list({delivery.alert_id for delivery, _ in rows}))
    voice = Voice({**OWN_WORDINGS, **wordings}, base_url, Mode.DRILL.mark, mailbox)
    items = [
        _view(session, delivery, municipality, found[delivery.alert_id], voice)
        for delivery, municipality in rows[:PAGE]
    ]
    return Page(items=items, next=items[-1].id if len(rows) > PAGE else None)


def _view(
    session: Session, delivery: Delivery, municipality: str | None, content: Content, voice: Voice
) -> MessageView:
    token = codes.token_of(session, delivery.id) if delivery.token_digest else None
    channel = Channel(delivery.channel)
    own = content.own(delivery.wave, delivery.member)
    mail = voice.render(content, channel=channel, name=delivery.name, wave=delivery.wave, token=token, own=own)
    return MessageView(
        id=delivery.id,
        at=delivery.finished_at or delivery.raised_at,
        channel=channel,
        to=shown(session, delivery.member, queries.ADDRESS, delivery.id, delivery.address_sealed),
        name=delivery.name,
        member=delivery.member,
        municipality=municipality,
        subject=voice.mark + mail.subject if mail.subject else "",
        text=voice.mark + mail.body,
    )
