import asyncio
import base64
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.util import await_only

from foundation.audit import Audit
from foundation.database import Database
from foundation.problems import FieldError
from inventory import stock
from inventory.errors import InvalidCapability, NotYourInventory
from inventory.imports import actions, files
from inventory.imports.schemas import CapabilityFile, CapabilityImportView
from inventory.models import Capability
from service import commands
from service.errors import RefusedError
from service.house import House
from service.import_commands import IMPORTER
from tests.api_client import Service
from tests.inventory.factories import actor_of, make_capability, make_group, make_member
from tests.world import FUJISAWA, TAMA

HEAD = "団体コード,品目,数量,準備時間,最大日数,仕様,条件\n"


def two_members(session: Session) -> tuple[str, str, str]:
    group = make_group(session)
    return group, make_member(session, group, municipality=FUJISAWA), make_member(session, group, municipality=TAMA)


def of_all(session: Session, text: str) -> CapabilityImportView:
    return actions.take_in(session, IMPORTER, files.rows_of_all(text.encode()))


def kept(session: Session) -> list[tuple[str, int, int, str | None, int]]:
    rows = session.scalars(select(Capability).order_by(Capability.kind, Capability.spec))
    return [(row.kind, row.quantity, row.lead_time_hours, row.spec, row.version) for row in rows]


def faults(content: bytes) -> Sequence[FieldError]:
    with pytest.raises(InvalidCapability) as refused:
        files.rows_of_all(content)
    return refused.value.errors


async def test_lines_are_new_then_known_then_changed(database: Database) -> None:
    await database.write(two_members)
    text = f'{HEAD}{FUJISAWA},パソコン,"1,050",24,,,\n{FUJISAWA},pc,５,48,30,A4,要相談\n{TAMA},printer,3,0,,,\n'
    assert await database.write(of_all, text) == CapabilityImportView(created=3, changed=0, same=0)
    assert await database.write(of_all, text) == CapabilityImportView(created=0, changed=0, same=3)
    assert await database.write(of_all, text.replace("５", "6")) == CapabilityImportView(created=0, changed=1, same=2)
    found = await database.read(kept)
    assert sorted(found, key=str) == sorted(
        [("pc", 1050, 24, None, 1), ("pc", 6, 48, "A4", 2), ("printer", 3, 0, None, 1)], key=str
    )


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_the_same_file_twice_at_once_is_counted_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await database.write(two_members)
    text, barrier, new = f"{HEAD}{FUJISAWA},pc,5,24,,,\n", asyncio.Barrier(2), actions._new

    async def meet() -> None:
        with suppress(TimeoutError, asyncio.BrokenBarrierError):
            async with asyncio.timeout(1):
                await barrier.wait()

    def met(*args: Any) -> dict[str, Any]:
        await_only(meet())
        return new(*args)

    monkeypatch.setattr(actions, "_new", met)
    made = await asyncio.gather(database.write(of_all, text), database.write(of_all, text))
    assert sorted((each.created, each.same) for each in made) == [(0, 1), (1, 0)]
    assert await database.read(kept) == [("pc", 5, 24, None, 1)]


async def test_each_member_has_one_audit_row_and_no_change_leaves_none(database: Database) -> None:
    def acts(session: Session) -> list[tuple[str, str, int]]:
        rows = session.scalars(select(Audit).where(Audit.act == actions.IMPORTED, Audit.chain != "service"))
        return sorted((row.subject, row.chain, row.facts["created"]) for row in rows)

    _, fujisawa, tama = await database.write(two_members)
    text = f"{HEAD}{FUJISAWA},pc,5,24,,,\n{FUJISAWA},printer,5,24,,,\n{TAMA},pc,3,0,,,\n"
    for _ in range(2):
        await database.write(of_all, text)
    expected = sorted([(f"inventory:{fujisawa}", fujisawa, 2), (f"inventory:{tama}", tama, 1)])
    assert await database.read(acts) == expected


async def test_one_wrong_line_keeps_all_out_and_every_wrong_line_is_named(database: Database) -> None:
    await database.write(two_members)
    text = f"{HEAD}{FUJISAWA},pc,5,24,,,\n999999,pc,5,24,,,\n888888,pc,5,24,,,\n"
    with pytest.raises(InvalidCapability) as refused:
        await database.write(of_all, text)
    assert [each.pointer for each in refused.value.errors] == ["/rows/3/municipality", "/rows/4/municipality"]
    assert "3行目「団体コード」" in refused.value.errors[0].ja
    assert await database.read(kept) == []


async def test_what_is_promised_stays(database: Database) -> None:
    def promised(session: Session) -> None:
        group, fujisawa, _ = two_members(session)
        make_capability(session, fujisawa, kind="pc", quantity=50)
        stock.hold(session, member=fujisawa, group=group, kind="pc", quantity=20, reference="an offer")

    await database.write(promised)
    with pytest.raises(InvalidCapability) as refused:
        await database.write(of_all, f"{HEAD}{FUJISAWA},pc,19,24,,,\n")
    (error,) = refused.value.errors
    assert (error.pointer, error.code) == ("/rows/2/quantity", "less-than-promised")
    assert "20" in error.ja
    assert (await database.write(of_all, f"{HEAD}{FUJISAWA},pc,20,24,,,\n")).changed == 1


