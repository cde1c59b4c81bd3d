"""Guest IDs on the pages: prepared, given to one helper, shown once, received, shut, counted."""

import re

from tests.journeys.asking import ask, offer, post
from tests.portal.conftest import Portal
from tests.world import KOMATSU, TAMA, TOME

SECRET = "hatsuyuki-4821"


async def prepared(portal: Portal) -> str:
    """Let aid be decided, prepare one guest ID, and return its pool's address."""
    service, world = portal.service, portal.world
    request = await ask(service, world, ("pc", 5))
    made = await offer(service, world, request, KOMATSU, 5)
    await post(service, f"/api/offers/{made['id']}/acceptance", by=world.email(TOME))
    await portal.sign_in(TOME)
    await portal.send("/guests", {"name": "住民記録", "needs_pledge": "yes", "instructions": "3階の端末"})
    pool = portal.page.url.path
    await portal.send(pool, {"label": "guest01", "secret": SECRET})
    assert "guest01　空き" in portal.text, portal.text
    return pool


async def reserve(portal: Portal, pool: str) -> str:
    """Reserve the guest ID for a helper over the page's form, and return where its acts go."""
    found = re.search(rf'action="({pool}/[^"/]+)/reservation"', portal.page.text)
    assert found, portal.text
    commitment = re.search(r'<option value="([^"]+)">[^<]*小松市', portal.page.text)
    assert commitment, portal.text
    period = {"starts_at": "2026年6月2日 8時", "until_at": "２０２６/６/９ １８:００"}
    fields = {"commitment": commitment.group(1), "helper": "応援 太郎", **period}
    await portal.send(f"{found.group(1)}/reservation", fields)
    assert "割当済み" in portal.text, portal.text
    return found.group(1)


async def test_a_guest_id_goes_to_one_helper_and_back(portal: Portal) -> None:
    pool = await prepared(portal)
    guest = await reserve(portal, pool)
    await portal.send(f"{guest}/issue")
    assert portal.page.status_code == 409
    assert SECRET not in portal.text
    await portal.send(f"{guest}/issue", {"undertaking": "総務課の綴り3"})
    assert SECRET in portal.text
    assert "3階の端末" in portal.text
    await portal.open(pool)
    assert SECRET not in portal.text
    await portal.sign_in(KOMATSU)
    await portal.open("/guests-received")
    assert "受領を登録する" in portal.text
    await portal.send(f"/guests-received/{guest.rpartition('/')[2]}", {"helper": "応援 太郎"})
    assert "利用中" in portal.text
    await portal.sign_in(TOME)
    await portal.open(pool)
    assert "利用中 1" in portal.text
    await portal.send(f"{guest}/revocation", {"reason": "帰任"})
    assert "更新待ち 1" in portal.text
    await portal.send(f"{guest}/rotation", {"envelope": "12番"})
    assert "空き　封筒 12番" in portal.text


async def test_others_see_nothing_of_it(portal: Portal) -> None:
    pool = await prepared(portal)
    guest = await reserve(portal, pool)
    await portal.sign_in(TAMA)
    for path in (pool, f"{pool}/x"):
        await portal.open(path)
        assert portal.page.status_code in {404, 405}, path
    await portal.send(f"{guest}/issue", {"undertaking": "偽"})
    assert portal.page.status_code == 404
    await portal.open("/guests-received")
    assert "割り当てられたIDはありません" in portal.text


async def test_what_is_wrong_is_said_on_the_page(portal: Portal) -> None:
    pool = await prepared(portal)
    await portal.send(pool, {"label": "guest01", "secret": "zweite-geheim-77"})
    assert portal.page.status_code == 409
    await portal.send(pool, {"label": "guest02"})
    assert portal.page.status_code == 422
    assert "封筒" in portal.text
