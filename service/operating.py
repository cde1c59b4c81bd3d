"""Carrying out a command: in the server that holds the embedded database, else here under the same lock."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import Session

from foundation.database import SERVICE, AlreadyOpenError, embedded_path, open_database
from foundation.database.opening import FileLock
from foundation.mode import Instance, Mode, settle
from foundation.settings import Settings
from migrations import upgrading
from notifications.gateways.opening import open_gateways
from notifications.gateways.operators import operators
from service import commands, control
from service.errors import RefusedError
from service.house import check_doorway, open_house, surroundings

PATIENCE = 8.0
"""Seconds for which a lock that nobody answers for is waited for: another command, or a server that just starts."""
PAUSE = 0.1


async def carry_out(
    settings: Settings, command: str, arguments: Mapping[str, Any], *, work: float = control.WORK
) -> str:
    """Carry out a command in the mode stamped in the database; a server gets `work` seconds. Raises RefusedError."""
    check(settings)
    database = embedded_path(settings.database_url)
    stamped = settings.model_copy(update={"mode": None})
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    while True:
        try:
            return await _here(stamped, command, arguments)
        except AlreadyOpenError as error:
            assert database is not None
            try:
                return await control.ask(database, command, arguments, work=work)
            except control.NobodyThereError:
                if loop.time() > deadline:
                    raise RefusedError(str(error)) from None
        await asyncio.sleep(PAUSE)


async def migrate(settings: Settings) -> str:
    """Bring the database to the newest revision and stamp a new one with its mode; a served one is already there."""
    check(settings)
    try:
        await asyncio.to_thread(_upgrade, settings.database_url)
        stamped = await _stamp(settings, _settle_new)
    except AlreadyOpenError:
        return await carry_out(settings, "migrate", {})
    except OperationalError as error:
        raise RefusedError(f"データベースに接続できません: {_first_line(error)}") from None
    return f"データベースを最新にしました（{stamped}）。"


async def prepare(settings: Settings) -> None:
    """See that a server can start: the database free, current, of the right mode. Raises RefusedError and others."""
    check(settings)
    database = embedded_path(settings.database_url)
    if database is not None and database.exists():
        await _wait_for_lock(database)
    await require_current(settings.database_url)
    await _stamp(settings, settle)


def check(settings: Settings) -> None:
    """Raise RefusedError where the addresses of database or gateways can't be read."""
    try:
        embedded_path(settings.database_url)
        gateways = open_gateways(
            settings.mail_urls,
            settings.sms_urls,
            mail_from=settings.mail_from,
            mark="",
            mail_inbound=settings.mail_inbound,
        )
        check_doorway(settings, gateways)
        operators(settings.operator_urls)
    except ArgumentError:
        raise RefusedError("YUIMARU_DATABASE_URL を読めません。例 sqlite:///./var/yuimaru.db") from None
    except ValueError as error:
        raise RefusedError(str(error)) from None


async def require_current(url: str) -> None:
    """Raise RefusedError, naming the remedy, where the database lacks a revision or can't be reached."""
    try:
        is_current = await asyncio.to_thread(_is_current, url)
    except OperationalError as error:
        raise RefusedError(f"データベースに接続できません: {_first_line(error)}") from None
    if not is_current:
        raise RefusedError(
            "データベースが準備されていないか、古い版です。先に yuimaru migrate を実行してください。"
            " (run: yuimaru migrate)"
        )


async def _wait_for_lock(database: Path) -> None:
    """Wait until a command lets go of the database. Raises RefusedError where a server holds it."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    while not _is_free(database):
        try:
            await control.ask(database, "migrate", {})
        except control.NobodyThereError:
            if loop.time() < deadline:
                await asyncio.sleep(PAUSE)
                continue
        raise RefusedError(
            f"{database} は別のプロセスが使用中です。そちらを止めるか、別の YUIMARU_DATABASE_URL を指定してください。"
            " (the embedded database is open in another process)"
        )


async def _here(settings: Settings, command: str, arguments: Mapping[str, Any]) -> str:
    database = embedded_path(settings.database_url)
    if database is not None and database.exists():
        # Asking an unlocked file for its revision would get in the way of the server that holds it.
        lock = FileLock(database)
        lock.acquire()
        lock.release()
    await require_current(settings.database_url)
    async with open_house(settings) as house:
        return await commands.run(house, command, arguments)


def _upgrade(url: str) -> None:
    database = embedded_path(url)
    if database is None:
        upgrading.upgrade(url)
        return
    lock = FileLock(database)
    lock.acquire()
    try:
        upgrading.upgrade(url)
    finally:
        lock.release()


async def _stamp(settings: Settings, how: Callable[[Session, Mode | None], Mode]) -> Mode:
    database = open_database(settings.database_url, surroundings(settings), SERVICE)
    try:
        return await database.write(how, settings.mode)
    finally:
        await database.close()


def _settle_new(session: Session, wanted: Mode | None) -> Mode:
    """Stamp a new database with the wanted mode; one that is stamped keeps what it has."""
    is_stamped = session.scalar(select(Instance.mode)) is not None
    return settle(session, None if is_stamped else wanted)


def _is_current(url: str) -> bool:
    database = embedded_path(url)
    return (database is None or database.exists()) and upgrading.is_current(url)


def _first_line(error: OperationalError) -> str:
    return str(error.orig).partition("\n")[0]


def _is_free(database: Path) -> bool:
    lock = FileLock(database)
    try:
        lock.acquire()
    except AlreadyOpenError:
        return False
    lock.release()
    return True
