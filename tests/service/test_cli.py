import asyncio
import os
import sqlite3
import stat
from pathlib import Path

import pytest

from foundation import logs
from foundation.database.opening import FileLock
from foundation.mode import Mode
from foundation.sealing import SealError
from foundation.settings import Settings, variable
from service import cli, operating, resetting
from service.commands import COMMANDS
from service.control import listening
from service.errors import RefusedError


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(database_url=f"sqlite:///{tmp_path}/y.db")


def test_lists_what_exists_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli._parser().parse_args(["--help"])
    shown = capsys.readouterr().out
    listed = ("serve", "worker", "migrate", "settings", "token", "story", "gateways", "audit", "import", "simulate")
    for command in listed:
        assert f"    {command} " in shown
    for command in ("drill", "export", "backup", "restore"):
        assert f"    {command} " not in shown


def test_lists_every_setting_with_its_meaning_and_default(capsys: pytest.CaptureFixture[str]) -> None:
    cli._parser().parse_args(["settings"]).run(Settings(mail_urls="smtp://u:geheim@h"), None)
    shown = capsys.readouterr().out
    for name, field in Settings.model_fields.items():
        assert variable(name) in shown
        assert str(field.description) in shown
    assert "sqlite:///./var/yuimaru.db" in shown
    assert "geheim" not in shown


def test_lists_gateways_without_their_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(
        mail_urls="smtp://user:geheim@mail.example:2525",
        sms_urls="kannel://u:geheim@127.0.0.1:13013?from=0005&name=a&hook_secret=verborgen,console:",
    )
    cli._parser().parse_args(["gateways"]).run(settings, None)
    shown = capsys.readouterr().out
    assert "smtp://mail.example:2525" in shown
    assert "kannel://127.0.0.1:13013" in shown
    assert "/hooks/sms/a/***/mo" in shown
    assert "geheim" not in shown
    assert "verborgen" not in shown


