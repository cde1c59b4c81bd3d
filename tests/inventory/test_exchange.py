"""An inventory goes out as a table and comes in again without a difference; nothing wrong is written."""

import base64
import csv
import io
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from foundation.audit import Audit
from foundation.documents import sheets_in
from foundation.documents.sheets import NOT_KEPT, Sheet, workbook
from foundation.documents.watermark import Watermark
from inventory.records import actions, exchange, tables
from inventory.records.exchange import Export
from inventory.records.fields import choices_of, type_of
from inventory.records.kinds import RecordKind, words_of
from inventory.records.schemas import Encoding, ExportQuery, ImportDraft, TableFormat
from tests.api_client import Service
from tests.inventory.recording import SYSTEM, keep, post
from tests.world import FUJISAWA, KOMATSU, World

MARK = Watermark("某", "小松市", datetime(2026, 6, 1, tzinfo=UTC), "260601-0000-0000")
CONTROLS = "".join(map(chr, [*range(32), 127]))
LINES = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters=CONTROLS + NOT_KEPT), min_size=1, max_size=20
).filter(str.strip)
"""What a line of text may be: no control characters, and not blank."""
TEXTS = st.one_of(
    LINES,
    st.builds("{}\n{}".format, LINES, LINES),
    st.sampled_from(["=1+1", "a\r\nb", "a\rb", "a\tb", "'=x", "''", "@a", "-", "+81"]),
)


def values(kind: RecordKind, name: str) -> st.SearchStrategy[Any]:
    field = kind.schema.model_fields[name]
    by_type = {
        "text": TEXTS,
        "list": st.lists(LINES, min_size=1, max_size=3),
        "number": st.integers(0, 5),
        "day": st.dates().filter(lambda day: 2000 <= day.year < 2100).map(str),
        "flag": st.booleans(),
        "choice": st.sampled_from([each.value for each in choices_of(field)] or [""]),
    }
    return by_type[type_of(field)]


def file_of(form: TableFormat, kind: RecordKind, records: list[tuple[str, dict[str, Any]]]) -> str:
    content = exchange.made(Export(kind, records, MARK), ExportQuery(kind=kind, format=form))
    return base64.b64encode(content).decode()


@given(st.data(), st.sampled_from(list(RecordKind)), st.sampled_from(list(TableFormat)))
def test_what_goes_out_comes_in_again_without_a_difference(
    data: st.DataObject, kind: RecordKind, form: TableFormat
) -> None:
    fields = data.draw(
        st.fixed_dictionaries({}, optional={name: values(kind, name) for name in kind.schema.model_fields})
    )
    content = file_of(form, kind, [("id-1", fields), ("id-2", {"name": "二つ目"})])
    with pytest.MonkeyPatch.context() as patched:  # A process for each example would take minutes.
        patched.setattr("inventory.records.files.rows_apart", sheets_in.rows)
        first, second = exchange.rows_in(ImportDraft(kind=kind, content=content))
    assert (first.record, {name: value for name, value in first.fields.items() if value is not None}) == (
        "id-1",
        fields,
    )
    assert (second.record, second.fields["name"]) == ("id-2", "二つ目")


@given(TEXTS)
@pytest.mark.asvs("1.2.10")
def test_no_cell_is_a_formula(text: str) -> None:
    table = tables.written(RecordKind.SITE, [("id-1", {"name": text, "manuals": text})], text)
    for cells in csv.reader(io.StringIO(table, newline="")):
        assert not [each for each in cells if each[:1] in {"=", "+", "-", "@", "\t", "\r"} and cells[0] != "#"]
    assert next(csv.reader(io.StringIO(table)))[0] == "#"


async def exported(
    service: Service, encoding: str = "utf-8", kind: str = "system", *, expect: int = 200, **more: Any
) -> bytes:
    path = f"/api/inventory/{KOMATSU}/export"
    by = f"disaster1.{KOMATSU}@demo.example"
    answer = await service.call("GET", path, by=by, params={"kind": kind, "encoding": encoding, **more})
    assert answer.status_code == expect, answer.text
    return answer.content


