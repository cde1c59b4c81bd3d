"""Phones and mailboxes that expect what they are sent; a test that uses them fails on any other message.

The messages are taken where they leave the service, by the gateway, with its mark. Nothing waits: what is due is sent
when a message is expected, and time passes only by `forward`.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Generator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from itertools import count
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from foundation import clock
from foundation.timers import Timer
from notifications import inbound
from notifications.gateways.base import Channel, Message, Outcome, Verdict
from notifications.gateways.console import ConsoleGateway
from notifications.mailbox import tags
from notifications.models import Delivery
from tests.api_client import Service

HOOK = "/hooks/sms/console/secret"
HOME = "yuimaru@in.service.example"
_CODE = re.compile(r"返信[^0-9\n]{0,12}([0-9]{4,6})(?![0-9])")
_LINK = re.compile(r"/r/([0-9a-z]{10})\b")
_numbers = count(1)


@dataclass(eq=False)
class Arrival:
    """One message as it lies on a device."""

    channel: Channel
    message: Message
    is_expected: bool = False

    @property
    def text(self) -> str:
        return f"{self.message.subject}\n{self.message.text}" if self.message.subject else self.message.text

    @property
    def code(self) -> str:
        return self._found(_CODE, "reply code")

    @property
    def token(self) -> str:
        return self._found(_LINK, "answer link")

    def _found(self, pattern: re.Pattern[str], what: str) -> str:
        found = pattern.search(self.text)
        assert found, f"no {what} in: {self.text}"
        return found[1]

    def __str__(self) -> str:
        return f"{self.channel} to {self.message.to}: {self.text.strip()[:160]!r}"


@dataclass
class Devices:
    """All phones and mailboxes that the service can reach, and the clock they stand beside."""

    service: Service
    arrivals: list[Arrival] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)
    """Addresses at which the gateway refuses for good."""

    def phone(self, number: str) -> "Phone":
        return Phone(self, number)

    def mailbox(self, address: str) -> "Mailbox":
        return Mailbox(self, address)

    def take(self, channel: Channel, message: Message) -> Outcome | None:
        """Keep a message that goes out; return what the gateway is to say in place of yes."""
        if message.to in self.dead:
            return Outcome(Verdict.PERMANENT, code="550")
        self.arrivals.append(Arrival(channel, message))
        return None

    async def forward(self, **by: float) -> None:
        """Let time pass (`minutes=10`): each timer and each message comes in its turn, at its own instant."""
        until = self.service.clock.now() + timedelta(**by)
        await self.settle()
        while (due_at := await self.service.database.read(_next_due)) and due_at <= until:
            self.service.clock.advance(due_at - self.service.clock.now())
            await self.settle()
        self.service.clock.advance(until - self.service.clock.now())
        await self.settle()

    async def settle(self) -> None:
        """Let every timer go off and every message out that is due now."""
        while await self.service.tick() or await self.service.deliver():
            pass

    async def everybody(self, *words: str) -> Counter[str]:
        """Expect all messages with these words that were sent and not looked at; return how many each address got."""
        await self.settle()
        found = [each for each in self.unexpected() if all(word in each.text for word in words)]
        for each in found:
            each.is_expected = True
        return Counter(each.message.to for each in found)

    def unexpected(self) -> list[Arrival]:
        return [each for each in self.arrivals if not each.is_expected]

    async def close(self) -> None:
        """Fail on whatever came and was not expected. Messages that are only due now are sent first."""
        await self.settle()
        rest = "\n".join(map(str, self.unexpected()))
        assert not rest, f"nobody expected these messages:\n{rest}"


@dataclass(frozen=True)
class Device:
    """What a phone and a mailbox have in common."""

    devices: Devices
    address: str

    async def silence(self) -> None:
        """Nothing has come that was not looked at."""
        await self.devices.settle()
        rest = [str(each) for each in self.devices.unexpected() if each.message.to == self.address]
        assert not rest, rest

    async def arrival(self, channel: Channel, words: tuple[str, ...]) -> Arrival:
        """Return the first message with these words that nobody has looked at yet."""
        await self.devices.settle()
        here = [
            each for each in self.devices.unexpected() if (each.channel, each.message.to) == (channel, self.address)
        ]
        found = next((each for each in here if all(word in each.text for word in words)), None)
        assert found, f"{self.address} expects {words}, but has {list(map(str, here))}"
        found.is_expected = True
        return found


class Phone(Device):
    """携帯電話: gets SMS and answers them."""

    def expects_sms(self, *words: str) -> "Expected":
        return Expected(self, Channel.SMS, words)

    async def writes(self, text: str, *, event: str | None = None) -> None:
        """Send an SMS to the service; `event` is the carrier's number of it, a new one unless given."""
        sent = {"from": self.address, "to": "0005", "text": text, "id": event or f"event-{next(_numbers)}"}
        answer = await self.devices.service.call("GET", f"{HOOK}/mo", params=sent)
        assert answer.status_code == 200, answer.text

    async def replies(self, _arrival: Arrival, text: str) -> None:
        """Answer a message: an SMS does not say which."""
        await self.writes(text)

    async def confirms(self, arrival: Arrival, word: str = "1") -> None:
        """Let the carrier say what became of a message (Kannel's numbers: 1 delivered, 2 not)."""
        sent = {"attempt": arrival.message.attempt, "type": word}
        answer = await self.devices.service.call("GET", f"{HOOK}/receipt", params=sent)
        assert answer.status_code == 200, answer.text


