"""Attachments: sealed, opened by others under the rule of records, with a mark, and told to the owner at once."""

import asyncio
import zipfile
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from inventory.attachments.models import AttachmentContent, AttachmentVersion
from inventory.records.reading import DISCLOSED
from migrations.tables import METADATA
from tests.agreements.secrecy import revoke
from tests.api_client import Service
from tests.foundation.documents.fonts import NEEDS_FONT
from tests.foundation.documents.samples import jpeg, pdf, png, xlsx
from tests.inventory.attaching import FILE_NAME, TITLE, attach, fetch, rows, text_of, upload
from tests.inventory.recording import bound_reader, keep, patch, post, read
from tests.world import FUJISAWA, KOMATSU, TAMA, World

CONFIDENTIAL = "架空の第2回線は北陸データセンターへ"


async def built(service: Service) -> tuple[World, str]:
    world = await service.build()
    return world, (await keep(service, world, "network", name="庁内ネットワーク"))["id"]


@pytest.mark.asvs("5.3.2", "5.4.2")
async def test_the_owner_gets_the_very_bytes_under_a_name_made_by_the_server(service: Service) -> None:
    world, record = await built(service)
    made = await attach(service, world, record)
    assert (made["number"], made["version"], made["title"], made["kind"]) == (1, 1, TITLE, "pdf")
    answer = await fetch(service, made["id"], world.email(KOMATSU, "ict"))
    assert answer.content == pdf()
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"attachment-1-v1.pdf\"; filename*=UTF-8''"
        "%E3%80%90%E8%A8%93%E7%B7%B4%E3%80%91%E6%9E%B6%E7%A9%BA%E5%BA%81%E8%88%8E%E3%81%AE%E6%A7%8B%E6%88%90%E5%9B%B3.pdf"
    )
    assert (answer.headers["x-content-type-options"], answer.headers["cache-control"]) == ("nosniff", "no-store")
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    (row,) = await rows(service, "inventory.attachment_read")
    assert (row.chain, row.subject, row.facts) == (
        world.members[KOMATSU],
        f"attachment:{made['id']}",
        {"version": 1},
    )


async def test_a_new_upload_is_a_version_and_the_older_ones_stay(service: Service) -> None:
    world, record = await built(service)
    made = await attach(service, world, record)
    path = f"/api/inventory/{KOMATSU}/attachments/{made['id']}/versions"
    stale = {"headers": {"If-Match": '"9"'}, "expect": 412}
    await upload(service, path, world.email(KOMATSU), png(), name="新.png", **stale)
    newer = await upload(service, path, world.email(KOMATSU), png(), name="新.png", headers={"If-Match": '"1"'})
    assert (newer["version"], newer["title"], newer["kind"]) == (2, TITLE, "png")
    assert [(each["number"], each["file_name"]) for each in newer["versions"]] == [(2, "新.png"), (1, FILE_NAME)]
    by = world.email(KOMATSU)
    assert (await fetch(service, made["id"], by)).content == png()
    assert (await fetch(service, made["id"], by, version=1)).content == pdf()
    assert (await fetch(service, made["id"], by, version=3)).status_code == 404


async def test_a_retired_file_leaves_the_list_and_opens_for_its_owner_alone(service: Service) -> None:
    world, record = await built(service)
    made, by = await attach(service, world, record), world.email(KOMATSU)
    reader = await bound_reader(service, world)
    await post(service, f"/api/inventory/{KOMATSU}/attachments/{made['id']}/retirement", by, {"note": "移設"})
    path = f"/api/inventory/{KOMATSU}/records/{record}/attachments"
    assert (await service.call("GET", path, by=by)).json()["items"] == []
    retired = (await service.call("GET", path, by=by, params={"is_retired": True})).json()["items"]
    assert [each["id"] for each in retired] == [made["id"]]
    assert (await fetch(service, made["id"], by)).status_code == 200
    assert (await read(service, world, reader, path=f"attachments/{made['id']}/file")).status_code == 404
    assert (await read(service, world, reader, path=f"records/{record}/attachments?is_retired=true")).json() == {
        "items": [],
        "watermark": None,
    }
    await upload(service, f"/api/inventory/{KOMATSU}/attachments/{made['id']}/versions", by, pdf(), expect=409)
    assert [row.facts for row in await rows(service, "inventory.attachment_retired")] == [{"note": "移設"}]


async def test_titles_shown_to_others_carry_the_mark_of_their_reading(service: Service) -> None:
    world, record = await built(service)
    made = await attach(service, world, record)
    reader = await bound_reader(service, world)
    for path in (f"records/{record}/attachments", f"attachments/{made['id']}"):
        mark = (await read(service, world, reader, path=path)).json()["watermark"]
        numbers = [row.facts["number"] for row in await rows(service, DISCLOSED)]
        assert mark["number"] == numbers[-1]
        assert mark["member"] == "多摩市"
        own = await service.call("GET", f"/api/inventory/{KOMATSU}/{path}", by=world.email(KOMATSU))
        assert own.json()["watermark"] is None


