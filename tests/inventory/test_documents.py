"""An inventory taken out on paper or as a workbook: what its reader may see, marked on every page, on the record."""

import io
import re
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.audit import Audit
from foundation.documents import typesetting
from foundation.documents.typesetting import look_for_fonts_anew
from inventory.records.reading import DISCLOSED
from tests.api_client import Service
from tests.foundation.documents.fonts import NEEDS_FONT, flat
from tests.inventory.recording import EQUIPMENT, SYSTEM, bound_reader, keep, read
from tests.world import FUJISAWA, KOMATSU, TAMA, World

NUMBER = re.compile(r"[0-9]{6}-[0-9A-Z]{4}-[0-9A-Z]{4}")


async def prepared(service: Service) -> World:
    world = await service.build()
    await keep(service, world)
    await keep(service, world, "equipment")
    return world


def texts_of(answer: httpx.Response) -> str:
    """Return all that a document says, without white space."""
    assert answer.status_code == 200, answer.text
    if answer.headers["content-type"] == "application/pdf":
        return flat("".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages))
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    return flat("".join(str(cell) for name in book.sheet_names for row in table(book, name) for cell in row))


def table(book: CalamineWorkbook, name: str) -> list[list[Any]]:
    return book.get_sheet_by_name(name).to_python()


def rows(session: Session, act: str = DISCLOSED) -> list[Audit]:
    return list(session.scalars(select(Audit).where(Audit.act == act).order_by(Audit.id)))


@NEEDS_FONT
@pytest.mark.parametrize("form", ["pdf", "xlsx"])
async def test_who_is_bound_takes_out_what_is_readable_marked_and_on_the_record(service: Service, form: str) -> None:
    world = await prepared(service)
    by = await bound_reader(service, world)
    answer = await read(service, world, by, path="document", format=form, purpose="drill", reason="図上訓練")
    shown = texts_of(answer)
    assert flat(SYSTEM["package"]) in shown
    assert "住民基本台帳" in shown
    assert EQUIPMENT["model"] in shown
    assert SYSTEM["own_remarks"] not in shown
    mine, theirs = await service.database.read(rows)
    assert {mine.chain, theirs.chain} == {world.members[TAMA], world.members[KOMATSU]}
    assert mine.facts == theirs.facts
    number = mine.facts["number"]
    assert NUMBER.fullmatch(number)
    assert (mine.facts["way"], mine.facts["purpose"], mine.facts["reason"]) == (form, "drill", "図上訓練")
    assert {each["kind"] for each in mine.facts["disclosed"]} == {"system", "equipment"}
    assert "own_remarks" not in str(mine.facts)
    assert (
        flat("【訓練】閲覧者 多摩市 多摩市 disaster　2026-06-01 12:00:00 日本時間（2026-06-01 03:00:00 UTC）")
        in shown
    )
    assert number in shown
    assert unquote(answer.headers["content-disposition"]).endswith(f"filename*=UTF-8''【訓練】台帳_小松市.{form}")
    assert answer.headers["cache-control"] == "no-store"


@NEEDS_FONT
async def test_every_page_of_the_paper_carries_the_number(service: Service) -> None:
    world = await service.build()
    for number in range(25):
        await keep(service, world, **{**SYSTEM, "name": f"システム{number}"})
    by = await bound_reader(service, world)
    answer = await read(service, world, by, path="document")
    reader = PdfReader(io.BytesIO(answer.content))
    (kept, _) = await service.database.read(rows)
    assert len(reader.pages) > 2
    assert all(kept.facts["number"] in page.extract_text() for page in reader.pages)
    assert reader.metadata is not None
    assert reader.metadata["/Keywords"] == kept.facts["number"]


async def test_without_an_nda_only_what_can_be_lent_goes_out(service: Service) -> None:
    world = await prepared(service)
    answer = await read(service, world, world.email(TAMA), path="document", format="xlsx")
    shown = texts_of(answer)
    assert "貸出できる数" in shown
    assert "ノートPC" in shown or "ノートパソコン" in shown
    assert not [text for text in (SYSTEM["name"], EQUIPMENT["name"], EQUIPMENT["model"], "機種") if text in shown]
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert book.sheet_names == ["機器", "透かし"]


