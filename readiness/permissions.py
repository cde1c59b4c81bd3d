"""The acts that this room knows; who holds which is decided in `service/policy.py`."""

from foundation.actor import Permission

SEE_TRAININGS = Permission("readiness.see_trainings")
ANNOUNCE = Permission("readiness.announce")
REGISTER = Permission("readiness.register")
RECORD_ATTENDANCE = Permission("readiness.record_attendance")
SEE_POLICY = Permission("readiness.see_policy")
READ_POLICY = Permission("readiness.read_policy")
SEE_SECURITY = Permission("readiness.see_security")
KEEP_SECURITY = Permission("readiness.keep_security")
AUDIT_SECURITY = Permission("readiness.audit_security")
APPROVE_SECURITY = Permission("readiness.approve_security")
WATCH_SECURITY = Permission("readiness.watch_security")
SEE_REACHABILITY = Permission("readiness.see_reachability")
TEST_REACHABILITY = Permission("readiness.test_reachability")
WATCH_REACHABILITY = Permission("readiness.watch_reachability")

ALL: dict[Permission, str] = {
    SEE_TRAININGS: "研修の案内を見る",
    ANNOUNCE: "協定グループの研修を案内する",
    REGISTER: "自団体の担当者の研修参加を登録する",
    RECORD_ATTENDANCE: "研修の参加者全員を登録し、出欠を記録する",
    SEE_POLICY: "自団体の情報セキュリティポリシーの状況を見る",
    READ_POLICY: "自団体の情報セキュリティポリシーを読んだことを記録する",
    SEE_SECURITY: "自団体の自己点検、監査の指摘、管理サイクルを見る",
    KEEP_SECURITY: "自団体のポリシーの状況、自己点検、指摘への対応、見直し、研修を登録する",
    AUDIT_SECURITY: "自団体を監査し、指摘を登録し、対応を確認する",
    APPROVE_SECURITY: "自団体の見直しを承認する",
    WATCH_SECURITY: "構成団体の管理サイクルの済否を見る",
    SEE_REACHABILITY: "自団体の連絡手段の確認の結果を見る",
    TEST_REACHABILITY: "連絡手段の確認を始める",
    WATCH_REACHABILITY: "構成団体の連絡手段の確認の得点を見る",
}
