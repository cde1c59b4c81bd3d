"""From a message to its pieces: what asks for nothing is put aside, the rest cut into known words."""

import re
from collections.abc import Iterator, Sequence

from aid.asking import codes, vocabulary, words
from aid.asking.folding import NUMERALS, fold, number
from aid.asking.readings import Fault, Refused
from aid.asking.words import Piece, Sort

LONGEST = 670
"""Characters that are read: what providers take in one message. Longer ones are for a person."""
MOST = 9_999
"""The largest quantity that is believed."""
_SENTENCE = re.compile(r"[\n\r。！!]+")
BETWEEN = re.compile(r"[\s、,;/＋+・:=×*【】「」『』()\[\]{}<>\"'|…_#＃●○■□◆◇★☆→※-]+|\.{2,}|\.(?![0-9])")
_DIGITS = re.compile(r"[0-9]+")
_LATIN = re.compile(r"[A-Z0-9]+")
_KANJI_NUMBER = re.compile(rf"[{NUMERALS}]+")
_OWN_COUNTS = {
    fold(word): quantity for quantity, word in enumerate(("ひとつ", "ふたつ", "みっつ", "よっつ", "いつつ"), 1)
}
_OWN_COUNTS |= {fold("ひとり"): 1, fold("ふたり"): 2}
_WITHIN = re.compile(r"(?:([1-3一二三])日|(24|48|72)時間)以内")
_WITHIN_DAYS = {"1": 1, "2": 2, "3": 3, "一": 1, "二": 2, "三": 3, "24": 1, "48": 2, "72": 3}
_SPACED = re.compile(r"(?<![A-Z0-9])([TL])[ :=]+([0-9]{1,2})(?![A-Z0-9])")
_OPENING = re.compile(r"(?<![A-Z0-9])(OUEN|OEN)(?=[0-9]{6}(?![0-9]))")
_LABELS = ("場所", "搬入先", "送リ先", "届ケ先", "受入先")
_TIMES = re.compile(r"(?<![A-Z0-9])X ?(?=[0-9]+(?![A-Z0-9]))")
_PLACE_NUMBER = re.compile(
    r"(?<!設置)(?<!移設)(?:受入場所|搬入場所|場所|搬入先)(?:番号)?[ :]*(?:L|NO\.?)?"
    r"([0-9]{1,2})(?:番)?(?![0-9台個人名時日月室])"
)
_PLACE = re.compile(
    rf"(?![ハヲニヘデトノモガ])[一-龥々ァ-ヴA-Z0-9]{{0,12}}(?:{'|'.join(map(fold, vocabulary.PLACES.split()))})"
)
_TWO_PLACES = re.compile(rf"(?:{'|'.join(map(fold, vocabulary.PLACES.split()))})[トヤカモ]")
_NAME = r"[一-龥々ァ-ヴ]"
_OFFICE = r"(?:課|係|室|局|部|班|市役所|役場|役所|市|町|村|区|県)"
_INTRO = re.compile(
    rf"(?:コチラ(?:ハ)?)?{_NAME}{{1,14}}{_OFFICE}(?:{_NAME}{{1,10}}{_OFFICE})?(?:ノ)?[ ]?{_NAME}{{0,8}}"
    r"(?:デス|ト申シマス|ヨリ|カラ|デゴザイマス)"
)
_SIGNATURE = re.compile(
    rf"(?:(?:担当|担当者|差出人|発信者|発信|連絡者|氏名|所属|送信者)[ :]+.{{1,24}}"
    rf"|{_NAME}{{1,14}}{_OFFICE}(?:[ ]?{_NAME}{{1,12}}(?:課|係|室|局|部|班))?[ ]{_NAME}{{1,8}}(?:[ ]{_NAME}{{1,5}})?"
    rf"|{_NAME}{{1,14}}(?:課|係|室|局|班))"
)
_PHONE = re.compile(
    r"(?:(?:TEL|電話|携帯|連絡先|FAX)(?:番号)?[ :.]*)?(?<![0-9])"
    r"(?:0[0-9]{9,10}|\(?0[0-9]{1,4}[-)(][0-9]{1,4}[-)(][0-9]{3,4})(?![0-9])"
)
_SENT_FROM = re.compile(r"(?:IPHONEカラ送信|SENT FROM MY .{1,20}|ANDROIDカラ送信|.{0,12}スマトフオンカラ送信)")
_RULE = re.compile(r"[-=_*━─＝・~ ]{3,}")
_VAGUE = re.compile(r"[0-9],[0-9]{3}(?![0-9])|[0-9]\.[0-9]|[0-9台個人名式基] ?以[上下]")
_QUOTED = re.compile(r"(?m)^[^\S\n]*[>|]|結マル】|元ノメツセジ|ORIGINAL MESSAGE|返信[0-9]")
_DRILL = re.compile(r"\s*[【\[(「]?(?:訓練|クンレン)(?:デス)?[】\])」]?[ 、。:]*")
_MOST_READINGS = 4
_LONGEST_RUN = 100
_LONGEST_SLIP = 60  # characters of a run in which slips are looked for: it costs a comparison with every name


