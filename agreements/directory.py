"""自治体一覧: the 1,741 municipalities and 47 prefectures, found however a person writes them.

Source, licence and what was corrected: data/PROVENANCE.md.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib import resources

# The form searched by comes first, then what is also written for it in names of places and people.
VARIANTS = """
    高髙 崎﨑嵜碕 島嶋嶌 籠篭 竜龍 沢澤 辺邊邉 斎齋斉齊 槙槇 浜濱濵 梼檮 恵惠 条條 祢禰 桧檜 釜竈竃 鯵鰺
    諌諫 壱壹 富冨 館舘 滝瀧 万萬 国國 広廣 宝寶 弥彌 来來 児兒 豊豐 浅淺 県縣 円圓 栄榮 塩鹽 関關 静靜
    桜櫻 与與 真眞 寿壽 徳德 戸戶 庁廳 騨驒 砺礪 摂攝 会會 芸藝 台臺 渋澁 瀬瀨 湾灣 焼燒 当當 亀龜 彦彥
    軽輕 黒黑 岳嶽 峰峯 野埜 藪薮籔 渕淵 遊游 遥遙 荘莊 穂穗 稲稻 青靑 清淸 横橫 増增 曽曾 鎮鎭 鶴靏靍
    吉𠮷 湧涌 満滿 刈苅 剣劍劔 区區 双雙 壮壯 売賣 対對 巣巢 帯帶 払拂 様樣 気氣 温溫 狭狹 猪豬 余餘
    内內 総總 縄繩 覇霸 舎舍 歳歲 浄淨 発發 芦蘆 蔵藏 読讀 恋戀 寝寢 鉄鐵 沖冲 奥奧 観觀 岩巖巌 じぢ
    ずづ がヶヵ
"""
FOLDING = str.maketrans({variant: group[0] for group in VARIANTS.split() for variant in group[1:]})
HIRAGANA = {katakana: katakana - 0x60 for katakana in range(ord("ァ"), ord("ヴ") + 1)}
# 鎌ケ谷, 鎌け谷, ケ崎: read が beside a kanji only, for ケ is an ordinary letter elsewhere
KANJI = "[々㐀-鿿𠀀-𲎯]"
GA_BEHIND_KANJI = re.compile(f"(?<={KANJI})[けケ]|^[けケ](?={KANJI})")
UNSEEN = re.compile("[\\s\u200b-\u200d\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]+")  # variation selectors too

KANA_ROWS = """
    あいうえお kかきくけこ sさしすせそ tたちつてと nなにぬねの hはひふへほ mまみむめも rらりるれろ
    gがぎぐげご zざじずぜぞ dだぢづでど bばびぶべぼ pぱぴぷぺぽ
