"""What every process of the service opens and closes: database, keys, gateways."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy.orm import Session

from foundation import leases, mode
from foundation.clock import Clock, SystemClock
from foundation.database import SERVICE, Database, Surroundings, embedded_path, open_database
from foundation.mode import Mode
from foundation.sealing import Keyring, check_master_key
from foundation.settings import Settings
from foundation.timers import Timer
from inventory.directory.models import DirectoryTask
from notifications import inbound
from notifications.gateways.opening import Gateways, open_gateways
from notifications.wording import Wordings
from service.lmtp import Doorway
from service.wiring import LISTENERS, WORDINGS


@dataclass(frozen=True, slots=True)
class House:
    """稼働環境: what is open while a process runs."""

    database: Database
    gateways: Gateways
    wordings: Wordings
    mode: Mode


@asynccontextmanager
async def open_house(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[House]:
    """Open the database in its mode, and the gateways that the mode marks.

    Raises AlreadyOpenError, WrongModeError, SealError or ValueError (a gateway's URL), each naming the remedy.
    """
    database = open_database(settings.database_url, surroundings(settings, clock), SERVICE)
    try:
        settled = await database.write(mode.settle, settings.mode)
        await database.write(check_master_key)
        if embedded_path(settings.database_url) is not None:
            await database.write(_take_over)
        gateways = open_gateways(
            settings.mail_urls,
            settings.sms_urls,
            mail_from=settings.mail_from,
            mark=settled.mark,
            hooks_url=settings.base_url,
            mail_inbound=settings.mail_inbound,
        )
        try:
            yield House(database, gateways, WORDINGS, settled)
        finally:
            await gateways.close()
    finally:
        await database.close()


def doorway(settings: Settings, house: House) -> Doorway | None:
    """Return the door through which mail comes in by LMTP; None where none is set. Raises ValueError."""
    check_doorway(settings, house.gateways)
    mailbox = house.gateways.mailbox
    if not settings.lmtp or mailbox is None:
        return None
    return Doorway(settings.lmtp, mailbox, partial(inbound.receive_mail, house.database, mailbox))


def check_doorway(settings: Settings, gateways: Gateways) -> None:
    """Raise ValueError where mail is to come in and no address is said to which it comes."""
    for setting, value in (("LMTP", settings.lmtp), ("MAIL_HOOK_SECRET", settings.mail_hook_secret)):
        if value and gateways.mailbox is None:
            raise ValueError(f"YUIMARU_{setting}: YUIMARU_MAIL_INBOUND に受信用アドレスを設定してください")


def surroundings(settings: Settings, clock: Clock | None = None) -> Surroundings:
    """Return the keys, the clock and the listeners of every transaction."""
    return Surroundings(Keyring(key_path(settings), settings.key_passphrase_file), clock or SystemClock(), LISTENERS)


def key_path(settings: Settings) -> Path:
    """Return the master key's file: as set, else beside the embedded database, else in `var/`."""
    if settings.key_file:
        return Path(settings.key_file)
    embedded = embedded_path(settings.database_url)
    path = embedded.with_name("yuimaru.key") if embedded else Path("var/yuimaru.key")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _take_over(session: Session) -> None:
    """Free what a killed process had claimed: right where no other worker can be alive (embedded)."""
    leases.release_all(session, Timer)
    leases.release_all(session, DirectoryTask)
