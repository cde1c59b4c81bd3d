"""Asking by purpose: each mission suggests lines that the requester can change before sending.

Quantities are starting points for a small or middle-sized town hall, not measured needs.
"""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class SuggestedLine:
    """要請明細の案."""

    kind: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Mission:
    """目的別の要請: what should work again, and what that usually takes."""

    key: str
    name_ja: str
    name_en: str
    lines: tuple[SuggestedLine, ...]


def _mission(key: str, name_ja: str, name_en: str, **quantities: int) -> Mission:
    lines = tuple(SuggestedLine(kind, quantity) for kind, quantity in quantities.items())
    return Mission(key, name_ja, name_en, lines)


_ALL = (
    _mission(
        "certificates",
        "証明書の発行を再開する",
        "Issue certificates again",
        staff_certificates=2,
        pc=4,
        printer=2,
        scanner=1,
        ups=1,
    ),
    _mission(
        "victim_certificates",
        "り災証明書を発行する",
        "Issue disaster-victim certificates",
        staff_victim_support=4,
        notebook=6,
        printer=2,
        scanner=1,
    ),
    _mission(
        "safety_enquiry",
        "安否の問い合わせに答える",
        "Answer safety enquiries",
        staff_safety_enquiry=4,
        notebook=4,
        phone=4,
    ),
    _mission(
        "shelter_lists",
        "避難者名簿を住民データと照合する",
        "Match shelter lists with resident records",
        staff_resident_data=2,
        notebook=4,
        printer=1,
    ),
    _mission(
        "web_page",
        "ホームページで情報を出す",
        "Publish information on the web",
        web_page=1,
        remote_help=1,
    ),
    _mission(
        "call_centre",
        "住民の電話を受ける",
        "Take residents' calls",
        staff_call_centre=4,
        phone=4,
        notebook=4,
    ),
    _mission(
        "network",
        "庁内ネットワークを復旧する",
        "Restore the office network",
        staff_network=2,
        switch=4,
        wifi=4,
        cabling=1,
        ups=2,
    ),
    _mission(
        "outside_contact",
        "外部との連絡手段を確保する",
        "Regain contact with the outside",
        satphone=2,
        satellite_internet=1,
        sim_router=2,
        generator=1,
    ),
    _mission(
        "temporary_office",
        "仮庁舎で執務を始める",
        "Start work in a temporary office",
        pc=30,
        printer=4,
        mfp=1,
        staff_kitting=2,
        staff_network=1,
    ),
    _mission(
        "staff_kitting",
        "届いたパソコンを設定する",
        "Set up the PCs that arrived",
        staff_kitting=3,
        staff_accounts=1,
    ),
    _mission(
        "help_desk",
        "職員の相談窓口を開く",
        "Run a help desk for staff",
        staff_helpdesk=2,
        staff_accounts=1,
        remote_help=1,
    ),
    _mission(
        "data_restore",
        "業務データを復元する",
        "Restore business data",
        data_restore=1,
        server=1,
        hosting=1,
        staff_network=1,
    ),
    _mission(
        "security",
        "情報セキュリティ事故に対応する",
        "Respond to a security incident",
        staff_security=2,
        remote_help=1,
        notebook=2,
    ),
)

MISSIONS: MappingProxyType[str, Mission] = MappingProxyType({mission.key: mission for mission in _ALL})


def find(key: str) -> Mission | None:
    return MISSIONS.get(key)
