from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.actor import Actor
from foundation.audit import Audit
from foundation.database import Database
from foundation.problems import Stale
from inventory import actions, queries, stock
from inventory.errors import (
    CapabilityNotFound,
    InvalidCapability,
    LessThanPromised,
    NotYourInventory,
    StillPromised,
)
from inventory.schemas import CapabilityChange, CapabilityDraft, CapabilityFilter
from tests.inventory.factories import COORDINATOR, actor_of, make_capability, make_group, make_member

OPERATOR = Actor(person=None, name="運用者", member=None, is_operator=True, permissions=COORDINATOR)


def draft(municipality: str, kind: str = "pc", groups: list[str] | None = None) -> CapabilityDraft:
    return CapabilityDraft(
        municipality=municipality, kind=kind, quantity=50, lead_time_hours=24, spec="A4", groups=groups
    )


def two_members(session: Session) -> tuple[str, str, str]:
    group = make_group(session)
    return group, make_member(session, group, municipality="142051"), make_member(session, group)


async def test_a_contact_declares_for_its_own_member(database: Database) -> None:
    group, member, _ = await database.write(two_members)
    view = await database.write(actions.declare, actor_of(member, group), draft("142051"))
    assert (view.member, view.municipality, view.quantity, view.available) == (member, "142051", 50, 50)
    assert (view.may_change, view.held, view.spec, view.groups, view.version) == (True, 0, "A4", None, 1)


async def test_what_is_declared_leaves_an_audit_row(database: Database) -> None:
    def acts(session: Session) -> list[tuple[str, str]]:
        return [(row.act, row.subject) for row in session.scalars(select(Audit))]

    group, member, _ = await database.write(two_members)
    view = await database.write(actions.declare, actor_of(member, group), draft("142051"))
    assert await database.read(acts) == [("inventory.declare", f"capability:{view.id}")]


async def test_an_unknown_kind_is_refused_with_a_likely_one(database: Database) -> None:
    group, member, _ = await database.write(two_members)
    with pytest.raises(InvalidCapability) as refused:
        await database.write(actions.declare, actor_of(member, group), draft("142051", kind="Printers"))
    (error,) = refused.value.errors
    assert error.pointer == "/kind"
    assert "printer" in error.ja


@pytest.mark.parametrize("municipality", ["142052", "011002"])
async def test_a_member_that_is_not_there_or_not_seen_is_a_field_error(database: Database, municipality: str) -> None:
    group, member, _ = await database.write(two_members)
    await database.write(lambda session: make_member(session, make_group(session), municipality="011002"))
    with pytest.raises(InvalidCapability) as refused:
        await database.write(actions.declare, actor_of(member, group), draft(municipality))
    assert refused.value.errors[0].pointer == "/municipality"


async def test_all_wrong_fields_are_named_at_once(database: Database) -> None:
    group, member, _ = await database.write(two_members)
    with pytest.raises(InvalidCapability) as refused:
        await database.write(actions.declare, actor_of(member, group), draft("142052", kind="pcs"))
    assert [each.pointer for each in refused.value.errors] == ["/municipality", "/kind"]


async def test_groups_must_be_the_members_own(database: Database) -> None:
    group, member, _ = await database.write(two_members)
    foreign = await database.write(make_group)
    with pytest.raises(InvalidCapability) as refused:
        await database.write(actions.declare, actor_of(member, group), draft("142051", groups=[group, foreign]))
    assert [each.pointer for each in refused.value.errors] == ["/groups/1"]
    view = await database.write(actions.declare, actor_of(member, group), draft("142051", groups=[group]))
    assert view.groups == [group]


async def test_a_neighbour_may_not_but_the_coordinator_and_the_operator_may(database: Database) -> None:
    group, _, neighbour = await database.write(two_members)
    with pytest.raises(NotYourInventory):
        await database.write(actions.declare, actor_of(neighbour, group), draft("142051"))
    for proxy in (actor_of(neighbour, group, permissions=COORDINATOR), OPERATOR):
        assert (await database.write(actions.declare, proxy, draft("142051"))).municipality == "142051"


async def test_partners_see_the_kind_and_quantities_alone(database: Database) -> None:
    group, member, neighbour = await database.write(two_members)
    capability = await database.write(
        lambda session: make_capability(session, member, spec="i5", max_days=30, conditions="要返却")
    )
    await database.write(stock.hold, member=member, group=group, kind="pc", quantity=3, reference="offer-1")
    view = await database.read(queries.show, actor_of(neighbour, group), capability)
    assert (view.quantity, view.available, view.conditions) == (10, 7, "要返却")
    assert (view.may_change, view.held, view.committed, view.spec, view.max_days) == (False, None, None, None, None)