async def test_lists_how_each_gateway_is(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    await operating.migrate(settings)
    known = settings.model_copy(update={"sms_urls": ("console:?name=a&rate=10&weight=40",)})
    await asyncio.to_thread(cli._parser().parse_args(["gateways"]).run, known, None)
    shown = capsys.readouterr().out
    assert "同時 64 通、毎秒 10 通、重み 40" in shown
    assert "送信できます、健全度 100/100、送信中 0 通" in shown


@pytest.mark.parametrize(
    "wrong", [{"sms_urls": "pigeon://x"}, {"database_url": "nonsense"}, {"database_url": "sqlite://"}]
)
def test_names_the_setting_that_is_wrong(wrong: dict[str, str]) -> None:
    with pytest.raises(RefusedError, match=r"YUIMARU_(SMS|DATABASE)_URL"):
        operating.check(Settings.model_validate(wrong))


async def test_creates_a_live_database_unless_told_otherwise(settings: Settings) -> None:
    assert "live" in await operating.migrate(settings)
    assert "live" in await operating.migrate(settings.model_copy(update={"mode": Mode.DRILL}))


async def test_commands_take_the_mode_of_the_database(settings: Settings) -> None:
    await operating.migrate(settings.model_copy(update={"mode": Mode.DRILL}))
    live = settings.model_copy(update={"mode": Mode.LIVE})
    assert "drill" in await operating.carry_out(live, "migrate", {})


async def test_names_the_remedy_for_a_database_that_is_not_there(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="yuimaru migrate"):
        await operating.carry_out(settings, "token", {})
    assert not (tmp_path / "y.db").exists()


async def test_refuses_a_token_for_a_stranger(settings: Settings) -> None:
    await operating.migrate(settings)
    with pytest.raises(RefusedError, match="登録されていません"):
        await operating.carry_out(settings, "token", {"email": "nobody@demo.example"})
    with pytest.raises(RefusedError, match="assurance"):
        await operating.carry_out(settings, "token", {"assurance": 3})
    assert len(await operating.carry_out(settings, "token", {})) >= 40


async def test_works_on_both_engines(database_url: str, tmp_path: Path) -> None:
    settings = Settings(database_url=database_url, key_file=str(tmp_path / "key"))
    assert "drill" in await operating.migrate(settings.model_copy(update={"mode": Mode.DRILL}))
    assert len(await operating.carry_out(settings, "token", {})) >= 40
    await operating.prepare(settings)


async def test_makes_no_new_key_for_a_database_that_has_been_sealed(database_url: str, tmp_path: Path) -> None:
    key = tmp_path / "key"
    settings = Settings(database_url=database_url, key_file=str(key))
    await operating.migrate(settings.model_copy(update={"mode": Mode.DRILL}))
    await operating.carry_out(settings, "token", {})
    made = key.rename(tmp_path / "mislaid")
    for _ in range(2):
        with pytest.raises(SealError, match=r"ありません.*YUIMARU_KEY_FILE"):
            await operating.carry_out(settings, "token", {})
        assert not key.exists()
    made.rename(key)
    assert len(await operating.carry_out(settings, "token", {})) >= 40


async def test_asks_whoever_holds_the_database(settings: Settings, tmp_path: Path) -> None:
    async def answer(command: str, _: object) -> str:
        return f"served {command}"

    await operating.migrate(settings)
    lock = FileLock(tmp_path / "y.db")
    lock.acquire()
    async with listening(tmp_path / "y.db", answer):
        for command in COMMANDS:
            assert await operating.carry_out(settings, command, {}) == f"served {command}"
        assert await operating.migrate(settings) == "served migrate"
    lock.release()


async def test_waits_for_a_lock_that_nobody_answers_for(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await operating.migrate(settings)
    lock = FileLock(tmp_path / "y.db")
    lock.acquire()
    monkeypatch.setattr(operating, "PATIENCE", 0.2)
    with pytest.raises(RefusedError, match="別のプロセス"):
        await operating.carry_out(settings, "token", {})
    with pytest.raises(RefusedError, match="別のプロセス"):
        await operating.prepare(settings)
    lock.release()
    await operating.prepare(settings)


def test_resets_the_demo_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "var").mkdir()
    keys = ("yuimaru.key", "yuimaru.key.old-1", "yuimaru.key.new-2", "yuimaru.key.lock")
    for name in ("yuimaru.db", "yuimaru.db-wal", *keys, "others.db"):
        (tmp_path / "var" / name).touch()
    with pytest.raises(RefusedError, match="既定の"):
        resetting.reset(Settings(database_url="sqlite:///./var/others.db"))
    resetting.reset(Settings())
    assert [each.name for each in (tmp_path / "var").iterdir()] == ["others.db"]


def test_never_resets_a_database_for_real_disasters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "var").mkdir()
    connection = sqlite3.connect("var/yuimaru.db")
    connection.executescript("CREATE TABLE instance (mode); INSERT INTO instance VALUES ('live')")
    connection.close()
    with pytest.raises(RefusedError, match="live"):
        resetting.reset(Settings())
    assert (tmp_path / "var/yuimaru.db").exists()


def test_says_what_is_wrong_in_one_line_and_keeps_files_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    # The command sets up logging for its whole process, which here is that of the tests
    monkeypatch.setattr(logs, "configure", lambda _level: None)
    for name in (variable(field) for field in Settings.model_fields):
        monkeypatch.delenv(name, raising=False)
    before = os.umask(0o022)
    assert "yuimaru migrate" in _failure(monkeypatch, capsys, "serve")
    monkeypatch.setattr("sys.argv", ["yuimaru", "migrate"])
    cli.main()
    os.umask(before)
    assert stat.S_IMODE((tmp_path / "var/yuimaru.db").stat().st_mode) == 0o600
    assert "PostgreSQL" in _failure(monkeypatch, capsys, "worker")
    monkeypatch.setenv("YUIMARU_MODE", "drill")
    assert "live" in _failure(monkeypatch, capsys, "serve")
    monkeypatch.setenv("PORT", "high")
    assert "PORT" in _failure(monkeypatch, capsys, "settings")


def _failure(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str) -> str:
    monkeypatch.setattr("sys.argv", ["yuimaru", command])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    said = capsys.readouterr().err.rstrip("\n")
    assert said.startswith("yuimaru: ")
    assert "\n" not in said
    return said
