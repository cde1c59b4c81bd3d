"""What is attached to a record on its page: put there, replaced, shut, retired, and opened by others with a mark."""

import re
from html import unescape
from typing import Any

from tests.agreements.secrecy import adopt, sign, with_two_factors
from tests.foundation.documents.samples import pdf, png
from tests.inventory.attaching import TITLE, attach, text_of
from tests.inventory.recording import keep
from tests.portal.conftest import Portal
from tests.world import FUJISAWA, KOMATSU, TAMA


def file(content: bytes, name: str = "構成図.pdf") -> dict[str, Any]:
    return {"file": (name, content, "application/octet-stream")}


async def recorded(portal: Portal) -> str:
    """Keep a record, sign in as its owner, and return its page's address."""
    record = (await keep(portal.service, portal.world))["id"]
    await portal.sign_in(KOMATSU)
    return f"/inventory/{KOMATSU}/records/{record}"


async def test_a_file_is_attached_replaced_shut_and_retired(portal: Portal) -> None:
    one = await recorded(portal)
    first = pdf()
    await portal.send(f"{one}/attachments", {"title": "庁舎の構成図", "disclosure": "nda"}, files=file(first))
    assert portal.page.status_code == 200
    assert "添付ファイル（1件）" in portal.text, portal.text
    assert "秘密保持契約を結んだ人まで" in portal.text
    found = re.search(rf'action="({one}/attachments/[^/"]+)/versions"', portal.page.text)
    assert found
    path = found.group(1)
    await portal.send(f"{path}/versions", {"title": ""}, files=file(png(), "図.png"))
    assert "第2版" in portal.text, portal.text
    (older,) = re.findall(r'href="([^"]+/file\?version=1)"', portal.page.text)
    await portal.open(older)
    assert portal.page.content == first
    await portal.open(one)
    await portal.send(f"{path}/disclosure", portal.hidden(f"{path}/disclosure"))
    assert '<span class="chip">自団体だけ</span>' in portal.page.text
    await portal.send(f"{path}/retirement", {"note": "古い"})
    assert "添付ファイル（0件）" in portal.text
    assert "廃止した添付ファイル（1件）" in portal.text


async def test_what_is_refused_is_said_on_the_record_s_page(portal: Portal) -> None:
    one = await recorded(portal)
    path = f"{one}/attachments"
    await portal.send(path, {"title": "図", "disclosure": "nda"}, files=file(b"MZ\x90\x00", "x.exe"))
    assert portal.page.status_code == 422
    assert "添付ファイル（0件）" in portal.text
    await portal.send(path, {"title": "図", "disclosure": "nda"})
    assert portal.page.status_code in {415, 422}
    assert 'role="alert"' in portal.text
    await portal.send(path, {"title": "図", "disclosure": "nda"}, files=file(bytes(11 * 1024 * 1024)))
    assert portal.page.status_code == 413
    assert "10MBまで" in portal.text


async def test_another_s_file_is_opened_with_the_reader_s_mark(portal: Portal) -> None:
    service, world = portal.service, portal.world
    one = await recorded(portal)
    await attach(service, world, one.rpartition("/")[2])
    await adopt(service, world, by=world.email(FUJISAWA))
    grounds = f"?group={world.group}&purpose=planning"
    await portal.sign_in(TAMA)
    await portal.open(one + grounds)
    assert TITLE not in portal.text
    await sign(service, world, await with_two_factors(service, world.email(TAMA)))
    await portal.open(one + grounds)
    assert TITLE in portal.text
    assert "差し替える" not in portal.text
    (link,) = re.findall(r'href="([^"]+/file[^"]*)"', portal.page.text)
    await portal.open(unescape(link))
    assert portal.page.headers["content-type"] == "application/pdf"
    assert "多摩市" in text_of(portal.page.content)[0]


async def test_an_nda_signed_on_paper_is_registered_by_its_scan(portal: Portal) -> None:
    await adopt(portal.service, portal.world, by=portal.world.email(FUJISAWA))
    await portal.sign_in(TAMA)
    await portal.open("/ndas")
    fields = portal.hidden("/ndas/scan")
    given = {name: fields[name] for name in ("group", "version")}
    today = portal.service.clock.now().date()
    await portal.send("/ndas/scan", given | {"signed_on": "2199年1月1日"}, files=file(pdf()))
    assert portal.page.status_code == 422, portal.text
    await portal.send("/ndas/scan", given | {"signed_on": f"{today:%Y/%m/%d}"}, files=file(pdf()))
    assert "署名した紙の写し" in portal.text, portal.text
    (link,) = re.findall(r'href="(/ndas/[^"]+/scan)"', portal.page.text)
    await portal.open(link)
    assert portal.page.status_code == 200
    assert portal.page.headers["content-type"] == "application/pdf"


async def test_only_pages_that_take_a_file_take_more_than_a_form(portal: Portal) -> None:
    one = await recorded(portal)
    await portal.send("/signout")
    await portal.send(f"{one}/attachments", {"title": "図", "disclosure": "nda"}, files=file(pdf()))
    assert "サインインが必要です" in portal.text
    await portal.sign_in(KOMATSU)
    await portal.send("/ndas", files=file(bytes(1024 * 1024)))
    assert portal.page.status_code == 413
    await portal.send(f"{one}/attachments", {"title": "一覧", "disclosure": "nda"}, files=file(b"a,b\r\n" * 200_000))
    assert "添付ファイル（1件）" in portal.text, portal.text