async def take_in(
    service: Service, world: World, content: bytes, kind: str = "system", *, expect: int = 200, **more: Any
) -> dict[str, Any]:
    body = {"kind": kind, "content": base64.b64encode(content).decode(), **more}
    return await post(service, f"/api/inventory/{KOMATSU}/imports", world.email(KOMATSU), body, expect=expect)


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
async def test_an_exported_file_changes_nothing(service: Service, encoding: str) -> None:
    world = await service.build()
    await keep(service, world)
    await keep(service, world, name="税", remarks="=1+1\n二行目", export_formats=["CSV", "XML, 固定長"])
    content = await exported(service, encoding)
    assert "小松市 disaster" in content.decode("utf-8-sig" if encoding == "utf-8" else "cp932")
    found = await take_in(service, world, content, is_preview=False)
    assert (found["is_written"], found["counts"], found["changes"]) == (True, {"same": 2}, 0)
    listed = await service.call("GET", f"/api/inventory/{KOMATSU}/records", by=world.email(KOMATSU))
    assert {each["version"] for each in listed.json()["items"]} == {1}


def kept_exports(session: Session) -> int:
    return session.query(Audit).filter(Audit.act == exchange.EXPORTED).count()


def test_a_readers_name_that_cp932_has_not_does_not_stop_the_file() -> None:
    mark = Watermark("𠮷田", "小松市", datetime(2026, 6, 1, tzinfo=UTC), "260601-0000-0000")
    content = exchange.as_csv(Export(RecordKind.SITE, [], mark), Encoding.CP932)
    assert "〓田" in content.decode("cp932")


def filled(kind: RecordKind) -> dict[str, Any]:
    """Every field of a kind with something that a spreadsheet would like to change."""
    texts = ["013048", "=1+1", "'=x", "葛󠄀城 𠮷野", "1e5", "2026/1/2", "TRUE", "@SUM", "＋81", "_x000D_"]
    by_type = {"list": ["固定長", "=CSV", "012"], "number": 3, "day": "2026-02-10", "flag": False}
    schema = kind.schema.model_fields
    given_fields: dict[str, Any] = {}
    for place, (name, field) in enumerate(schema.items()):
        choices = [each.value for each in choices_of(field)]
        given_fields[name] = choices[-1] if choices else by_type.get(type_of(field), texts[place % len(texts)])
    return given_fields | ({"kind": "notebook"} if kind is RecordKind.EQUIPMENT else {})


@pytest.mark.parametrize("form", list(TableFormat))
async def test_an_unchanged_export_of_every_kind_and_field_says_0_changes(
    service: Service, form: TableFormat
) -> None:
    world = await service.build(codes=(KOMATSU, FUJISAWA))
    for kind in RecordKind:
        await keep(service, world, kind.value, **filled(kind))
        await keep(service, world, kind.value, name="名だけ")
        content = await exported(service, kind=kind.value, format=form.value)
        preview = await take_in(service, world, content, kind.value)
        assert (preview["is_written"], preview["changes"], preview["counts"]) == (False, 0, {"same": 2})
        found = await take_in(service, world, content, kind.value, is_preview=False)
        assert (found["is_written"], found["changes"], found["counts"]) == (True, 0, {"same": 2})
    listed = await service.call("GET", f"/api/inventory/{KOMATSU}/records", by=world.email(KOMATSU))
    assert {each["version"] for each in listed.json()["items"]} == {1}
    rows = await service.call("GET", f"/api/inventory/{KOMATSU}/disclosures", by=world.email(KOMATSU))
    assert rows.json()["items"] == []


def book(*cells: list[Any], title: str = "システム") -> bytes:
    head = ["ID", *(words_of(RecordKind.SYSTEM)[name].label for name in ("name", "restore_tested_on", "version"))]
    return workbook([Sheet(title, head, cells, frozenset({2}))], MARK)


