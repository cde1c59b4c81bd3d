"""The master key's file, and how a new one takes its place so that at every moment one of them opens the database.

The new key is first laid beside as `.new-ID`; then all data keys are wrapped anew in one transaction; then it takes
the file's place and the former one stays as `.old-ID`. Whoever starts in between finds by its id the one that counts.
No key is ever deleted here: whether one counts, the database alone can tell.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from foundation.sealing.ciphers import KEY, key_id
from foundation.sealing.errors import SealError


def read_or_make_key_file(path: Path) -> bytes:
    """Return the master key in a file (32 bytes, written as 64 hexadecimal digits), making it where absent."""
    with suppress(FileExistsError):
        _write(path, os.urandom(KEY))
    return _read(path)


def keys_beside(path: Path) -> Iterator[bytes]:
    """Yield the master keys in the file and in those beside it: the ones that wait, and former ones."""
    for each in (path, *_waiting(path), *sorted(path.parent.glob(f"{path.name}.old-*"))):
        # One that was waiting may have taken its place meanwhile; it was read there, or is the next to be looked for
        with suppress(FileNotFoundError):
            yield _read(each)


@contextmanager
def exchange(path: Path) -> Iterator[None]:
    """Keep others from exchanging the key meanwhile. Raises SealError where somebody is at it.

    Nobody else waits for it: a service that starts puts in place what counts, inside its transaction.
    """
    descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SealError(
                "主鍵の交換がほかで進んでいます。終わってから、もう一度実行してください。"
                " (the master key is being exchanged by somebody else; try again when they are done)"
            ) from None
        yield
    finally:
        os.close(descriptor)


def lay_beside(path: Path) -> bytes:
    """Make a new master key and lay it beside the file; one that was left waiting there is put aside, not deleted."""
    for each in _waiting(path):
        each.rename(_former(path, key_id(_read(each))))
    key = os.urandom(KEY)
    _write(_next(path, key_id(key)), key)
    _settle(path.parent)
    return key


def put_in_place(path: Path, master: str) -> None:
    """Let the waiting key that counts now take the file's place."""
    waiting = _next(path, master)
    if not waiting.exists():
        return
    _keep_former(path)
    # A service that starts may have done so meanwhile
    with suppress(FileNotFoundError):
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
        # A link, not a move: the file is there at every moment
        with suppress(FileExistsError):
            _former(path, key_id(_read(path))).hardlink_to(path)


def _waiting(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}.new-*"))


def _next(path: Path, master: str) -> Path:
    return path.with_name(f"{path.name}.new-{master}")


def _former(path: Path, master: str) -> Path:
    return path.with_name(f"{path.name}.old-{master}")


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
