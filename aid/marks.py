"""What a situation report says mark by mark, and since when."""

from collections.abc import Mapping
from datetime import datetime
from typing import TypedDict

from aid.labels import Labelled


class Mark(Labelled):
    """被災状況の記号."""

    OK = "ok", "○"
    PARTLY = "partly", "△"
    DOWN = "down", "×"
    UNREPORTED = "unreported", "未報告"


class Subject(Labelled):
    """被災状況の項目: what a mark is given for; each outside means of contact has its own."""

    HALL = "hall", "庁舎"
    POWER = "power", "電源"
    NETWORK = "network", "ネットワーク"
    SYSTEMS = "systems", "システム"
    DATA = "data", "データ"
    CONTACT_PHONE = "contact_phone", "固定電話"
    CONTACT_FAX = "contact_fax", "FAX"
    CONTACT_MOBILE = "contact_mobile", "携帯電話"
    CONTACT_MAIL = "contact_mail", "メール"
    CONTACT_INTERNET = "contact_internet", "インターネット"
    CONTACT_LGWAN = "contact_lgwan", "LGWAN"
    CONTACT_SATELLITE = "contact_satellite", "衛星電話"
    CONTACT_RADIO = "contact_radio", "防災無線"
    RESIDENTS = "residents", "住民への情報提供"
    VENDORS = "vendors", "事業者"


class Kept(TypedDict):
    """A mark with the instant (RFC 3339) since when it holds; None where nothing was ever reported."""

    mark: str
    since: str | None


NOTHING: Kept = {"mark": Mark.UNREPORTED.value, "since": None}


def merged(before: Mapping[str, Kept], given: Mapping[Subject, Mark], at: datetime) -> dict[str, Kept]:
    """The marks after a report: what is not given stays, and what is given again keeps its date."""
    after: dict[str, Kept] = {}
    for subject in Subject:
        was = before.get(subject.value, NOTHING)
        mark = given.get(subject, Mark(was["mark"]))
        changed = mark.value != was["mark"]
        after[subject.value] = {"mark": mark.value, "since": at.isoformat()} if changed else was
    return after


def changes(before: Mapping[str, Kept], after: Mapping[str, Kept]) -> dict[str, str]:
    """The marks that a report changed."""
    return {
        subject: kept["mark"]
        for subject, kept in after.items()
        if kept["mark"] != before.get(subject, NOTHING)["mark"]
    }
