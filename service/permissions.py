"""The acts that the service itself knows, beside those of its rooms."""

from foundation.actor import Permission

SEE_ONESELF = Permission("identity.see_oneself")
KEEP_SIGN_IN = Permission("identity.keep_sign_in")
KEEP_PROVIDERS = Permission("identity.keep_providers")
KEEP_CLIENTS = Permission("identity.keep_clients")
INVITE = Permission("identity.invite")
READ_RECORD = Permission("audit.read")
KEEP_DIRECTORY = Permission("identity.keep_directory")

ALL = {
    SEE_ONESELF: "自分の登録内容とサインインを見る",
    KEEP_SIGN_IN: "自分のサインインの方法を管理する",
    KEEP_PROVIDERS: "自団体の認証基盤（OIDC）を登録する",
    KEEP_CLIENTS: "自団体の連携プログラムを登録し、止める",
    INVITE: "サインインの招待を送る",
    READ_RECORD: "自団体の監査記録を読み、書き出す",
    KEEP_DIRECTORY: "自団体のディレクトリから担当者を登録・停止できるようにする（SCIM のトークン）",
}
