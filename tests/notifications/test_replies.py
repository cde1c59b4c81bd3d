import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.replies import Choice, Reason, Reply, Unreadable, first_line, parse

ACCEPT, DECLINE, PROVISIONAL = Choice.ACCEPT, Choice.DECLINE, Choice.PROVISIONAL


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("4821 1 50", Reply("4821", ACCEPT, (50,))),
        ("4821 1 50 4 2", Reply("4821", ACCEPT, (50, 4, 2))),
        ("4821 2", Reply("4821", DECLINE)),
        ("482100 3 20", Reply("482100", PROVISIONAL, (20,))),
        ("012 1", Reply("012", ACCEPT)),
        ("４８２１　１　５０", Reply("4821", ACCEPT, (50,))),
        ("返信4821 1", Reply("4821", ACCEPT)),
        ("返信:4821 1", Reply("4821", ACCEPT)),
        ("4821-1-50", Reply("4821", ACCEPT, (50,))),
        ("4821－1－50", Reply("4821", ACCEPT, (50,))),
        ("4821ー1ー50", Reply("4821", ACCEPT, (50,))),
        ("4821、1、50台", Reply("4821", ACCEPT, (50,))),
        ("4821,1,500", Reply("4821", ACCEPT, (500,))),
        ("4821 1 50台、2人", Reply("4821", ACCEPT, (50, 2))),
        ("4821 1 0 2", Reply("4821", ACCEPT, (0, 2))),
        ("4821\n1\n50\n", Reply("4821", ACCEPT, (50,))),
        ("4821 1 50\n> 【結まーる】登米市応援要請 返信4821 1可 2不可", Reply("4821", ACCEPT, (50,))),
        ("「4821 1」。", Reply("4821", ACCEPT)),
        ("4821 ①", Reply("4821", ACCEPT)),
        ("4821 1可", Reply("4821", ACCEPT)),
        ("4821 2不可", Reply("4821", DECLINE)),
        ("4821 3条件付き", Reply("4821", PROVISIONAL)),
        ("\ufeff4821 1", Reply("4821", ACCEPT)),
        ("4821 0", Reply("4821", Choice.RECEIVED)),
        ("４８２１　０", Reply("4821", Choice.RECEIVED)),
        ("4821 0受領", Reply("4821", Choice.RECEIVED)),
        ("4821 1 999999", Reply("4821", ACCEPT, (999_999,))),
    ],
)
def test_what_is_read(text: str, reply: Reply) -> None:
    assert parse(text) == reply


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.EMPTY),
        (" 　\n。", Reason.EMPTY),
        ("> 返信4821 1", Reason.EMPTY),
        ("はい", Reason.WORDS),
        ("4821 可", Reason.WORDS),
        ("4821 1 50 明日までに", Reason.WORDS),
        ("4821 1 PC50", Reason.WORDS),
        ("了解しました。1", Reason.WORDS),
        ("4821", Reason.CHOICE),
        ("48211", Reason.CHOICE),
        ("4821 4", Reason.CHOICE),
        ("4821 0可", Reason.CHOICE),
        ("4821 0 50", Reason.AMBIGUOUS),
        ("4821 50", Reason.CHOICE),
        ("12 1", Reason.CHOICE),
        ("1234567 1", Reason.CHOICE),
        ("4821 1不可", Reason.CHOICE),
        ("4821 1 1234567", Reason.QUANTITY),
        ("4821 1" + " 1" * 31, Reason.QUANTITY),
        ("4821 1可 2不可", Reason.AMBIGUOUS),
        ("4821 1 1,000", Reason.AMBIGUOUS),
        ("4821 1 １，０００", Reason.AMBIGUOUS),
        ("1 1,000", Reason.AMBIGUOUS),
        ("4821 1 -5", Reason.AMBIGUOUS),
        ("4821 1 +5", Reason.AMBIGUOUS),
        ("-4821 1", Reason.AMBIGUOUS),
        ("4821 1 1.5", Reason.AMBIGUOUS),
        ("4821 1 ½", Reason.WORDS),
        ("4821 2 50", Reason.AMBIGUOUS),
        ("4821 1 0", Reason.AMBIGUOUS),
        ("1", Reason.CODE),
        ("1 50", Reason.CODE),
        ("1 4821", Reason.CODE),
        ("1 4821台", Reason.CODE),
        ("4821 1 50" * 100, Reason.TOO_LONG),
    ],
)
def test_what_is_left_to_a_person(text: str, reason: Reason) -> None:
    assert parse(text) == Unreadable(reason)


@given(
    code=st.integers(0, 999_999).map(lambda n: f"{n:04d}"),
    digit=st.sampled_from("13"),
    quantities=st.lists(st.integers(1, 999_999), max_size=5),
    gap=st.sampled_from([" ", "　", "、", "-", "\n", "  ", "・"]),
    is_wide=st.booleans(),
)
def test_the_grammar_is_read_in_any_dress(
    *, code: str, digit: str, quantities: list[int], gap: str, is_wide: bool
) -> None:
    text = gap.join([code, digit, *map(str, quantities)])
    if is_wide:
        text = text.translate(str.maketrans("0123456789-", "０１２３４５６７８９－"))
    reply = parse(text)
    assert isinstance(reply, Reply)
    assert (reply.code, reply.quantities) == (code, tuple(quantities))


@given(st.text(alphabet=st.sampled_from(list("0123456789０１ 　,、.-ー+>\n可不台①½²あ𠮷")), max_size=40) | st.text())
def test_any_text_has_an_answer(text: str) -> None:
    reply = parse(text)
    if isinstance(reply, Reply):
        assert 3 <= len(reply.code) <= 6
        assert all(0 <= quantity <= 999_999 for quantity in reply.quantities)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("\r\n　\r\n4821 1 50\r\n\r\n-----元のメッセージ-----\r\n返信4821 1可", "4821 1 50"),
        ("\ufeff\n\u200b 4821 1 ", "4821 1"),
        ("\n \n", ""),
        ("", ""),
    ],
)
def test_the_first_line_that_holds_anything(body: str, line: str) -> None:
    assert first_line(body) == line
