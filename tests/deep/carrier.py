"""A simulated carrier that speaks SMPP 3.4 (behind a real Kannel); a number says what becomes of its messages."""

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

import smpp34

from tests.deep.running import free_port

UDH = 0x40  # esm_class bit: the text begins with a header that tells which part it is
_RECEIPT = 0x04
_UCS2 = 8
_READY_WITHIN = 20.0
_RECEIPT_AFTER = 0.05  # sooner than Kannel has noted whose it is, and it is lost there: real ones take longer
_THROTTLED = 2  # times before a throttled message is taken
_CODE = re.compile(r"返信([0-9]{4,6})")
_FULL_WIDTH = str.maketrans("0123456789 ", "０１２３４５６７８９　")


class Fate(Enum):
    """What becomes of a message; the values are the words of a receipt (SMPP 3.4 appendix B)."""

    DELIVERED = "DELIVRD"
    UNDELIVERED = "UNDELIV"
    EXPIRED = "EXPIRED"
    REFUSED = "refused at submit"
    THROTTLED = "throttled twice, then delivered"
    SILENT = "taken, and never heard of again"
    ANSWERED = "delivered, and its owner answers"


BY_LAST_DIGIT: Mapping[str, Fate] = {
    **dict.fromkeys("0123", Fate.DELIVERED),
    "4": Fate.REFUSED,
    "5": Fate.ANSWERED,
    "6": Fate.UNDELIVERED,
    "7": Fate.EXPIRED,
    "8": Fate.THROTTLED,
    "9": Fate.SILENT,
}


def always(_: str) -> Fate:
    return Fate.DELIVERED


def by_last_digit(number: str) -> Fate:
    return BY_LAST_DIGIT[number[-1]]


@dataclass
class Carrier:
    """Takes messages, does with each what `fate` says of its number, and keeps texts as the phones would show them.

    `texts` holds what was taken, a repeat too; `answer` is what the owner of an answering phone writes, after the
    code of the message.
    """

    fate: Callable[[str], Fate] = always
    answer: str = "1 1"
    port: int = field(default_factory=free_port)
    texts: list[tuple[str, str]] = field(default_factory=list)
    senders: set[str] = field(default_factory=set)
    parts: int = 0
    turned_away: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    _parts: dict[tuple[str, int], dict[int, bytes]] = field(default_factory=lambda: defaultdict(dict))
    _session: smpp34.Esme | None = None
    _is_bound: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _server: smpp34.Server | None = None

    async def start(self) -> None:
        self._server = smpp34.Server("127.0.0.1", self.port, system_id="carrier")
        await self._server.start()
        self._background(self._serve(self._server))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server:
            await self._server.stop()

    async def bound(self) -> smpp34.Esme:
        """Return Kannel's session, once it has signed in."""
        async with asyncio.timeout(_READY_WITHIN):
            await self._is_bound.wait()
        assert self._session
        return self._session

    async def write(self, phone: str, to: str, text: str) -> None:
        """Send as the phone's owner does."""
        session = await self.bound()
        await session.deliver_sm(to, text.encode("utf-16-be"), source_addr=phone, data_coding=_UCS2, dest_addr_ton=0)

    def _background(self, work: "asyncio._CoroutineLike[None]") -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, server: smpp34.Server) -> None:
        while True:
            event = await server.next()
            if isinstance(event, smpp34.Esme):
                self._session = event  # Kannel signs in once, both to send and to receive
                self._is_bound.set()
            elif isinstance(event, smpp34.SubmitSmEvent):
                self._take(event)
            elif self._session and self._session.session_id == event.session_id:
                self._is_bound.clear()

    def _take(self, event: smpp34.SubmitSmEvent) -> None:
        to, fate = event.destination_addr, self.fate(event.destination_addr)
        if fate is Fate.REFUSED:
            self.turned_away[to] += 1
            event.reject(smpp34.ESME_RINVDSTADR)
            return
        if fate is Fate.THROTTLED and self.turned_away[to] < _THROTTLED:
            self.turned_away[to] += 1
            event.reject(smpp34.ESME_RTHROTTLED)
            return
        self.parts += 1
        self.senders.add(event.source_addr)
        message_id = f"c{self.parts}"
        event.accept(message_id)
        whole = self._join(to, event.esm_class, event.short_message)
        if event.registered_delivery and fate is not Fate.SILENT:
            self._background(self._deliver_receipt(to, event.source_addr, message_id, fate))
        if fate is Fate.ANSWERED and whole and (code := _CODE.search(whole)):
            self.answered[to] += 1
            words = f"{code[1]} {self.answer}".translate(_FULL_WIDTH)
            self._background(self.write(to, event.source_addr, words))

    def _join(self, to: str, esm_class: int, body: bytes) -> str | None:
        """Keep a part, return the whole; 3GPP TS 23.040 §9.2.3.24: 05 00 03 reference, number of parts, place."""
        if esm_class & UDH:
            header, part = body[: body[0] + 1], body[body[0] + 1 :]
            reference, total, place = header[-3:]
            known = self._parts[to, reference]
            known[place] = part
            if len(known) < total:
                return None
            body = b"".join(known[n] for n in sorted(known))
            del self._parts[to, reference]
        text = body.decode("utf-16-be")
        self.texts.append((to, text))
        return text

    async def _deliver_receipt(self, phone: str, sender: str, message_id: str, fate: Fate) -> None:
        word = fate.value if fate in {Fate.UNDELIVERED, Fate.EXPIRED} else Fate.DELIVERED.value
        is_there = word == Fate.DELIVERED.value
        text = (
            f"id:{message_id} sub:001 dlvrd:{'001' if is_there else '000'} submit date:2603111446 "
            f"done date:2603111446 stat:{word} err:{'000' if is_there else '027'} text:"
        )
        await asyncio.sleep(_RECEIPT_AFTER)
        session = await self.bound()
        await session.deliver_sm(sender, text.encode(), source_addr=phone, esm_class=_RECEIPT)