@pytest.mark.parametrize(
    ("line", "pointer", "code"),
    [
        (",pc,5,24,,,", "/rows/2/municipality", "missing"),
        (f"{FUJISAWA},,5,24,,,", "/rows/2/kind", "missing"),
        (f"{FUJISAWA},Printers,5,24,,,", "/rows/2/kind", "unknown-kind"),
        (f"{FUJISAWA},pc,0,24,,,", "/rows/2/quantity", "greater-than-equal"),
        (f"{FUJISAWA},pc,五,24,,,", "/rows/2/quantity", "int-type"),
        (f"{FUJISAWA},pc,5,-1,,,", "/rows/2/lead_time_hours", "int-type"),
        (f"{FUJISAWA},pc,5,9999,,,", "/rows/2/lead_time_hours", "less-than-equal"),
        (f"{FUJISAWA},pc,5,24,,,,余分", "/content", "unreadable"),
        (f"{FUJISAWA},pc,5,24,,,\n{FUJISAWA},pc,6,24,,,", "/rows/3/kind", "twice"),
    ],
)
def test_a_wrong_line_says_where_and_what(line: str, pointer: str, code: str) -> None:
    (error,) = faults(f"{HEAD}{line}\n".encode())
    assert (error.pointer, error.code) == (pointer, code)


@pytest.mark.parametrize("head", ["団体コード,品目,数量\n", "品目,品目,数量,準備時間\n", "品目,数量,準備時間,色\n"])
def test_columns_that_lack_or_are_unknown_are_refused(head: str) -> None:
    (error,) = faults(head.encode())
    assert (error.pointer, error.code) == ("/content", "columns")


def test_a_file_of_excel_and_english_columns_are_read() -> None:
    rows = files.rows_of_all("quantity,kind,lead_time_hours,municipality\r\n5,パソコン,24,142051\r\n".encode("cp932"))
    assert [(each.line, each.row.kind, each.row.quantity) for each in rows] == [(2, "pc", 5)]


async def test_a_member_brings_its_own_and_nobody_elses(database: Database) -> None:
    def brought(session: Session, group: str, member: str, whose: str) -> CapabilityImportView:
        content = base64.b64encode(b"kind,quantity,lead_time_hours\npc,5,24\n").decode()
        rows = files.rows_in(CapabilityFile(municipality=whose, content=content))
        return actions.take_in(session, actor_of(member, group), rows)

    group, fujisawa, _ = await database.write(two_members)
    assert (await database.write(brought, group, fujisawa, FUJISAWA)).created == 1
    with pytest.raises(NotYourInventory):
        await database.write(brought, group, fujisawa, TAMA)


async def test_over_the_api_and_seen_in_matching(service: Service) -> None:
    world = await service.build()
    content = base64.b64encode(f"{HEAD},衛星電話,2,2,,,\n".encode()).decode()
    body = {"municipality": FUJISAWA, "content": content}
    answer = await service.call("POST", "/api/capability-imports", by=world.email(FUJISAWA), json=body)
    assert (answer.status_code, answer.json()) == (200, {"created": 1, "changed": 0, "same": 0})
    listed = await service.call(
        "GET", f"/api/capabilities?municipality={FUJISAWA}&kind=satphone", by=world.email(FUJISAWA)
    )
    assert [each["quantity"] for each in listed.json()["items"]] == [2]
    wrong = {"municipality": FUJISAWA, "content": base64.b64encode(b"kind\npc\n").decode()}
    refused = await service.call("POST", "/api/capability-imports", by=world.email(FUJISAWA), json=wrong)
    assert refused.status_code == 422


def test_a_file_of_no_known_encoding_is_refused() -> None:
    (error,) = faults(b"\x81\x20\xff")
    assert (error.pointer, error.code) == ("/content", "encoding")


async def test_the_operators_command_says_what_it_did_and_what_is_wrong(service: Service, tmp_path: Path) -> None:
    await service.build()
    state = service.app.state
    house = House(state.database, state.gateways, state.wordings, state.mode)
    file = tmp_path / "list.csv"
    file.write_text(f"{HEAD}{FUJISAWA},ups,5,24,,,\n", encoding="utf-8")
    said = await commands.run(house, "import.capabilities", {"path": str(file)})
    assert "新規 1行" in said
    file.write_text(f"{HEAD}{FUJISAWA},ups,x,24,,,\n{FUJISAWA},upz,1,24,,,\n", encoding="utf-8")
    with pytest.raises(RefusedError, match=r"2行目「数量」.*\n3行目「品目」"):
        await commands.run(house, "import.capabilities", {"path": str(file)})
    with pytest.raises(RefusedError, match="読めません"):
        await commands.run(house, "import.capabilities", {"path": str(tmp_path / "none.csv")})
