"""How far a question came to a partner, and why not further: codes with facts, put into words when shown."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Literal, TypeAlias

from aid.labels import Labelled

Language: TypeAlias = Literal["ja", "en"]
_JAPAN = timezone(timedelta(hours=9))


class Standing(Labelled):
    """到達状況: how far a question came; whom to telephone first stands first."""

    NOT_REACHED = "not_reached", "届いていません"
    HANDED_OVER = "handed_over", "送信済み・未回答"
    REACHED = "reached", "到達・未回答"
    RECEIVED = "received", "受領済み・回答待ち"
    ANSWERED = "answered", "回答済み"


class Why(Labelled):
    """未達の理由: why a partner, or one of its addresses, has not been reached."""

    NO_ADDRESS = "no_address", "メールアドレスもSMSの番号も登録されていません"
    ADDRESS_DEAD = "address_dead", "宛先が使われていません（{code}）"
    REFUSED = "refused", "送信先に断られました（{code}）"
    NOT_DELIVERED = "not_delivered", "送信後、届かなかったとの通知がありました"
    PROVIDERS_DOWN = "providers_down", "送信設備につながりません（{since}から）。再送を続けています"
    WAITING = "waiting", "送信の順番を待っています"
    EXPIRED = "expired", "期限まで送信できませんでした"
    TAKEN_BACK = "taken_back", "送信前に取りやめました"


_ENGLISH = {
    Why.NO_ADDRESS: "neither a mail address nor an SMS number is known",
    Why.ADDRESS_DEAD: "the address is not in use ({code})",
    Why.REFUSED: "refused ({code})",
    Why.NOT_DELIVERED: "reported as not delivered after it was sent",
    Why.PROVIDERS_DOWN: "no gateway can be reached since {since}; it is tried again and again",
    Why.WAITING: "waits for its turn",
    Why.EXPIRED: "could not be sent until its deadline",
    Why.TAKEN_BACK: "taken back before it was sent",
}
_ARRIVED, _HANDED_OVER = "delivered", "accepted"
DEAD = frozenset({"address", "dead", "550", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
"""Words of a code that speak of the address itself: unusable as written, known to be dead, refused by its server."""


@dataclass(frozen=True, slots=True)
class Reason:
    """理由: a code and the facts of its sentence."""

    why: Why
    facts: Mapping[str, str]

    def phrase(self, language: Language) -> str:
        """Return the sentence."""
        return (_ENGLISH[self.why] if language == "en" else self.why.label).format_map(self.facts)


def standing(*, is_answered: bool, is_received: bool, statuses: Collection[str]) -> Standing:
    """Return how far a question came: what the partner said counts more than what became of its messages."""
    if is_answered:
        return Standing.ANSWERED
    if is_received:
        return Standing.RECEIVED
    if _ARRIVED in statuses:
        return Standing.REACHED
    return Standing.HANDED_OVER if _HANDED_OVER in statuses else Standing.NOT_REACHED


def reason(status: str, *, code: str | None, was_taken_over: bool, failing_since: datetime | None) -> Reason | None:
    """Return why one message has not arrived, or None where it has, or is with a gateway.

    `code` is what the last try was told, `failing_since` the first of the tries in a row that no gateway took.
    """
    if status in {_ARRIVED, _HANDED_OVER}:
        return None
    if status == "failed":
        return _failed(code or "-", was_taken_over=was_taken_over)
    if status in {"expired", "superseded"}:
        return Reason(Why.EXPIRED if status == "expired" else Why.TAKEN_BACK, {})
    if failing_since is None:
        return Reason(Why.WAITING, {})
    return Reason(Why.PROVIDERS_DOWN, {"since": f"{failing_since.astimezone(_JAPAN):%m/%d %H:%M}"})


def _failed(code: str, *, was_taken_over: bool) -> Reason:
    if was_taken_over:
        return Reason(Why.NOT_DELIVERED, {})
    is_dead = not DEAD.isdisjoint(code.split())
    return Reason(Why.ADDRESS_DEAD if is_dead else Why.REFUSED, {"code": code})
