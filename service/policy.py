"""Who may do what, and to whose matters: the one page from principals to the acts that each room names.

`docs/policy.md` is made from this page, and the tenancy tests hold every operation against it: what a cell does not
give is refused, or not even seen.
"""

from collections.abc import Mapping
from enum import StrEnum

from agreements import permissions as agreements
from agreements.visibility import WITHOUT_VOTE
from aid import permissions as aid
from foundation.actor import Permission
from inventory import permissions as inventory
from notifications import permissions as notifications
from readiness import permissions as readiness
from service import permissions as identity

ALL: dict[Permission, str] = {
    **identity.ALL,
    **agreements.ALL,
    **inventory.ALL,
    **notifications.ALL,
    **aid.ALL,
    **readiness.ALL,
}
"""Every act there is, in Japanese words."""


class Principal(StrEnum):
    """立場: who is calling. Contact, deputy, coordinator and associate are so in one group, while that is in force.

    Administrator and auditor are roles inside the own member; here stands who has that role and is no contact.
    """

    STAFF = "staff"
    INVITED = "invited"
    CONTACT = "contact"
    DEPUTY = "deputy"
    COORDINATOR = "coordinator"
    ASSOCIATE = "associate"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    CLIENT = "client"


NAMES: Mapping[Principal, str] = {
    Principal.STAFF: "構成団体の職員（協定担当者でない）",
    Principal.INVITED: "呼びかけを受けた団体の担当者",
    Principal.CONTACT: "協定担当者（防災・情報）",
    Principal.DEPUTY: "副幹事団体の担当者",
    Principal.COORDINATOR: "幹事団体の担当者（事務局）",
    Principal.ASSOCIATE: "協力事業者・提供者の担当者",
    Principal.OPERATOR: "運用者",
    Principal.ADMINISTRATOR: "構成団体の管理者（協定担当者でない）",
    Principal.AUDITOR: "監査担当（協定担当者でない）",
    Principal.CLIENT: "連携プログラム（与えた範囲のうち）",
}


class Reach(StrEnum):
    """及ぶ範囲: whose matters an act reaches."""

    NONE = "none"
    SELF = "self"
    OWN = "own"
    NDA = "nda"
    GROUP = "group"
    ALL = "all"


REACHES: Mapping[Reach, str] = {
    Reach.NONE: "－",
    Reach.SELF: "本人",
    Reach.OWN: "自団体",
    Reach.NDA: "秘密保持契約",
    Reach.GROUP: "グループ",
    Reach.ALL: "すべて",
}
"""How a cell is printed. `自団体` is what is one's member's own, or addressed to it."""

no, me, own, nda = Reach.NONE, Reach.SELF, Reach.OWN, Reach.NDA
group, every = Reach.GROUP, Reach.ALL

