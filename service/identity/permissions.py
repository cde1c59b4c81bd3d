"""The acts that the identity room knows."""

from foundation.actor import Permission

SEE_ONESELF = Permission("identity.see_oneself")

ALL = {SEE_ONESELF: "自分の登録内容を見る"}
