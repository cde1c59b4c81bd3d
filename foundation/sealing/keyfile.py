"""The master key's file, and how a new one takes its place so that at every moment one of them opens the database.

The new key is first laid beside as `.new`; then all data keys are wrapped anew in one transaction; then `.new` takes
the file's place and the former one stays as `.old-ID`. Whoever starts in between finds by its id the one that counts.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from foundation.sealing.ciphers import KEY, key_id
from foundation.sealing.errors import SealError


def read_or_make_key_file(path: Path) -> bytes:
    """Return the master key in a file (32 bytes, written as 64 hexadecimal digits), making it where absent."""
    with suppress(FileExistsError):
        _write(path, os.urandom(KEY))
    return _read(path)


def keys_beside(path: Path) -> Iterator[bytes]:
    """Yield the master keys in the file and in those beside it: the one that waits, and former ones."""
    for each in (path, _waiting(path), *sorted(path.parent.glob(f"{path.name}.old-*"))):
        if each.exists():
            yield _read(each)


def lay_beside(path: Path) -> bytes:
    """Make a new master key and lay it beside the file; one that was left there and never counted is replaced."""
    waiting = _waiting(path)
    waiting.unlink(missing_ok=True)
    _write(waiting, os.urandom(KEY))
    _settle(path.parent)
    return _read(waiting)


def put_in_place(path: Path, master: str) -> None:
    """Let the waiting key take the file's place, if it is the one that counts now."""
    waiting = _waiting(path)
    if not waiting.exists() or key_id(_read(waiting)) != master:
        return
    _keep_former(path)
    waiting.replace(path)
    _settle(path.parent)


def retire(path: Path) -> None:
    """Put the file aside as a former key, now that a passphrase counts."""
    if path.exists():
        _keep_former(path)
        path.unlink()
        _settle(path.parent)


def _keep_former(path: Path) -> None:
    if path.exists():
        former = path.with_name(f"{path.name}.old-{key_id(_read(path))}")
        if not former.exists():
            # A link, not a move: the file is there at every moment
            former.hardlink_to(path)


def _waiting(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _read(path: Path) -> bytes:
    try:
        return bytes.fromhex(path.read_text().strip())
    except ValueError:
        raise SealError(
            f"主鍵のファイル {path} を読めません。控えから戻してください。 (the master key's file is damaged)"
        ) from None


def _write(path: Path, key: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(key.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """Have the names of files survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
