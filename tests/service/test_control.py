import asyncio
import socket
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from service import control
from service.errors import RefusedError


async def _echo(command: str, arguments: Mapping[str, Any]) -> str:
    if command == "refuse":
        raise RefusedError("できません")
    if command == "break":
        raise LookupError("a defect")
    return f"{command} {dict(arguments)}"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    deep = tmp_path / ("深い" * 20)
    deep.mkdir()
    return deep / "yuimaru.db"


async def test_carries_out_a_command_however_deep_the_folder(database: Path) -> None:
    async with control.listening(database, _echo):
        assert await control.ask(database, "token", {"email": "髙@例"}) == "token {'email': '髙@例'}"


async def test_opens_to_the_owner_alone_and_leaves_nothing_behind(database: Path) -> None:
    path = control.socket_path(database)
    async with control.listening(database, _echo):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.name == "yuimaru.db.sock"
    assert not path.exists()


async def test_replaces_the_socket_of_a_killed_server(tmp_path: Path) -> None:
    database = tmp_path / "y.db"
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(control.socket_path(database)))
    with pytest.raises(control.NobodyThereError):
        await control.ask(database, "token", {})
    async with control.listening(database, _echo):
        assert await control.ask(database, "token", {}) == "token {}"


async def test_says_that_nobody_is_there(database: Path) -> None:
    with pytest.raises(control.NobodyThereError):
        await control.ask(database, "token", {})


async def test_hands_a_refusal_on_and_hides_a_defect(database: Path) -> None:
    async with control.listening(database, _echo):
        with pytest.raises(RefusedError, match="できません"):
            await control.ask(database, "refuse", {})
        with pytest.raises(RefusedError, match="サーバのログ"):
            await control.ask(database, "break", {})


@pytest.mark.parametrize(
    "line", [b"\n", b"[]\n", b'{"command": 1}\n', b"\xff\xfe\n", b"x" * (control.LONGEST * 2) + b"\n"]
)
async def test_refuses_what_it_cannot_read_and_lives_on(database: Path, line: bytes) -> None:
    async with control.listening(database, _echo):
        with control._short(control.socket_path(database)) as address:
            reader, writer = await asyncio.open_unix_connection(address)
        writer.write(line)
        assert "コマンドを読み取れません" in (await reader.readline()).decode()
        writer.close()
        assert await control.ask(database, "token", {}) == "token {}"
