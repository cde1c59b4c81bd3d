"""The inventory's pages: keeping one's own, reading another's on the record, seeing who looked."""

import re
from html import unescape

from sqlalchemy.orm import Session

from agreements.models import Person
from foundation.actor import Actor
from foundation.paging import PAGE
from inventory.permissions import KEEP_RECORDS
from inventory.records import actions
from inventory.records.kinds import RecordKind
from inventory.records.reading import DISCLOSED
from inventory.records.schemas import RecordDraft
from tests.agreements.secrecy import adopt
from tests.aid import emergencies
from tests.foundation.documents.fonts import NEEDS_FONT
from tests.inventory.attaching import fetch, rows, upload
from tests.inventory.recording import bound_reader, keep
from tests.portal.conftest import Portal
from tests.world import FUJISAWA, KOMATSU, TAMA, TOME, World


def kept_many(session: Session, world: World, many: int) -> None:
    """Let 小松市 keep many sites."""
    person = session.get_one(Person, world.people[KOMATSU, "disaster"])
    actor = Actor(person.id, person.name, person.member_id, KOMATSU, permissions=frozenset({KEEP_RECORDS}))
    for number in range(many):
        actions.create(session, actor, KOMATSU, RecordDraft(kind=RecordKind.SITE, fields={"name": f"庁舎{number}"}))


async def start(portal: Portal, code: str, kind: str = "system") -> str:
    """Open the form of a new record, and return its address."""
    await portal.sign_in(code)
    path = f"/inventory/{code}/new/{kind}"
    await portal.open(path)
    return path


async def look(portal: Portal, code: str = KOMATSU, purpose: str = "planning") -> None:
    """Choose another member's inventory."""
    await portal.open("/inventory-of-others")
    fields = {"member": f"{portal.world.group}/{code}", "purpose": purpose, "incident": portal.world.incident}
    await portal.send("/inventory-of-others", fields)


async def test_a_record_is_written_changed_checked_and_retired(portal: Portal) -> None:
    path = await start(portal, KOMATSU)
    typed = {
        "field-name": "住民記録",
        "field-hosting": "cloud",
        "field-restore_tested_on": "２０２６年２月１０日",
        "field-export_formats": "CSV\n\n中間標準レイアウト",
        "field-remarks": "庁内\n外部",
    }
    await portal.send(path, typed)
    one = portal.page.url.path
    assert "/records/" in one, portal.text
    assert "クラウド" in portal.text
    assert "2026年2月10日" in portal.text
    assert "CSV、中間標準レイアウト" in portal.text
    await portal.open(f"{one}/change")
    assert "CSV\n中間標準レイアウト" in portal.text
    await portal.send(f"{one}/change", {"version": "1", "field-name": "住民記録 新", "is_withheld": "yes"})
    assert portal.page.url.path == one, portal.text
    assert "クラウド" not in portal.text
    assert "共有しない" in portal.text
    await portal.send(f"{one}/checks")
    assert "変更なしを確認" in portal.text
    await portal.send(f"{one}/retirement", {"note": "撤去"})
    assert "廃止　小松市 disaster　撤去" in portal.text
    await portal.send(f"{one}/restoration")
    assert "復活させる" not in portal.text


async def test_what_is_wrong_is_said_beside_its_field(portal: Portal) -> None:
    path = await start(portal, KOMATSU, "equipment")
    await portal.send(path, {"field-name": "", "field-quantity": "たくさん", "field-model": "型番A"})
    assert portal.page.status_code == 422
    assert 'id="field-quantity-wrong"' in portal.text
    assert 'id="field-name-wrong"' in portal.text
    assert 'value="型番A"' in portal.text


async def test_a_change_of_what_somebody_else_changed_is_refused(portal: Portal) -> None:
    await portal.send(await start(portal, KOMATSU), {"field-name": "住民記録"})
    one = portal.page.url.path
    await portal.send(f"{one}/change", {"version": "1", "field-name": "二番目"})
    await portal.send(f"{one}/change", {"version": "1", "field-name": "三番目"})
    assert portal.page.status_code == 412
    await portal.open(one)
    assert "二番目" in portal.text


async def test_another_inventory_is_read_after_signing_and_the_owner_sees_it(portal: Portal) -> None:
    await keep(portal.service, portal.world)
    await adopt(portal.service, portal.world, by=portal.world.email(FUJISAWA))
    await portal.sign_in(TAMA)
    await look(portal)
    assert "小松市の台帳" in portal.text
    assert "秘密保持契約に署名する" in portal.text
    assert "架空住記" not in portal.text
    await portal.open("/ndas")
    await portal.send("/ndas", portal.hidden("/ndas"))
    assert "有効" in portal.text
    await look(portal)
    assert "架空住記 V7" in portal.text
    assert "更新は来年度" not in portal.text
    await portal.sign_in(KOMATSU)
    await portal.open(f"/inventory/{KOMATSU}/readers")
    assert "多摩市　多摩市 disaster　目的：検討" in portal.text
    assert "パッケージ名" in portal.text
    await portal.send(f"/inventory/{KOMATSU}/sharing", portal.hidden(f"/inventory/{KOMATSU}/sharing"))
    assert "共有していない" in portal.text
    await portal.sign_in(TAMA)
    await look(portal)
    assert "架空住記" not in portal.text