async def test_where_there_is_nothing_to_take_out_nothing_goes_and_nothing_is_kept(service: Service) -> None:
    world = await service.build()
    await keep(service, world)
    refused = await read(service, world, world.email(TAMA), path="document", format="xlsx")
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (403, "nothing-to-take-out")
    assert await service.database.read(rows) == []


@NEEDS_FONT
@pytest.mark.parametrize("form", ["pdf", "xlsx"])
async def test_the_own_people_take_out_all_of_it(service: Service, form: str) -> None:
    world = await prepared(service)
    path = f"/api/inventory/{KOMATSU}/document"
    answer = await service.call("GET", path, by=world.email(KOMATSU), params={"format": form})
    shown = texts_of(answer)
    assert SYSTEM["own_remarks"] in shown
    (kept,) = await service.database.read(rows, "inventory.exported")
    assert (kept.chain, kept.facts["way"], kept.facts["kinds"]) == (
        world.members[KOMATSU],
        form,
        {"system": 1, "equipment": 1},
    )
    assert kept.facts["number"] in shown


async def test_one_kind_alone(service: Service) -> None:
    world = await prepared(service)
    by = await bound_reader(service, world)
    answer = await read(service, world, by, path="document", format="xlsx", kind="equipment")
    assert CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).sheet_names == ["機器", "透かし"]
    (kept, _) = await service.database.read(rows)
    assert [each["kind"] for each in kept.facts["disclosed"]] == ["equipment"]


async def test_without_a_font_no_paper_goes_and_nothing_is_kept(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await prepared(service)
    by = await bound_reader(service, world)
    with monkeypatch.context() as patched:
        patched.setattr(typesetting, "KNOWN", ())
        look_for_fonts_anew()
        refused = await read(service, world, by, path="document")
        workbook = await read(service, world, by, path="document", format="xlsx")
    look_for_fonts_anew()
    assert (refused.status_code, workbook.status_code) == (503, 200)
    assert "fonts-noto-cjk" in refused.json()["detail"]
    assert [each.facts["way"] for each in await service.database.read(rows)] == ["xlsx", "xlsx"]


async def test_what_is_read_on_the_screen_carries_the_mark_too(service: Service) -> None:
    world = await prepared(service)
    by = await bound_reader(service, world)
    listed = (await read(service, world, by)).json()
    record = listed["items"][0]["id"]
    one = (await read(service, world, by, path=f"records/{record}")).json()
    history = (await read(service, world, by, path=f"records/{record}/revisions")).json()
    kept = await service.database.read(rows)
    marks = [each["watermark"] for each in (listed, one, history)]
    assert [each["number"] for each in marks] == list(dict.fromkeys(row.facts["number"] for row in kept))
    assert (marks[0]["reader"], marks[0]["member"]) == ("多摩市 disaster", "多摩市")
    assert marks[0]["number"] in marks[0]["text"]
    own = await service.call("GET", f"/api/inventory/{KOMATSU}/records", by=world.email(KOMATSU))
    assert own.json()["watermark"] is None


async def test_owner_and_auditor_find_the_reading_by_its_number(service: Service) -> None:
    world = await prepared(service)
    by = await bound_reader(service, world)
    await read(service, world, by)
    number = await read(service, world, by, path="document", format="xlsx", kind="system")
    kept = (await service.database.read(rows))[-1].facts["number"]
    assert kept in texts_of(number)
    path = f"/api/inventory/{KOMATSU}/disclosures"
    for typed in (kept, kept.lower()):
        found = await service.call("GET", path, by=world.email(KOMATSU), params={"number": typed})
        assert [(each["number"], each["way"]) for each in found.json()["items"]] == [(kept, "xlsx")]
    for other in ("260601-0000-0000", "269999-0000-0000"):
        assert (await service.call("GET", path, by=world.email(KOMATSU), params={"number": other})).json()[
            "items"
        ] == []
    assert (await service.call("GET", path, by=world.email(KOMATSU), params={"number": "x"})).status_code == 422


async def test_nobody_takes_out_what_is_not_open_to_them(service: Service) -> None:
    world = await prepared(service)
    gone = await service.call(
        "GET",
        f"/api/inventory/{KOMATSU}/document",
        by=world.email(FUJISAWA),
        params={"group": "none", "purpose": "planning", "format": "xlsx"},
    )
    bare = await service.call("GET", f"/api/inventory/{KOMATSU}/document", by=world.email(FUJISAWA))
    assert (gone.status_code, bare.status_code) == (404, 422)