async def test_nobody_else_sees_it(database: Database) -> None:
    group, member, neighbour = await database.write(two_members)
    other = await database.write(make_group)
    hidden = await database.write(make_capability, member, other)
    shown = await database.write(make_capability, member)
    outsiders = [actor_of(neighbour, other), actor_of(neighbour, group, kind="associate"), actor_of(neighbour)]
    for outsider in outsiders:
        with pytest.raises(CapabilityNotFound):
            await database.read(queries.show, outsider, shown)
    with pytest.raises(CapabilityNotFound):
        await database.read(queries.show, actor_of(neighbour, group), hidden)
    with pytest.raises(CapabilityNotFound):
        await database.write(actions.remove, actor_of(neighbour, other), shown)


async def test_the_list_is_filtered(database: Database) -> None:
    def prepare(session: Session) -> tuple[str, str, str]:
        group, member, neighbour = two_members(session)
        other = make_group(session)
        make_capability(session, member, kind="pc")
        make_capability(session, member, other, kind="printer")
        make_capability(session, neighbour, kind="pc")
        return group, other, member

    group, other, member = await database.write(prepare)
    actor = actor_of(member, group, other)

    async def found(**wanted: str) -> list[str]:
        listed = await database.read(queries.list_capabilities, actor, CapabilityFilter(**wanted))
        return [each.kind for each in listed.items]

    assert await found() == ["pc", "printer", "pc"]
    assert await found(municipality="142051") == await found(municipality=member) == ["pc", "printer"]
    assert await found(kind="printer") == ["printer"]
    assert await found(group=group) == ["pc", "pc"]
    assert await found(municipality="011002") == []


async def test_a_change_keeps_what_is_left_out_and_empties_what_is_null(database: Database) -> None:
    group, member, _ = await database.write(two_members)
    actor = actor_of(member, group)
    capability = await database.write(lambda session: make_capability(session, member, spec="i5", max_days=30))
    view = await database.write(
        actions.change, actor, capability, CapabilityChange(quantity=8, max_days=None, groups=[group]), 1
    )
    assert (view.quantity, view.spec, view.max_days, view.lead_time_hours) == (8, "i5", None, 24)
    assert (view.groups, view.version) == ([group], 2)
    view = await database.write(actions.change, actor, capability, CapabilityChange(groups=None))
    assert view.groups is None
    with pytest.raises(Stale):
        await database.write(actions.change, actor, capability, CapabilityChange(quantity=9), 1)


async def test_a_quantity_stays_at_what_is_promised_at_least(database: Database) -> None:
    group, member, _ = await database.write(two_members)
    actor = actor_of(member, group)
    capability = await database.write(make_capability, member)
    await database.write(stock.hold, member=member, group=group, kind="pc", quantity=4, reference="offer-1")
    with pytest.raises(LessThanPromised) as refused:
        await database.write(actions.change, actor, capability, CapabilityChange(quantity=3))
    assert refused.value.facts == {"promised": 4, "held": 4, "committed": 0}
    with pytest.raises(StillPromised):
        await database.write(actions.remove, actor, capability)
    await database.write(actions.change, actor, capability, CapabilityChange(quantity=4))


async def test_a_removed_one_is_gone_from_list_and_stock(database: Database) -> None:
    group, member, _ = await database.write(two_members)
    actor = actor_of(member, group)
    capability = await database.write(make_capability, member)
    await database.write(actions.remove, actor, capability, 1)
    with pytest.raises(CapabilityNotFound):
        await database.read(queries.show, actor, capability)
    assert await database.read(stock.stock_of_all, group, ["pc"]) == []


async def test_a_proxy_names_only_groups_it_coordinates(database: Database) -> None:
    group, member, neighbour = await database.write(two_members)
    coordinator = actor_of(neighbour, group, permissions=COORDINATOR)
    other = await database.write(make_group)
    await database.write(lambda session: make_member(session, other))
    capability = await database.write(make_capability, member)
    wanted = CapabilityChange(groups=[other])
    with pytest.raises(InvalidCapability):
        await database.write(actions.change, coordinator, capability, wanted)
    with pytest.raises(InvalidCapability):
        await database.write(actions.change, replace(coordinator, member=member), capability, wanted)
