"""What people do without a service: they telephone, or write to everybody at once."""

from collections import Counter, deque
from functools import partial

from aid.simulation.candidates import Candidates, by_nearness
from aid.simulation.day import CONSIDER, SKIM, Day, Desks
from aid.simulation.ledger import Ledger
from aid.simulation.world import SimRequest, World

CALLERS = 2
"""People at the telephone, of whoever asks; as many take calls at a partner's."""
CALL_MINUTES = 10.0
ENGAGED_MINUTES = 3.0
CONNECTED = 0.6
TRIES = 4
PATIENCE = 60.0
"""After so many minutes without an answer the next partner is called."""
OFFER_MINUTES = 3.0
"""What a reply takes at the desk of whoever asked."""
CLOSING = 6.0
"""Minutes until everybody knows that a request is closed."""
EVERYBODY = "*"
"""Stands in the log for the line where a mail goes to all."""


class OneByOne:
    """一件ずつ電話: two callers of each member go through the nearest partners, one after the other."""

    def __init__(self, world: World, candidates: Candidates) -> None:
        self._world, self._candidates = world, candidates
        self._day, self._ledger = Day(), Ledger(world)
        self._callers: Counter[str] = Counter({member.key: CALLERS for member in world.members})
        self._waiting: dict[str, list[SimRequest]] = {}
        self._to_call: dict[str, deque[str]] = {}
        self._tried: Counter[tuple[str, str]] = Counter()
        self._lines_busy_until: dict[str, list[float]] = {}
        self._settled: set[tuple[str, str]] = set()

    def run(self) -> Ledger:
        """Play the day and return what happened."""
        for request in self._world.requests:
            self._day.at(request.at, partial(self._filed, request))
        self._day.run()
        return self._ledger

    def _filed(self, request: SimRequest) -> None:
        near = by_nearness(self._candidates.of(request))
        self._to_call[request.key] = deque(each.line for each in near)
        self._queue(request)

    def _queue(self, request: SimRequest) -> None:
        """Call for a request again as soon as somebody is free, the most urgent first."""
        waiting = self._waiting.setdefault(request.requester, [])
        waiting.append(request)
        waiting.sort(key=lambda each: (each.priority, each.at, each.key))
        self._call_next(request.requester)

    def _call_next(self, asker: str) -> None:
        waiting = self._waiting.get(asker, [])
        while self._callers[asker] and waiting:
            request = waiting.pop(0)
            if self._ledger.missing[request.key] and self._to_call[request.key]:
                self._call(request, self._to_call[request.key].popleft())

    def _call(self, request: SimRequest, line: str) -> None:
        now, helper = self._day.now, self._world.line_of[line].member
        self._callers[request.requester] -= 1
        self._ledger.tell(helper)
        tried = self._tried[request.key, line]
        self._tried[request.key, line] += 1
        phones = self._lines_busy_until.setdefault(helper, [0.0] * CALLERS)
        phone = phones.index(min(phones))
        connects = self._world.chance(request.key, line, "connects", str(tried)) < CONNECTED
        if phones[phone] > now or not connects:
            if tried + 1 < TRIES:
                self._to_call[request.key].append(line)
            self._day.at(now + ENGAGED_MINUTES, partial(self._hung_up, request, again=True))
            return
        phones[phone] = now + CALL_MINUTES
        self._day.at(now + CALL_MINUTES, partial(self._hung_up, request, again=False))
        self._spoken(request, line, now + CALL_MINUTES)

    def _spoken(self, request: SimRequest, line: str, until: float) -> None:
        missing = self._ledger.missing[request.key]
        self._ledger.note(self._day.now, "ask", request.key, line, missing)
        answer = self._world.answer(request.key, line)
        if answer.is_willing and self._ledger.available(line):
            self._day.at(until + answer.after, partial(self._agreed, request, line, missing))
        elif answer.speaks:
            self._day.at(until + min(answer.after, PATIENCE), partial(self._declined, request, line))
        self._day.at(until + PATIENCE, partial(self._go_on, request, line))

    def _hung_up(self, request: SimRequest, *, again: bool) -> None:
        self._callers[request.requester] += 1
        if again:
            self._queue(request)
        else:
            self._call_next(request.requester)

    def _agreed(self, request: SimRequest, line: str, wanted: int) -> None:
        offered = min(wanted, self._ledger.available(line))
        self._ledger.note(self._day.now, "answer", request.key, line, offered)
        taken = self._ledger.take(self._day.now, request.key, line, offered)
        self._ledger.declined += offered - taken
        self._go_on(request, line)

    def _declined(self, request: SimRequest, line: str) -> None:
        self._ledger.note(self._day.now, "answer", request.key, line, 0)
        self._go_on(request, line)

    def _go_on(self, request: SimRequest, line: str) -> None:
        """One call follows each, when the answer came or nobody waits for it any more."""
        if (request.key, line) not in self._settled:
            self._settled.add((request.key, line))
            if self._ledger.missing[request.key]:
                self._queue(request)


