"""A real Postfix of one's own on loopback: an instance beside the machine's, in a folder that goes with the test."""

import asyncio
import contextlib
import email
import email.policy
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib

from tests.deep.running import free_port

CITY, DOCOMO, LATE, DOWN, HOME = "city.example", "docomo.ne.jp", "late.example", "down.example", "in.oen.example"
GONE, FULL, GREY = f"gone@{CITY}", f"full@{CITY}", f"grey@{CITY}"
_MAIN = """
compatibility_level = 3.6
queue_directory = {place}/spool
data_directory = {place}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
shlib_directory = /usr/lib/postfix
meta_directory = /etc/postfix
maillog_file = {place}/log
maillog_file_prefixes = /tmp
myhostname = mx.example
mydestination =
alias_maps =
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
default_transport = error:5.4.4 nowhere but here
transport_maps = texthash:{place}/etc/transport
virtual_mailbox_domains = {CITY}, {DOCOMO}
virtual_mailbox_base = {place}/mail
virtual_mailbox_maps = static:inbox/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_minimum_uid = 1000
minimal_backoff_time = 2s
maximal_backoff_time = 4s
queue_run_delay = 2s
delay_warning_time = 0h
smtpd_client_connection_count_limit = 0
"""
_SERVICES = (
    "pickup unix n - n 60 1 pickup",
    "cleanup unix n - n - 0 cleanup",
    "qmgr unix n - n 300 1 qmgr",
    "rewrite unix - - n - - trivial-rewrite",
    "bounce unix - - n - 0 bounce",
    "defer unix - - n - 0 bounce",
    "trace unix - - n - 0 bounce",
    "verify unix - - n - 1 verify",
    "flush unix n - n 1000? 0 flush",
    "proxymap unix - - n - - proxymap",
    "smtp unix - - n - - smtp",
    "relay unix - - n - - smtp",
    "error unix - - n - - error",
    "retry unix - - n - - error",
    "virtual unix - n n - - virtual",
    "lmtp unix - - n - - lmtp",
    "anvil unix - - n - 1 anvil",
    "scache unix - - n - 1 scache",
    "tlsmgr unix - - n 1000? 1 tlsmgr",
    "postlog unix-dgram n - n - 1 postlogd",
)


def missing() -> str | None:
    """Return what is lacking before a Postfix can run here."""
    absent = [each for each in ("postfix", "smtp-sink") if shutil.which(each, path=_path()) is None]
    if absent:
        return f"{' and '.join(absent)} not found (apt-get install postfix)"
    return None if os.geteuid() == 0 else "Postfix starts as root alone"


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


@dataclass
class Postfix:
    """郵便局: takes mail at `port`; `inbox` is what the city's and the carrier's people got."""

    place: Path
    lmtp: int
    late: int
    port: int = field(default_factory=free_port)

    async def start(self) -> None:
        for name in ("etc", "spool", "data", "mail"):
            (self.place / name).mkdir()
        shutil.chown(self.place / "data", "postfix")
        os.chown(self.place / "mail", 65534, 65534)
        etc = self.place / "etc"
        names = {"CITY": CITY, "DOCOMO": DOCOMO}
        (etc / "main.cf").write_text(_MAIN.format(place=self.place, **names))
        (etc / "master.cf").write_text("\n".join([f"127.0.0.1:{self.port} inet n - n - - smtpd", *_SERVICES, ""]))
        (etc / "transport").write_text(
            f"{GONE} error:5.1.1 user unknown\n{FULL} error:5.2.2 mailbox full\n{GREY} retry:4.7.1 try later\n"
            f"{LATE} smtp:[127.0.0.1]:{self.late}\n{DOWN} smtp:[127.0.0.1]:{free_port()}\n"
            f"{HOME} lmtp:inet:127.0.0.1:{self.lmtp}\n"
        )
        await self._postfix("start")

    async def stop(self) -> None:
        await self._postfix("abort")

    def inbox(self) -> list[EmailMessage]:
        """Return the mails that were delivered, in the order of their files' names."""
        found = []
        for path in sorted((self.place / "mail/inbox/new").glob("*")):
            with contextlib.suppress(FileNotFoundError):
                read = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                assert isinstance(read, EmailMessage)
                found.append(read)
        return found

    async def bring(self, sender: str, to: str, mail: bytes) -> None:
        """Hand a mail over as a person's own mail server does."""
        await aiosmtplib.send(
            mail, sender=sender, recipients=[to], hostname="127.0.0.1", port=self.port, start_tls=False
        )

    async def hurry(self) -> None:
        """Try again what was put off."""
        await _run("postqueue", "-c", str(self.place / "etc"), "-f")

    def said(self) -> str:
        return (self.place / "log").read_text()

    async def let_through(self, address: str) -> None:
        """Take back what stands in the way of an address."""
        transport = self.place / "etc/transport"
        lines = [line for line in transport.read_text().splitlines() if not line.startswith(address)]
        transport.write_text("\n".join([*lines, ""]))
        await self._postfix("reload")

    async def _postfix(self, command: str) -> None:
        await _run("postfix", "-c", str(self.place / "etc"), command)


async def _run(*command: str) -> None:
    running = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, "PATH": _path()},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await running.communicate()
    assert running.returncode == 0, said.decode()


def _folder() -> Path:
    """Make a folder that Postfix's own user may enter, which a test's folder is not."""
    place = Path(tempfile.mkdtemp(prefix="yuimaru-postfix-", dir="/tmp"))
    place.chmod(0o755)
    return place


@asynccontextmanager
async def postfix(*, lmtp: int, late: int) -> AsyncIterator[Postfix]:
    """Run one; its folder goes with it."""
    place = _folder()
    made = Postfix(place, lmtp, late)
    try:
        await made.start()
        yield made
    finally:
        with contextlib.suppress(AssertionError):
            await made.stop()
        shutil.rmtree(place, ignore_errors=True)


@asynccontextmanager
async def smtp_sink(*options: str, port: int | None = None) -> AsyncIterator[int]:
    """Run Postfix's own fault injector; yield its port."""
    port = port or free_port()
    running = await asyncio.create_subprocess_exec(
        "smtp-sink", "-u", "nobody", *options, f"127.0.0.1:{port}", "1000", env={**os.environ, "PATH": _path()}
    )
    try:
        await _listening(port)
        yield port
    finally:
        if running.returncode is None:
            running.terminate()
        await running.wait()


async def _listening(port: int) -> None:
    for _ in range(100):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.05)
    raise AssertionError("nothing listens")
