"""What a person wrote into a reply, without what the mail program put around it."""

import re
import unicodedata
from html import unescape
from itertools import pairwise

_LONGEST_HTML = 65_536
_QUOTE = re.compile(r"\s*[>＞|｜│]")
_BELOW = re.compile(
    r"-{2,}\s*(?:original|forwarded|元の|転送|ここから)|_{8,}$|-- ?$"
    r"|(?:from|sent|差出人|送信者|送信元|発信者)\s*[:：]",
    re.IGNORECASE,
)
"""Where somebody else's words begin, or a signature."""
_ATTRIBUTION = re.compile(r".*(?:\bwrote|<[^<>\s]+@[^<>\s]+>|書きました|のメール|のメッセージ)\s*[:：]?$")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,20})([^<>]*)>")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_BREAKS = {"br", "p", "div", "tr", "li", "ul", "ol", "table", "blockquote", "h1", "h2", "h3", "hr", "pre"}
_SILENT = {"style", "script", "head", "title"}
_NUMBERS = re.compile(r"[\d,、\s]{1,40}(?:台|個|人|名|本|枚|式|組|件)?")
_BLANK = "\ufeff\u200b\u200e\u200f"


def answer(text: str) -> str | None:
    """Return the first line of one's own, empty where there is none.

    None where the next line goes on with numbers: whether they belong to the answer only the writer knows.
    """
    lines = own(text)
    found = next((number for number, line in enumerate(lines) if line), None)
    if found is None:
        return ""
    following = lines[found + 1] if found + 1 < len(lines) else ""
    goes_on = _NUMBERS.fullmatch(unicodedata.normalize("NFKC", following)) is not None
    return None if goes_on else lines[found]


def own(text: str) -> list[str]:
    """Return one's own lines: no quotes, no line that introduces one, nothing below a separator."""
    kept: list[str] = []
    lines = [line.strip(_BLANK).strip().strip(_BLANK).strip() for line in text.splitlines()]
    for line, following in pairwise([*lines, ""]):
        if _BELOW.match(line):
            break
        if _ATTRIBUTION.fullmatch(line[:400]):
            if following and not _QUOTE.match(following):
                break
            continue
        if not _QUOTE.match(line):
            kept.append(line)
    return kept


def from_html(html: str) -> str:
    """Return the text of a page: lines at what breaks them, quoted blocks left out."""
    rest = _COMMENT.sub("", html[:_LONGEST_HTML])
    text: list[str] = []
    place, quoted, silent = 0, 0, ""
    for tag in _TAG.finditer(rest):
        if not quoted and not silent:
            text.append(rest[place : tag.start()])
        place = tag.end()
        closes, name = bool(tag[1]), tag[2].lower()
        if name in _SILENT:
            silent = "" if closes and name == silent else silent or ("" if closes else name)
        elif name == "blockquote":
            quoted = max(0, quoted + (-1 if closes else 1))
        if name in _BREAKS and not (name == "div" and closes):
            text.append("\n")
    if not quoted and not silent:
        text.append(rest[place:])
    lines = unescape("".join(text).replace("\xa0", " ")).splitlines()
    return "\n".join(" ".join(line.split()) for line in lines)
