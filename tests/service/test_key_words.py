"""`yuimaru keys` as somebody types it: what is asked, what is refused, and nothing secret in an argument."""

import io
import os
import sys
import unicodedata
from pathlib import Path

import pytest

from foundation.sealing import PassphraseRefused, passphrases
from service import cli, key_words
from service.errors import RefusedError

WORDS = "ほしぞら みずうみ やまびこ いしばし"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, str]]]:
    """What is handed to whoever has the database open."""
    handed: list[tuple[str, dict[str, str]]] = []

    def carry_out(_: object, command: str, wanted: dict[str, str]) -> str:
        handed.append((command, wanted))
        return '{"name": "登米市", "confirmation": "042129"}'

    monkeypatch.setattr(key_words, "_carried_out", carry_out)
    return handed


def say(*words: str) -> None:
    arguments = cli._parser().parse_args(["keys", *words])
    arguments.run(None, arguments)


def test_erasing_asks_for_the_members_code(
    asked: list[tuple[str, dict[str, str]]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("042129\n"))
    say("erase", "042129")
    assert asked[-1] == ("keys.erase", {"member": "042129", "confirmation": "042129"})
    shown = capsys.readouterr().out
    assert "登米市" in shown
    assert "元に戻せません" in shown
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    with pytest.raises(RefusedError, match="何も消去していません"):
        say("erase", "042129")
    assert len([command for command, _ in asked if command == "keys.erase"]) == 1


def test_a_passphrase_comes_from_a_file_or_the_terminal_never_from_an_argument(
    asked: list[tuple[str, dict[str, str]]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "words"
    file.write_text(WORDS + "\r\n", encoding="utf-8")
    say("rotate", "--passphrase-file", str(file))
    assert asked[-1] == ("keys.rotate", {"passphrase": WORDS})
    with pytest.raises(SystemExit):
        cli._parser().parse_args(["keys", "rotate", "--passphrase", WORDS])
    passphrases.read.cache_clear()
    typed = iter((WORDS, WORDS + "x", WORDS, WORDS))
    monkeypatch.setattr("getpass.getpass", lambda _: next(typed))
    with pytest.raises(PassphraseRefused, match="一致しません"):
        say("rotate", "--passphrase-file", "-")
    say("rotate", "--passphrase-file", "-")
    assert asked[-1] == ("keys.rotate", {"passphrase": WORDS})
    passphrases.read.cache_clear()


def test_a_pipe_is_read_once_for_a_new_key_and_for_the_next_start() -> None:
    reading, writing = os.pipe()
    os.write(writing, WORDS.encode())
    os.close(writing)
    source = f"/dev/fd/{reading}"
    assert passphrases.read_new(source) == passphrases.read(source)
    os.close(reading)
    passphrases.read.cache_clear()


def test_the_same_words_typed_elsewhere_are_the_same(tmp_path: Path) -> None:
    composed, apart = tmp_path / "composed", tmp_path / "apart"
    words = "がぎぐげご ざじずぜぞ ばびぶべぼ"
    composed.write_text(unicodedata.normalize("NFC", words), encoding="utf-8")
    apart.write_text(unicodedata.normalize("NFD", words), encoding="utf-8")
    assert composed.read_bytes() != apart.read_bytes()
    assert passphrases.read(str(composed)) == passphrases.read(str(apart))
