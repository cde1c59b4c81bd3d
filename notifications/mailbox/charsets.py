"""Japanese mail in characters: what senders call ISO-2022-JP and Shift_JIS holds ①, ㈱ and 髙 all the same."""

import codecs
import re

_NAMES = {
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "ms932": "cp932",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "iso-8859-1": "cp1252",
}
_NOT_OF_MAIL = {"punycode", "idna"}
"""Codecs for names: reading a long text takes them seconds."""
_ESCAPE = re.compile(rb"\x1b(\$[@B]|\$\(D|\([BJI])")
_FIRST, _CELLS, _LEADS_BEFORE_KANA, _DELETE = 0x21, 94, 0x1F, 0x7F
_SETS = {b"$@": "jis", b"$B": "jis", b"$(D": "supplement", b"(I": "kana"}


def decoded(raw: bytes, charset: str) -> str:
    """Return the text; what can't be read becomes U+FFFD, NUL nothing. Never raises."""
    return _decoded(raw, charset.strip().strip("\"'").lower()).replace("\x00", "")


def _decoded(raw: bytes, charset: str) -> str:
    if charset.startswith("iso-2022-jp") or (not charset and b"\x1b$" in raw):
        return _iso_2022_jp(raw)
    name = _NAMES.get(charset, charset)
    if not name or name == "utf-8":
        return _guessed(raw)
    try:
        codec = codecs.lookup(name)
        if not getattr(codec, "_is_text_encoding", True) or codec.name in _NOT_OF_MAIL:
            return _guessed(raw)
        return codec.decode(raw, "replace")[0].encode("utf-8", "replace").decode("utf-8")
    except (LookupError, ValueError):
        return _guessed(raw)


def _guessed(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        # Cut short it fails at its end; else it is no UTF-8, and Japanese without a charset is Shift_JIS
        is_cut = error.start >= len(raw) - 3
        return raw.decode("utf-8" if is_cut else "cp932", "replace")


def _iso_2022_jp(raw: bytes) -> str:
    """Read as Windows writes it (CP50221): the vendors' rows, half-width kana and JIS X 0212 included."""
    pieces = _ESCAPE.split(raw)
    text = [pieces[0].decode("ascii", "replace")]
    for escape, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        text.append(_piece(_SETS.get(escape, "ascii"), piece))
    return "".join(text)


def _piece(kind: str, piece: bytes) -> str:
    if kind == "ascii":
        return piece.decode("ascii", "replace")
    # A line ends in ASCII whether or not the sender said so
    body, newline, rest = piece.partition(b"\n")
    tail = (newline + rest).decode("ascii", "replace")
    if kind == "kana":
        return bytes(each | 0x80 for each in body).decode("cp932", "replace") + tail
    pairs = [body[i : i + 2] for i in range(0, len(body) - 1, 2)]
    return "".join(map(_shifted if kind == "jis" else _supplement, pairs)) + tail


def _shifted(pair: bytes) -> str:
    """Return one character of JIS X 0208 with the vendors' rows, by way of Shift_JIS: two rows share a lead byte."""
    row, cell = pair[0] - _FIRST, pair[1] - _FIRST
    if not (0 <= row < _CELLS and 0 <= cell < _CELLS):
        return "\ufffd"
    lead = row // 2 + (0x81 if row // 2 < _LEADS_BEFORE_KANA else 0xC1)
    trail = cell + 0x9F if row % 2 else cell + 0x40 + (cell + 0x40 >= _DELETE)
    return bytes((lead, trail)).decode("cp932", "replace")


def _supplement(pair: bytes) -> str:
    return (b"\x8f" + bytes(each | 0x80 for each in pair)).decode("euc_jp", "replace")