@pytest.mark.parametrize(
    ("content", "pointer", "code"),
    [
        (b"%PDF-1.7 cut off", "/file", "damaged"),
        (b"MZ\x90\0" + bytes(99), "/file", "program"),
        ("VPNの設定\n事前共有鍵: Zq3xW9aa!\n".encode(), "/file", "looks-like-secret"),
        (b"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n", "/file", "looks-like-secret"),
        (xlsx(["機器", "パスワード"], ["ルーター", "Zq3xW9aa"]), "/file", "looks-like-secret"),
        (b"", "/file", "empty"),
    ],
)
async def test_what_is_no_document_or_holds_a_key_is_refused_with_the_remedy(
    service: Service, content: bytes, pointer: str, code: str
) -> None:
    world, record = await built(service)
    refused = await attach(service, world, record, content, name="図.pdf", expect=422)
    (error,) = refused["errors"]
    assert (error["pointer"], error["code"]) == (pointer, code)
    assert "ください" in error["detail"]


async def test_the_form_is_checked_as_a_whole(service: Service) -> None:
    world, record = await built(service)
    path, by = f"/api/inventory/{KOMATSU}/records/{record}/attachments", world.email(KOMATSU)
    refused = await upload(service, path, by, pdf(), expect=422, title=" ", disclosure="group")
    assert {error["pointer"] for error in refused["errors"]} == {"/title", "/disclosure"}
    missing = await service.call("POST", path, by=by, files={"title": (None, "図")})
    assert [error["pointer"] for error in missing.json()["errors"]] == ["/file"]
    two = [("file", ("a", b"x")), ("file", ("b", b"x"))]
    assert (await service.call("POST", path, by=by, files=two)).json()["errors"][0]["code"] == "form"
    assert (await service.call("POST", path, by=by, json={"title": "図"})).status_code == 415
    titled = await upload(service, path, by, pdf(), expect=422, title="PW: Zq3xW9aa", disclosure="nda")
    assert titled["errors"][0]["pointer"] == "/title"


@pytest.mark.asvs("5.2.1", "5.2.2", "5.2.3", "5.2.4", "5.2.5", "5.2.6")
async def test_sizes_and_numbers_are_limited(service: Service) -> None:
    world, record = await built(service)
    settings = service.app.state.settings
    limits = {"attachment_limit": 5_000, "attachment_count": 3, "attachment_total": 12_000}
    service.app.state.settings = settings.model_copy(update=limits)
    await attach(service, world, record, b"a" * 5_001, expect=422)
    beyond = await attach(service, world, record, b"a" * 11_000_000, expect=413)
    assert str(settings.attachment_limit + 65_536) in beyond["detail"]
    for _ in range(2):
        await attach(service, world, record, b"a" * 4_500)
    full = await attach(service, world, record, b"a" * 3_500, expect=409)
    assert (full["type"], "0.0 MB" in full["detail"]) == ("urn:yuimaru:problem:attachments-too-large", True)
    await attach(service, world, record, b"a")
    assert "too-many" in (await attach(service, world, record, b"a", expect=409))["type"]


async def test_two_uploads_at_once_get_two_numbers_and_share_no_place(service: Service) -> None:
    world, record = await built(service)
    service.app.state.settings = service.app.state.settings.model_copy(update={"attachment_count": 2})
    path = f"/api/inventory/{KOMATSU}/records/{record}/attachments"
    form = {"title": TITLE, "disclosure": "nda"}
    calls = [
        service.call("POST", path, by=world.email(KOMATSU), data=form, files={"file": ("a", b"text")})
        for _ in range(3)
    ]
    answers = await asyncio.gather(*calls)
    assert sorted(each.status_code for each in answers) == [201, 201, 409]
    assert {each.json()["number"] for each in answers if each.is_success} == {1, 2}


async def test_a_repeated_upload_counts_once_whatever_its_boundary(service: Service) -> None:
    world, record = await built(service)
    key = {"headers": {"Idempotency-Key": "k1"}}
    first = await attach(service, world, record, **key)
    assert await attach(service, world, record, **key) == first
    assert "key-reused" in (await attach(service, world, record, png(), expect=422, **key))["type"]
    path = f"/api/inventory/{KOMATSU}/records/{record}/attachments"
    assert len((await service.call("GET", path, by=world.email(KOMATSU))).json()["items"]) == 1


