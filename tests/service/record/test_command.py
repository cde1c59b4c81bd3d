"""`yuimaru audit verify`, beside a running server and without one."""

import json
import os
import shutil
import signal
import sqlite3
from pathlib import Path

import pytest

from service import cli
from tests.service.processes import Served, run


def test_says_that_the_record_is_whole(demo: Served) -> None:
    said = run(demo.folder, "audit", "verify")
    assert said.returncode == 0, said.stderr
    assert "異常はありません" in said.stdout
    report = json.loads(run(demo.folder, "audit", "verify", "--json").stdout)
    assert report["whole"]
    assert report["rows"] > 30
    assert report["newest"]["number"] >= 1


def test_says_what_is_wrong_where_and_fails(demo_folder: Path) -> None:
    with sqlite3.connect(demo_folder / "var/yuimaru.db") as connection:
        (chain,) = connection.execute("SELECT chain FROM audit WHERE chain <> 'service' LIMIT 1").fetchone()
        connection.execute("UPDATE audit SET act = 'x' WHERE chain = ? AND sequence = 1", (chain,))
    connection.close()
    said = run(demo_folder, "audit", "verify")
    assert said.returncode == 1
    assert f"鎖 {chain}" in said.stdout
    assert "書き換えられています (edited)" in said.stdout
    assert not said.stderr
    server = Served(demo_folder)
    (fault,) = json.loads(run(demo_folder, "audit", "verify", "--json").stdout)["faults"]
    assert (fault["kind"], fault["chain"], fault["sequence"]) == ("edited", chain, 1)
    assert server.end(signal.SIGTERM) == 0


@pytest.mark.deep
def test_finds_a_file_that_was_rolled_back(demo_folder: Path) -> None:
    shutil.copytree(demo_folder / "var", demo_folder / "before")
    server = Served(demo_folder)
    newest = json.loads(run(demo_folder, "audit", "verify", "--json").stdout)["newest"]
    assert server.end(signal.SIGTERM) == 0
    digits = newest["hash"]
    checkpoint = demo_folder / "控え.txt"
    checkpoint.write_bytes(f"番号 {newest['number']}\r\n{digits[:32]} {digits[32:]}\r\n".encode("cp932"))
    assert run(demo_folder, "audit", "verify", "--checkpoint", checkpoint.name).returncode == 0
    shutil.rmtree(demo_folder / "var")
    shutil.move(demo_folder / "before", demo_folder / "var")
    said = run(demo_folder, "audit", "verify", "--checkpoint", checkpoint.name)
    assert said.returncode == 1
    assert "古い状態に戻されています" in said.stdout


@pytest.mark.parametrize(("file", "word"), [("letter.txt", "控えを読み取れません"), ("missing.txt", "読めません")])
def test_refuses_what_is_no_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], file: str, word: str
) -> None:
    (tmp_path / "letter.txt").write_text("番号 12 拝啓", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["yuimaru", "audit", "verify", "--checkpoint", file])
    mask = os.umask(0)
    try:
        with pytest.raises(SystemExit) as end:
            cli.main()
    finally:
        os.umask(mask)
    assert end.value.code == cli.REFUSED
    assert word in capsys.readouterr().err
