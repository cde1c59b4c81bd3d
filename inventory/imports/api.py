"""The operation that takes capabilities as a file."""

from foundation.calls import Call
from foundation.operations import operation
from inventory import permissions
from inventory.errors import InvalidCapability, NotYourInventory
from inventory.imports import actions, files
from inventory.imports.schemas import CapabilityFile, CapabilityImportView


@operation(
    "POST",
    "/capability-imports",
    permission=permissions.KEEP,
    body=CapabilityFile,
    returns=CapabilityImportView,
    problems=[InvalidCapability, NotYourInventory],
)
async def import_capabilities(call: Call, draft: CapabilityFile) -> CapabilityImportView:
    """支援可能内容を CSV から取り込む (take a member's capabilities from a file, all of it or nothing)."""
    return await call.database.write(actions.take_in, call.actor, files.rows_in(draft))
