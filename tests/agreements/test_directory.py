import re
import time
import unicodedata
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements import codes, directory


def full_names(q: str, prefecture: str | None = None) -> list[str]:
    return [place.full_name for place in directory.search(q, prefecture)]


def first(q: str) -> str:
    return full_names(q)[0]


def test_counts() -> None:
    places = directory.municipalities()
    assert len(places) == 1741
    assert len(directory.prefectures()) == 47
    assert len({place.code for place in places + directory.prefectures()}) == 1788
    assert Counter(place.name[-1] for place in places) == {"市": 792, "町": 743, "村": 183, "区": 23}
    assert {place.prefecture for place in places if place.name.endswith("区")} == {"東京都"}
    assert {place.prefecture for place in places} == {place.name for place in directory.prefectures()}


def test_every_row_is_sound() -> None:
    for place in directory.municipalities() + directory.prefectures():
        assert codes.is_valid(place.code), place
        assert re.fullmatch("[ぁ-ゖ]+", place.kana), place
        assert unicodedata.is_normalized("NFC", place.name), place
        assert 24 < place.latitude < 46, place
        assert 122 < place.longitude < 146, place
        assert place.code.endswith("000", 0, 5) is place.is_prefecture, place


def test_prefectures_are_where_their_codes_say() -> None:
    for place in directory.municipalities():
        above = next(one for one in directory.prefectures() if one.code[:2] == place.code[:2])
        assert place.prefecture == above.name


def test_twenty_five_names_occur_more_than_once() -> None:
    counted = Counter(place.name for place in directory.municipalities())
    twice = {name: count for name, count in counted.items() if count > 1}
    assert len(twice) == 25
    assert twice["池田町"] == 4
    assert twice["伊達市"] == twice["府中市"] == 2
    full = [place.full_name for place in directory.municipalities()]
    assert len(set(full)) == 1741


def test_find() -> None:
    tome = directory.find("042129")
    assert tome == directory.Municipality("042129", "宮城県", "登米市", "とめし", 38.691944, 141.187778, False)
    tokyo = directory.find("130001")
    assert tokyo is not None
    assert (tokyo.name, tokyo.prefecture, tokyo.full_name, tokyo.is_prefecture) == (*["東京都"] * 3, True)
    assert directory.find("042120") is None
    assert directory.find("") is None


def test_the_town_hall_of_futaba_is_in_futaba() -> None:
    futaba = directory.find("075469")
    assert futaba is not None
    assert (round(futaba.latitude, 2), round(futaba.longitude, 2)) == (37.45, 141.01)


def test_every_place_is_found_by_each_of_its_own_writings() -> None:
    # one prefecture keeps it quick; 熊本県 has cities, towns, villages and a name that occurs twice
    for place in directory.search("", "熊本県"):
        for writing in (place.name, place.kana, place.full_name, place.code, place.code[:5]):
            assert place in directory.search(writing), (place, writing)
    assert len(directory.search("", "熊本県")) == 46


@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("千葉県鎌ケ谷市", "鎌ヶ谷|鎌が谷市|鎌ｹ谷|鎌ケ"),
        ("神奈川県茅ヶ崎市", "茅ケ崎市|茅ヶ﨑|ちがさき"),
        ("茨城県龍ケ崎市", "龍ヶ崎|竜ケ崎|竜が崎市"),
        ("宮崎県五ヶ瀬町", "ヶ瀬|五ケ瀬"),
        ("高知県檮原町", "檮原町|梼原|ゆすはら"),
        ("福岡県須恵町", "須惠町|須恵町"),
        ("宮城県塩竈市", "塩釜|塩竃市|鹽竈"),
        ("長崎県諫早市", "諌早|諫早市"),
        ("青森県鰺ヶ沢町", "鯵ヶ沢|鰺ケ澤"),
        ("福島県檜枝岐村", "桧枝岐|檜枝岐"),
        ("神奈川県藤沢市", "藤澤|フジサワ|ﾌｼﾞｻﾜ"),
        ("香川県高松市", "髙松"),
        ("静岡県浜松市", "濱松|濵松"),
        ("奈良県葛城市", "葛\U000e0100城|葛城|葛 城"),
        ("大阪府四條畷市", "四条畷|四條畷"),
        ("北海道ニセコ町", "ニセコ|にせこ|ﾆｾｺ"),
        ("長野県山ノ内町", "山の内町"),
        ("神奈川県真鶴町", "まなづる|まなずる"),
    ],
)
def test_variants(name: str, queries: str) -> None:
    assert {q: first(q) for q in queries.split("|")} == dict.fromkeys(queries.split("|"), name)


