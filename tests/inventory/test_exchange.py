"""An inventory goes out as a table and comes in again without a difference; nothing wrong is written."""

import base64
import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from inventory.records import actions, exchange, tables
from inventory.records.fields import choices_of, type_of
from inventory.records.kinds import RecordKind
from tests.api_client import Service
from tests.inventory.recording import SYSTEM, keep, post
from tests.world import FUJISAWA, KOMATSU, World

CONTROLS = "".join(map(chr, [*range(32), 127]))
LINES = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters=CONTROLS), min_size=1, max_size=20
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


@given(st.data(), st.sampled_from(list(RecordKind)))
def test_what_goes_out_comes_in_again_without_a_difference(data: st.DataObject, kind: RecordKind) -> None:
    fields = data.draw(
        st.fixed_dictionaries({}, optional={name: values(kind, name) for name in kind.schema.model_fields})
    )
    text = tables.written(kind, [("id-1", fields), ("id-2", {"name": "二つ目"})], "出力 2026-06-01")
    first, second = tables.read(kind, tables.decoded(text.encode("utf-8-sig")))
    assert (first.record, {name: value for name, value in first.fields.items() if value is not None}) == (
        "id-1",
        fields,
    )
    assert (second.record, second.fields["name"]) == ("id-2", "二つ目")


@given(TEXTS)
def test_no_cell_is_a_formula(text: str) -> None:
    table = tables.written(RecordKind.SITE, [("id-1", {"name": text, "manuals": text})], text)
    for cells in csv.reader(io.StringIO(table, newline="")):
        assert not [each for each in cells if each[:1] in {"=", "+", "-", "@", "\t", "\r"} and cells[0] != "#"]
    assert next(csv.reader(io.StringIO(table)))[0] == "#"


async def exported(service: Service, encoding: str = "utf-8", kind: str = "system", *, expect: int = 200) -> bytes:
    path = f"/api/inventory/{KOMATSU}/export"
    by = f"disaster1.{KOMATSU}@demo.example"
    answer = await service.call("GET", path, by=by, params={"kind": kind, "encoding": encoding})
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
    assert (found["is_written"], found["counts"]) == (True, {"same": 2})
    listed = await service.call("GET", f"/api/inventory/{KOMATSU}/records", by=world.email(KOMATSU))
    assert {each["version"] for each in listed.json()["items"]} == {1}


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
    assert "𠮷" in (await exported(service)).decode("utf-8-sig")


async def test_only_the_own_inventory_goes_out_and_in(service: Service) -> None:
    world = await service.build()
    by = world.email(FUJISAWA)
    out = await service.call("GET", f"/api/inventory/{KOMATSU}/export?kind=system", by=by)
    body = {"kind": "system", "content": base64.b64encode("名称\r\n偽\r\n".encode()).decode()}
    into = await service.call("POST", f"/api/inventory/{KOMATSU}/imports", by=by, json=body)
    assert (out.status_code, into.status_code) == (404, 403)
