"""What may become of a guest ID: one ID, one named person, one period, and a new secret before the next."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum


class GuestState(StrEnum):
    """ゲストIDの状態: how a guest ID stands; `released` is only said of a reservation that was never issued."""

    PREPARED = "prepared"
    RESERVED = "reserved"
    ISSUED = "issued"
    ACTIVE = "active"
    REVOKED = "revoked"
    EXPIRED = "expired"
    RELEASED = "released"

    @property
    def label(self) -> str:
        return _LABELS[self]


class GuestAct(StrEnum):
    """ゲストIDの操作: what is done with a guest ID."""

    RESERVE = "reserve"
    ISSUE = "issue"
    RECEIVE = "receive"
    REVOKE = "revoke"
    ROTATE = "rotate"


_LABELS = {
    GuestState.PREPARED: "準備済み",
    GuestState.RESERVED: "割当済み",
    GuestState.ISSUED: "発行済み（受領待ち）",
    GuestState.ACTIVE: "利用中",
    GuestState.REVOKED: "停止済み（更新待ち）",
    GuestState.EXPIRED: "期限切れ（更新待ち）",
    GuestState.RELEASED: "割当取消",
}
OUT = frozenset({GuestState.ISSUED, GuestState.ACTIVE})
"""Somebody has seen the secret and may use it."""
SPENT = frozenset({GuestState.REVOKED, GuestState.EXPIRED})
"""Somebody has seen the secret: nobody gets the ID before it has a new one."""
FROM: Mapping[GuestAct, frozenset[GuestState]] = {
    GuestAct.RESERVE: frozenset({GuestState.PREPARED}),
    GuestAct.ISSUE: frozenset({GuestState.RESERVED}),
    GuestAct.RECEIVE: frozenset({GuestState.ISSUED}),
    GuestAct.REVOKE: OUT | {GuestState.RESERVED},
    GuestAct.ROTATE: SPENT | {GuestState.PREPARED},
}


def use_standing(state: GuestState, until_at: datetime, now: datetime) -> GuestState:
    """Return how one person's use stands at an instant: its end needs no act of anybody."""
    if until_at > now:
        return state
    if state is GuestState.RESERVED:
        return GuestState.RELEASED
    return GuestState.EXPIRED if state in OUT else state


def id_standing(use: GuestState | None) -> GuestState:
    """Return how a guest ID stands, by the use of its present secret."""
    return GuestState.PREPARED if use is None or use is GuestState.RELEASED else use
