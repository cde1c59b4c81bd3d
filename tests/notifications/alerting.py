"""Alerts to be raised, gateways that do as they are told, and looks at what is kept."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.database import Database
from notifications import actions, codes
from notifications.alerts import Addressee, QuestionLine
from notifications.gateways import kannel
from notifications.gateways.base import Capabilities, Channel, Message, Outcome, Verdict
from notifications.gateways.calling import Reader
from notifications.gateways.opening import Gateways
from notifications.models import Attempt, Delivery, ReplyCode
from notifications.wording import Mail, Notice, Wordings
from notifications.worker import Courier

PHONE = "+818000000001"
LINES = (
    QuestionLine("line-1", "パソコン", "PCs", "台", 50),
    QuestionLine("line-2", "プリンター", "printers", "台", 5),
)
ACCEPTED = Outcome(Verdict.ACCEPTED, "p")
ABLE = Capabilities(is_two_way=True, has_receipts=True)
BUSY = Outcome(Verdict.TEMPORARY, code="busy")


def addressee(
    number: int = 1,
    *,
    member: str = "m1",
    channel: Channel = Channel.SMS,
    address: str | None = None,
    person: str | None = "",
) -> Addressee:
    default = f"+8180000{number:05d}" if channel is Channel.SMS else f"p{number}@demo.example"
    return Addressee(
        member,
        "142051",
        f"person-{number}" if person == "" else person,
        f"担当{number}",
        channel,
        address or default,
        member_name="藤沢市",
    )


def raise_alert(
    session: Session,
    *to: Addressee,
    topic: str = "request-1",
    kind: str = "request",
    question: tuple[QuestionLine, ...] = LINES,
    wave: int = 1,
    priority: int = 3,
    closes_at: datetime | None = None,
    what: str = "パソコン",
) -> str:
    return actions.raise_alert(
        session,
        kind=kind,
        topic=topic,
        facts={"what": what},
        addressees=to or (addressee(),),
        question=question,
        wave=wave,
        priority=priority,
        closes_at=closes_at,
    )


class PlainWording:
    def mail(self, notice: Notice) -> Mail:
        return Mail(f"応援要請 {notice.facts['what']}", f"{notice.name} 様\n返信{notice.code}\n{notice.link}\n")

    def sms(self, notice: Notice) -> str:
        return f"{notice.facts['what']} 返信{notice.code} {notice.link}"


WORDINGS: Wordings = {"request": PlainWording(), "notice": PlainWording()}


@dataclass
class Scripted:
    """A gateway of this process; `answer` decides each message's outcome."""

    name: str = "scripted"
    channel: Channel = Channel.SMS
    window: int = 8
    hook_secret: str | None = "s3cret"
    capabilities: Capabilities = ABLE
    reader: Reader = kannel.READER
    rate: float | None = None
    weight: int | None = None
    answer: Callable[[Message], Outcome] = lambda _: ACCEPTED
    messages: list[Message] = field(default_factory=list)
    most_at_once: int = 0
    gate: asyncio.Event | None = None
    _at_once: int = 0
    _came: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def came(self, messages: int = 1) -> None:
        """Wait until so many more messages have come."""
        async with asyncio.timeout(10):
            for _ in range(messages):
                await self._came.acquire()

    async def send(self, message: Message) -> Outcome:
        self.messages.append(message)
        self._came.release()
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await (self.gate.wait() if self.gate else asyncio.sleep(0))
        self._at_once -= 1
        return self.answer(message)

    async def close(self) -> None:
        return None


def courier(database: Database, *gateways: Scripted, worker: str = "w1") -> Courier:
    sms = tuple(each for each in gateways if each.channel is Channel.SMS)
    mail = tuple(each for each in gateways if each.channel is Channel.EMAIL)
    return Courier(database, Gateways(mail=mail, sms=sms), WORDINGS, "https://oen.example", worker)


def states(session: Session) -> list[str]:
    return list(session.scalars(select(Delivery.state).order_by(Delivery.name, Delivery.wave)))


def attempts(session: Session) -> list[tuple[int, str, str]]:
    rows = select(Attempt.number, Attempt.gateway, Attempt.state).order_by(Attempt.delivery_id, Attempt.number)
    return [(number, gateway, state) for number, gateway, state in session.execute(rows)]


def code(session: Session) -> str:
    return session.scalars(select(ReplyCode.code)).one()


def token(session: Session) -> str:
    return codes.token_of(
        session, session.scalars(select(Delivery.id).order_by(Delivery.name, Delivery.wave)).first() or ""
    )
