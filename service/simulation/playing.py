"""The day as it passes: what is due next happens by the real code, then timers go off and messages go out."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from heapq import heappop, heappush
from itertools import count
from math import inf

from aid.requests.alerting import QUESTION
from aid.simulation.candidates import BEGAN
from aid.simulation.day import CONSIDER, SKIM, Desks
from aid.simulation.ledger import Ledger
from aid.simulation.world import HORIZON, SimLine, SimRequest, World
from foundation.clock import ManualClock
from foundation.problems import Language
from notifications import answers, inbound
from notifications.gateways.base import Channel, Message
from notifications.inbound import Arrived
from notifications.replies import Choice
from notifications.schemas import AnswerDraft
from service.simulation import acts
from service.simulation.acts import Look, Subject
from service.simulation.furnishing import Scene
from service.simulation.instance import Instance
from service.simulation.mailroom import code_in, name_of, token_in

BY_SMS = 0.2
"""Share of answers that come by SMS; the others by the link, which also says how many more could be sent."""
COUNTED = {QUESTION, "stand_down"}
"""The messages that the policies' figures count: asking, and that nothing more is needed."""


@dataclass
class Letter:
    """届いた照会: what one partner got about one request: the link, the number for an answer by SMS, the units."""

    token: str = ""
    code: str = ""
    phone: str = ""
    units: int = 0


Asked = tuple[tuple[str, str], Letter]
"""A member's key and a request's id, with what the one got about the other."""


@dataclass
class Played:
    """模擬の結果: the ledger, messages to partners by kind, and answers that were not taken, by why."""

    ledger: Ledger
    told: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


