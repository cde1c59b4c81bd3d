"""The acts that the service itself knows, beside those of its rooms."""

from foundation.actor import Permission

SEE_ONESELF = Permission("identity.see_oneself")
READ_RECORD = Permission("audit.read")

ALL = {
    SEE_ONESELF: "自分の登録内容を見る",
    READ_RECORD: "自団体の監査記録を読み、書き出す",
}