def check_digit(base: str) -> str:
    """Return the sixth digit of a municipality code (weights 6 5 4 3 2, modulo 11)."""
    weighted = sum(int(digit) * weight for digit, weight in zip(base, (6, 5, 4, 3, 2), strict=True))
    return str((11 - weighted % 11) % 10)


def plain(text: str, *, is_drill: bool) -> str:
    """Return the folded sentences that ask. Raises Refused where a person must look whatever else is said."""
    folded = unmarked(text, is_drill=is_drill)
    _refuse_stops(folded)
    spaced = _TIMES.sub(" ", _SPACED.sub(r"\1\2", _OPENING.sub(r"\1 ", folded)))
    kept = [sentence for each in _SENTENCE.split(spaced) if (sentence := _PHONE.sub(" ", each).strip())]
    asking = " ".join(each for each in kept if not _is_courtesy(each))
    if not asking:
        raise Refused(Fault.EMPTY)
    return asking


def unmarked(text: str, *, is_drill: bool) -> str:
    """Return the folded text without a drill's mark. Raises Refused: too long, or such a mark out of place."""
    if len(text) > LONGEST:
        raise Refused(Fault.TOO_LONG)
    folded = fold(text).strip()
    marked = _DRILL.match(folded)
    if marked and not is_drill:
        raise Refused(Fault.DRILL)
    return folded[marked.end() :] if marked else folded


def _refuse_stops(folded: str) -> None:
    if _QUOTED.search(folded):
        raise Refused(Fault.QUOTED)
    rest = folded
    for word in words.excused():
        rest = rest.replace(word, " ")
    for stop in words.stops():
        if stop in rest:
            raise Refused(Fault.STOP, stop)
    if "?" in rest:
        raise Refused(Fault.STOP, "?")
    vague = _VAGUE.search(folded)
    if vague:
        raise Refused(Fault.AMBIGUOUS, vague.group())


def without(names: Sequence[str], text: str) -> str:
    for name in filter(None, map(fold, names)):
        text = re.sub(rf"{re.escape(name)}(?!役所|役場)", " ", text)
    return text


def _is_courtesy(sentence: str) -> bool:
    if _RULE.fullmatch(sentence) or _SENT_FROM.fullmatch(sentence):
        return True
    is_signed = _SIGNATURE.fullmatch(sentence) or _INTRO.fullmatch(sentence)
    return is_signed is not None and not _PLACE.fullmatch(sentence) and not _names_item(sentence)


def _names_item(text: str) -> bool:
    known = words.known()
    return any(
        (piece := known.get(text[start:end])) is not None and piece.sort in {Sort.ITEM, Sort.ASKING, Sort.DAY}
        for start in range(len(text))
        for end in range(start + 2, min(len(text), start + words.longest()) + 1)
    )


def pieces(text: str) -> list[Piece]:
    found: list[Piece] = []
    within = _PLACE_NUMBER.search(text)
    if within:
        found.append(Piece(Sort.PLACE_NUMBER, int(within.group(1))))
        text = f"{text[: within.start()]} {text[within.end() :]}"
    for chunk in BETWEEN.split(text):
        if chunk:
            found += cut(chunk)
    return found


def cut(chunk: str) -> Sequence[Piece]:
    """Return the pieces of a run without blanks. Raises Refused where there is no reading, or two."""
    if len(chunk) > _LONGEST_RUN:
        raise Refused(Fault.UNKNOWN_WORD, chunk[:_LONGEST_SLIP])
    if _INTRO.fullmatch(chunk) and not _names_item(chunk):
        return ()
    for may_slip in (False, True)[: 1 + (len(chunk) <= _LONGEST_SLIP)]:
        readings = _segmented(chunk, may_slip=may_slip)
        if readings:
            fewest = min(map(len, readings))
            best = {tuple(p for p in each if p != words.ANY) for each in readings if len(each) == fewest}
            if len(best) > 1:
                raise Refused(Fault.AMBIGUOUS, chunk)
            return next(iter(best))
    raise Refused(Fault.UNKNOWN_WORD, chunk)


