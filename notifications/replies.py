"""Answers typed by people: `CODE DIGIT [Q1 Q2 …]`, read tolerantly in form and strictly in meaning.

`４８２１　１　５０`, `返信4821 1`, `4821-1-50` and `4821、1、50台` are read; where two readings are possible
there is none, and a person looks at it. An aid request must not be answered by a guess.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

_LONGEST = 670  # units that a provider takes in one message; an answer is a tenth of that
_MOST_QUANTITIES = 30
_UNITS = "台|個|人|名|本|枚|式|組|件|基|室|部|箱|口|回線|セット|か所|ヶ所|箇所|カ所"
_SEPARATOR = re.compile(r"[\s,、。.・:;/\-()\[\]「」『』【】\"'!]+")
_TOKEN = re.compile(rf"(?P<digits>[0-9]+)(?P<word>可|不可|条件付き?|受領|受信|{_UNITS})?")
_DASHES = re.compile(r"(?<=[0-9])\s*[ー‐‑‒–—―−]\s*(?=[0-9])")
_SIGNED = re.compile(r"(?:^|[^0-9\s])\s*[-−][0-9]|\s[-−][0-9]|\+")
_DECIMAL = re.compile(r"[0-9]\.[0-9]")
# 1,000 may be a thousand or the quantities 1 and 0, and nobody but the writer knows
_GROUPED = re.compile(r"[0-9],[0-9]{3}(?![0-9])")
_CODE_DIGITS = range(3, 7)
_QUANTITY_DIGITS = 6


class Choice(StrEnum):
    """回答: yes, no, yes with conditions; or only that it was received and will be answered later (受領)."""

    ACCEPT = "accept"
    DECLINE = "decline"
    PROVISIONAL = "provisional"
    RECEIVED = "received"


class Reason(StrEnum):
    """読めない理由: why an answer was left to a person."""

    EMPTY = "empty"
    CODE = "code"
    TOO_LONG = "too_long"
    WORDS = "words"
    CHOICE = "choice"
    QUANTITY = "quantity"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Reply:
    """返信: code as typed, choice, quantities in the order of the alert's lines."""

    code: str
    choice: Choice
    quantities: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """読めない返信: kept for a person."""

    reason: Reason


_CHOICES = {
    "0": (Choice.RECEIVED, ("", "受領", "受信")),
    "1": (Choice.ACCEPT, ("", "可")),
    "2": (Choice.DECLINE, ("", "不可")),
    "3": (Choice.PROVISIONAL, ("", "条件付", "条件付き")),
}


class _Refusal(Exception):
    def __init__(self, reason: Reason) -> None:
        self.reason = reason


def parse(text: str) -> Reply | Unreadable:
    """Read one answer; quoted lines (`>`) are passed over, any other unknown word makes it unreadable."""
    try:
        return _read(_tokens(_normal(text)))
    except _Refusal as refusal:
        return Unreadable(refusal.reason)


def parse_to(text: str, code: str) -> Reply | Unreadable:
    """Read an answer to a known question: its code may be left out. Another code than its own is not passed over."""
    try:
        tokens = _tokens(_normal(text))
        if tokens[0][0] in _CHOICES:
            return _read([(code, ""), *tokens])
        if len(tokens[0][0]) in _CODE_DIGITS:
            return _read(tokens)
        return Unreadable(Reason.CHOICE)
    except _Refusal as refusal:
        return Unreadable(refusal.reason)


def first_line(body: str) -> str:
    """Return the first line of a mail's text that holds anything: what follows is a signature or a quote."""
    lines = (line.strip().strip("\ufeff\u200b").strip() for line in body.splitlines())
    return next((line for line in lines if line), "")


def _normal(text: str) -> str:
    if len(text) > _LONGEST:
        raise _Refusal(Reason.TOO_LONG)
    lines = unicodedata.normalize("NFKC", text).splitlines()
    own = " ".join(line for line in lines if not line.lstrip().startswith(">"))
    return _DASHES.sub("-", own.replace("\ufeff", "").replace("\u200b", "")).strip()


def _tokens(text: str) -> list[tuple[str, str]]:
    """Return (digits, the word that follows them) in order."""
    if _SIGNED.search(text) or _DECIMAL.search(text):
        raise _Refusal(Reason.AMBIGUOUS)
    words = [word for word in _SEPARATOR.split(text.removeprefix("返信")) if word]
    matches = [_TOKEN.fullmatch(word) for word in words]
    if not matches:
        raise _Refusal(Reason.EMPTY)
    found = [(match["digits"], match["word"] or "") for match in matches if match]
    if len(found) < len(matches):
        raise _Refusal(Reason.WORDS)
    _refuse_grouped(text, found)
    return found


def _refuse_grouped(text: str, tokens: list[tuple[str, str]]) -> None:
    before_quantities = 2 if len(tokens[0][0]) in _CODE_DIGITS else 1
    quantities = re.split(r"[0-9]+\D+", text, maxsplit=before_quantities)
    if len(quantities) > before_quantities and _GROUPED.search(quantities[-1]):
        raise _Refusal(Reason.AMBIGUOUS)


def _read(tokens: list[tuple[str, str]]) -> Reply:
    code, word = tokens[0]
    if len(code) not in _CODE_DIGITS or word:
        _choice(tokens)
        raise _Refusal(Reason.CODE)  # `1 50` would answer some question or other
    tokens = tokens[1:]
    choice = _choice(tokens)
    quantities = tuple(_quantity(digits, word) for digits, word in tokens[1:])
    if len(quantities) > _MOST_QUANTITIES:
        raise _Refusal(Reason.QUANTITY)
    _refuse_contradiction(choice, quantities)
    return Reply(code, choice, quantities)


def _choice(tokens: list[tuple[str, str]]) -> Choice:
    digit, word = tokens[0] if tokens else ("", "")
    choice, words = _CHOICES.get(digit, (None, ()))
    if choice is None or word not in words:
        raise _Refusal(Reason.CHOICE)
    return choice


def _quantity(digits: str, word: str) -> int:
    if len(digits) > _QUANTITY_DIGITS:
        raise _Refusal(Reason.QUANTITY)
    if word and not re.fullmatch(_UNITS, word):
        raise _Refusal(Reason.AMBIGUOUS)  # `1可 2不可`: the choices themselves, sent back
    return int(digits)


def _refuse_contradiction(choice: Choice, quantities: tuple[int, ...]) -> None:
    declined_something = choice is Choice.DECLINE and any(quantities)
    received_something = choice is Choice.RECEIVED and quantities
    promised_nothing = choice is not Choice.DECLINE and quantities and not any(quantities)
    if declined_something or received_something or promised_nothing:
        raise _Refusal(Reason.AMBIGUOUS)