# fmt: off
PAGE: Mapping[Permission, tuple[Reach, ...]] = {
    #                                 staff  invited contact deputy coord. assoc. operator admin. auditor  client
    identity.SEE_ONESELF:            (me,    me,     me,     me,    me,    me,    me,      me,    me,      me),
    identity.KEEP_SIGN_IN:           (me,    me,     me,     me,    me,    me,    no,      me,    me,      no),
    identity.KEEP_PROVIDERS:         (no,    no,     no,     no,    no,    no,    every,   own,   no,      no),
    identity.KEEP_CLIENTS:           (no,    no,     no,     no,    no,    no,    no,      own,   no,      no),
    identity.INVITE:                 (no,    own,    own,    own,   own,   own,   every,   no,    no,      no),
    identity.READ_RECORD:            (no,    no,     no,     no,    no,    no,    own,     own,   own,     no),
    identity.KEEP_DIRECTORY:         (no,    no,     no,     no,    no,    no,    no,      own,   no,      no),
    agreements.LOOK_UP:              (every, every,  every,  every, every, every, every,   every, every,   every),
    agreements.SEE:                  (no,    group,  group,  group, group, group, every,   no,    no,      group),
    agreements.SEE_PEOPLE:           (no,    no,     group,  group, group, own,   every,   own,   no,      own),
    agreements.FOUND:                (every, every,  every,  every, every, every, every,   every, no,      no),
    agreements.TEND:                 (no,    own,    own,    own,   group, own,   every,   no,    no,      no),
    agreements.VOUCH:                (no,    no,     group,  group, group, own,   no,      no,    no,      no),
    agreements.GIVE_ROLES:           (no,    no,     no,     no,    no,    no,    every,   own,   no,      no),
    agreements.SIGN_NDA:             (no,    no,     own,    own,   group, no,    no,      no,    no,      no),
    agreements.REVOKE_NDA:           (no,    own,    own,    own,   group, own,   every,   no,    no,      no),
    agreements.COORDINATE:           (no,    no,     no,     no,    group, no,    every,   no,    no,      no),
    agreements.HAND_OVER:            (no,    no,     no,     own,   group, no,    every,   no,    no,      no),
    inventory.SEE_CATALOGUE:         (every, every,  every,  every, every, every, every,   every, every,   every),
    inventory.SEE:                   (own,   own,    group,  group, group, own,   every,   own,   own,     own),
    inventory.KEEP:                  (own,   own,    own,    own,   own,   own,   every,   own,   no,      own),
    inventory.KEEP_FOR_OTHERS:       (no,    no,     no,     group, group, no,    every,   no,    no,      no),
    inventory.SEE_RECORDS:           (own,   own,    own,    own,   own,   own,   no,      own,   own,     own),
    inventory.SEE_SHARED:            (no,    no,     nda,    nda,   nda,   no,    no,      no,    no,      no),
    inventory.KEEP_RECORDS:          (own,   own,    own,    own,   own,   own,   no,      own,   no,      own),
    inventory.SHARE:                 (no,    no,     own,    own,   own,   no,    no,      no,    no,      no),
    inventory.ALLOW_EMERGENCY:       (no,    no,     own,    own,   own,   no,    no,      own,   no,      no),
    inventory.KEEP_GUESTS:           (no,    no,     own,    own,   own,   no,    no,      own,   no,      no),
    inventory.KEEP_DIRECTORY:        (no,    no,     no,     no,    no,    no,    no,      own,   no,      no),
    inventory.RECEIVE_GUESTS:        (no,    no,     own,    own,   own,   own,   no,      no,    no,      no),
    notifications.VIEW_MESSAGES:     (no,    no,     every,  every, every, every, no,      no,    no,      no),
    notifications.READ_INBOUND:      (no,    no,     own,    own,   own,   no,    every,   no,    no,      no),
    notifications.RESOLVE_INBOUND:   (no,    no,     own,    own,   own,   no,    every,   no,    no,      no),
    notifications.LOOK_AFTER_INBOUND: (no,   no,     no,     group, group, no,    no,      no,    no,      no),
    notifications.SEE_GATEWAYS:      (no,    no,     no,     no,    no,    no,    every,   no,    no,      no),
    notifications.TEST_GATEWAYS:     (no,    no,     no,     no,    no,    no,    every,   no,    no,      no),
    notifications.WATCH_OUTBOX:      (no,    no,     no,     no,    no,    no,    every,   no,    no,      no),
    aid.VIEW_INCIDENTS:              (no,    no,     every,  every, every, every, every,   no,    no,      every),
    aid.VIEW_AID:                    (no,    no,     group,  group, group, own,   no,      no,    no,      group),
    aid.VIEW_MATCHES:                (no,    no,     group,  group, group, no,    no,      no,    no,      no),
    aid.VIEW_OFFERS:                 (no,    no,     own,    group, group, own,   no,      no,    no,      no),
    aid.OPEN_INCIDENT:               (no,    no,     every,  every, every, no,    every,   no,    no,      no),
    aid.AMEND_INCIDENT:              (no,    no,     own,    group, group, no,    every,   no,    no,      no),
    aid.CLOSE_INCIDENT:              (no,    no,     group,  group, group, no,    every,   no,    no,      no),
    aid.REPORT_SITUATION:            (no,    no,     group,  group, group, no,    no,      no,    no,      no),
    aid.ASK:                         (no,    no,     own,    own,   own,   no,    no,      no,    no,      no),
    aid.ASK_BY_PROXY:                (no,    no,     group,  group, group, no,    no,      no,    no,      no),
    aid.ANSWER:                      (no,    no,     own,    own,   own,   own,   no,      no,    no,      no),
    aid.ACCEPT:                      (no,    no,     own,    own,   own,   no,    no,      no,    no,      no),
    aid.COORDINATE:                  (no,    no,     no,     group, group, no,    no,      no,    no,      no),
    aid.SEE_PLAN:                    (no,    no,     own,    group, group, no,    no,      no,    no,      no),
    aid.TELEPHONE:                   (no,    no,     own,    group, group, no,    no,      no,    no,      no),
    aid.WRITE_CHRONOLOGY:            (no,    no,     group,  group, group, no,    no,      no,    no,      no),
    aid.KEEP_CARDS:                  (no,    no,     own,    own,   own,   no,    no,      no,    no,      no),
    aid.SEE_ACCESS:                  (no,    no,     group,  group, group, no,    no,      no,    no,      no),
    aid.ASK_ACCESS:                  (no,    no,     own,    own,   own,   no,    no,      no,    no,      no),
    aid.CONFIRM_ACCESS:              (no,    no,     group,  group, group, no,    no,      no,    no,      no),
    aid.END_ACCESS:                  (no,    no,     own,    own,   own,   no,    no,      no,    no,      no),
    aid.REVIEW_ACCESS:               (no,    no,     own,    group, group, no,    no,      no,    no,      no),
    readiness.SEE_TRAININGS:         (no,    no,     group,  group, group, group, no,      no,    no,      no),
    readiness.REGISTER:              (no,    no,     own,    own,   own,   own,   no,      no,    no,      no),
    readiness.ANNOUNCE:              (no,    no,     no,     no,    group, no,    no,      no,    no,      no),
    readiness.RECORD_ATTENDANCE:     (no,    no,     no,     no,    group, no,    no,      no,    no,      no),
    readiness.SEE_POLICY:            (own,   own,    own,    own,   own,   own,   no,      own,   own,      no),
    readiness.READ_POLICY:           (own,   own,    own,    own,   own,   own,   no,      own,   no,      no),
    readiness.SEE_SECURITY:          (no,    no,     own,    own,   own,   no,    no,      own,   own,      no),
    readiness.KEEP_SECURITY:         (no,    no,     own,    own,   own,   no,    no,      own,   no,      no),
    readiness.AUDIT_SECURITY:        (no,    no,     no,     no,    no,    no,    no,      no,    own,      no),
    readiness.APPROVE_SECURITY:      (no,    no,     no,     no,    no,    no,    no,      no,    no,      no),
    readiness.WATCH_SECURITY:        (no,    no,     no,     no,    group, no,    no,      no,    no,      no),
    readiness.SEE_REACHABILITY:      (no,    no,     own,    own,   own,   no,    no,      no,    no,      no),
    readiness.TEST_REACHABILITY:     (no,    no,     own,    own,   group, no,    no,      no,    no,      no),
    readiness.WATCH_REACHABILITY:    (no,    no,     no,     no,    group, no,    no,      no,    no,      no),
}
# fmt: on

