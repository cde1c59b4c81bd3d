"""The day as it passes: what is due next happens by the real code, then timers go off and messages go out."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from heapq import heappop, heappush
from itertools import count
from math import inf

from aid.ranking import traits
from aid.requests.alerting import QUESTION
from aid.simulation.candidates import BEGAN
from aid.simulation.day import CONSIDER, DIGEST_LINE, SKIM, Desks
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
COUNTED = {QUESTION, "request.several", "stand_down"}
"""The messages that the policies' figures count: asking, and that nothing more is needed."""


@dataclass(frozen=True, slots=True)
class Part:
    """照会の一行: a request's line as its id in the database, whose line could serve it, and the units asked."""

    id: str
    request: SimRequest
    line: SimLine
    units: int


@dataclass
class Letter:
    """届いた照会: what one partner got: the link, the number for an answer by SMS, and what is asked line by line."""

    member: str
    token: str = ""
    code: str = ""
    phone: str = ""
    parts: list[Part] = field(default_factory=list)


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
        self._least_fit = scene.least_fit
        self._lines = {(line.member, line.kind): line for line in world.lines}
        self._id_of: dict[str, str] = {}
        self._line_asked: dict[str, SimRequest] = {}
        self._letters: dict[tuple[str, str], Letter] = {}
        self._asked: set[tuple[str, str]] = set()
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
        self._line_asked |= {line.id: request for line in view.lines}
        self._id_of[request.key] = view.id

    async def _deliver(self, messages: list[Message]) -> None:
        """Count who was told what, and let those who are asked come to it when their desk is free."""
        if not messages:
            return
        subjects = await self._database.read(acts.subjects, {message.thread for message in messages})
        asked: dict[tuple[str, str], Letter] = {}
        told: set[tuple[str, str]] = set()
        for message in messages:
            member = self._scene.member_at[message.to]
            told.add((member, message.thread))
            if token_in(message):
                _keep(asked.setdefault((member, message.thread), Letter(member)), message)
        for member, thread in told:
            self._count(member, subjects[thread])
        await self._open(list(asked.values()))
        for key in sorted(asked, key=lambda each: _place(asked[each])):
            self._ask(key, asked[key])

    async def _open(self, letters: list[Letter]) -> None:
        """Let the partners open their links and see how much is asked of what."""
        found = await self._database.read(acts.asked_for, [letter.token for letter in letters])
        for letter, lines in zip(letters, found, strict=True):
            for line, units in lines:
                request = self._line_asked[line]
                letter.parts.append(Part(line, request, self._line_for(letter.member, request.kind), units))

    def _count(self, member: str, subject: Subject) -> None:
        self._played.told[subject.kind] += 1
        if subject.kind in COUNTED:
            self._played.ledger.tell(member)

    def _ask(self, key: tuple[str, str], letter: Letter) -> None:
        """Note what a partner is asked, and set when it answers; what it was asked before it sees to already.

        Asked about several requests in one message, it answers them together, when it would answer the first.
        """
        ledger = self._played.ledger
        self._letters[key] = letter
        new = [each for each in letter.parts if (each.request.key, each.line.key) not in self._asked]
        self._asked |= {(each.request.key, each.line.key) for each in new}
        for each in new:
            # Asked for all that is lacking, a partner is asked for no more than it has declared
            ledger.note(self._now, "ask", each.request.key, each.line.key, min(each.units, each.line.quantity))
        if not new:
            return
        work = CONSIDER if len(letter.parts) == 1 else DIGEST_LINE * len(new)
        read = self._desks.serve(letter.member, self._now, SKIM + work)
        heard = [each for each in new if self._speaks(each)]
        if heard:
            after = self._world.answer(heard[0].request.key, heard[0].line.key).after
            self._at(read + after, partial(self._answer, key))

    def _speaks(self, part: Part) -> bool:
        answer = self._world.answer(part.request.key, part.line.key)
        return answer.speaks or (answer.is_willing and self._played.ledger.available(part.line.key) > 0)

    async def _answer(self, key: tuple[str, str]) -> None:
        """Let a partner say what it really has, and the requester take what comes up to the need."""
        letter, ledger = self._letters[key], self._played.ledger
        open_lines = await self._database.read(acts.still_asked, [each.id for each in letter.parts], letter.member)
        offers = [(each, *self._offered(each)) for each in letter.parts]
        for part, offered, _ in offers:
            ledger.note(self._now, "answer", part.request.key, part.line.key, offered)
        given = [offered if part.id in open_lines else 0 for part, offered, _ in offers]
        if open_lines:
            first = letter.parts[0]
            by_sms = self._world.chance(first.request.key, first.line.key, "channel") < BY_SMS
            await (self._by_sms if by_sms else self._by_link)(letter, given, [more for *_, more in offers])
        for (part, offered, _), units in zip(offers, given, strict=True):
            taken = await self._accept(part.request) if units else 0
            ledger.declined += max(offered - taken, 0)

    def _offered(self, part: Part) -> tuple[int, int]:
        """Return how many units a partner offers of what is asked, and how many more it could send."""
        is_willing = self._world.answer(part.request.key, part.line.key).is_willing
        free = self._played.ledger.available(part.line.key) if is_willing else 0
        offered = min(part.units, free)
        return offered, free - offered

    async def _accept(self, request: SimRequest) -> int:
        topic = self._id_of[request.key]
        given = await self._database.write(acts.accept_all, self._scene, request.requester, topic)
        return sum(self._commit(request, self._line_for(member, request.kind), units) for member, units in given)

    def _line_for(self, member: str, kind: str) -> SimLine:
        """Return what a partner gives of: what it has of the kind, else the first of what stands in for it."""
        kinds = (kind, *traits.kinds_instead(kind, self._least_fit))
        return next(self._lines[member, each] for each in kinds if (member, each) in self._lines)

    def _commit(self, request: SimRequest, line: SimLine, units: int) -> int:
        """Write down what was promised; what is promised beyond what is there or needed is promised twice."""
        taken = self._played.ledger.take(self._now, request.key, line.key, units)
        self._played.ledger.promised_twice += units - taken
        return taken

    async def _by_link(self, letter: Letter, offered: list[int], more: list[int]) -> None:
        draft = AnswerDraft(decision=Choice.DECLINE)
        if any(offered):
            draft = AnswerDraft(decision=Choice.ACCEPT, quantities=[*offered], more=[*more])
        receipt = await self._database.write(answers.answer_link, letter.token, draft, Language.JA)
        if not receipt.is_taken:
            self._played.refused[receipt.code] += 1

    async def _by_sms(self, letter: Letter, offered: list[int], _more: list[int]) -> None:
        text = " ".join([letter.code, "1", *map(str, offered)]) if any(offered) else f"{letter.code} 2"
        event = f"simulation-{next(self._order)}"
        gateway = name_of(Channel.SMS)
        await inbound.receive(self._database, Arrived(gateway, Channel.SMS, letter.phone, text, event))


def _place(letter: Letter) -> tuple[list[tuple[float, str]], str]:
    """Sort by what the world says, never by an id that was drawn."""
    return [(each.request.at, each.request.key) for each in letter.parts], letter.member


def _keep(letter: Letter, message: Message) -> None:
    letter.token = token_in(message) or letter.token
    if "@" not in message.to and (code := code_in(message)):
        letter.code, letter.phone = code, message.to
