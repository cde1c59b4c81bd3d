import re
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.codes import check_digit as known_check_digit
from aid.asking import codes, words
from aid.asking.cutting import LONGEST, check_digit
from aid.asking.folding import fold, is_slip_of, number
from aid.asking.grammar import read
from aid.asking.readings import Asked, CodeAlone, Fault, Line, Reading, Unread
from aid.asking.vocabulary import COUNTERS, LETTERS, ONE_IF_UNSAID, TASKS, WORDS
from inventory.catalogue import KINDS
from tests.aid.asking.corpus import PERSON, said, variants

LEAST_VARIANTS = 500
LEAST_RIGHT = 0.98
PARTS = re.split(
    r"\|",
    "要請|応援|お願いします|発電機|パソコン|ノートパソコン|プリンタ|サーバー|職員|衛星電話|2|20|二|台|人|2台|3人|0|今日"
    "|明日|至急|本庁舎|支所|L1|T0|G2|PC20|OUEN|142051|142052|8J4K|4R7M|と|は|を|に|の|取消|訓練|?|。|、|-|ー|ﾊﾟｿｺﾝ"
    "|１|　|\n|>|以上|藤沢市防災課の山田です",
)


def test_of_the_corpus_nearly_all_is_read_right_and_nothing_wrongly_accepted() -> None:
    rows = list(variants())
    missed = [(row, said(read(row.text))) for row in rows if said(read(row.text)) != row.meant]
    table = [f"{' '.join(sorted(row.meant)):30} {' '.join(sorted(got)):30} {row.text!r}" for row, got in missed]
    sys.stdout.write("\n".join([*table, f"{len(rows)} variants, {len(rows) - len(missed)} read right", ""]))
    assert len({row.text for row in rows}) == len(rows) >= LEAST_VARIANTS
    assert [(row.text, sorted(got)) for row, got in missed if got != {PERSON}] == []
    assert len(missed) <= (1 - LEAST_RIGHT) * len(rows)


def test_every_kind_of_the_catalogue_has_letters_words_and_counters() -> None:
    assert set(LETTERS.values()) == set(KINDS)
    assert set(WORDS) | set(TASKS) == set(KINDS)
    for kind in KINDS.values():
        assert kind.unit in words.counters_of(kind.key) or fold(kind.unit) in words.counters_of(kind.key)
        quantity = "" if kind.key in ONE_IF_UNSAID else f"1{kind.unit}"
        for text in (f"要請 {kind.short_ja}{quantity}", f"要請 {kind.name_ja} {quantity}"):
            found = read(text)
            assert not isinstance(found, Asked) or found.lines == (Line(kind.key, 1),), text
        assert isinstance(read(f"要請 {kind.short_ja}{quantity}"), Asked), kind.short_ja
    assert not set(COUNTERS) - set(KINDS)


@given(st.text(max_size=2 * LONGEST))
def test_no_text_breaks_the_reading(text: str) -> None:
    assert isinstance(read(text), Asked | CodeAlone | Unread)


@given(st.lists(st.sampled_from(PARTS), max_size=14), st.sampled_from(["", " "]))
def test_whatever_is_put_together_is_read_in_one_way_or_not_at_all(parts: list[str], between: str) -> None:
    text = between.join(parts)
    found = read(text)
    assert read(text) == found
    if isinstance(found, Asked):
        kinds = [line.kind for line in found.lines]
        assert len(set(kinds)) == len(kinds) > 0
        assert all(line.quantity > 0 for line in found.lines)
        assert not {"取消", "訓練", "?", "142052"} & set(parts)
        assert read(canonical(found)) == found


def canonical(asked: Asked) -> str:
    """Write a request anew, as the card does: what was read once reads the same."""
    items = [f"{name} {line.quantity}" for line in asked.lines for name, kind in LETTERS.items() if kind == line.kind]
    more = [
        asked.municipality or "",
        *items,
        "" if asked.days is None else f"T{asked.days}",
        "" if asked.place_number is None else f"L{asked.place_number}",
        asked.place or "",
        "至急" if asked.is_urgent else "",
        asked.code or "",
    ]
    return " ".join(["OUEN", *filter(None, more)])


def test_a_slip_may_be_any_one() -> None:
    assert [
        is_slip_of(each, "パソコン")
        for each in ("バソコン", "パソコ", "パソココン", "パコソン", "パソコン", "バンコン")
    ] == [
        True,
        True,
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("kanji", "said_number"),
    [
        ("二十五", 25),
        ("百", 100),
        ("千二百", 1200),
        ("二〇", 20),
        ("十", 10),
        ("二三", None),
        ("十十", None),
        ("一〇百", None),
    ],
)
def test_numerals_have_one_reading_or_none(kanji: str, said_number: int | None) -> None:
    assert number(kanji) == said_number


def test_the_check_digit_is_that_of_the_municipality_codes() -> None:
    bases = ("14205", "04212", "01100", "47201")
    assert [check_digit(base) for base in bases] == [known_check_digit(base) for base in bases]


def test_a_code_shows_each_wrong_character_and_each_swap() -> None:
    for _ in range(50):
        code = codes.make()
        assert codes.is_code(code)
        assert codes.is_whole(code)
        for at in range(codes.LENGTH):
            for other in set(codes.ALPHABET) - {code[at]}:
                assert not codes.is_whole(code[:at] + other + code[at + 1 :])
            swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
            assert swapped == code or at == codes.LENGTH - 1 or not codes.is_whole(swapped)


def test_every_code_is_read_wherever_it_stands() -> None:
    for _ in range(400):
        code = codes.make()
        asked = Asked((Line("server", 1),), code=code)
        assert [read(text) for text in (f"要請 サーバ1台 {code}", f"{code.lower()} サーバ1台")] == [asked, asked]
        assert read(f"コード:{code}") == CodeAlone(code)


def test_quantities_and_powers_are_no_codes() -> None:
    assert not any(map(codes.is_code, ("PC20", "5KVA", "G222", "2222", "ABCD", "A2", "8J4K9Z")))


def test_a_drills_mark_is_taken_off_in_a_drill_alone() -> None:
    text = "【訓練】要請 発電機2台"
    assert read(text) == Unread((_trouble(Fault.DRILL),), (Line("generator", 2),))
    assert read(text, is_drill=True) == Asked((Line("generator", 2),))


def _trouble(fault: Fault) -> object:
    reading: Reading = read("【訓練】要請 発電機2台")
    assert isinstance(reading, Unread)
    assert reading.troubles[0].fault is fault
    return reading.troubles[0]


def test_the_own_name_is_understood_and_no_other() -> None:
    text = "登米市 発電機2台要請"
    assert isinstance(read(text), Unread)
    assert read(text, own_names=("登米市",)) == Asked((Line("generator", 2),))
    assert isinstance(read(text, own_names=("栗原市",)), Unread)


@pytest.mark.asvs("1.3.12")
@pytest.mark.parametrize(
    "piece", ["パ", "発電機", "1", "ヨウセイ", "山田課", "一", "ァ ", "本庁舎", "A1", "ノト", "0-", "<(", "要請ハ"]
)
def test_no_text_takes_long(piece: str) -> None:
    read(piece)  # the words are folded once
    started = time.perf_counter()
    read((piece * 100_000)[:LONGEST])
    read(piece * 100_000)
    assert time.perf_counter() - started < 0.2
