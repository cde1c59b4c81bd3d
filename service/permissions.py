"""The acts that the service itself knows, beside those of its rooms."""

from foundation.actor import Permission

SEE_ONESELF = Permission("identity.see_oneself")

ALL = {SEE_ONESELF: "自分の登録内容を見る"}
