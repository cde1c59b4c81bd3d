"""A real Kannel (bearerbox, smsbox) between the gateway and a carrier (carrier.py)."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from tests.deep.carrier import Carrier
from tests.deep.running import Place, free_port

USERNAME, PASSWORD = "yuimaru", "kann&l pass"
SHORT_CODE = "0005123456"
SECRET = "s3cret"
BOXES = ("bearerbox", "smsbox")
"""In the order in which they are started."""
_READY_WITHIN = 10.0
_STOPPED_WITHIN = 1.0  # asked politely Kannel takes its time, and nothing in it is worth the wait


def missing() -> str | None:
    """Return what has to be installed before a Kannel can run here."""
    absent = [program for program in BOXES if shutil.which(program) is None]
    return f"{' and '.join(absent)} not found (apt-get install kannel)" if absent else None


@dataclass
class Kannel:
    """Both boxes on free ports of loopback, with their store in `directory`."""

    directory: Path
    carrier_port: int
    incoming_url: str
    throughput: int = 200
    """Messages that the carrier is given in a second."""
    port: int = field(default_factory=free_port)
    _box_port: int = field(default_factory=free_port)
    _boxes: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The setting by which the product sends here, as the gateway `a`."""
        return (
            f"kannel://{quote(USERNAME)}:{quote(PASSWORD)}@127.0.0.1:{self.port}"
            f"?from={SHORT_CODE}&name=a&hook_secret={SECRET}"
        )

    async def start(self) -> None:
        (self.directory / "kannel.conf").write_text(self._settings(self._box_port))
        for box in BOXES:
            await self.begin(box)

    async def begin(self, box: str) -> None:
        """Start one of the boxes, on what it left behind."""
        self._boxes[box] = await asyncio.create_subprocess_exec(
            box,
            str(self.directory / "kannel.conf"),
            cwd=self.directory,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await _listening(self._box_port if box == "bearerbox" else self.port)

    async def kill(self, box: str) -> None:
        """`kill -9`."""
        self._boxes[box].kill()
        await self._boxes[box].wait()

    async def stop(self) -> None:
        for box in reversed(self._boxes.values()):
            if box.returncode is None:
                box.terminate()
            try:
                await asyncio.wait_for(box.wait(), _STOPPED_WITHIN)
            except TimeoutError:
                box.kill()
                await box.wait()

    def log(self) -> str:
        return "\n".join(path.read_text(errors="replace") for path in sorted(self.directory.glob("*.log")))

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
                throughput=self.throughput,
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


@contextlib.asynccontextmanager
async def through_kannel(place: Place, carrier: Carrier) -> AsyncIterator[Kannel]:
    """Put a real Kannel and the carrier behind a place's SMS."""
    await carrier.start()
    box = Kannel(place.directory, carrier.port, f"{place.base}/hooks/sms/a/{SECRET}/mo")
    await box.start()
    await carrier.bound()
    place.more = {**place.more, "YUIMARU_SMS_URLS": box.url, "YUIMARU_BASE_URL": place.base}
    try:
        yield box
    finally:
        await box.stop()
        await carrier.stop()


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