class Mailbox(Device):
    """メールボックス: gets mails and answers them."""

    def expects_mail(self, *words: str) -> "Expected":
        return Expected(self, Channel.EMAIL, words)

    async def replies(self, arrival: Arrival, text: str) -> None:
        """Answer a mail: like any mail program's reply it names the mail that it answers."""
        mail = EmailMessage()
        mail["From"], mail["To"] = self.address, HOME
        mail["Message-ID"] = f"<{next(_numbers)}@elsewhere.example>"
        mail["In-Reply-To"] = f"<{arrival.message.attempt}@service.example>"
        mail.set_content(text)
        await inbound.receive_mail(
            self.devices.service.database,
            tags.Mailbox.read(HOME),
            mail.as_bytes(),
            sender=self.address,
            recipients=(HOME,),
        )


@dataclass(frozen=True)
class Expected:
    """A message that must have come; awaited it is looked up, and answered if told so."""

    device: "Phone | Mailbox"
    channel: Channel
    words: tuple[str, ...]

    def __await__(self) -> Generator[Any, None, Arrival]:
        return self.device.arrival(self.channel, self.words).__await__()

    async def replies(self, text: str) -> Arrival:
        """Answer it: `{code}` stands for the reply code that it carries."""
        arrival = await self
        await self.device.replies(arrival, text.format(code=arrival.code) if "{code}" in text else text)
        return arrival

    async def opens_link(self) -> dict[str, Any]:
        """Open its link and return what the page asks."""
        return await self._answered("GET", (await self).token)

    async def answers(self, decision: str, *quantities: int) -> dict[str, Any]:
        """Open its link and answer there."""
        token = (await self).token
        await self._answered("GET", token)
        return await self._answered("POST", token, json={"decision": decision, "quantities": quantities})

    async def _answered(self, method: str, token: str, **more: Any) -> dict[str, Any]:
        answer = await self.device.devices.service.call(method, f"/api/answers/{token}", **more)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def _next_due(session: Session) -> datetime | None:
    now = clock.now(session)
    each = [
        session.scalar(select(func.min(table.due_at)).where(table.state == "due", table.due_at > now))
        for table in (Timer, Delivery)
    ]
    return min((due_at for due_at in each if due_at), default=None)


@pytest.fixture
async def devices(
    service: Service, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> AsyncIterator[Devices]:
    """Phones and mailboxes at the ends of the service's gateways; what they did not expect fails the test."""
    made = Devices(service)
    send = ConsoleGateway.send

    async def taken(gateway: ConsoleGateway, message: Message) -> Outcome:
        return made.take(gateway.channel, message) or await send(gateway, message)

    monkeypatch.setattr(ConsoleGateway, "send", taken)
    yield made
    # One that failed already says why by itself
    if request.node.stash.get(HAS_PASSED, False):
        await made.close()


HAS_PASSED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note whether the test itself passed, for fixtures that judge at its end."""
    report = yield
    if call.when == "call":
        item.stash[HAS_PASSED] = report.passed
    return report