def _dump(session: Session) -> bytes:
    """Return every value of every table, as somebody with a copy of the database has it."""
    found = []
    for table in METADATA.sorted_tables:
        for row in session.execute(select(table)):
            found += [each if isinstance(each, bytes) else str(each).encode() for each in row]
    return b"\n".join(found)


async def test_a_copy_of_the_database_tells_neither_content_nor_names(service: Service) -> None:
    world, record = await built(service)
    content = CONFIDENTIAL.encode()
    await attach(service, world, record, content)
    await attach(service, world, record, png())
    dump = await service.database.read(_dump)
    for known in (content, CONFIDENTIAL[:8].encode(), TITLE.encode(), FILE_NAME.encode(), png(), b"IHDR"):
        assert known not in dump


async def test_swapped_rows_do_not_open(service: Service) -> None:
    world, record = await built(service)
    made = [await attach(service, world, record, content) for content in (pdf(), png())]

    def swap(session: Session) -> None:
        first, second = session.scalars(select(AttachmentVersion.id).order_by(AttachmentVersion.id)).all()
        sealed = session.get_one(AttachmentContent, second).sealed
        session.execute(update(AttachmentContent).where(AttachmentContent.version_id == first).values(sealed=sealed))

    await service.database.write(swap)
    service.http.event_hooks = {}  # What somebody did to the database stands in no document.
    with capture_logs() as logs:
        answer = await fetch(service, made[0]["id"], world.email(KOMATSU))
    assert answer.status_code == 500
    assert png() not in answer.content
    assert [each["event"] for each in logs if each["log_level"] == "error"] == ["failed"]
    assert (await fetch(service, made[1]["id"], world.email(KOMATSU))).content == png()


@NEEDS_FONT
@pytest.mark.parametrize(
    ("content", "pages"),
    [(pdf(2), 2), (png(), 1), (jpeg(), 1), (CONFIDENTIAL.encode(), 1)],
    ids=["pdf", "png", "jpeg", "text"],
)
async def test_another_members_reader_gets_pages_with_the_number_of_the_reading(
    service: Service, content: bytes, pages: int
) -> None:
    world, record = await built(service)
    made = await attach(service, world, record, content)
    by = await bound_reader(service, world)
    answer = await read(
        service, world, by, path=f"attachments/{made['id']}/file", purpose="drill", reason="手順の確認"
    )
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf"), answer.text
    assert answer.content != content
    first, second = await rows(service, DISCLOSED)
    assert {first.chain, second.chain} == {world.members[KOMATSU], world.members[TAMA]}
    assert first.facts == second.facts
    facts = first.facts
    assert (facts["way"], facts["attachment"], facts["version"]) == ("attachment", made["id"], 1)
    assert (facts["purpose"], facts["reason"]) == ("drill", "手順の確認")
    told = text_of(answer.content)
    assert len(told) == pages
    for page in told:
        assert facts["number"] in page
        assert "多摩市多摩市disaster" in page
        assert "【訓練】" in page
    looked = await service.call("GET", f"/api/inventory/{KOMATSU}/disclosures", by=world.email(KOMATSU))
    assert [each["number"] for each in looked.json()["items"]] == [facts["number"]]


@NEEDS_FONT
async def test_a_workbook_is_marked_sheet_by_sheet_and_keeps_its_cells(service: Service) -> None:
    world, record = await built(service)
    made = await attach(service, world, record, xlsx())
    by = await bound_reader(service, world)
    answer = await read(service, world, by, path=f"attachments/{made['id']}/file")
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    number = (await rows(service, DISCLOSED))[0].facts["number"]
    with zipfile.ZipFile(BytesIO(answer.content)) as archive:
        for name in ("xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml", "docProps/core.xml"):
            assert number in archive.read(name).decode(), name
    cells = [
        CalamineWorkbook.from_filelike(BytesIO(each)).get_sheet_by_index(0).to_python()
        for each in (answer.content, xlsx())
    ]
    assert cells[0] == cells[1]


@NEEDS_FONT
async def test_the_owner_is_told_at_once_and_of_nothing_that_the_nda_protects(service: Service) -> None:
    world, record = await built(service)
    made = await attach(service, world, record, CONFIDENTIAL.encode())
    by = await bound_reader(service, world)
    await fetch(service, made["id"], world.email(KOMATSU))
    await read(service, world, by, path=f"records/{record}/attachments")
    assert await service.deliver() == 0
    await read(service, world, by, path=f"attachments/{made['id']}/file", reason="架空の理由")
    assert await service.deliver() == 2
    messages = (await service.call("GET", "/api/messages", by=by)).json()["items"]
    number = (await rows(service, DISCLOSED))[-1].facts["number"]
    for each in messages:
        body = each["text"]
        assert "第1号（ネットワークの記録の添付）" in body
        assert "多摩市 多摩市 disaster" in body
        assert "検討" in body
        assert number in body
        assert "架空" not in body + each["subject"]
        assert "庁内ネットワーク" not in body