async def test_a_workbook_is_taken_in_row_by_row_like_csv(service: Service) -> None:
    world = await service.build()
    made = await keep(service, world)
    table = book(
        [made["id"], "住記", date(2026, 3, 1), 7],
        [None, "介護保険", "2026年3月2日", "013048"],
        [None, "#1 予備機", None, None],
        [None, None, None, None],
        [None, "年金", "きのう", None],
    )
    found = await take_in(service, world, table)
    assert (found["is_written"], found["changes"]) == (False, 3)
    assert [(each["line"], each["outcome"]) for each in found["rows"]] == [
        (2, "changed"),
        (3, "created"),
        (4, "created"),
        (6, "wrong"),
    ]
    assert [error["column"] for error in found["rows"][-1]["errors"]] == ["復元試験の実施日"]
    assert (await take_in(service, world, table, is_preview=False))["is_written"] is False
    assert (await take_in(service, world, table, is_preview=False, only_right=True))["is_written"] is True
    listed = await service.call("GET", f"/api/inventory/{KOMATSU}/records", by=world.email(KOMATSU))
    shown = {
        each["name"]: (each["fields"].get("restore_tested_on"), each["fields"].get("version"))
        for each in listed.json()["items"]
    }
    assert shown == {"住記": ("2026-03-01", "7"), "介護保険": ("2026-03-02", "013048"), "#1 予備機": (None, None)}


async def test_a_workbook_that_is_no_plain_table_is_refused_with_the_remedy(service: Service) -> None:
    world = await service.build(codes=(KOMATSU, FUJISAWA))
    for content, code, remedy in (
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old-or-locked", ".xlsx"),
        (book()[:-30], "not-a-workbook", "保存し直して"),
        (book(*[[None, "x", None, None]] * 501), "too-many-rows", "分け"),
    ):
        refused = await take_in(service, world, content, expect=422)
        assert [(each["pointer"], each["code"]) for each in refused["errors"]] == [("/content", code)]
        assert remedy in refused["errors"][0]["detail"]


async def test_what_no_workbook_keeps_is_refused_rather_than_replaced(service: Service) -> None:
    world = await service.build(codes=(KOMATSU, FUJISAWA))
    await keep(service, world, name="端\uffff")
    assert "U+FFFF" in (await exported(service, format="xlsx", expect=422)).decode()


async def test_a_name_that_begins_like_a_note_is_a_row_all_the_same(service: Service) -> None:
    world = await service.build(codes=(KOMATSU, FUJISAWA))
    found = await take_in(service, world, "#出力\r\n名称\r\n#1 予備機\r\n".encode(), "network")
    assert found["counts"] == {"created": 1}


async def test_a_preview_shows_every_row_and_writes_nothing(service: Service) -> None:
    world = await service.build()
    made = await keep(service, world)
    table = (
        "ID,名称,復元試験の実施日,バックアップの頻度,保管場所の数\r\n"
        f"{made['id']},住記,2026年3月1日,毎週,２\r\n"
        ",介護保険,2026/3/2,毎日,\r\n"
        ",,2026-03-02,毎日,1\r\n"
        ",年金,きのう,ときどき,たくさん\r\n"
        "none,国保,,,\r\n"
    ).encode("cp932")
    found = await take_in(service, world, table)
    assert found["is_written"] is False
    assert [(each["line"], each["outcome"]) for each in found["rows"]] == [
        (2, "changed"),
        (3, "created"),
        (4, "wrong"),
        (5, "wrong"),
        (6, "wrong"),
    ]
    wrong = {each["line"]: [error["column"] for error in each["errors"]] for each in found["rows"] if each["errors"]}
    assert {line: sorted(map(str, columns)) for line, columns in wrong.items()} == {
        4: ["名称"],
        5: ["バックアップの頻度", "保管場所の数", "復元試験の実施日"],
        6: ["None"],
    }
    assert (await take_in(service, world, table, is_preview=False))["is_written"] is False
    listed = f"/api/inventory/{KOMATSU}/records"
    items = (await service.call("GET", listed, by=world.email(KOMATSU))).json()["items"]
    assert [(each["version"], each["fields"]) for each in items] == [(1, SYSTEM)]
    taken = await take_in(service, world, table, is_preview=False, only_right=True)
    assert (taken["is_written"], taken["counts"]) == (True, {"changed": 1, "created": 1, "wrong": 3})
    items = (await service.call("GET", listed, by=world.email(KOMATSU))).json()["items"]
    assert [(each["version"], each["name"]) for each in items] == [(2, "住記"), (1, "介護保険")]
    changed = {"name": "住記", "restore_tested_on": "2026-03-01", "backup_frequency": "weekly", "backup_places": 2}
    assert items[0]["fields"] == {**SYSTEM, **changed}


