from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest
from aiohttp import web
from sqlalchemy.orm import Session
from starlette.applications import Starlette
from starlette.requests import Request

from foundation.actor import Actor
from foundation.clock import ManualClock
from foundation.database import SERVICE, Database, Surroundings, open_database
from foundation.endpoints import routes
from foundation.mode import Mode, settle
from foundation.operations import operations_in
from foundation.problems import Conflict
from foundation.sealing import Keyring
from foundation.settings import Settings
from notifications import api, permissions
from notifications.events import AddressDied, AnswerReceived, AnswerVerdict, QuestionOpened
from notifications.gateways.opening import Gateways
from tests.notifications.alerting import WORDINGS, Scripted, courier
from tests.notifications.gateways.sinks import HttpSink


class NotEnough(Conflict):
    ja = "在庫が{left}しかありません。"
    en = "Only {left} left."


@dataclass
class Room:
    """The room by itself: its API, its gateway, and a listener in place of the rooms above."""

    database: Database
    clock: ManualClock
    phone: Scripted
    client: httpx.AsyncClient
    app: Starlette
    heard: list[AnswerReceived] = field(default_factory=list)
    opened: list[QuestionOpened] = field(default_factory=list)
    died: list[AddressDied] = field(default_factory=list)
    refusal: str | None = None
    gone: set[str] = field(default_factory=set)

    async def sent(self) -> list[str]:
        """Send what is due and return the texts of it."""
        before = len(self.phone.messages)
        await courier(self.database, self.phone).drain()
        return [message.text for message in self.phone.messages[before:]]

    async def sms(self, text: str, *, sender: str = "+818000000001", id: str | None = None) -> httpx.Response:  # noqa: A002 — the hook's own word
        fields = {"from": sender, "to": "0005123456", "text": text} | ({"id": id} if id else {})
        return await self.client.get("/hooks/sms/scripted/s3cret/mo", params=fields)

    def act_as(self, actor: Actor | None) -> None:
        self.app.state.actor = actor

    def judge(self, _session: Session, answer: AnswerReceived) -> AnswerVerdict:
        if self.refusal == "problem":
            raise NotEnough(left=3)
        if self.refusal:
            return AnswerVerdict(False, "too-late", self.refusal, "Too late.")
        self.heard.append(answer)
        return AnswerVerdict(True, "offered", "回答を受け付けました。お礼申し上げます。", "Thank you.")


OPERATOR = Actor(person=None, name="運用", member=None, is_operator=True, permissions=frozenset(permissions.ALL))


@pytest.fixture
async def room(database_url: str, clock: ManualClock) -> AsyncIterator[Room]:
    def judge(session: Session, answer: AnswerReceived) -> AnswerVerdict:
        return made.judge(session, answer)

    def may_open(_session: Session, opened: QuestionOpened) -> bool:
        made.opened.append(opened)
        return opened.person not in made.gone

    def bury(_session: Session, died: AddressDied) -> None:
        made.died.append(died)

    listeners = {AnswerReceived: judge, QuestionOpened: may_open, AddressDied: bury}
    database = open_database(database_url, Surroundings(Keyring(bytes(range(32))), clock, listeners), SERVICE)
    await database.write(settle, Mode.DRILL)
    phone = Scripted()
    app = Starlette(routes=routes(operations_in(api)))
    app.state.database, app.state.wordings = database, WORDINGS
    app.state.settings = Settings.from_environment(
        {"YUIMARU_BASE_URL": "https://oen.example", "YUIMARU_IS_DEMO": "true"}
    )
    app.state.gateways = Gateways(mail=(), sms=(phone,))
    app.state.actor = None

    async def gate(request: Request) -> Actor | None:
        actor: Actor | None = request.app.state.actor
        return actor

    app.state.gate = gate
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://room") as client:
        made = Room(database, clock, phone, client, app)
        yield made
    await database.close()


@pytest.fixture
async def http_sink() -> AsyncIterator[HttpSink]:
    sink = HttpSink(answer=lambda _: web.Response(status=500))
    await sink.start()
    yield sink
    await sink.stop()