OPERATIONS = ("records/{record}/attachments", "attachments/{attachment}", "attachments/{attachment}/file")


@pytest.mark.parametrize("path", OPERATIONS)
async def test_without_nda_class_sharing_or_a_group_it_is_not_there(service: Service, path: str) -> None:
    world, record = await built(service)
    made = await attach(service, world, record)
    path = path.format(record=record, attachment=made["id"])
    assert (await read(service, world, world.email(TAMA), path=path)).status_code == 404
    by = await bound_reader(service, world)
    assert (await read(service, world, by, path=path, group="none")).status_code == 404
    assert (await read(service, world, by, path=path, purpose="incident")).status_code == 422
    assert (await read(service, world, by, path=path, version=1)).status_code in {200, 422}
    before = len(await rows(service, DISCLOSED))
    await patch(service, world, record, is_withheld=True)
    assert (await read(service, world, by, path=path)).status_code == 404
    await patch(service, world, record, is_withheld=False)
    shut = f"/api/inventory/{KOMATSU}/attachments/{made['id']}"
    await service.call("PATCH", shut, by=world.email(KOMATSU), json={"disclosure": "owner"})
    closed = await read(service, world, by, path=path)
    assert closed.status_code == 404 or closed.json()["items"] == []
    assert len(await rows(service, DISCLOSED)) == before


@NEEDS_FONT
@pytest.mark.asvs("8.3.2")
async def test_who_is_no_longer_bound_opens_nothing_from_the_next_call_on(service: Service) -> None:
    world, record = await built(service)
    made = await attach(service, world, record)
    by = await bound_reader(service, world)
    path = f"attachments/{made['id']}/file"
    assert (await read(service, world, by, path=path)).status_code == 200
    own = (await service.call("GET", "/api/me/ndas", by=by)).json()["items"]
    assert await revoke(service, own[0]["id"], world.email(FUJISAWA)) == 200
    assert (await read(service, world, by, path=path)).status_code == 404


@NEEDS_FONT
async def test_without_its_row_nothing_is_opened(service: Service) -> None:
    world, record = await built(service)
    made = await attach(service, world, record, CONFIDENTIAL.encode())
    by = await bound_reader(service, world)

    def refuse(session: Session) -> None:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("RESET ROLE"))
        session.execute(text("ALTER TABLE audit RENAME TO audit_away"))

    await service.database.write(refuse)
    service.http.event_hooks = {}  # A failing disk stands in no document.
    answer = await read(service, world, by, path=f"attachments/{made['id']}/file")
    assert answer.status_code >= 500
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_older_version_is_for_the_owner_alone(service: Service) -> None:
    world, record = await built(service)
    made = await attach(service, world, record)
    path = f"/api/inventory/{KOMATSU}/attachments/{made['id']}/versions"
    await upload(service, path, world.email(KOMATSU), png())
    by = await bound_reader(service, world)
    seen = (await read(service, world, by, path=f"attachments/{made['id']}")).json()
    assert [(each["number"], each["file_name"], each["made_by"]) for each in seen["versions"]] == [(2, None, None)]
    assert (await read(service, world, by, path=f"attachments/{made['id']}/file", version=1)).status_code == 404


async def test_no_file_is_read_for_what_is_not_there_or_not_ones_own(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, record = await built(service)

    async def never(_content: bytes) -> None:
        raise AssertionError("a file was read")

    monkeypatch.setattr("foundation.documents.intake.admit_apart", never)
    form = {"title": TITLE, "disclosure": "nda"}
    base = f"/api/inventory/{KOMATSU}"
    await upload(service, f"{base}/records/none/attachments", world.email(KOMATSU), pdf(), expect=404, **form)
    await upload(service, f"{base}/attachments/none/versions", world.email(KOMATSU), pdf(), expect=404)
    await upload(service, f"{base}/records/{record}/attachments", world.email(TAMA), pdf(), expect=403, **form)


@pytest.mark.parametrize("charset", ["punycode", "undefined", "no-such-charset"])
async def test_a_form_in_a_charset_of_no_use_is_no_form(service: Service, charset: str) -> None:
    world, record = await built(service)
    path = f"/api/inventory/{KOMATSU}/records/{record}/attachments"
    head = {"Content-Type": f"multipart/form-data; boundary=x; charset={charset}"}
    body = b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\n\xff\xfe-\xe3\r\n--x--\r\n'
    answer = await service.call("POST", path, by=world.email(KOMATSU), content=body, headers=head)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"] in {"/", "/file"}) == (422, True)
