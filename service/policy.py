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
        inventory.SEE_CATALOGUE,
        inventory.SEE,
        inventory.KEEP,
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
    notifications.READ_INBOUND,
    notifications.RESOLVE_INBOUND,
    aid.OPEN_INCIDENT,
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
    aid.CLOSE_INCIDENT,
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
        inventory.SEE_CATALOGUE,
        inventory.SEE,
        inventory.KEEP,
        inventory.KEEP_FOR_OTHERS,
    }
)
"""運用者: sets up groups and members; has no part in aid itself."""


def permissions_of(roles: frozenset[str], kind: str) -> frozenset[Permission]:
    """Return what somebody with these roles in a group may do there."""
    if not roles:
        return frozenset()
    if kind in WITHOUT_VOTE:
        return ASSOCIATE
    if "coordinator" in roles:
        return COORDINATOR
    return DEPUTY if "deputy" in roles else CONTACT
