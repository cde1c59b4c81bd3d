"""The acts that the inventory knows; who holds which is decided in `service/policy.py`."""

from foundation.actor import Permission

SEE_CATALOGUE = Permission("inventory.see_catalogue")
SEE = Permission("inventory.see")
KEEP = Permission("inventory.keep")
KEEP_FOR_OTHERS = Permission("inventory.keep_for_others")
KEEP_RECORDS = Permission("inventory.keep_records")
SEE_RECORDS = Permission("inventory.see_records")
SEE_SHARED = Permission("inventory.see_shared")
SHARE = Permission("inventory.share")
ALLOW_EMERGENCY = Permission("inventory.allow_emergency")
KEEP_GUESTS = Permission("inventory.keep_guests")
RECEIVE_GUESTS = Permission("inventory.receive_guests")
KEEP_DIRECTORY = Permission("inventory.keep_directory")

ALL: dict[Permission, str] = {
    SEE_CATALOGUE: "品目の一覧を見る",
    SEE: "支援可能内容を見る",
    KEEP: "自団体の支援可能内容を登録・変更する",
    KEEP_FOR_OTHERS: "協定グループの構成団体に代わって支援可能内容を登録・変更する",
    KEEP_RECORDS: "自団体の台帳を登録・変更・確認する",
    SEE_RECORDS: "台帳を見る (自団体の分、ほかの団体の分は秘密保持契約の範囲)",
    SEE_SHARED: "同じグループの団体の台帳を、秘密保持契約の範囲で見る",
    SHARE: "自団体の台帳を共有するグループを決め、だれが閲覧したかを見る",
    ALLOW_EMERGENCY: "自団体の台帳の緊急閲覧を承諾し、取り消す",
    KEEP_GUESTS: "自団体のゲストIDを用意し、割り当て、発行し、止める",
    KEEP_DIRECTORY: "ゲストIDを作り、止める自団体のディレクトリの接続先を管理する",
    RECEIVE_GUESTS: "自団体の応援者のゲストIDを見て、受領を確認する",
}