@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("宮城県登米市", "tome|TOME|ｔｏｍｅ|tome-shi|tomesi|Tome, Miyagi|miyagikentome"),
        ("東京都新宿区", "shinjuku|sinjuku|sinzyuku|Shinjuku City|shin-juku|Shinjuku-ku"),
        ("大阪府", "osaka|oosaka|Ōsaka|ohsaka|ôsaka-hu|Osaka Prefecture"),
        ("大阪府大阪市", "osakashi|Oosaka-si|Ōsaka-shi"),
        ("高知県", "kochi|kōchi|kouchi|koti|ko\u0304chi"),
        ("兵庫県豊岡市", "toyookashi|toyo-oka-shi|hyogo toyooka"),
        ("岩手県遠野市", "Tōno|tono|tohno|toono"),
        ("三重県津市", "tsu|tu"),
        ("神奈川県藤沢市", "fujisawa|hujisawa|huzisawa"),
        ("新潟県上越市", "jōetsu|zyoetu|jyouetsu|joetsu"),
        ("群馬県", "Gumma|gunma"),
        ("兵庫県新温泉町", "Shin'onsen|shinonsen|sin’onsen"),
        ("大分県別府市", "beppu"),
        ("北海道倶知安町", "Kutchan|kucchan|kuccyan|kuttyan"),
        ("山形県朝日町", "yamagata asahi|asahi yamagata"),
        ("新潟県", "niigata"),
    ],
)
def test_romaji(name: str, queries: str) -> None:
    assert {q: first(q) for q in queries.split("|")} == dict.fromkeys(queries.split("|"), name)


@pytest.mark.parametrize("q", ["sh", "shi", "shin", "shinj", "shinju", "shinjuk"])
def test_a_name_is_found_while_it_is_typed(q: str) -> None:
    assert "東京都新宿区" in full_names(q)


@pytest.mark.parametrize(
    "q", ["宮城県登米市", "宮城登米", "宮城 登米", "登米、宮城県", "みやぎけんとめ", "04212", "０４２１２９"]
)
def test_with_prefecture_or_code(q: str) -> None:
    assert full_names(q) == ["宮城県登米市"]


def test_both_places_of_one_name_carry_their_prefecture() -> None:
    assert full_names("伊達市") == ["北海道伊達市", "福島県伊達市"]
    assert full_names("だて")[:2] == ["北海道伊達市", "福島県伊達市"]
    assert full_names("伊達市", "福島県") == ["福島県伊達市"]
    assert full_names("福島県伊達市") == ["福島県伊達市"]


def test_whole_names_come_first_then_beginnings_then_the_rest_by_code_in_each() -> None:
    assert full_names("府中")[:2] == ["東京都府中市", "広島県府中市"]
    assert first("津") == "三重県津市"
    found = directory.search("津")
    begins = [place.name.startswith("津") for place in found]
    assert begins == sorted(begins, reverse=True)
    for own_beginning in (True, False):
        group = [place.code for place in found[1:] if place.name.startswith("津") is own_beginning]
        assert group == sorted(group)


def test_a_prefecture_name_finds_all_of_it_but_a_part_of_one_does_not() -> None:
    assert len(directory.search("宮城県")) == 36
    assert "広島県呉市" in full_names("広島")
    assert "広島県呉市" not in full_names("島")


def test_digits_match_from_the_start_of_the_code_only() -> None:
    assert {place.code[:4] for place in directory.search("0421")} == {"0421"}
    assert directory.search("2129") == []


@pytest.mark.parametrize("prefecture", ["宮城県", "宮城", "04", "040002", "０４"])
def test_within_one_prefecture(prefecture: str) -> None:
    found = directory.search("", prefecture)
    assert len(found) == 36
    assert {place.prefecture for place in found} == {"宮城県"}


@pytest.mark.parametrize("q", ["zzz", "-", "'", "\ud800", "𠮷髙﨑葛󠄀", "登米市\x00", "%", "99"])
def test_nothing_fits(q: str) -> None:
    assert directory.search(q) == []


def test_unknown_prefecture_holds_nothing() -> None:
    assert directory.search("", "満州") == []


@given(st.text([*"アケガヶヂがけづ登米市Ａa1１ 々\ufe00", *"".join(directory.VARIANTS.split())], max_size=20))
def test_folding_twice_is_folding_once(text: str) -> None:
    once = directory.fold(text)
    assert directory.fold(once) == once
    assert not re.search(r"\s", once)


@given(st.text(max_size=20))
def test_any_text_is_a_query(text: str) -> None:
    assert all(place == directory.find(place.code) for place in directory.search(text))


def test_quick() -> None:
    directory.search("")
    took = []
    for _ in range(20):
        started = time.perf_counter()
        directory.search("miyagi tome")
        took.append(time.perf_counter() - started)
    assert min(took) < 0.005


@pytest.mark.parametrize("query", ["ケ崎", "ヶ崎", "龍ケ崎", "竜ヶ崎"])
def test_a_query_may_begin_with_the_small_ke(query: str) -> None:
    assert "龍ケ崎市" in {place.name for place in directory.search(query)}