PREPARING: Mapping[str, frozenset[Permission]] = {
    "coordinator": frozenset({agreements.SEE_PEOPLE, agreements.COORDINATE, agreements.HAND_OVER}),
    "deputy": frozenset({agreements.SEE_PEOPLE, agreements.HAND_OVER}),
}
"""準備中・終了後のグループ: what may be done in a group whose agreement does not bind: bring it into force."""

OPEN: Mapping[str, str] = {
    "read_health": "稼働状況だけを答える",
    "read_readiness": "稼働状況だけを答える",
    "read_worker_health": "見回りが最後に終わった時刻だけを答える",
    "read_metrics": "この計算機からか、トークンのある呼び出しにだけ答える",
    "sign_in_to_demo": "デモだけにあるサインイン",
    "sign_in_by_password": "パスワードと確認コードが資格",
    "sign_in_by_code": "印刷コードが資格",
    "offer_passkey_sign_in": "だれにでも渡す使い捨ての値だけを答える",
    "sign_in_by_passkey": "登録済みのパスキーの署名が資格",
    "list_sign_in_providers": "団体名と認証基盤の所在だけを答える",
    "begin_oidc_sign_in": "団体の認証基盤への行き先だけを答える",
    "finish_oidc_sign_in": "認証基盤の応答と、始めたブラウザーの控えが資格",
    "issue_client_token": "連携プログラムの秘密が資格",
    "read_server_metadata": "だれにでも同じ、トークンの受け取り方だけを答える",
    "accept_invitation": "招待リンクのトークンが、その人の1回のサインインについての資格",
    "list_terminal_people": "共用端末のトークンが、その端末についての資格",
    "switch_person": "共用端末のトークンと当日のPINが資格",
    "view_question": "回答リンクのトークンが、その1件についての資格",
    "answer_question": "回答リンクのトークンが、その1件についての資格",
    "receive_sms": "ゲートウェイごとの秘密が資格",
    "receive_sms_form": "ゲートウェイごとの秘密が資格",
    "receive_mail": "設定した秘密が資格",
    "receive_receipt": "ゲートウェイごとの秘密が資格",
    "receive_receipt_form": "ゲートウェイごとの秘密が資格",
}
"""Operations that need no sign-in, and what counts instead."""


