"""The acts that this room knows; who holds which is decided in `service/policy.py`."""

from foundation.actor import Permission

SEE_TRAININGS = Permission("readiness.see_trainings")
ANNOUNCE = Permission("readiness.announce")
REGISTER = Permission("readiness.register")
RECORD_ATTENDANCE = Permission("readiness.record_attendance")

ALL: dict[Permission, str] = {
    SEE_TRAININGS: "研修の案内を見る",
    ANNOUNCE: "協定グループの研修を案内する",
    REGISTER: "自団体の担当者の研修参加を登録する",
    RECORD_ATTENDANCE: "研修の参加者全員を登録し、出欠を記録する",
}
