"""Which island a place lies on, and what it takes to cross the sea between two.

Japan has four main islands and Okinawa; other inhabited islands hang on one of them by a ferry or a small airport.
The times are fixed and rounded, of the size of scheduled ferries and flights with the waiting before them: goods take
the ship, people what is faster. Small islands joined to a main one by a bridge count as part of it.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import combinations


class Travel(StrEnum):
    """移動の別: what has to move. `remote` help moves nothing."""

    GOODS = "goods"
    PEOPLE = "people"
    REMOTE = "remote"


class Main(StrEnum):
    """主な島."""

    HOKKAIDO = "hokkaido"
    HONSHU = "honshu"
    SHIKOKU = "shikoku"
    KYUSHU = "kyushu"
    OKINAWA = "okinawa"


@dataclass(frozen=True, slots=True)
class Crossing:
    """海路: kilometres that are no road, and minutes for goods and for people."""

    sea_km: int = 0
    goods: int = 0
    people: int = 0

    def minutes(self, travel: Travel) -> int:
        """Return how long it takes; nothing where nothing travels."""
        if travel is _GOODS:
            return self.goods
        return self.people if travel is _PEOPLE else 0

    def __add__(self, other: "Crossing") -> "Crossing":
        return Crossing(self.sea_km + other.sea_km, self.goods + other.goods, self.people + other.people)


NO_SEA = Crossing()
_GOODS, _PEOPLE = Travel.GOODS, Travel.PEOPLE


@dataclass(frozen=True, slots=True)
class Island:
    """島: its name and the main island that it hangs on (itself, where it is one)."""

    key: str
    main: Main

    def __reduce__(self) -> tuple[object, ...]:
        """Stay one object for one island in a process that it is sent to."""
        return _island, (self.key, self.main)


_SHIKOKU = frozenset({"36", "37", "38", "39"})
_KYUSHU = frozenset({"40", "41", "42", "43", "44", "45", "46"})

# Over bridges and through tunnels to Shikoku and Kyushu; to Hokkaido and Okinawa lorries take the ship.
_BETWEEN: dict[frozenset[Main], Crossing] = {
    frozenset({Main.HONSHU, Main.HOKKAIDO}): Crossing(110, 300, 120),
    frozenset({Main.HONSHU, Main.SHIKOKU}): Crossing(0, 30, 30),
    frozenset({Main.HONSHU, Main.KYUSHU}): Crossing(0, 30, 30),
    frozenset({Main.HONSHU, Main.OKINAWA}): Crossing(660, 1_500, 240),
    frozenset({Main.HOKKAIDO, Main.SHIKOKU}): Crossing(110, 330, 150),
    frozenset({Main.HOKKAIDO, Main.KYUSHU}): Crossing(110, 330, 150),
    frozenset({Main.HOKKAIDO, Main.OKINAWA}): Crossing(770, 1_800, 360),
    frozenset({Main.SHIKOKU, Main.KYUSHU}): Crossing(30, 120, 120),
    frozenset({Main.SHIKOKU, Main.OKINAWA}): Crossing(660, 1_500, 270),
    frozenset({Main.KYUSHU, Main.OKINAWA}): Crossing(660, 1_500, 240),
}

# By island: how it is reached from its main island, and the municipalities on it.
_REMOTE: dict[str, tuple[Crossing, str]] = {
    "okushiri": (Crossing(60, 180, 120), "013676"),
    "rebun": (Crossing(60, 180, 180), "015172"),
    "rishiri": (Crossing(50, 150, 120), "015181 015199"),
    "oshima": (Crossing(110, 420, 120), "133612"),
    "toshima": (Crossing(130, 540, 180), "133621"),
    "niijima": (Crossing(150, 600, 180), "133639"),
    "kozushima": (Crossing(170, 660, 210), "133647"),
    "miyake": (Crossing(180, 420, 240), "133817"),
    "mikura": (Crossing(200, 480, 300), "133825"),
    "hachijo": (Crossing(280, 660, 150), "134015"),
    "aogashima": (Crossing(350, 960, 300), "134023"),
    "ogasawara": (Crossing(980, 1_500, 1_500), "134210"),
    "sado": (Crossing(60, 180, 120), "152242"),
    "awashima": (Crossing(35, 150, 120), "155861"),
    "dogo": (Crossing(70, 210, 150), "325287"),
    "dozen": (Crossing(60, 240, 210), "325252 325261 325279"),
    "osakikamijima": (Crossing(5, 60, 60), "344311"),
    "shodoshima": (Crossing(20, 90, 90), "373222 373249"),
    "naoshima": (Crossing(5, 60, 60), "373648"),
    "kamijima": (Crossing(5, 60, 60), "383562"),
    "tsushima": (Crossing(130, 330, 150), "422096"),
    "iki": (Crossing(40, 180, 120), "422100"),
    "fukue": (Crossing(100, 240, 150), "422118"),
    "nakadori": (Crossing(70, 210, 150), "424111"),
    "ojika": (Crossing(60, 210, 180), "423831"),
    "himeshima": (Crossing(6, 60, 60), "443221"),
    "tanegashima": (Crossing(110, 240, 120), "462136 465011 465020"),
    "yakushima": (Crossing(135, 270, 150), "465054"),
    "mishima": (Crossing(100, 300, 300), "463035"),
    "tokara": (Crossing(210, 540, 540), "463043"),
    "amami": (Crossing(380, 720, 180), "462225 465232 465241 465259 465275"),
    "kikai": (Crossing(380, 780, 210), "465291"),
    "tokunoshima": (Crossing(430, 900, 210), "465305 465313 465321"),
    "okinoerabu": (Crossing(490, 1_020, 210), "465330 465348"),
    "yoron": (Crossing(540, 1_140, 210), "465356"),
    "ie": (Crossing(10, 60, 60), "473154"),
    "tokashiki": (Crossing(30, 120, 90), "473537"),
    "zamami": (Crossing(40, 150, 90), "473545"),
    "aguni": (Crossing(60, 180, 150), "473553"),
    "tonaki": (Crossing(60, 180, 150), "473561"),
    "minamidaito": (Crossing(360, 960, 150), "473570"),
    "kitadaito": (Crossing(360, 960, 150), "473588"),
    "iheya": (Crossing(35, 120, 120), "473596"),
    "izena": (Crossing(25, 90, 90), "473600"),
    "kumejima": (Crossing(90, 240, 120), "473618"),
    "miyako": (Crossing(290, 1_440, 150), "472140"),
    "tarama": (Crossing(350, 1_680, 240), "473758"),
    "ishigaki": (Crossing(410, 1_440, 150), "472077"),
    "taketomi": (Crossing(420, 1_560, 240), "473812"),
    "yonaguni": (Crossing(510, 1_800, 240), "473821"),
}
_ISLAND_OF: dict[str, str] = {code: key for key, (_, codes) in _REMOTE.items() for code in codes.split()}


@cache
def island_of(municipality: str) -> Island:
    """Return the island of a municipality or prefecture by its six-digit code."""
    main = _main_of(municipality[:2])
    return _island(_ISLAND_OF.get(municipality, main.value), main)


@cache
def _island(key: str, main: Main) -> Island:
    """One object for one island, so that the same island is told at a glance."""
    return Island(key, main)


def _main_of(prefecture: str) -> Main:
    if prefecture == "01":
        return Main.HOKKAIDO
    if prefecture == "47":
        return Main.OKINAWA
    if prefecture in _SHIKOKU:
        return Main.SHIKOKU
    return Main.KYUSHU if prefecture in _KYUSHU else Main.HONSHU


def crossing(a: Island | None, b: Island | None) -> Crossing:
    """Return the way over sea between two islands; none where it is not known on which one lies."""
    if a is None or b is None or a is b:
        return NO_SEA
    return _crossing(a.key, a.main, b.key, b.main)


@cache
def _crossing(a: str, main_of_a: Main, b: str, main_of_b: Main) -> Crossing:
    if a == b:
        return NO_SEA
    between = NO_SEA if main_of_a is main_of_b else _BETWEEN[frozenset({main_of_a, main_of_b})]
    return between + _to_main(a) + _to_main(b)


def _to_main(island: str) -> Crossing:
    return _REMOTE[island][0] if island in _REMOTE else NO_SEA


assert set(_BETWEEN) == {frozenset(pair) for pair in combinations(Main, 2)}
