"""The inventory's operations."""

from foundation.calls import Call
from foundation.operations import operation
from foundation.paging import Page
from foundation.problems import Invalid, Stale
from inventory import actions, permissions, queries
from inventory.errors import (
    CapabilityNotFound,
    InvalidCapability,
    KeptByRecord,
    LessThanPromised,
    NotYourInventory,
    StillPromised,
)
from inventory.schemas import (
    CapabilityChange,
    CapabilityDraft,
    CapabilityFilter,
    CapabilityView,
    CatalogueView,
)


@operation("GET", "/catalogue", permission=permissions.SEE_CATALOGUE, returns=CatalogueView)
async def read_catalogue(_call: Call) -> CatalogueView:
    """品目一覧 (the kinds of help that can be declared and asked for)."""
    return queries.catalogue()


@operation(
    "GET",
    "/capabilities",
    permission=permissions.SEE,
    query=CapabilityFilter,
    returns=Page[CapabilityView],
    problems=[InvalidCapability],
)
async def list_capabilities(call: Call, wanted: CapabilityFilter) -> Page[CapabilityView]:
    """支援可能内容の一覧 (list what members could give)."""
    return await call.database.read(queries.list_capabilities, call.actor, wanted)


@operation(
    "POST",
    "/capabilities",
    permission=permissions.KEEP,
    body=CapabilityDraft,
    returns=CapabilityView,
    status=201,
    problems=[Invalid, InvalidCapability, NotYourInventory],
)
async def declare_capability(call: Call, draft: CapabilityDraft) -> CapabilityView:
    """支援可能内容を登録する (declare what a member could give)."""
    return await call.database.write(actions.declare, call.actor, draft)


@operation(
    "GET",
    "/capabilities/{capability}",
    permission=permissions.SEE,
    returns=CapabilityView,
    problems=[CapabilityNotFound],
)
async def read_capability(call: Call, capability: str) -> CapabilityView:
    """支援可能内容を見る (show one capability)."""
    return await call.database.read(queries.show, call.actor, capability)


@operation(
    "PATCH",
    "/capabilities/{capability}",
    permission=permissions.KEEP,
    body=CapabilityChange,
    returns=CapabilityView,
    problems=[
        Invalid,
        InvalidCapability,
        CapabilityNotFound,
        NotYourInventory,
        LessThanPromised,
        KeptByRecord,
        Stale,
    ],
)
async def change_capability(call: Call, capability: str, change: CapabilityChange) -> CapabilityView:
    """支援可能内容を変更する (change a capability)."""
    return await call.database.write(actions.change, call.actor, capability, change, call.if_match)


@operation(
    "DELETE",
    "/capabilities/{capability}",
    permission=permissions.KEEP,
    status=204,
    problems=[CapabilityNotFound, NotYourInventory, StillPromised, KeptByRecord, Stale],
)
async def remove_capability(call: Call, capability: str) -> None:
    """支援可能内容を削除する (remove a capability)."""
    await call.database.write(actions.remove, call.actor, capability, call.if_match)