def _segmented(chunk: str, *, may_slip: bool) -> list[tuple[Piece, ...]]:
    """Return the ways to cut a run into known pieces, with the fewest pieces kept at each place."""
    ways: list[list[tuple[Piece, ...]]] = [[] for _ in range(len(chunk) + 1)]
    ways[0] = [()]
    for start in range(len(chunk)):
        if not ways[start]:
            continue
        for end, piece in _next(chunk, start, may_slip=may_slip):
            longer = [(*way, piece) for way in ways[start]]
            ways[end] = _fewest({*ways[end], *longer})
    return ways[-1]


def _fewest(ways: set[tuple[Piece, ...]]) -> list[tuple[Piece, ...]]:
    fewest = min(map(len, ways))
    return [way for way in ways if len(way) == fewest][:_MOST_READINGS]


def _next(chunk: str, start: int, *, may_slip: bool) -> Iterator[tuple[int, Piece]]:
    """Yield the pieces that may begin at a place, each with its end."""
    known = words.known()
    for end in range(start + 1, min(len(chunk), start + words.longest()) + 1):
        word = chunk[start:end]
        if word in known and not _cuts_latin(chunk, start, end):
            yield end, known[word]
        elif word in _OWN_COUNTS:
            yield end, Piece(Sort.NUMBER, _OWN_COUNTS[word])
        elif may_slip and (meant := words.slip(word)) is not None:
            yield end, meant
    yield from _written_numbers(chunk, start)
    place = _PLACE.match(chunk, start)
    if place and _begins_place(chunk, start) and _is_place(place.group()):
        yield place.end(), Piece(Sort.PLACE, place.group())


def _cuts_latin(chunk: str, start: int, end: int) -> bool:
    """Tell whether a word would end or begin inside a run of Latin letters: PC is no part of PCR."""
    inside = (
        start > 0 and chunk[start].isascii() and chunk[start - 1 : start].isascii() and chunk[start - 1].isalpha()
    )
    after = end < len(chunk) and chunk[end - 1].isascii() and chunk[end].isascii() and chunk[end].isalpha()
    return inside or after


def _is_place(name: str) -> bool:
    return not (name.startswith(_LABELS) or _TWO_PLACES.search(name) or _names_item(name))


def _begins_place(chunk: str, start: int) -> bool:
    return start == 0 or chunk[start - 1] in "ハヲニヘデ"


def _written_numbers(chunk: str, start: int) -> Iterator[tuple[int, Piece]]:
    within = _WITHIN.match(chunk, start)
    if within:
        yield within.end(), Piece(Sort.DAY, _WITHIN_DAYS[within.group(1) or within.group(2)])
    latin = _LATIN.match(chunk, start)
    if latin and not (start and _LATIN.match(chunk, start - 1)):
        yield from ((latin.end(), piece) for piece in _latin(latin.group()))
    digits = _DIGITS.match(chunk, start)
    if digits and _is_quantity(chunk, start, digits.end()):
        yield digits.end(), Piece(Sort.NUMBER, int(digits.group()))
    kanji = _KANJI_NUMBER.match(chunk, start)
    if kanji and not (start and chunk[start - 1] in NUMERALS) and (said := number(kanji.group())) is not None:
        yield kanji.end(), Piece(Sort.NUMBER, said)


def _latin(run: str) -> Iterator[Piece]:
    """Yield what a whole run of Latin letters and digits stands for."""
    if len(run) == 6 and run.isdecimal():  # noqa: PLR2004 — a municipality code
        if check_digit(run[:5]) != run[5]:
            raise Refused(Fault.CHECK_DIGIT, run)
        yield Piece(Sort.MUNICIPALITY, run)
    elif codes.is_code(run):
        yield Piece(Sort.CODE, run)
    elif run in {"T0", "T1", "T2", "T3", "TO"}:
        yield Piece(Sort.DAY, 0 if run == "TO" else int(run[1]))
    elif re.fullmatch(r"L[0-9]{1,2}", run):
        yield Piece(Sort.PLACE_NUMBER, int(run[1:]))


def _is_quantity(chunk: str, start: int, end: int) -> bool:
    """Tell whether digits stand whole and no Latin letter behind them: 5KVA is no five."""
    is_whole = not chunk[:start][-1:].isdecimal() and not (chunk[end : end + 1].isascii() and end < len(chunk))
    return is_whole and end - start <= len(str(MOST))
