"""The kinds of help that can be declared, asked for and sent (fixed keys, used by scripts)."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Category(StrEnum):
    """区分: whether a kind is a thing, a person or a service."""

    EQUIPMENT = "equipment"
    PEOPLE = "people"
    SERVICE = "service"

    @property
    def label(self) -> str:
        return {"equipment": "機器", "people": "職員", "service": "サービス"}[self.value]


@dataclass(frozen=True, slots=True)
class Kind:
    """品目: a kind of help; `short_ja` fits an SMS (at most 6 characters), `unit` is the counter word."""

    key: str
    name_ja: str
    name_en: str
    short_ja: str
    unit: str
    category: Category
    is_remote_possible: bool


_EQUIPMENT = (
    ("pc", "パソコン", "Desktop PC", "PC", "台"),
    ("notebook", "ノートパソコン", "Notebook PC", "ノートPC", "台"),
    ("tablet", "タブレット", "Tablet", "タブレット", "台"),
    ("printer", "プリンタ", "Printer", "プリンタ", "台"),
    ("scanner", "スキャナ", "Scanner", "スキャナ", "台"),
    ("mfp", "複合機", "Multifunction printer", "複合機", "台"),
    ("server", "サーバ", "Server", "サーバ", "台"),
    ("ups", "無停電電源装置(UPS)", "Uninterruptible power supply", "UPS", "台"),
    ("generator", "発電機", "Generator", "発電機", "台"),
    ("switch", "ネットワークスイッチ", "Network switch", "スイッチ", "台"),
    ("wifi", "無線LANアクセスポイント", "Wi-Fi access point", "無線LAN", "台"),
    ("cabling", "LAN配線資材", "LAN cabling set", "LAN配線", "式"),
    ("satphone", "衛星電話", "Satellite phone", "衛星電話", "台"),
    ("satellite_internet", "衛星インターネット", "Satellite internet terminal", "衛星ネット", "式"),
    ("radio", "業務用・簡易無線機", "Two-way radio", "無線機", "台"),
    ("sim_router", "モバイルルータ", "Mobile (SIM) router", "ルータ", "台"),
    ("phone", "臨時電話・FAX", "Temporary phone or fax", "臨時電話", "回線"),
)

_SERVICES = (
    ("hosting", "サーバ・システムの預かり運用", "Hosting of systems", "預かり運用", "式", True),
    ("web_page", "ホームページの代行掲載", "Publishing web pages on one's behalf", "HP代行", "式", True),
    ("relocation_room", "移設サーバの設置場所", "Room for relocated servers", "設置場所", "室", False),
    ("backup_custody", "バックアップの保管", "Custody of backups", "保管", "式", True),
    ("data_restore", "バックアップからの復元", "Restoring data from backups", "データ復元", "件", True),
    (
        "neighbour_office",
        "他団体庁舎での業務システム利用",
        "Using systems from a neighbour's office",
        "庁舎借用",
        "席",
        False,
    ),
    ("substitute_counter", "窓口の代行", "Substitute counter", "窓口代行", "窓口", False),
)

_PEOPLE = (
    ("staff_kitting", "パソコン設定の職員", "Staff for setting up PCs", "設定職員", False),
    ("staff_helpdesk", "ヘルプデスクの職員", "Help desk staff", "相談職員", True),
    ("staff_accounts", "ID・権限設定の職員", "Staff for IDs and permissions", "ID職員", True),
    ("staff_network", "ネットワーク復旧の職員", "Network recovery staff", "NW職員", False),
    (
        "staff_resident_data",
        "住民データ抽出・照合の職員",
        "Staff for resident data export and matching",
        "住基職員",
        False,
    ),
    ("staff_safety_enquiry", "安否照会の職員", "Staff for safety enquiries", "安否職員", True),
    ("staff_certificates", "証明書発行の職員", "Staff for issuing certificates", "証明職員", False),
    (
        "staff_victim_support",
        "り災証明・被災者支援の職員",
        "Staff for victim certificates and support",
        "り災職員",
        False,
    ),
    ("staff_call_centre", "コールセンターの職員", "Call centre staff", "電話職員", True),
    ("staff_security", "情報セキュリティ対応の職員", "Security incident staff", "保安職員", True),
    ("remote_help", "遠隔での支援", "Remote help", "遠隔支援", True),
)


def _kinds() -> Iterator[Kind]:
    for key, name_ja, name_en, short, unit in _EQUIPMENT:
        yield Kind(key, name_ja, name_en, short, unit, Category.EQUIPMENT, is_remote_possible=False)
    for key, name_ja, name_en, short, unit, is_remote in _SERVICES:
        yield Kind(key, name_ja, name_en, short, unit, Category.SERVICE, is_remote)
    for key, name_ja, name_en, short, is_remote in _PEOPLE:
        yield Kind(key, name_ja, name_en, short, "人", Category.PEOPLE, is_remote)


KINDS: MappingProxyType[str, Kind] = MappingProxyType({kind.key: kind for kind in _kinds()})


def find(key: str) -> Kind | None:
    return KINDS.get(key)