class Play:
    """模擬: one world played on one instance."""

    def __init__(self, world: World, instance: Instance, scene: Scene, clock: ManualClock) -> None:
        self._world, self._instance, self._scene, self._clock = world, instance, scene, clock
        self._database = instance.database
        self._played = Played(Ledger(world))
        self._desks = Desks()
        self._lines = {(line.member, line.kind): line for line in world.lines}
        self._request_of: dict[str, SimRequest] = {}
        self._id_of: dict[str, str] = {}
        self._letters: dict[tuple[str, str], Letter] = {}
        self._agenda: list[tuple[float, int, Callable[[], Awaitable[None]]]] = []
        self._order = count()
        self._now = 0.0
        self._look = Look()

    async def run(self) -> Played:
        """Let the whole day pass."""
        for request in self._world.requests:
            self._at(request.at, partial(self._file, request))
        while (moment := self._next()) <= HORIZON:
            self._pass_to(moment)
            if self._agenda and self._agenda[0][0] <= moment:
                await heappop(self._agenda)[2]()
            await self._settle()
        return self._played

    def _at(self, moment: float, act: Callable[[], Awaitable[None]]) -> None:
        heappush(self._agenda, (moment, next(self._order), act))

    def _next(self) -> float:
        """Return the minute of what comes next: somebody's act, a timer or a message."""
        due = self._look.first
        waiting = (due - BEGAN) / timedelta(minutes=1) if due else inf
        return min(waiting, self._agenda[0][0] if self._agenda else inf)

    def _pass_to(self, moment: float) -> None:
        """Let the clock stand at a moment, or at a timer that is due in it, to the microsecond."""
        self._now = max(moment, self._now)
        instant, due = BEGAN + timedelta(minutes=self._now), self._look.first
        if due is not None and abs(due - instant) < timedelta(milliseconds=1):
            instant = max(instant, due)
        self._clock.advance(max(instant - self._clock.now(), timedelta()))

    async def _settle(self) -> None:
        """Let all that is due now go off and out, and the partners find it."""
        now = self._clock.now()
        while True:
            look = self._look = await self._database.read(acts.look)
            if look.failed:
                raise RuntimeError(f"timers failed: {', '.join(look.failed)}")
            if look.timer and look.timer <= now:
                await self._instance.worker.tick()
            elif look.message and look.message <= now:
                await self._instance.courier.drain()
                await self._deliver(self._instance.mailroom.take())
            else:
                return

    async def _file(self, request: SimRequest) -> None:
        view = await self._database.write(acts.file, self._scene, request)
        self._request_of[view.id] = request
        self._id_of[request.key] = view.id

    async def _deliver(self, messages: list[Message]) -> None:
        """Count who was told what, and let those who are asked come to it when their desk is free."""
        if not messages:
            return
        subjects = await self._database.read(acts.subjects, {message.thread for message in messages})
        asked: dict[tuple[str, str], Letter] = {}
        told: set[tuple[str, str]] = set()
        for message in messages:
            member, subject = self._scene.member_at[message.to], subjects[message.thread]
            told.add((member, message.thread))
            if subject.kind == QUESTION:
                _keep(asked.setdefault((member, subject.topic), Letter()), message)
        for member, thread in told:
            self._count(member, subjects[thread])
        for (member, topic), letter in await self._opened(sorted(asked.items(), key=self._place)):
            self._ask(self._request_of[topic], member, letter)

    async def _opened(self, asked: list[Asked]) -> list[Asked]:
        """Let the partners open their links and see how much is asked."""
        units = await self._database.read(acts.asked_for, [letter.token for _, letter in asked])
        for (_, letter), wanted in zip(asked, units, strict=True):
            letter.units = wanted
        return asked

    def _place(self, asked: Asked) -> tuple[float, str, str]:
        """Sort by what the world says, never by an id that was drawn."""
        (member, topic), _ = asked
        request = self._request_of[topic]
        return request.at, request.key, member

    def _count(self, member: str, subject: Subject) -> None:
        self._played.told[subject.kind] += 1
        if subject.kind in COUNTED:
            self._played.ledger.tell(member)

    def _ask(self, request: SimRequest, member: str, letter: Letter) -> None:
        """Note that a partner is asked, and set when it answers; who was asked before has its answer set."""
        line, ledger = self._lines[member, request.kind], self._played.ledger
        is_first = (request.key, line.key) not in self._letters
        self._letters[request.key, line.key] = letter
        if not is_first:
            return
        ledger.note(self._now, "ask", request.key, line.key, letter.units)
        read = self._desks.serve(member, self._now, SKIM + CONSIDER)
        answer = self._world.answer(request.key, line.key)
        if answer.speaks or (answer.is_willing and ledger.available(line.key) > 0):
            self._at(read + answer.after, partial(self._answer, request, line))

    async def _answer(self, request: SimRequest, line: SimLine) -> None:
        """Let a partner say what it really has, and the requester take what comes up to the need."""
        letter, ledger, topic = self._letters[request.key, line.key], self._played.ledger, self._id_of[request.key]
        free = ledger.available(line.key) if self._world.answer(request.key, line.key).is_willing else 0
        asked = await self._database.read(acts.still_asked, topic, line.member, letter.token)
        offered = min(asked or letter.units, free)
        ledger.note(self._now, "answer", request.key, line.key, offered)
        taken = 0
        if asked is not None:
            by_sms = self._world.chance(request.key, line.key, "channel") < BY_SMS
            await (self._by_sms if by_sms else self._by_link)(letter, offered, free - offered)
            if offered:
                taken = await self._accept(request, topic)
        ledger.declined += max(offered - taken, 0)

    async def _accept(self, request: SimRequest, topic: str) -> int:
        given = await self._database.write(acts.accept_all, self._scene, request.requester, topic)
        return sum(self._commit(request, self._lines[member, request.kind], units) for member, units in given)

    def _commit(self, request: SimRequest, line: SimLine, units: int) -> int:
        """Write down what was promised; what is promised beyond what is there or needed is promised twice."""
        taken = self._played.ledger.take(self._now, request.key, line.key, units)
        self._played.ledger.promised_twice += units - taken
        return taken

    async def _by_link(self, letter: Letter, offered: int, more: int) -> None:
        draft = AnswerDraft(decision=Choice.DECLINE)
        if offered:
            draft = AnswerDraft(decision=Choice.ACCEPT, quantities=[offered], more=[more])
        receipt = await self._database.write(answers.answer_link, letter.token, draft, Language.JA)
        if not receipt.is_taken:
            self._played.refused[receipt.code] += 1

    async def _by_sms(self, letter: Letter, offered: int, _more: int) -> None:
        text = f"{letter.code} 1 {offered}" if offered else f"{letter.code} 2"
        event = f"simulation-{next(self._order)}"
        gateway = name_of(Channel.SMS)
        await inbound.receive(self._database, Arrived(gateway, Channel.SMS, letter.phone, text, event))


def _keep(letter: Letter, message: Message) -> None:
    letter.token = token_in(message) or letter.token
    if "@" not in message.to and (code := code_in(message)):
        letter.code, letter.phone = code, message.to
