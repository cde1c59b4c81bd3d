"""A real Kannel (bearerbox, smsbox) between the gateway and a simulated carrier that speaks SMPP 3.4."""

import asyncio
import contextlib
import shutil
import socket
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import smpp34

USERNAME, PASSWORD = "yuimaru", "kann&l pass"
_UDH = 0x40  # esm_class bit: the text begins with a header that tells which part it is
_RECEIPT = 0x04
_UCS2 = 8
_READY_WITHIN = 10.0
_STOPPED_WITHIN = 1.0  # asked politely Kannel takes its time, and nothing in it is worth the wait


def missing() -> str | None:
    """Return what has to be installed before a Kannel can run here."""
    absent = [program for program in ("bearerbox", "smsbox") if shutil.which(program) is None]
    return f"{' and '.join(absent)} not found (apt-get install kannel)" if absent else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        assert isinstance(port, int)
        return port


@dataclass
class Carrier:
    """Takes every message and says it was delivered; keeps texts as the phones would show them."""

    port: int = field(default_factory=free_port)
    texts: list[tuple[str, str]] = field(default_factory=list)
    senders: set[str] = field(default_factory=set)
    parts: int = 0
    _parts: dict[tuple[str, int], dict[int, bytes]] = field(default_factory=lambda: defaultdict(dict))
    _sessions: dict[str, smpp34.Esme] = field(default_factory=dict)
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
        return next(session for session in self._sessions.values() if session.can_receive)

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
                self._sessions[event.session_id] = event
                self._is_bound.set()  # Kannel signs in once, both to send and to receive
            elif isinstance(event, smpp34.Unbound):
                self._sessions.pop(event.session_id, None)
            else:
                self._take(event)

    def _take(self, event: smpp34.SubmitSmEvent) -> None:
        self.parts += 1
        self.senders.add(event.source_addr)
        message_id = f"c{self.parts}"
        event.accept(message_id)
        self._join(event.destination_addr, event.esm_class, event.short_message)
        if event.registered_delivery:
            self._background(self._deliver_receipt(event.destination_addr, event.source_addr, message_id))

    def _join(self, to: str, esm_class: int, body: bytes) -> None:
        """Keep a part; 3GPP TS 23.040 §9.2.3.24: 05 00 03 reference, number of parts, place."""
        if not esm_class & _UDH:
            self.texts.append((to, body.decode("utf-16-be")))
            return
        header, part = body[: body[0] + 1], body[body[0] + 1 :]
        reference, total, place = header[-3:]
        known = self._parts[to, reference]
        known[place] = part
        if len(known) == total:
            whole = b"".join(known[n] for n in sorted(known))
            self.texts.append((to, whole.decode("utf-16-be")))
            del self._parts[to, reference]

    async def _deliver_receipt(self, phone: str, sender: str, message_id: str) -> None:
        text = (
            f"id:{message_id} sub:001 dlvrd:001 submit date:2603111446 done date:2603111446 "
            "stat:DELIVRD err:000 text:"
        )
        session = await self.bound()
        await session.deliver_sm(sender, text.encode(), source_addr=phone, esm_class=_RECEIPT)


@dataclass
class Kannel:
    """Both boxes on free ports of loopback, with their store in `directory`."""

    directory: Path
    carrier_port: int
    incoming_url: str
    port: int = field(default_factory=free_port)
    _boxes: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def start(self) -> None:
        box_port = free_port()
        settings = self.directory / "kannel.conf"
        settings.write_text(self._settings(box_port))
        await self._run("bearerbox", settings)
        await _listening(box_port)
        await self._run("smsbox", settings)
        await _listening(self.port)

    async def stop(self) -> None:
        for box in reversed(self._boxes):
            if box.returncode is None:
                box.terminate()
            try:
                await asyncio.wait_for(box.wait(), _STOPPED_WITHIN)
            except TimeoutError:
                box.kill()
                await box.wait()

    def log(self) -> str:
        return "\n".join(path.read_text(errors="replace") for path in sorted(self.directory.glob("*.log")))

    async def _run(self, program: str, settings: Path) -> None:
        box = await asyncio.create_subprocess_exec(
            program,
            str(settings),
            cwd=self.directory,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self._boxes.append(box)

    def _settings(self, box_port: int) -> str:
        return "\n".join((*self._towards_the_carrier(box_port), *self._towards_us()))

    def _towards_the_carrier(self, box_port: int) -> tuple[str, str]:
        return (
            _group(
                "core",
                admin_port=free_port(),
                admin_interface="127.0.0.1",
                admin_password="admin",
                smsbox_port=box_port,
                smsbox_interface="127.0.0.1",
                log_file=self.directory / "bearerbox.log",
                log_level=1,
                store_type="file",
                store_location=self.directory / "queue.store",
                dlr_storage="internal",
                sms_resend_freq=2,
            ),
            _group(
                "smsc",
                smsc="smpp",
                smsc_id="carrier",
                host="127.0.0.1",
                port=self.carrier_port,
                transceiver_mode="true",
                smsc_username="esme",
                smsc_password="esme",
                system_type="",
                throughput=200,
                reconnect_delay=1,
            ),
        )

    def _towards_us(self) -> tuple[str, str, str]:
        return (
            # no smsbox-id: with one and without a route, what phones send stays in the queue
            _group(
                "smsbox",
                bearerbox_host="127.0.0.1",
                sendsms_port=self.port,
                sendsms_interface="127.0.0.1",
                log_file=self.directory / "smsbox.log",
                log_level=1,
                mo_recode="true",  # incoming texts as UTF-8
                http_request_retry=20,  # by default a call that finds us down is lost
                http_queue_delay=1,
            ),
            _group("sendsms-user", username=USERNAME, password=PASSWORD, max_messages=10, concatenation="true"),
            _group(
                "sms-service",
                keyword="default",
                catch_all="true",
                max_messages=0,
                get_url=f"{self.incoming_url}?from=%p&to=%P&text=%b&id=%I",
            ),
        )


def _group(name: str, **values: str | Path | int) -> str:
    lines = (f'{key.replace("_", "-")} = "{value}"' for key, value in values.items())
    return "\n".join((f"group = {name}", *lines)) + "\n"


async def _listening(port: int) -> None:
    async with asyncio.timeout(_READY_WITHIN):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                await writer.wait_closed()
                return
            await asyncio.sleep(0.05)