"""
SYLLABLES = {
    kana: row[:-5] + vowel for row in KANA_ROWS.split() for kana, vowel in zip(row[-5:], "aiueo", strict=True)
} | {"や": "ya", "ゆ": "yu", "よ": "yo", "わ": "wa", "を": "o", "ん": "n"}
GLIDES = {"ゃ": "ya", "ゅ": "yu", "ょ": "yo"}

# Hepburn, kunrei and typing habits become one form without long vowels; the order matters.
ROMAJI = [
    (re.compile(pattern), standard)
    for pattern, standard in (
        ("c(?=c)", "t"),  # kucchan, kuccyan beside Kutchan
        ("ch|cy", "ty"),
        ("sh", "sy"),
        ("ts", "t"),
        ("j|dy", "zy"),
        ("dz|d(?=[iu])", "z"),
        ("f", "h"),
        ("(?<=[stz])y+(?=i|y|$)", ""),  # syi is si; a word broken off after "sh" should find しん too
        ("oh(?![aiueoy])", "o"),  # Ohta
        ("m(?=[bpm])", "n"),  # Namba
        ("nn+", "n"),
        ("o[ou]+", "o"),
        (r"([aiue])\1+", r"\1"),
    )
]
LATIN = re.compile("[a-z]+")
BETWEEN_LATIN = re.compile(r"[\s'’.,-]+")
BETWEEN_WORDS = re.compile(r"[\s,、，]+")
ENGLISH_ENDING = re.compile(r"(?<![\s-])[\s-]++(city|town|village|ward|prefecture)\s*$", re.IGNORECASE)
ENDING = re.compile("[都道府県市区町村]$")
KANA_ENDING = re.compile("(と|どう|ふ|けん|し|く|ちょう|まち|むら|そん)$")


@dataclass(frozen=True, slots=True)
class Municipality:
    """自治体: a municipality (special wards of Tokyo included) or a prefecture, with its office's position.

    Degrees north and east. A prefecture carries its own name as `prefecture` too.
    """

    code: str
    prefecture: str
    name: str
    kana: str
    latitude: float
    longitude: float
    is_prefecture: bool

    @property
    def full_name(self) -> str:
        """With the prefecture, because 25 names occur more than once: 福島県伊達市."""
        return self.name if self.is_prefecture else self.prefecture + self.name


class Nearness(IntEnum):
    """一致の近さ: how a query fits an entry, the best first."""

    WHOLE = 0
    START = 1
    INSIDE = 2
    BY_PREFECTURE = 3
    NONE = 4


@dataclass(frozen=True, slots=True)
class _Entry:
    """索引項目: one municipality with its folded keys, each between newlines."""

    municipality: Municipality
    own: str  # name, kana and romaji, with and without 市町村: found anywhere inside
    full: str  # the code, and the prefecture before the name: found from the start only
    prefecture: frozenset[str]

    def nearness(self, form: str) -> Nearness:
        start = f"\n{form}"
        if form not in self.own and start not in self.full:
            return Nearness.NONE
        if f"{start}\n" in self.own or f"{start}\n" in self.full:
            return Nearness.WHOLE
        if start in self.own:
            return Nearness.START
        return Nearness.INSIDE if form in self.own else Nearness.BY_PREFECTURE

    def nearness_of_all(self, forms: list[str]) -> Nearness:
        """The farthest of them, NONE as soon as one is missing."""
        farthest = Nearness.WHOLE
        for form in forms:
            farthest = max(farthest, self.nearness(form))
            if farthest is Nearness.NONE:
                break
        return farthest


def find(code: str) -> Municipality | None:
    """By the six-digit code as `codes.parse` returns it."""
    return _by_code().get(code)


def municipalities() -> tuple[Municipality, ...]:
    """All 1,741 by code, without the prefectures."""
    return tuple(place for place in _by_code().values() if not place.is_prefecture)


def prefectures() -> tuple[Municipality, ...]:
    """All 47 by code."""
    return tuple(place for place in _by_code().values() if place.is_prefecture)


def search(q: str, prefecture: str | None = None) -> list[Municipality]:
    """Municipalities and prefectures whose name, kana, romaji or code fits; an empty query fits all.

    Whole names come first, then beginnings, then the rest; by code within each. Several words must all fit.
    `prefecture` is a name (with or without 県) or a code (two or six digits).
    """
    wanted = None if prefecture is None else fold(prefecture)
    whole = _form(q)
    words = [_form(word) for word in BETWEEN_WORDS.split(q) if word]
    found = []
    for entry in _entries():
        if wanted is not None and wanted not in entry.prefecture:
            continue
        nearness = entry.nearness(whole)
        if nearness is Nearness.NONE and len(words) > 1:
            nearness = entry.nearness_of_all(words)
        if nearness is not Nearness.NONE:
            found.append((nearness, entry.municipality))
    return [place for _, place in sorted(found, key=lambda hit: (hit[0], hit[1].code))]


def fold(text: str) -> str:
    """One spelling for what is read the same: width, case, kana, ケ/ヶ/が, old and popular kanji."""
    plain = UNSEEN.sub("", unicodedata.normalize("NFKC", text)).casefold()
    return GA_BEHIND_KANJI.sub("が", plain).translate(HIRAGANA).translate(FOLDING)


def fold_romaji(text: str) -> str:
    """One spelling for Hepburn and kunrei, long vowels marked or not; "" for what isn't Latin."""
    bare = ENGLISH_ENDING.sub("", unicodedata.normalize("NFKC", text)).casefold()
    letters = (char for char in unicodedata.normalize("NFD", bare) if not unicodedata.combining(char))
    latin = BETWEEN_LATIN.sub("", "".join(letters))
    if not LATIN.fullmatch(latin):
        return ""
    for pattern, standard in ROMAJI:
        latin = pattern.sub(standard, latin)
    return latin


def _form(query: str) -> str:
    return fold_romaji(query) or fold(query)


def _romaji(kana: str) -> str:
    spelled = "".join(SYLLABLES.get(char, char) for char in fold(kana))
    glided = re.sub("i([ゃゅょ])", lambda match: GLIDES[match[1]], spelled)
    return fold_romaji(re.sub("っ(.)", r"\1\1", glided))


@cache
def _by_code() -> dict[str, Municipality]:
    places = [
        *_read("prefectures.csv", is_prefecture=True),
        *_read("municipalities.csv", is_prefecture=False),
    ]
    return {place.code: place for place in sorted(places, key=lambda place: place.code)}


def _read(file_name: str, *, is_prefecture: bool) -> Iterator[Municipality]:
    text = (resources.files("agreements") / "data" / file_name).read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        yield Municipality(
            code=row["code"],
            prefecture=row["prefecture"],
            name=row["name"],
            kana=row["kana"],
            latitude=float(row["latitude"]),
            longitude=float(row["longitude"]),
            is_prefecture=is_prefecture,
        )


@cache
def _entries() -> tuple[_Entry, ...]:
    above = {place.prefecture: place for place in prefectures()}
    return tuple(_entry(place, above[place.prefecture]) for place in _by_code().values())


def _entry(place: Municipality, above: Municipality) -> _Entry:
    names = [fold(place.name), ENDING.sub("", fold(place.name))]
    kanas = [fold(place.kana), KANA_ENDING.sub("", fold(place.kana))]
    full = [place.code]
    if not place.is_prefecture:
        full += [fold(place.full_name), fold(ENDING.sub("", above.name) + place.name)]
        full += [fold(above.kana + place.kana), _romaji(above.kana + place.kana)]
    prefecture = [fold(above.name), ENDING.sub("", fold(above.name)), above.code, above.code[:2]]
    return _Entry(
        municipality=place,
        own=_lines(names + kanas + [_romaji(kana) for kana in kanas]),
        full=_lines(full),
        prefecture=frozenset(prefecture),
    )


def _lines(keys: list[str]) -> str:
    return "\n" + "\n".join(keys) + "\n"