class MailToAll:
    """全団体へのメール: everybody reads every request in turn and replies; nobody keeps a ledger.

    Members without what is asked for cost a glance each; they are passed over in one step.
    """

    def __init__(self, world: World, candidates: Candidates) -> None:
        self._world = world
        self._day, self._ledger = Day(), Ledger(world)
        self._filed_at = [request.at for request in world.requests]
        self._mine = self._by_member(candidates)
        self._closed_at: dict[str, float] = {}
        self._replies = Desks()

    def run(self) -> Ledger:
        """Play the day and return what happened."""
        for request in self._world.requests:
            self._ledger.note(request.at, "ask", request.key, EVERYBODY, request.quantity)
            self._tell_all(request)
        for member, mine in sorted(self._mine.items()):
            if mine:
                self._day.at(self._filed_at[mine[0][0]], partial(self._read, member, 0, 0, 0.0))
        self._day.run()
        return self._ledger

    def _by_member(self, candidates: Candidates) -> dict[str, list[tuple[int, str]]]:
        """What each member could serve: the place of the request in the order of mails, and its own line."""
        mine: dict[str, list[tuple[int, str]]] = {member.key: [] for member in self._world.members}
        for place, request in enumerate(self._world.requests):
            for found in candidates.of(request):
                mine[self._world.line_of[found.line].member].append((place, found.line))
        return mine

    def _read(self, member: str, number: int, read: int, since: float) -> None:
        """Come to the next mail that concerns this member; `read` mails were read before `since`."""
        place, line = self._mine[member][number]
        request = self._world.requests[place]
        # The mails in between were glanced at; the last could not be before it had come
        begins = max(since + SKIM * max(place - read, 0), self._filed_at[place])
        if begins > self._day.now:
            self._day.at(begins, partial(self._read, member, number, read, since))
            return
        done = begins + SKIM
        is_open = self._day.now < self._closed_at.get(request.key, self._day.now + 1)
        if is_open and self._ledger.available(line):
            done += CONSIDER
            self._consider(request, line, done)
        if number + 1 < len(self._mine[member]):
            self._day.at(done, partial(self._read, member, number + 1, max(read, place + 1), done))

    def _consider(self, request: SimRequest, line: str, done: float) -> None:
        answer = self._world.answer(request.key, line)
        if answer.is_willing:
            self._day.at(done + answer.after, partial(self._offered, request, line))

    def _offered(self, request: SimRequest, line: str) -> None:
        now = self._day.now
        offered = min(self._ledger.available(line), request.quantity)
        if offered and now < self._closed_at.get(request.key, now + 1):
            self._ledger.note(now, "answer", request.key, line, offered)
            self._day.at(
                self._replies.serve(request.requester, now, OFFER_MINUTES),
                partial(self._accept, request, line, offered),
            )

    def _accept(self, request: SimRequest, line: str, offered: int) -> None:
        missing = self._ledger.missing[request.key]
        wanted = min(offered, missing)
        taken = self._ledger.take(self._day.now, request.key, line, wanted)
        self._ledger.declined += offered - wanted
        # Promised to somebody else as well in the meantime
        self._ledger.promised_twice += wanted - taken
        if missing and not self._ledger.missing[request.key]:
            self._closed_at[request.key] = self._day.now + CLOSING
            self._tell_all(request)

    def _tell_all(self, request: SimRequest) -> None:
        for member in self._world.members:
            if member.key != request.requester:
                self._ledger.tell(member.key)