async def test_an_nda_ends_when_its_signer_says_so(portal: Portal) -> None:
    await adopt(portal.service, portal.world, by=portal.world.email(FUJISAWA))
    await portal.sign_in(TAMA)
    await portal.open("/ndas")
    await portal.send("/ndas", portal.hidden("/ndas"))
    nda = portal.hidden("/ndas/revocation")
    await portal.send("/ndas/revocation", nda | {"reason": ""})
    assert portal.page.status_code == 422
    await portal.send("/ndas/revocation", nda | {"reason": "異動"})
    assert "終了" in portal.text
    assert portal.page.status_code == 200


async def test_a_file_is_shown_row_by_row_before_it_is_taken_in(portal: Portal) -> None:
    await portal.sign_in(KOMATSU)
    path = f"/inventory/{KOMATSU}/files"
    text = "名称,数量,貸出できる数\r\n貸出用ノート,8,5\r\n,3,1\r\n"
    file = {"file": ("台帳.csv", text.encode("cp932"), "text/csv")}
    await portal.send(path, {"kind": "equipment"}, files=file)
    assert "まだ登録していません" in portal.text
    assert "誤り 1行" in portal.text
    await portal.send(path, portal.hidden(path) | {"write": "right"})
    assert "取り込みました" in portal.text
    await portal.open(f"/inventory/{KOMATSU}")
    assert "貸出用ノート" in portal.text
    await portal.open(f"/inventory/{KOMATSU}/export?kind=equipment&encoding=cp932")
    assert "貸出用ノート" in portal.page.content.decode("cp932")


async def test_a_workbook_goes_out_and_in_without_a_change(portal: Portal) -> None:
    await keep(portal.service, portal.world)
    await portal.sign_in(KOMATSU)
    path = f"/inventory/{KOMATSU}"
    await portal.open(f"{path}/export?kind=system&format=xlsx")
    file = {"file": ("台帳.xlsx", portal.page.content, "application/octet-stream")}
    await portal.send(f"{path}/files", {"kind": "system"}, files=file)
    assert "変更は0件です" in portal.text


async def test_another_s_inventory_is_taken_out_and_its_owner_sees_that(portal: Portal) -> None:
    await keep(portal.service, portal.world, "equipment")
    await portal.sign_in(TAMA)
    await look(portal)
    (link,) = re.findall(r'href="([^"]*document[^"]*format=xlsx)"', portal.page.text)
    await portal.open(unescape(link))
    assert portal.page.headers["content-type"].endswith("sheet")
    await portal.sign_in(KOMATSU)
    await portal.open(f"/inventory/{KOMATSU}/readers")
    assert "Excel で取り出した" in portal.text
    assert "監査番号" in portal.text


async def test_strangers_and_wrong_addresses_get_nothing(portal: Portal) -> None:
    await keep(portal.service, portal.world)
    await portal.sign_in(TAMA)
    for path in (f"/inventory/{KOMATSU}", f"/inventory/{KOMATSU}?group=x%2Fy&purpose=planning", "/inventory/~"):
        await portal.open(path)
        assert portal.page.status_code in {404, 422}, path
    await portal.open(f"/inventory/{KOMATSU}/readers")
    assert portal.page.status_code in {403, 404}
    await portal.open("/inventory/132241/new/nothing")
    assert portal.page.status_code == 404


@NEEDS_FONT
async def test_the_owner_sees_emergency_readings_and_opened_files_by_their_names(portal: Portal) -> None:
    at = await emergencies.staged(portal.service, portal.world, is_allowed=False)
    await at.change_terms(emergency_access=True)
    assert (await at.allow()).status_code == 200
    path = f"/api/inventory/{TOME}/records/{at.record}/attachments"
    file = await upload(portal.service, path, at.owner, b"a\n", title="手順", disclosure="nda")
    access = await at.opened()
    await portal.service.call("GET", path, by=at.reader, params={"access": access})
    await fetch(portal.service, file["id"], at.reader, code=TOME, access=access)
    await portal.sign_in(TOME)
    await portal.open(f"/inventory/{TOME}/readers")
    assert portal.text.count("目的：緊急閲覧") == 2
    assert portal.text.count("添付ファイルを開いた") == 1
    assert portal.text.count(" 1件：添付ファイル</small>") == 2
    assert "attachment" not in portal.text


async def test_the_numbers_of_all_pages_of_an_inventory_are_shown(portal: Portal) -> None:
    await bound_reader(portal.service, portal.world, TAMA)
    await portal.service.database.write(kept_many, portal.world, PAGE + 1)
    await portal.sign_in(TAMA)
    await look(portal)
    numbers = {str(row.facts["number"]) for row in await rows(portal.service, DISCLOSED)}
    assert len(numbers) == 2
    bands = re.findall(r'<p class="watermark">.*?</p>', portal.text)
    assert len(bands) == 2
    assert all(number in band for number in numbers for band in bands)
