"""The acts that the inventory knows; who holds which is decided in `service/policy.py`."""

from foundation.actor import Permission

SEE_CATALOGUE = Permission("inventory.see_catalogue")
SEE = Permission("inventory.see")
KEEP = Permission("inventory.keep")
KEEP_FOR_OTHERS = Permission("inventory.keep_for_others")

ALL: dict[Permission, str] = {
    SEE_CATALOGUE: "品目の一覧を見る",
    SEE: "支援可能内容を見る",
    KEEP: "自団体の支援可能内容を登録・変更する",
    KEEP_FOR_OTHERS: "協定グループの構成団体に代わって支援可能内容を登録・変更する",
}
