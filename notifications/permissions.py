"""The acts that this room knows."""

from foundation.actor import Permission

VIEW_MESSAGES = Permission("notifications.view_messages")
READ_INBOUND = Permission("notifications.read_inbound")
RESOLVE_INBOUND = Permission("notifications.resolve_inbound")
WATCH_OUTBOX = Permission("notifications.watch_outbox")

ALL: dict[Permission, str] = {
    VIEW_MESSAGES: "デモで送信されたメッセージを見る",
    READ_INBOUND: "自動で処理できなかった返信を見る",
    RESOLVE_INBOUND: "自動で処理できなかった返信に対応済みの記録を付ける",
    WATCH_OUTBOX: "送信箱の状況（件数・滞り・異常）を見る",
}
