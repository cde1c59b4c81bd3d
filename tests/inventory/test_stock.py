import asyncio
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from agreements.models import MembershipStatus
from foundation.database import Database
from inventory import stock
from inventory.errors import NotEnough, NotHeld
from inventory.models import Capability
from tests.inventory.factories import make_capability, make_group, make_member


def world(session: Session, *quantities: int, kind: str = "pc") -> tuple[str, str]:
    group = make_group(session)
    member = make_member(session, group)
    for quantity in quantities:
        make_capability(session, member, kind=kind, quantity=quantity)
    return group, member


def promises(session: Session, member: str) -> list[tuple[int, int]]:
    rows = session.query(Capability).filter_by(member_id=member).order_by(Capability.id)
    return [(row.held, row.committed) for row in rows]


def hold(session: Session, group: str, member: str, quantity: int, reference: str) -> None:
    stock.hold(session, member=member, group=group, kind="pc", quantity=quantity, reference=reference)


async def test_a_hold_spreads_over_the_rows_of_one_kind(database: Database) -> None:
    group, member = await database.write(world, 5, 3)
    await database.write(hold, group, member, 6, "offer-1")
    assert await database.read(promises, member) == [(5, 0), (1, 0)]


async def test_a_hold_beyond_what_is_free_is_refused_and_says_how_much_is_left(database: Database) -> None:
    group, member = await database.write(world, 5)
    await database.write(hold, group, member, 3, "offer-1")
    with pytest.raises(NotEnough) as refused:
        await database.write(hold, group, member, 3, "offer-2")
    assert refused.value.facts == {"kind": "pc", "kind_ja": "パソコン", "available": 2}
    assert await database.read(promises, member) == [(3, 0)]


async def test_as_much_as_there_is_is_held_where_less_will_do(database: Database) -> None:
    group, member = await database.write(world, 5, 3)
    await database.write(make_capability, member, kind="notebook", quantity=4)
    wanted = {"member": member, "group": group, "kind": "pc", "instead": ("notebook",), "may_be_less": True}
    held = await database.write(stock.hold, quantity=20, reference="offer-1", **wanted)
    assert held == {"pc": 8, "notebook": 4}
    assert await database.read(promises, member) == [(5, 0), (3, 0), (4, 0)]
    with pytest.raises(NotEnough) as refused:
        await database.write(stock.hold, quantity=1, reference="offer-2", **wanted)
    assert refused.value.facts["available"] == 0


async def test_a_reference_that_holds_already_can_hold_more(database: Database) -> None:
    group, member = await database.write(world, 5)
    await database.write(hold, group, member, 2, "offer-1")
    await database.write(hold, group, member, 1, "offer-1")
    await database.write(stock.release, reference="offer-1")
    assert await database.read(promises, member) == [(0, 0)]


async def test_committing_a_part_lets_the_rest_of_the_hold_go(database: Database) -> None:
    group, member = await database.write(world, 5, 5)
    await database.write(hold, group, member, 8, "offer-1")
    await database.write(stock.commit, reference="offer-1", quantity=6)
    assert await database.read(promises, member) == [(0, 5), (0, 1)]
    assert await database.read(stock.carried, [member, "another"]) == {member: 6, "another": 0}


async def test_more_than_is_held_is_not_committed(database: Database) -> None:
    group, member = await database.write(world, 5)
    await database.write(hold, group, member, 2, "offer-1")
    with pytest.raises(NotHeld) as refused:
        await database.write(stock.commit, reference="offer-1", quantity=3)
    assert refused.value.facts == {"held": 2}


async def test_release_frees_held_and_committed_and_may_be_repeated(database: Database) -> None:
    group, member = await database.write(world, 9)
    await database.write(hold, group, member, 4, "offer-1")
    await database.write(stock.commit, reference="offer-1", quantity=4)
    await database.write(hold, group, member, 3, "offer-1")
    await database.write(hold, group, member, 2, "offer-2")
    for _ in range(2):
        await database.write(stock.release, reference="offer-1")
    assert await database.read(promises, member) == [(2, 0)]


async def test_stock_is_summed_per_member_and_kind(database: Database) -> None:
    def prepare(session: Session) -> tuple[str, str]:
        group = make_group(session)
        member = make_member(session, group)
        make_capability(session, member, quantity=4, lead_time_hours=2, max_days=30, spec="i5", conditions="要返却")
        make_capability(session, member, quantity=6, lead_time_hours=48, max_days=90, spec="i7", conditions="要返却")
        make_capability(session, member, kind="printer", quantity=1)
        make_capability(session, member, kind="server", quantity=1)
        return group, member

    group, member = await database.write(prepare)
    await database.write(hold, group, member, 4, "offer-1")
    await database.write(stock.commit, reference="offer-1", quantity=4)
    pc, printer = await database.read(stock.stock_of_all, group, ["pc", "printer"])
    assert pc == stock.Stock(member, "pc", 10, 6, 4, 48, 90, ("i7",), "要返却")
    assert (printer.kind, printer.available, printer.max_days, printer.conditions) == ("printer", 1, None, None)


