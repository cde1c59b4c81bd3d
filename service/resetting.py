"""Starting the demo afresh: deletes what it made at the default place, and nothing that serves real disasters."""

import sqlite3
from contextlib import closing
from pathlib import Path

from foundation.database import AlreadyOpenError, embedded_path
from foundation.database.opening import FileLock
from foundation.mode import Mode
from foundation.settings import Settings
from service.errors import RefusedError

BESIDE = ("", "-wal", "-shm", "-journal", ".sock")
KEY = "yuimaru.key"
KEYS = (".lock", ".new-*", ".old-*")
"""What the key's endings are beside it."""


def reset(settings: Settings) -> str:
    """Delete the demo's database and key at their default place. Raises RefusedError."""
    database = embedded_path(Settings().database_url)
    assert database is not None
    if settings.model_fields_set & {"database_url", "key_file"}:
        raise RefusedError(
            f"RESET=1 で消すのは既定の {database} だけです。YUIMARU_DATABASE_URL と YUIMARU_KEY_FILE を外すか、"
            "そのデータベースはご自分で消してください。"
        )
    if not database.exists():
        return "消すデモはありません。"
    lock = FileLock(database)
    try:
        lock.acquire()
    except AlreadyOpenError as error:
        raise RefusedError(f"デモが稼働中です。止めてから実行してください。{error}") from None
    try:
        _delete(database)
    finally:
        lock.release()
    return f"{database} のデモを消しました。"


def _delete(database: Path) -> None:
    if _mode(database) == Mode.LIVE:
        raise RefusedError(f"{database} は本番 (live) のデータベースなので消しません。")
    for ending in BESIDE:
        database.with_name(database.name + ending).unlink(missing_ok=True)
    for key in (database.with_name(KEY), *(each for ending in KEYS for each in database.parent.glob(KEY + ending))):
        key.unlink(missing_ok=True)
    database.with_name(database.name + ".lock").unlink(missing_ok=True)


def _mode(database: Path) -> str | None:
    """Return the mode stamped in a database, None where it was never finished."""
    try:
        with closing(sqlite3.connect(database)) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'instance'").fetchone():
                return None
            row = connection.execute("SELECT mode FROM instance").fetchone()
    except sqlite3.DatabaseError as error:
        raise RefusedError(f"{database} を読めません（{error}）。ご自分で確かめて消してください。") from None
    return str(row[0]) if row else None
