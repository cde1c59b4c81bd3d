"""デモデータ: what the demo group is made of. People, numbers and stock are made up; codes and intensities are not.

Members: the 30 municipalities of the consortium 「自治体ICTプロジェクト」. Intensities: observed on 2011-03-11 at the
東北地方太平洋沖地震, the highest in each municipality. 出典：気象庁 (震度データを自治体ごとに集計).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from agreements import directory
from aid.severity import Severity

GROUP = "自治体ICTプロジェクト 災害時相互応援協定（デモ）"
PURPOSE = (
    "災害時に、被災した自治体へ情報機器と情報担当職員を相互に応援します。"
    "デモ用のグループです。担当者、電話番号、支援可能内容はすべて架空です。"
)
COORDINATOR = "142051"
DEPUTIES = ("082201", "341002")
TEXT = (
    "災害時における情報システム等の相互応援に関する協定（デモ）\n\n"
    "第1条 参加自治体は、災害時に情報機器と情報担当職員を相互に応援する。\n"
    "第2条 応援の要請は口頭で行うことができ、文書は後日提出する。\n"
    "第3条 応援に要した費用は、応援を受けた自治体が負担する。\n"
    "第4条 応援職員は、応援を受けた自治体の指揮の下に業務を行う。\n"
)
INCIDENT = "平成23年（2011年）東北地方太平洋沖地震（デモ）"
SOURCE = "被災範囲は2011年3月11日に観測された震度です。出典：気象庁（震度データを自治体ごとに集計）"
MADE_UP = "架空のデータです"


class Size(IntEnum):
    """規模: how much a member has to give (the column of `STOCK`)."""

    SMALL = 0
    MIDDLE = 1
    LARGE = 2
    HUGE = 3


MEMBERS = {
    "013951": Size.SMALL,
    "032085": Size.SMALL,
    "042099": Size.MIDDLE,
    "042129": Size.MIDDLE,
    "052035": Size.MIDDLE,
    "074217": Size.SMALL,
    "082147": Size.SMALL,
    "082171": Size.MIDDLE,
    "082201": Size.LARGE,
    "092029": Size.MIDDLE,
    "113654": Size.SMALL,
    "131156": Size.HUGE,
    "131181": Size.LARGE,
    "132241": Size.MIDDLE,
    "142042": Size.LARGE,
    "142051": Size.LARGE,
    "142077": Size.LARGE,
    "172031": Size.MIDDLE,
    "172065": Size.MIDDLE,
    "192023": Size.SMALL,
    "215066": Size.SMALL,
    "242047": Size.MIDDLE,
    "273821": Size.SMALL,
    "341002": Size.HUGE,
    "362077": Size.SMALL,
    "393878": Size.SMALL,
    "413879": Size.SMALL,
    "434248": Size.SMALL,
    "442127": Size.SMALL,
    "462012": Size.HUGE,
}
"""The members by code."""

INTENSITIES = {
    Severity.SEVEN: "042137",
    Severity.SIX_UPPER: (
        "041009 042030 042072 042129 042145 042153 043010 043621 044245 045012 072052 072079 072109 073423 075426"
        " 075434 075451 075469 075477 075612 082023 082279 082341 092011 092096 092100 093866"
    ),
    Severity.SIX_LOWER: (
        "032034 032051 032093 032115 032158 033227 042021 042056 042064 042081 042111 043214 043249 043613 044016"
        " 044067 044211 046060 072036 072044 072095 072117 072125 072133 073016 073032 073083 074080 074616 074659"
        " 074667 074811 075027 075043 075221 075418 075442 075647 082015 082031 082058 082147 082171 082201 082210"
        " 082228 082252 082317 082368 083411 092134 092151 093459 094072 094111 102032 114421 122114 122319"
    ),
    Severity.FIVE_UPPER: "032085 074217 092029 131156 131181",
    Severity.FIVE_LOWER: "042099 052035 132241 142077",
    Severity.FOUR: "113654 142042 142051 192023",
}
"""Every municipality at 6-lower or more; below that, the members alone. 出典：気象庁."""

STOCK = {
    "pc": ((15, 36, 50, 80), 24),
    "notebook": ((4, 10, 20, 40), 24),
    "tablet": ((3, 8, 16, 30), 24),
    "printer": ((5, 8, 12, 16), 24),
    "scanner": ((1, 2, 4, 6), 48),
    "mfp": ((0, 1, 2, 3), 72),
    "server": ((0, 0, 1, 2), 72),
    "ups": ((1, 2, 4, 6), 48),
    "generator": ((1, 2, 3, 5), 24),
    "switch": ((2, 4, 8, 12), 24),
    "wifi": ((2, 6, 10, 16), 24),
    "cabling": ((1, 2, 3, 4), 24),
    "satphone": ((0, 1, 2, 3), 24),
    "radio": ((0, 4, 8, 12), 48),
    "sim_router": ((2, 4, 8, 12), 24),
    "web_page": ((1, 1, 1, 1), 4),
    "backup_custody": ((0, 1, 1, 2), 24),
    "neighbour_office": ((2, 4, 6, 8), 24),
    "staff_kitting": ((1, 2, 3, 4), 48),
    "staff_helpdesk": ((0, 1, 2, 3), 48),
    "staff_accounts": ((0, 1, 1, 2), 48),
    "staff_network": ((0, 1, 2, 3), 48),
    "staff_resident_data": ((0, 1, 2, 2), 72),
    "staff_certificates": ((1, 2, 3, 4), 48),
    "staff_victim_support": ((1, 2, 3, 4), 72),
    "staff_call_centre": ((0, 1, 2, 4), 48),
    "remote_help": ((1, 1, 2, 3), 8),
}
"""By kind: how much a member of each size has, and after how many hours it can leave. Made up."""

NDA_TEXT = (
    "台帳の閲覧に関する秘密保持契約（デモ・架空）\n\n"
    "第1条 署名者は、閲覧した台帳の内容を、災害時の応援とその準備のためだけに用いる。\n"
    "第2条 署名者は、閲覧した内容を第三者に漏らさない。この義務は契約の終了後も続く。\n"
)
BOUND = ("142051", "132241", "172031", "042129")
"""The members whose 情報 contacts have signed it."""
INVENTORIES: dict[str, tuple[tuple[str, dict[str, object]], ...]] = {
    "172031": (
        (
            "system",
            {
                "name": "住民情報システム（架空）",
                "business": "resident_record",
                "package": "架空住記 V7",
                "vendor": "株式会社架空システム",
                "version": "7.2",
                "department": "市民課（架空）",
                "hosting": "data_centre",
                "data_centre": "架空北陸データセンター",
                "zone": "my_number",
                "backup_medium": "遠隔ストレージ",
                "backup_frequency": "daily",
                "backup_places": 2,
                "restore_tested_on": "2025-11-20",
                "restore_priority": 1,
                "restore_target_hours": 72,
                "export_formats": ["CSV", "中間標準レイアウト"],
                "interim_layout": "yes",
            },
        ),
        (
            "site",
            {"name": "本庁舎（架空）", "is_rack_isolated": True, "generator": "server_room", "generator_hours": 48},
        ),
        (
            "vendor",
            {
                "name": "株式会社架空システム",
                "has_disaster_contract": True,
                "disaster_arrangement": "24時間以内に来庁",
            },
        ),
    ),
    "132241": (
        (
            "system",
            {
                "name": "住民情報システム（架空）",
                "business": "resident_record",
                "package": "架空住記 V7",
                "vendor": "（株）架空システム",
                "version": "7.1",
                "hosting": "on_premises",
                "zone": "my_number",
                "backup_frequency": "daily",
                "backup_places": 1,
                "restore_priority": 1,
            },
        ),
        ("network", {"name": "本庁舎—支所（架空）", "inter_office_line": "専用線", "redundancy": "partly"}),
    ),
    "142051": (
        (
            "system",
            {
                "name": "被災者支援システム（架空）",
                "business": "victim_support",
                "package": "架空り災 V2",
                "vendor": "架空ソフト株式会社",
                "hosting": "cloud",
                "zone": "lgwan",
                "restore_priority": 2,
            },
        ),
        (
            "site",
            {"name": "本庁舎（架空）", "is_hall_isolated": True, "generator": "whole_hall", "generator_hours": 72},
        ),
        ("staff", {"name": "情報システム担当（架空）", "headcount": 14, "skills": ["ネットワーク", "住民基本台帳"]}),
    ),
}
"""By member: what it has written down. Systems, packages and vendors are made up, and marked so."""

SURNAMES = (
    "架空原 空山 仮屋敷 虚野 夢坂 想川 例田 試沢 見本木 仮井 空橋 架谷 夢島 例村 虚石 "
    "想田 仮沼 空井 試山 例崎 夢原 架橋 虚川 仮森 空沢 想木 例島 試谷 夢石 見本田"
)
"""One for each member; no family has such a name."""
FUNCTIONS = {
    "disaster": ("防災", "太郎", "防災危機管理課"),
    "ict": ("情報", "花子", "情報政策課"),
}


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """デモの担当者: made up, and marked so in the name."""

    municipality: str
    function: str
    name: str
    department: str
    email: str
    mobile: str


def severities() -> dict[str, Severity]:
    """Return the footprint by municipality code."""
    return {code: severity for severity, codes in INTENSITIES.items() for code in codes.split()}


def people(municipality: str) -> Iterator[DemoPerson]:
    """Yield a member's two contacts, with numbers that nobody carries (+81 80 0000 0000 to +81 80 0009 9999)."""
    position = list(MEMBERS).index(municipality)
    for offset, (function, (label, given, department)) in enumerate(FUNCTIONS.items(), 1):
        yield DemoPerson(
            municipality=municipality,
            function=function,
            name=f"{SURNAMES.split()[position]} {given}（架空・{label}）",
            department=department,
            email=f"{function}1.{municipality}@demo.example",
            mobile=f"+8180000{position * 10 + offset:05d}",
        )


def stock(municipality: str) -> Iterator[tuple[str, int, int]]:
    """Yield what a member could give: kind, quantity, hours until it can leave."""
    size = MEMBERS[municipality]
    for kind, (quantities, lead_time_hours) in STOCK.items():
        if quantities[size]:
            yield kind, quantities[size], lead_time_hours


def head_of(municipality: str) -> str:
    """Return the title of a member's head: 市長, 区長, 町長."""
    place = directory.find(municipality)
    assert place is not None
    return f"{place.name[-1]}長"
