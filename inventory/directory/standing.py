"""How an account in a member's own directory stands, and what went wrong there, in words for people."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from foundation.clock import JAPAN


class AccountState(StrEnum):
    """アカウントの状態: what an account in the directory is to be."""

    ENABLED = "enabled"
    DISABLED = "disabled"


class TaskState(StrEnum):
    """依頼の状態: `superseded` is an account that was to be opened and is to be shut before anybody did."""

    DUE = "due"
    LEASED = "leased"
    CONFIRMED = "confirmed"
    SUPERSEDED = "superseded"


class Trouble(StrEnum):
    """ディレクトリの支障: why a directory did not do what it was asked."""

    ADDRESS_REFUSED = "address-refused"
    BUSY = "busy"
    CONFLICT = "conflict"
    FILTER_IGNORED = "filter-ignored"
    GARBAGE = "garbage"
    NAME_TAKEN = "name-taken"
    NOT_HTTPS = "not-https"
    NOT_THERE = "not-there"
    REDIRECTED = "redirected"
    REFUSED = "refused"
    SERVER_ERROR = "server-error"
    TIMEOUT = "timeout"
    TOKEN_UNREADABLE = "token-unreadable"  # noqa: S105 — what went wrong, no credential
    UNAUTHORISED = "unauthorised"
    UNKNOWN_HOST = "unknown-host"
    UNREACHABLE = "unreachable"
    URL = "url"


WORDS: Mapping[Trouble, str] = {
    Trouble.ADDRESS_REFUSED: "接続先が内部のアドレスです。運用者に許可 (YUIMARU_DIRECTORY_HOSTS) を依頼してください",
    Trouble.BUSY: "ディレクトリが混み合っています",
    Trouble.CONFLICT: "ほかの処理と重なりました",
    Trouble.FILTER_IGNORED: "externalId で検索できません。ディレクトリの管理者に確かめてください",
    Trouble.GARBAGE: "ディレクトリの応答が SCIM の形ではありません。接続先の URL を確かめてください",
    Trouble.NAME_TAKEN: "同じ名前のアカウントがディレクトリにあります。どちらかの名前を変えてください",
    Trouble.NOT_HTTPS: "https で接続できません。接続先の URL を確かめてください",
    Trouble.NOT_THERE: "接続先に SCIM がありません。接続先の URL を確かめてください",
    Trouble.REDIRECTED: "接続先が別の URL へ移っています。接続先の URL を直してください",
    Trouble.REFUSED: "ディレクトリに断られました。ディレクトリの管理者に確かめてください",
    Trouble.SERVER_ERROR: "ディレクトリの側で障害が起きています",
    Trouble.TIMEOUT: "ディレクトリから時間内に応答がありません",
    Trouble.TOKEN_UNREADABLE: "登録されたトークンを開けません。接続先のトークンを登録し直してください",
    Trouble.UNAUTHORISED: "トークンが受け付けられません。接続先のトークンを登録し直してください",
    Trouble.UNKNOWN_HOST: "接続先のホスト名が見つかりません。接続先の URL を確かめてください",
    Trouble.UNREACHABLE: "ディレクトリにつながりません",
    Trouble.URL: "接続先の URL の形が正しくありません",
}
_NAMES = {AccountState.ENABLED: "ディレクトリで有効化", AccountState.DISABLED: "ディレクトリで停止"}


def sentence(
    wanted: AccountState,
    state: TaskState,
    *,
    confirmed_at: datetime | None,
    error: Trouble | None,
    tries: int,
    now: datetime,
) -> str:
    """Say how a task stands, as it is shown beside the guest ID: `ディレクトリで停止: 確認 14:05`."""
    if state is TaskState.SUPERSEDED:
        return f"{_NAMES[wanted]}: 取りやめ"
    if confirmed_at is not None:
        return f"{_NAMES[wanted]}: 確認 {_instant(confirmed_at, now)}"
    if error is not None:
        return f"{_NAMES[wanted]}: 未確認（{tries}回目まで。{WORDS[error]}）"
    return f"{_NAMES[wanted]}: 未確認"


def _instant(at: datetime, now: datetime) -> str:
    local, today = at.astimezone(JAPAN), now.astimezone(JAPAN).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local.month}月{local.day}日 {local:%H:%M}"
