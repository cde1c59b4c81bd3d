"""The acts that this room knows."""

from foundation.actor import Permission

VIEW_MESSAGES = Permission("notifications.view_messages")
READ_INBOUND = Permission("notifications.read_inbound")
SEE_GATEWAYS = Permission("notifications.see_gateways")
RESOLVE_INBOUND = Permission("notifications.resolve_inbound")
LOOK_AFTER_INBOUND = Permission("notifications.look_after_inbound")
TEST_GATEWAYS = Permission("notifications.test_gateways")
WATCH_OUTBOX = Permission("notifications.watch_outbox")

ALL: dict[Permission, str] = {
    VIEW_MESSAGES: "デモで送信されたメッセージを見る",
    READ_INBOUND: "自動で処理できなかった返信を見る",
    SEE_GATEWAYS: "メールとSMSの送信路の状態を見る",
    TEST_GATEWAYS: "送信路を試験する",
    RESOLVE_INBOUND: "自動で処理できなかった返信に対応済みの記録を付ける",
    LOOK_AFTER_INBOUND: "グループで確認を待つ着信を、幹事団体に代わって見て対応済みにする",
    WATCH_OUTBOX: "送信箱の状況（件数・滞り・異常）を見る",
}
