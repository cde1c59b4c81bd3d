"""What `yuimaru import …` does: reads a file on the machine where the database is open, and writes it at once."""

import asyncio
from pathlib import Path

from foundation.actor import Actor
from foundation.fields import Line, Schema
from foundation.problems import Language, Problem
from inventory.imports import actions, files
from service import policy
from service.errors import RefusedError
from service.house import House

IMPORTER = Actor(None, "運用者", None, assurance=2, is_operator=True, permissions=policy.OPERATOR)
MOST_BYTES = 20_000_000


class FileWanted(Schema):
    """取り込むファイル: its whole path on the machine where the database is open."""

    path: Line


async def capabilities(house: House, wanted: FileWanted) -> str:
    """Take in a CSV file of many members' capabilities. Raises RefusedError that names every wrong line."""
    content = await asyncio.to_thread(_read, Path(wanted.path))
    try:
        rows = await asyncio.to_thread(files.rows_of_all, content)
        done = await house.database.write(actions.take_in, IMPORTER, rows)
    except Problem as problem:
        said = [each.ja for each in problem.errors] or [problem.detail(Language.JA)]
        raise RefusedError("\n".join(["取り込みませんでした（1行も書き込んでいません）。", *said])) from None
    return f"支援可能内容を取り込みました: 新規 {done.created}行、変更 {done.changed}行、変更なし {done.same}行。"


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise RefusedError(f"{path} が大きすぎます。{MOST_BYTES // 1_000_000} MB までに分けてください。")
        return path.read_bytes()
    except OSError as error:
        raise RefusedError(f"{path} を読めません（{error.strerror}）。ファイルを確かめてください。") from None
