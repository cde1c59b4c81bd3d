"""Whether one's inventory may be read in an emergency, over the API."""

from agreements.errors import GroupNotFound
from foundation.calls import Call
from foundation.operations import operation
from foundation.problems import NotFound, StepUpNeeded
from inventory import permissions
from inventory.errors import NotYourRecords
from inventory.grants import actions, queries
from inventory.grants.schemas import EmergencyPermissionDraft, EmergencyPermissionsView


@operation(
    "GET",
    "/inventory/{code}/emergency-permissions",
    permission=permissions.ALLOW_EMERGENCY,
    returns=EmergencyPermissionsView,
    problems=[NotFound],
)
async def list_emergency_permissions(call: Call, code: str) -> EmergencyPermissionsView:
    """緊急閲覧の承諾を見る (in which groups one's inventory may be read in an emergency)."""
    return await call.database.read(queries.list_permissions, call.actor, code)


@operation(
    "PUT",
    "/inventory/{code}/emergency-permissions/{group}",
    permission=permissions.ALLOW_EMERGENCY,
    body=EmergencyPermissionDraft,
    returns=EmergencyPermissionsView,
    problems=[GroupNotFound, NotYourRecords, StepUpNeeded],
)
async def allow_emergency_access(
    call: Call, code: str, group: str, draft: EmergencyPermissionDraft
) -> EmergencyPermissionsView:
    """緊急閲覧を承諾する・取り消す (say whether one's inventory may be read in an emergency)."""
    return await call.database.write(actions.allow, call.actor, code, group, draft)
