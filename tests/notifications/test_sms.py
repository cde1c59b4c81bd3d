import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifications.sms import DOUBLE, SINGLE, Essence, compose, compose_notice, fit, shorten, units

IVS = "葛\U000e0100"
LINK = "https://oen.example/r/abc123defg"
MARK = "【訓練】"

pieces = st.sampled_from(
    ["あ", "髙", "﨑", "𠮷", IVS, "か\u3099", "ﾊﾞ", "①", " ", "\n", "👩\u200d🚒", "👍🏽", "A", "\ud842", "…"]
)
texts = st.lists(pieces, max_size=120).map("".join)


@pytest.mark.parametrize(
    ("text", "length"), [("", 0), ("市a", 2), ("𠮷", 2), (IVS, 3), ("👩\u200d🚒", 5), ("【結まーる】", 6)]
)
def test_units_are_those_of_utf16(text: str, length: int) -> None:
    assert units(text) == length == len(text.encode("utf-16-be")) // 2


def test_the_text_as_promised() -> None:
    text = compose(Essence(who="登米市", what="PC60台・プリンター4台"), code="4821", link=LINK, mark="")
    assert text == f"【結まーる】登米市応援要請 PC60台・プリンター4台 返信4821 1可 2不可\n{LINK}"


def test_what_is_shortened_first() -> None:
    who = "自治体ICTプロジェクト登米市"
    text = compose(Essence(who=who, what="ノートパソコン" * 9), code="482100", link=None, mark=MARK)
    assert text.startswith(f"【結まーる】{who}応援要請 ノートパソコン")
    assert text.endswith("… 返信482100 1可 2不可")
    assert units(MARK + text) == SINGLE


def test_who_is_shortened_when_what_is_down_to_a_dozen() -> None:
    text = compose(Essence(who="あ" * 80, what="い" * 80), code="4821", link=LINK, mark=MARK)
    first = text.splitlines()[0]
    assert first.count("い") == 11
    assert "あ…応援要請 い" in first
    assert units(MARK + first) == SINGLE


def test_a_short_what_leaves_its_room_to_who() -> None:
    text = compose(Essence(who="あ" * 80, what="PC60台"), code="4821", link=None, mark="")
    assert "あ…応援要請 PC60台 返信4821" in text
    assert units(text) == SINGLE


def test_a_link_that_does_not_fit_is_left_out_whole() -> None:
    essence = Essence(who="登米市", what="い" * 80)
    room = DOUBLE - SINGLE - 1
    for extra, fits in ((0, True), (1, False)):
        link = "h" * (room + extra)
        text = compose(essence, code="4821", link=link, mark=MARK)
        assert (link in text) is fits
        assert "\n" in text if fits else "h" not in text


def test_fixed_parts_that_leave_no_room_are_an_error() -> None:
    with pytest.raises(ValueError, match="no room"):
        compose(Essence(who="登米市", what="PC", ask="あ" * 40), code="4821", link=None, mark=MARK)


@given(who=texts, what=texts, mark=st.sampled_from(["", MARK]), link=st.sampled_from([None, LINK]))
@example(who=IVS * 40, what="𠮷" * 60, mark=MARK, link=LINK)
def test_any_text_fits_and_stays_whole(who: str, what: str, mark: str, link: str | None) -> None:
    text = compose(Essence(who=who, what=what), code="482100", link=link, mark=mark)
    first, _, rest = text.partition("\n")

    assert units(mark + first) <= SINGLE
    assert units(mark + text) <= DOUBLE
    assert first.endswith(" 返信482100 1可 2不可")
    assert rest in {"", link}
    text.encode("utf-8")


@given(texts, st.integers(1, 80))
def test_nothing_that_belongs_together_is_parted(text: str, limit: int) -> None:
    text = text.replace("\ud842", "")
    short = shorten(text, limit)
    assert units(short) <= max(limit, 1)
    if short != text:
        kept = short.removesuffix("…")
        assert text.startswith(kept)
        following = text[len(kept) :].lstrip()[:1]
        assert not unicodedata.combining(following or " ")
        assert following not in {"\U000e0100", "ﾞ", "\u200d", "🏽"}
        assert not kept.endswith("\u200d")


def test_a_notice_keeps_its_text_and_drops_the_link_first() -> None:
    assert compose_notice("受け付けました", LINK, mark=MARK) == f"【結まーる】受け付けました\n{LINK}"
    long = compose_notice("あ" * 115, LINK, mark=MARK)
    assert long == "【結まーる】" + "あ" * 115
    longest = compose_notice("あ" * 500, LINK, mark=MARK)
    assert units(MARK + longest) == DOUBLE
    assert longest.endswith("あ…")


def test_a_notice_that_names_its_sender_is_not_given_the_name_twice() -> None:
    assert compose_notice("【結まーる】了解", mark="") == "【結まーる】了解"


@pytest.mark.parametrize("who", ["登米市", "都城市・三股町・高原町広域連携防災事務組合連絡協議会"])
@pytest.mark.parametrize("mark", ["", MARK])
def test_where_no_reply_comes_back_the_link_is_what_is_answered_by(who: str, mark: str) -> None:
    essence = Essence(who, "PC20台 プリンタ2台 モバイルルーター10台")
    text = compose(essence, code="4821", link=LINK, mark=mark, may_reply=False)
    assert "返信" not in text
    assert "4821" not in text
    assert text == f"【結まーる】{who}応援要請 {essence.what} 回答→\n{LINK}"
    assert units(mark + text) <= DOUBLE


def test_a_short_link_is_answered_by_in_one_part() -> None:
    essence = Essence("登米市", "PC20台 プリンタ2台 モバイルルーター10台")
    text = compose(essence, code="4821", link="https://a.jp/r/abc123defg", mark=MARK, may_reply=False)
    assert text.endswith("… 回答→\nhttps://a.jp/r/abc123defg")
    assert units(MARK + text) == SINGLE


def test_a_long_link_takes_a_second_part_rather_than_who_and_what() -> None:
    link = "https://ict-mutual-aid.pref-example.lg.jp/r/abc234defg"
    text = compose(Essence("登米市", "PC20台"), code="1", link=link, mark=MARK, may_reply=False)
    assert text == f"【結まーる】登米市応援要請 PC20台 回答→\n{link}"
    assert SINGLE < units(MARK + text) <= DOUBLE


def test_without_link_and_reply_a_text_leads_to_the_mail() -> None:
    assert compose(Essence("登米市", "PC2台"), code="1", link=None, mark="", may_reply=False).endswith(
        "回答はメールで"
    )


def test_a_link_that_leaves_no_room_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        compose(Essence("登米市", "PC"), code="1", link="https://x.example/" + "r" * 120, mark=MARK, may_reply=False)


def test_a_text_is_fitted_to_what_a_route_takes() -> None:
    essence = Essence("登米市", "PC20台 プリンタ2台 モバイルルーター10台 𠮷")
    asking = compose(essence, code="4821", link=LINK, mark="")
    assert fit(asking, 660) == asking
    assert fit(asking, SINGLE) == asking.partition("\n")[0]
    by_link = compose_notice("あ" * 80, LINK, mark="")
    assert fit(by_link, SINGLE, may_reply=False).endswith(f"…\n{LINK}")
    assert units(fit(by_link, SINGLE, may_reply=False)) <= SINGLE
    assert units(fit("葛󠄀𠮷" * 60, SINGLE)) <= SINGLE
    with pytest.raises(ValueError, match="too little"):
        fit(by_link, 40, may_reply=False)
