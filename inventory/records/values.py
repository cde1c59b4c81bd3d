"""The closed lists of an inventory: what can be chosen, with the words that people read."""

from enum import StrEnum


class Business(StrEnum):
    """業務: what a system serves; the twenty standard businesses of municipalities first, then common others.

    Source: 地方公共団体情報システムの標準化に関する法律 and its 政令 (標準化対象事務).
    """

    RESIDENT_RECORD = "resident_record"
    FAMILY_REGISTER = "family_register"
    FAMILY_REGISTER_ADDRESS = "family_register_address"
    SEAL_REGISTRATION = "seal_registration"
    ELECTORAL_ROLL = "electoral_roll"
    PROPERTY_TAX = "property_tax"
    RESIDENT_TAX = "resident_tax"
    CORPORATE_TAX = "corporate_tax"
    VEHICLE_TAX = "vehicle_tax"
    SCHOOLING = "schooling"
    HEALTH_INSURANCE = "health_insurance"
    PENSION = "pension"
    DISABILITY = "disability"
    LATE_ELDERLY = "late_elderly"
    CARE_INSURANCE = "care_insurance"
    PUBLIC_ASSISTANCE = "public_assistance"
    HEALTH = "health"
    CHILD_ALLOWANCE = "child_allowance"
    CHILD_REARING_ALLOWANCE = "child_rearing_allowance"
    CHILD_SUPPORT = "child_support"
    TAX_COLLECTION = "tax_collection"
    VICTIM_SUPPORT = "victim_support"
    DISASTER_INFORMATION = "disaster_information"
    WEB_SITE = "web_site"
    MAIL = "mail"
    FINANCE = "finance"
    PERSONNEL = "personnel"
    DOCUMENTS = "documents"
    GIS = "gis"
    INFRASTRUCTURE = "infrastructure"
    OTHER = "other"

    @property
    def label(self) -> str:
        return _BUSINESSES[self]


_BUSINESSES = {
    Business.RESIDENT_RECORD: "住民基本台帳",
    Business.FAMILY_REGISTER: "戸籍",
    Business.FAMILY_REGISTER_ADDRESS: "戸籍の附票",
    Business.SEAL_REGISTRATION: "印鑑登録",
    Business.ELECTORAL_ROLL: "選挙人名簿管理",
    Business.PROPERTY_TAX: "固定資産税",
    Business.RESIDENT_TAX: "個人住民税",
    Business.CORPORATE_TAX: "法人住民税",
    Business.VEHICLE_TAX: "軽自動車税",
    Business.SCHOOLING: "就学",
    Business.HEALTH_INSURANCE: "国民健康保険",
    Business.PENSION: "国民年金",
    Business.DISABILITY: "障害者福祉",
    Business.LATE_ELDERLY: "後期高齢者医療",
    Business.CARE_INSURANCE: "介護保険",
    Business.PUBLIC_ASSISTANCE: "生活保護",
    Business.HEALTH: "健康管理",
    Business.CHILD_ALLOWANCE: "児童手当",
    Business.CHILD_REARING_ALLOWANCE: "児童扶養手当",
    Business.CHILD_SUPPORT: "子ども・子育て支援",
    Business.TAX_COLLECTION: "収納・滞納",
    Business.VICTIM_SUPPORT: "被災者支援",
    Business.DISASTER_INFORMATION: "防災情報",
    Business.WEB_SITE: "ホームページ",
    Business.MAIL: "メール・グループウェア",
    Business.FINANCE: "財務会計",
    Business.PERSONNEL: "人事給与",
    Business.DOCUMENTS: "文書管理",
    Business.GIS: "地図情報(GIS)",
    Business.INFRASTRUCTURE: "共通基盤",
    Business.OTHER: "その他",
}


class Hosting(StrEnum):
    """設置形態: where a system runs."""

    ON_PREMISES = "on_premises"
    DATA_CENTRE = "data_centre"
    CLOUD = "cloud"
    MUNICIPAL_CLOUD = "municipal_cloud"

    @property
    def label(self) -> str:
        return {
            "on_premises": "庁舎内",
            "data_centre": "データセンター",
            "cloud": "クラウド",
            "municipal_cloud": "自治体クラウド",
        }[self.value]


class Zone(StrEnum):
    """ネットワーク系統: the three layers of 三層の対策."""

    MY_NUMBER = "my_number"
    LGWAN = "lgwan"
    INTERNET = "internet"

    @property
    def label(self) -> str:
        return {
            "my_number": "マイナンバー利用事務系",
            "lgwan": "LGWAN接続系",
            "internet": "インターネット接続系",
        }[self.value]


class Redundancy(StrEnum):
    """冗長化: what happens when one part fails."""

    NONE = "none"
    PARTLY = "partly"
    FULL = "full"
    OTHER_SITE = "other_site"

    @property
    def label(self) -> str:
        return {"none": "なし", "partly": "一部", "full": "全体", "other_site": "別拠点に待機系あり"}[self.value]


class Frequency(StrEnum):
    """取得頻度: how often a backup is taken."""

    CONTINUOUS = "continuous"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    LESS = "less"
    NEVER = "never"

    @property
    def label(self) -> str:
        return {
            "continuous": "常時",
            "daily": "毎日",
            "weekly": "毎週",
            "monthly": "毎月",
            "less": "それより少ない",
            "never": "取得していない",
        }[self.value]


class Conformity(StrEnum):
    """準拠の状況: how far a system follows a standard."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        return {"yes": "準拠", "partly": "一部準拠", "no": "準拠していない", "unknown": "不明"}[self.value]


class Generator(StrEnum):
    """非常用電源: what a generator can carry."""

    NONE = "none"
    PORTABLE = "portable"
    SERVER_ROOM = "server_room"
    WHOLE_HALL = "whole_hall"

    @property
    def label(self) -> str:
        return {
            "none": "なし",
            "portable": "可搬型",
            "server_room": "サーバ室に給電できる",
            "whole_hall": "庁舎全体に給電できる",
        }[self.value]
