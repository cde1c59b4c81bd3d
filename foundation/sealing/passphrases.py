"""A master key from a passphrase: read once at the start, stretched by argon2id, kept nowhere."""

import getpass
import os
import unicodedata
from functools import cache
from pathlib import Path

from argon2.low_level import Type, hash_secret_raw

from foundation.sealing.ciphers import KEY, key_id
from foundation.sealing.errors import PassphraseRefused
from foundation.sealing.models import PassphraseKey

TERMINAL = "-"
LEAST = 16
"""Characters: four random words, or one line of a printed sheet."""
MOST = 4096
SALT = 16
MEMORY_KIB, PASSES, LANES = 65_536, 3, 4
"""RFC 9106, its second recommendation: 64 MiB, some 0.1 seconds."""


@cache
def read(source: str) -> str:
    """Return the passphrase from a file (also `/dev/fd/N`) or, for `-`, as somebody types it at the terminal.

    Read once for the life of the process: a pipe gives it once, and nobody types it twice. Raises PassphraseRefused.
    """
    text = getpass.getpass("主鍵の合言葉 (passphrase): ") if source == TERMINAL else _in_file(source)
    passphrase = _normal(text)
    if len(passphrase) < LEAST:
        raise PassphraseRefused(
            f"主鍵の合言葉は{LEAST}文字以上にしてください。 (the passphrase needs {LEAST} characters or more)"
        )
    return passphrase


def read_new(source: str) -> str:
    """Return a passphrase as `read` does; one that is typed is typed again. Raises PassphraseRefused."""
    passphrase = read(source)
    if source == TERMINAL and _normal(getpass.getpass("もう一度 (again): ")) != passphrase:
        read.cache_clear()
        raise PassphraseRefused("2回の入力が一致しません。 (the two entries differ)")
    return passphrase


def derive(passphrase: str, kept: PassphraseKey) -> bytes:
    """Return the master key. Raises PassphraseRefused where it is not the one that is noted."""
    key = _stretched(passphrase, kept.salt, kept.passes, kept.memory_kib, kept.lanes)
    if key_id(key) != kept.id:
        raise PassphraseRefused(
            "主鍵の合言葉が違います。YUIMARU_KEY_PASSPHRASE_FILE の内容を確かめてください。"
            " (wrong passphrase; see YUIMARU_KEY_PASSPHRASE_FILE)"
        )
    return key


def fresh(passphrase: str) -> tuple[bytes, dict[str, object]]:
    """Return a new master key of a passphrase, and what is to be noted of it."""
    salt = os.urandom(SALT)
    key = _stretched(passphrase, salt, PASSES, MEMORY_KIB, LANES)
    return key, {"id": key_id(key), "salt": salt, "memory_kib": MEMORY_KIB, "passes": PASSES, "lanes": LANES}


def _stretched(passphrase: str, salt: bytes, passes: int, memory_kib: int, lanes: int) -> bytes:
    return hash_secret_raw(passphrase.encode(), salt, passes, memory_kib, lanes, KEY, Type.ID)


def _in_file(source: str) -> str:
    try:
        with Path(source).open("rb") as file:
            return file.read(MOST).decode()
    except (OSError, UnicodeDecodeError):
        raise PassphraseRefused(
            "主鍵の合言葉のファイルを読めません。YUIMARU_KEY_PASSPHRASE_FILE を確かめてください。"
            " (the passphrase's file can't be read; see YUIMARU_KEY_PASSPHRASE_FILE)"
        ) from None


def _normal(text: str) -> str:
    """Return what has the same characters on whatever keyboard it was typed."""
    return unicodedata.normalize("NFKC", text.rstrip("\r\n"))
