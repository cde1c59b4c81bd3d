"""The acts this room knows. Who holds which is decided in `service/policy.py`."""

from foundation.actor import Permission

LOOK_UP = Permission("agreements.look_up")
SEE = Permission("agreements.see")
SEE_PEOPLE = Permission("agreements.see_people")
FOUND = Permission("agreements.found")
COORDINATE = Permission("agreements.coordinate")
HAND_OVER = Permission("agreements.hand_over")
TEND = Permission("agreements.tend")
VOUCH = Permission("agreements.vouch")
GIVE_ROLES = Permission("agreements.give_roles")
SIGN_NDA = Permission("agreements.sign_nda")
REVOKE_NDA = Permission("agreements.revoke_nda")

ALL: dict[Permission, str] = {
    LOOK_UP: "全国の自治体一覧を調べる",
    SEE: "協定グループと構成団体を見る",
    SEE_PEOPLE: "同じグループの担当者と連絡手段を見る",
    FOUND: "協定グループを作る",
    COORDINATE: "協定グループ、協定書、構成団体を管理する",
    HAND_OVER: "幹事を交代する・引き継ぐ",
    TEND: "自団体の担当者、連絡手段、現在地を管理する",
    VOUCH: "臨時連絡先を登録し、確認する",
    GIVE_ROLES: "自団体の担当者に役割（管理者・承認者・監査担当）を与える",
    SIGN_NDA: "秘密保持契約に署名する・書面の署名を登録する",
    REVOKE_NDA: "秘密保持契約を終わらせる",
}