async def test_what_is_promised_stops_its_row_alone(service: Service) -> None:
    world = await service.build()
    table = (
        "名称,品目（品目一覧の kind）,数量,貸出できる数\r\nノート,notebook,8,5\r\n壊れた行,notebook,3,4\r\n".encode()
    )
    found = await take_in(service, world, table, "equipment", is_preview=False, only_right=True)
    assert found["counts"] == {"created": 1, "wrong": 1}
    stock = await service.call(
        "GET", f"/api/capabilities?municipality={KOMATSU}&kind=notebook", by=world.email(KOMATSU)
    )
    assert [each["quantity"] for each in stock.json()["items"]] == [5]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("名称,色\r\n住記,青\r\n".encode(), "columns"),
        ("名称,名称\r\n住記,住記\r\n".encode(), "columns"),
        ("名称\r\n住記,余り\r\n".encode(), "unreadable"),
        (b"\xff\xfe\x00\x81", "encoding"),
    ],
)
async def test_what_is_no_table_of_the_kind_is_refused_as_a_whole(
    service: Service, content: bytes, code: str
) -> None:
    world = await service.build(codes=(KOMATSU, FUJISAWA))
    refused = await take_in(service, world, content, expect=422)
    assert [(each["pointer"], each["code"]) for each in refused["errors"]] == [("/content", code)]


async def test_a_file_of_too_many_rows_is_refused_before_anything_is_tried(service: Service) -> None:
    world = await service.build(codes=(KOMATSU, FUJISAWA))
    lines = "名称\r\n" + "出先\r\n" * exchange.MOST_ROWS
    statements: list[str] = []

    def listen(*call: Any) -> None:
        statements.append(call[2])

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        refused = await take_in(service, world, f"{lines}出先\r\n".encode(), "network", expect=422)
    finally:
        event.remove(Engine, "before_cursor_execute", listen)
    (error,) = refused["errors"]
    assert (error["code"], "500行" in error["detail"], "分け" in error["detail"]) == ("too-many-rows", True, True)
    assert not [each for each in statements if "inventory_records" in each]


async def test_the_records_are_counted_once_per_file(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    world = await service.build(codes=(KOMATSU, FUJISAWA))
    await keep(service, world, "network", name="本庁")
    monkeypatch.setattr(actions, "MOST_RECORDS", 4)
    counted: list[str] = []

    def listen(*call: Any) -> None:
        if "count(*)" in call[2] and "inventory_records" in call[2]:
            counted.append(call[2])

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        table = "名称\r\n一\r\n二\r\n三\r\n四\r\n五\r\n"
        found = await take_in(service, world, table.encode(), "network", is_preview=False, only_right=True)
    finally:
        event.remove(Engine, "before_cursor_execute", listen)
    assert (found["counts"], len(counted)) == ({"created": 3, "wrong": 2}, 1)
    assert [error["code"] for row in found["rows"] for error in row["errors"]] == ["too-many-records"] * 2


async def test_what_cp932_has_not_is_refused_rather_than_replaced(service: Service) -> None:
    world = await service.build(codes=(KOMATSU, FUJISAWA))
    await keep(service, world, name="𠮷野家システム")
    assert "𠮷" in (await exported(service, "cp932", expect=422)).decode()
    assert await service.database.read(kept_exports) == 0
    assert "𠮷" in (await exported(service)).decode("utf-8-sig")


async def test_only_the_own_inventory_goes_out_and_in(service: Service) -> None:
    world = await service.build()
    by = world.email(FUJISAWA)
    out = await service.call("GET", f"/api/inventory/{KOMATSU}/export?kind=system", by=by)
    body = {"kind": "system", "content": base64.b64encode("名称\r\n偽\r\n".encode()).decode()}
    into = await service.call("POST", f"/api/inventory/{KOMATSU}/imports", by=by, json=body)
    assert (out.status_code, into.status_code) == (404, 403)