def reach_of(act: Permission, principal: Principal) -> Reach:
    """Return whose matters the act reaches for the principal."""
    return PAGE[act][list(Principal).index(principal)]


def _held_by(*principals: Principal) -> frozenset[Permission]:
    return frozenset(act for act in PAGE for each in principals if reach_of(act, each) is not Reach.NONE)


STAFF = _held_by(Principal.STAFF, Principal.INVITED)
"""Anybody who works for a member; what an invited member's contact has beyond that is judged by its designation."""
ASSOCIATE = _held_by(Principal.ASSOCIATE)
CONTACT = _held_by(Principal.CONTACT)
DEPUTY = _held_by(Principal.DEPUTY)
COORDINATOR = _held_by(Principal.COORDINATOR)
OPERATOR = _held_by(Principal.OPERATOR)
ADMINISTRATOR = _held_by(Principal.ADMINISTRATOR)
AUDITOR = _held_by(Principal.AUDITOR)
CLIENT = _held_by(Principal.CLIENT)
"""What a member's program may do at most; each is given some of it by its scopes."""

APPROVER = frozenset({readiness.SEE_POLICY, readiness.SEE_SECURITY, readiness.APPROVE_SECURITY})
"""承認者: beside what somebody is anyway, about the own member alone: the second person where one is needed."""
BY_ROLE: Mapping[str, frozenset[Permission]] = {
    "administrator": ADMINISTRATOR,
    "auditor": AUDITOR,
    "approver": APPROVER,
}
"""What a role inside the own member adds."""

SCOPES: Mapping[str, frozenset[Permission]] = {
    "inventory.read": frozenset({inventory.SEE, inventory.SEE_RECORDS}),
    "inventory.write": frozenset({inventory.SEE, inventory.SEE_RECORDS, inventory.KEEP, inventory.KEEP_RECORDS}),
    "people.read": frozenset({agreements.SEE_PEOPLE}),
    "aid.read": frozenset({agreements.SEE, aid.VIEW_INCIDENTS, aid.VIEW_AID}),
}
"""What a member can let its program do. None of it commits aid, reads under an NDA or keeps people (SCIM does)."""
OF_ANY_CLIENT = frozenset({identity.SEE_ONESELF, agreements.LOOK_UP, inventory.SEE_CATALOGUE})


def permissions_of_client(scopes: frozenset[str]) -> tuple[frozenset[Permission], frozenset[Permission]]:
    """Return what a program with these scopes may do wherever it is, and what in its member's groups."""
    held = OF_ANY_CLIENT.union(*(SCOPES.get(scope, frozenset()) for scope in scopes)) & CLIENT
    within = frozenset(act for act in held if reach_of(act, Principal.CLIENT) is Reach.GROUP)
    return held - within, within


def permissions_of_person(roles: frozenset[str], *, is_contact: bool) -> frozenset[Permission]:
    """Return what a person may do wherever it is; who is there to audit and for nothing else changes nothing."""
    base = frozenset[Permission]() if roles == {"auditor"} and not is_contact else STAFF
    return base.union(*(BY_ROLE.get(role, frozenset()) for role in roles))


def permissions_of(roles: frozenset[str], kind: str, *, is_in_force: bool) -> frozenset[Permission]:
    """Return what somebody with these roles in a group may do there."""
    leading = next((each for each in ("coordinator", "deputy") if each in roles), None)
    if not roles:
        return frozenset()
    if not is_in_force:
        return PREPARING.get(leading or "", frozenset({agreements.SEE_PEOPLE}))
    if kind in WITHOUT_VOTE:
        return ASSOCIATE
    return {"coordinator": COORDINATOR, "deputy": DEPUTY}.get(leading or "", CONTACT)
