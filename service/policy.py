"""Who may do what: one page, from roles to the acts that each room names."""

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

STAFF = frozenset(
    {
        identity.SEE_ONESELF,
        agreements.LOOK_UP,
        agreements.SEE,
        agreements.FOUND,
        agreements.TEND,
        agreements.REVOKE_NDA,
        inventory.SEE_CATALOGUE,
        inventory.SEE,
        inventory.KEEP,
        inventory.KEEP_RECORDS,
        inventory.SEE_RECORDS,
    }
)
"""Anybody who works for a member."""

ASSOCIATE = frozenset(
    {
        agreements.SEE_PEOPLE,
        agreements.VOUCH,
        notifications.VIEW_MESSAGES,
        aid.VIEW_AID,
        aid.ANSWER,
        readiness.SEE_TRAININGS,
        readiness.REGISTER,
    }
)
"""協力事業者・提供者の担当者: they answer what is addressed to them."""

CONTACT = ASSOCIATE | {
    agreements.SIGN_NDA,
    inventory.SEE_SHARED,
    inventory.SHARE,
    notifications.READ_INBOUND,
    notifications.RESOLVE_INBOUND,
    aid.OPEN_INCIDENT,
    aid.CLOSE_INCIDENT,
    aid.REPORT_SITUATION,
    aid.ASK,
    aid.ASK_BY_PROXY,
    aid.ACCEPT,
    aid.WRITE_CHRONOLOGY,
}
"""協定担当者（防災・情報）: they ask, answer, accept and report for their member."""

DEPUTY = CONTACT | {
    agreements.HAND_OVER,
    inventory.KEEP_FOR_OTHERS,
    aid.COORDINATE,
}
"""副幹事団体の担当者: they act for a silent member, and take the coordinator's place without anybody's leave."""

COORDINATOR = DEPUTY | {
    agreements.COORDINATE,
    readiness.ANNOUNCE,
    readiness.RECORD_ATTENDANCE,
}
"""幹事団体の担当者: they also look after the group."""

OPERATOR = frozenset(
    {
        identity.SEE_ONESELF,
        agreements.LOOK_UP,
        agreements.SEE,
        agreements.SEE_PEOPLE,
        agreements.FOUND,
        agreements.COORDINATE,
        agreements.HAND_OVER,
        agreements.TEND,
        agreements.REVOKE_NDA,
        inventory.SEE_CATALOGUE,
        inventory.SEE,
        inventory.KEEP,
        inventory.KEEP_FOR_OTHERS,
        notifications.READ_INBOUND,
        notifications.RESOLVE_INBOUND,
        aid.VIEW_AID,
        aid.OPEN_INCIDENT,
        aid.CLOSE_INCIDENT,
    }
)
"""運用者: sets up groups and members, keeps incidents and what could not be placed; asks and answers nothing."""


PREPARING = {
    "coordinator": frozenset({agreements.SEE_PEOPLE, agreements.COORDINATE, agreements.HAND_OVER}),
    "deputy": frozenset({agreements.SEE_PEOPLE, agreements.HAND_OVER}),
}
"""準備中・終了後のグループ: what may be done in a group whose agreement does not bind: bring it into force."""


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
