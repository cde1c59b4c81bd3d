"""What may happen to an incident, a request and an offer, and what each becomes."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar, overload

from aid.labels import Labelled


class IncidentStatus(Labelled):
    """災害の状態."""

    OPEN = "open", "対応中"
    CLOSED = "closed", "終了"


class IncidentAct(Labelled):
    """災害への操作."""

    CLOSE = "close", "終了"
    REOPEN = "reopen", "再開"


class RequestStatus(Labelled):
    """要請の状態: unverified until the member or a call-back confirms what others filed for it."""

    UNVERIFIED = "unverified", "未確認"
    OPEN = "open", "募集中"
    COVERED = "covered", "充足"
    CLOSED = "closed", "完了"
    CANCELLED = "cancelled", "取消"


class RequestAct(Labelled):
    """要請への操作: OFFER is a partner's answer, ACCEPT the requester's yes to it."""

    VERIFY = "verify", "確認"
    AMEND = "amend", "変更"
    OFFER = "offer", "申出"
    ACCEPT = "accept", "応援決定"
    COVER = "cover", "充足"
    REOPEN = "reopen", "再募集"
    CLOSE = "close", "完了"
    CANCEL = "cancel", "取消"


class OfferStatus(Labelled):
    """応援申出の状態."""

    OFFERED = "offered", "応援可能"
    PROVISIONAL = "provisional", "条件付き"
    DECLINED = "declined", "応援不可"
    ACCEPTED = "accepted", "応援決定"
    RELEASED = "released", "待機解除"
    WITHDRAWN = "withdrawn", "辞退"
    EXPIRED = "expired", "期限切れ"


class Decision(Labelled):
    """回答: what a partner answers."""

    ACCEPT = "accept", "応援できます"
    PROVISIONAL = "provisional", "条件付きで応援できます"
    DECLINE = "decline", "応援できません"


class OfferAct(Labelled):
    """応援申出への操作: the first three replace an earlier answer under the same id."""

    ANSWER_YES = "answer_yes", "応援可能と回答"
    ANSWER_PROVISIONAL = "answer_provisional", "条件付きと回答"
    ANSWER_NO = "answer_no", "応援不可と回答"
    ACCEPT = "accept", "応援決定"
    RELEASE = "release", "待機解除"
    WITHDRAW = "withdraw", "辞退"
    EXPIRE = "expire", "期限切れ"


class Via(Labelled):
    """要請の手段: how a request came in."""

    PORTAL = "portal", "画面"
    PHONE = "phone", "電話"
    SMS = "sms", "SMS"
    MAIL = "mail", "メール"
    PROXY = "proxy", "代理"


class Disposition(Labelled):
    """貸与・譲与の別."""

    LOAN = "loan", "貸与"
    GIFT = "gift", "譲与"
    EITHER = "either", "どちらでも"


class Priority(Labelled):
    """優先度: 1 is the most urgent; as strings they sort as they rank."""

    LIFE = "1", "人命に関わる"
    URGENT = "2", "至急"
    NORMAL = "3", "通常"
    LOW = "4", "急がない"

    @property
    def number(self) -> int:
        return int(self.value)


class Lane(Labelled):
    """クロノロジーの区分."""

    SAFETY = "safety", "住民の安否確認"
    CERTIFICATES = "certificates", "各種証明事務"
    OUTSIDE = "outside", "外部との連絡手段"
    RESIDENTS = "residents", "住民への情報提供"
    NOTES = "notes", "備考"


class TransitionError(Exception):
    """許されない操作: `code` names act, status and thing, e.g. `cannot_accept_withdrawn_offer`."""

    def __init__(self, thing: str, status: Labelled, act: Labelled) -> None:
        self.code = f"cannot_{act.value}_{status.value}_{thing}"
        self.status = status
        self.act = act
        super().__init__(self.code)


_INCIDENT: Mapping[IncidentStatus, Mapping[IncidentAct, IncidentStatus]] = {
    IncidentStatus.OPEN: {IncidentAct.CLOSE: IncidentStatus.CLOSED},
    IncidentStatus.CLOSED: {IncidentAct.REOPEN: IncidentStatus.OPEN},
}

# An unverified request is offered to and accepted like an open one: in the first hours a member for
# whom a neighbour asks can't always be reached. It keeps its mark until somebody verifies it.
_REQUEST: Mapping[RequestStatus, Mapping[RequestAct, RequestStatus]] = {
    RequestStatus.UNVERIFIED: {
        RequestAct.VERIFY: RequestStatus.OPEN,
        RequestAct.AMEND: RequestStatus.UNVERIFIED,
        RequestAct.OFFER: RequestStatus.UNVERIFIED,
        RequestAct.ACCEPT: RequestStatus.UNVERIFIED,
        RequestAct.CLOSE: RequestStatus.CLOSED,
        RequestAct.CANCEL: RequestStatus.CANCELLED,
    },
    RequestStatus.OPEN: {
        RequestAct.AMEND: RequestStatus.OPEN,
        RequestAct.OFFER: RequestStatus.OPEN,
        RequestAct.ACCEPT: RequestStatus.OPEN,
        RequestAct.COVER: RequestStatus.COVERED,
        RequestAct.CLOSE: RequestStatus.CLOSED,
        RequestAct.CANCEL: RequestStatus.CANCELLED,
    },
    RequestStatus.COVERED: {
        RequestAct.AMEND: RequestStatus.COVERED,
        RequestAct.OFFER: RequestStatus.COVERED,  # kept in reserve: somebody may still withdraw
        RequestAct.REOPEN: RequestStatus.OPEN,
        RequestAct.CLOSE: RequestStatus.CLOSED,
        RequestAct.CANCEL: RequestStatus.CANCELLED,
    },
    RequestStatus.CLOSED: {},
    RequestStatus.CANCELLED: {},
}

_ANSWERS = {
    OfferAct.ANSWER_YES: OfferStatus.OFFERED,
    OfferAct.ANSWER_PROVISIONAL: OfferStatus.PROVISIONAL,
    OfferAct.ANSWER_NO: OfferStatus.DECLINED,
}
_STANDING = {
    **_ANSWERS,
    OfferAct.ACCEPT: OfferStatus.ACCEPTED,
    OfferAct.RELEASE: OfferStatus.RELEASED,
    OfferAct.WITHDRAW: OfferStatus.WITHDRAWN,
    OfferAct.EXPIRE: OfferStatus.EXPIRED,
}
_OFFER: Mapping[OfferStatus, Mapping[OfferAct, OfferStatus]] = {
    OfferStatus.OFFERED: _STANDING,
    OfferStatus.PROVISIONAL: _STANDING,
    OfferStatus.DECLINED: _ANSWERS,
    OfferStatus.RELEASED: _ANSWERS,
    OfferStatus.EXPIRED: _ANSWERS,
    OfferStatus.ACCEPTED: {OfferAct.RELEASE: OfferStatus.RELEASED, OfferAct.WITHDRAW: OfferStatus.WITHDRAWN},
    OfferStatus.WITHDRAWN: {},  # it may have been promised before: a new answer is a new offer
}

_ANSWER_ACTS = {
    Decision.ACCEPT: OfferAct.ANSWER_YES,
    Decision.PROVISIONAL: OfferAct.ANSWER_PROVISIONAL,
    Decision.DECLINE: OfferAct.ANSWER_NO,
}

_Status = TypeVar("_Status", bound=Labelled)
_Act = TypeVar("_Act", bound=Labelled)


@overload
def can(status: IncidentStatus, act: IncidentAct) -> bool: ...
@overload
def can(status: RequestStatus, act: RequestAct) -> bool: ...
@overload
def can(status: OfferStatus, act: OfferAct) -> bool: ...
def can(status: Labelled, act: Labelled) -> bool:
    # One table per type: the strings "open" of an incident and of a request are equal.
    if isinstance(status, IncidentStatus):
        return act in _INCIDENT[status]
    if isinstance(status, RequestStatus):
        return act in _REQUEST[status]
    return isinstance(status, OfferStatus) and act in _OFFER[status]


def incident_after(status: IncidentStatus, act: IncidentAct) -> IncidentStatus:
    return _after("incident", _INCIDENT, status, act)


def request_after(status: RequestStatus, act: RequestAct) -> RequestStatus:
    return _after("request", _REQUEST, status, act)


def offer_after(status: OfferStatus, act: OfferAct) -> OfferStatus:
    return _after("offer", _OFFER, status, act)


def _after(thing: str, table: Mapping[_Status, Mapping[_Act, _Status]], status: _Status, act: _Act) -> _Status:
    after = table[status].get(act)
    if after is None:
        raise TransitionError(thing, status, act)
    return after


def answer_act(decision: Decision) -> OfferAct:
    """The act by which a repeated answer replaces the one before."""
    return _ANSWER_ACTS[decision]


def first_status(decision: Decision) -> OfferStatus:
    """What a member's first answer to a request becomes."""
    return _ANSWERS[answer_act(decision)]


def covered_status(lines: Iterable[tuple[int, int]]) -> RequestStatus:
    """COVERED when each line (quantity, committed) has all it asks for, else OPEN; no lines need nothing."""
    has_all = all(committed >= quantity for quantity, committed in lines)
    return RequestStatus.COVERED if has_all else RequestStatus.OPEN


def written_due(oral_at: datetime, hours: int) -> datetime:
    """When the written form of an oral request falls due under the group's terms."""
    if oral_at.tzinfo is None:
        raise ValueError("an instant needs its offset")
    return oral_at + timedelta(hours=hours)