async def test_a_load_is_what_is_committed_of_all_that_a_member_declares(database: Database) -> None:
    """Two of two lent out weigh more than two of two hundred."""

    def prepare(session: Session) -> str:
        group = make_group(session)
        member, idle = make_member(session, group), make_member(session, group)
        lent = make_capability(session, member, quantity=10)
        session.get_one(Capability, lent).committed = 5
        make_capability(session, member, kind="printer", quantity=90)
        make_capability(session, member, kind="staff_certificates", quantity=7)
        make_capability(session, idle, quantity=8)
        return member

    member = await database.write(prepare)
    assert await database.read(lambda session: stock.loads(session, of_people=False)) == {member: stock.Load(5, 100)}
    assert await database.read(lambda session: stock.loads(session, of_people=True)) == {}


async def test_members_give_only_to_the_groups_they_named(database: Database) -> None:
    def prepare(session: Session) -> tuple[str, str, str]:
        first, second = make_group(session), make_group(session)
        giver = make_member(session, first, second)
        make_capability(session, giver, second, quantity=7)
        make_capability(session, giver, quantity=1)
        for status in (MembershipStatus.INVITED, MembershipStatus.LEFT):
            make_capability(session, make_member(session, first, second, status=status))
        return first, second, giver

    first, second, giver = await database.write(prepare)
    assert await database.read(stock.free_of, giver, first, ["pc", "printer"]) == 1
    assert await database.read(stock.free_of, giver, second, ["pc"]) == 8
    every = {each.member: each.available for each in await database.read(stock.stock_of_all, first, ["pc"])}
    assert (len(every), every[giver]) == (3, 1), "who is not bound is told by whoever asks"
    assert await database.read(stock.stock_of_all, "another group", ["pc"]) == []
    with pytest.raises(NotEnough):
        await database.write(hold, first, giver, 2, "offer-1")


async def test_the_stock_of_thirty_members_is_one_query(database: Database) -> None:
    def prepare(session: Session) -> str:
        group = make_group(session)
        for _ in range(30):
            member = make_member(session, group)
            for kind in ("pc", "printer", "staff_certificates"):
                make_capability(session, member, kind=kind)
        return group

    def count(session: Session, group: str) -> tuple[int, int]:
        seen: list[str] = []

        def listen(*arguments: Any) -> None:
            seen.append(arguments[2])

        event.listen(session.connection(), "before_cursor_execute", listen)
        found = stock.stock_of_all(session, group, ["pc", "printer", "staff_certificates"])
        return len(found), len(seen)

    group = await database.write(prepare)
    assert await database.read(count, group) == (90, 1)


@pytest.mark.asvs("2.3.4", "15.4.2")
async def test_two_who_take_the_last_units_at_once_do_not_both_get_them(database: Database) -> None:
    group, member = await database.write(world, 2, 3)

    def slowly(session: Session, reference: str) -> None:
        hold(session, group, member, 4, reference)
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SELECT pg_sleep(0.2)"))

    outcomes = await asyncio.gather(
        *(database.write(slowly, f"offer-{number}") for number in range(4)), return_exceptions=True
    )
    refused = [each for each in outcomes if each is not None]
    assert [type(each) for each in refused] == [NotEnough] * 3
    assert sum(held for held, _ in await database.read(promises, member)) == 4


async def test_the_update_judges_where_what_was_read_is_no_longer_true(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock is not to be had everywhere: what was free a moment ago is promised by nobody's word alone."""
    group, member = await database.write(world, 5)
    free = await database.write(stock._locked_rows, member, group, ("pc",), "offer-2")
    await database.write(hold, group, member, 3, "offer-1")
    real, told = stock._locked_rows, [free]
    monkeypatch.setattr(stock, "_locked_rows", lambda *asked: told.pop() if told else real(*asked))
    with pytest.raises(NotEnough) as refused:
        await database.write(hold, group, member, 4, "offer-2")
    assert refused.value.facts["available"] == 2
    assert await database.read(promises, member) == [(3, 0)]


async def test_release_and_commit_of_one_offer_at_once_leave_the_sums_right(database: Database) -> None:
    group, member = await database.write(world, 6)
    await database.write(hold, group, member, 5, "offer-1")
    await asyncio.gather(
        database.write(stock.commit, reference="offer-1", quantity=5),
        database.write(stock.release, reference="offer-1"),
        database.write(stock.release, reference="offer-1"),
        return_exceptions=True,
    )
    assert await database.read(promises, member) in ([(0, 5)], [(0, 0)])
