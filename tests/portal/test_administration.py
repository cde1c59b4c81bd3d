"""The administration of a member's sign-in on its pages: colleagues, providers, programs, the directory."""

import re

from agreements.people.undeliverable import address_died
from notifications.events import AddressDied
from notifications.gateways.base import Channel
from tests.portal.conftest import Portal
from tests.service.test_clients import administrator
from tests.world import TOME

PAGE = "/administration"
SECRET = "fictional-s3cret-0417"


async def administer(portal: Portal) -> None:
    """Sign in as 登米市's administrator."""
    await administrator(portal.service, portal.world)
    await portal.send("/signin", {"email": portal.world.email(TOME, "ict")})


def code_after(text: str, label: str) -> str:
    found = re.search(rf"<dt>{label}</dt><dd><code>([^<]+)</code>", text)
    assert found, text
    return found.group(1)


async def test_a_colleague_is_invited_by_mail_and_nobody_invites_themselves(portal: Portal) -> None:
    await portal.sign_in(TOME)
    await portal.open(PAGE)
    colleague = portal.world.people[TOME, "ict"]
    path = f"{PAGE}/people/{colleague}/invitation"
    assert path in portal.text
    assert "自分を招くことはできません" in portal.text
    await portal.send(path)
    assert "招待のメールを送りました" in portal.text, portal.text
    await portal.send(f"{PAGE}/people/{portal.world.people[TOME, 'disaster']}/invitation")
    assert portal.page.status_code in {403, 409}
    assert 'role="alert"' in portal.page.text


async def test_an_address_that_is_gone_is_shown_and_confirmed(portal: Portal) -> None:
    colleague, address = portal.world.people[TOME, "ict"], portal.world.email(TOME, "ict")
    died = AddressDied(portal.world.members[TOME], Channel.EMAIL, address, "5.1.1")
    await portal.service.database.write(address_died, died)
    await portal.sign_in(TOME)
    await portal.open(PAGE)
    path = f"{PAGE}/people/{colleague}/address"
    assert "この宛先には届きません" in portal.text
    assert path in portal.text
    await portal.send(path, {"kind": "email", "address": "nobody"})
    assert portal.page.status_code == 422
    await portal.send(path, {"kind": "email", "address": address})
    assert "宛先を登録しました" in portal.text, portal.text
    assert "この宛先には届きません" not in portal.text


async def test_a_provider_is_registered_and_switched_off(portal: Portal) -> None:
    await administer(portal)
    path = f"{PAGE}/providers"
    await portal.send(path, {"issuer": "http://inside", "client_id": "yuimaru", "client_secret": SECRET})
    assert portal.page.status_code == 422
    await portal.send(
        path,
        {
            "issuer": "https://id.example.org",
            "client_id": "yuimaru",
            "client_secret": SECRET,
            "two_factor_amr": "mfa",
        },
    )
    assert "https://id.example.org　使用中" in re.sub("<[^>]+>", "", portal.text), portal.text
    assert SECRET not in portal.text
    found = re.search(rf'action="({path}/[^"]+/switch)"', portal.page.text)
    assert found
    change = found.group(1).replace("switch", "change")
    await portal.send(change, {"client_id": "yuimaru-2", "client_secret": "", "two_factor_amr": "mfa otp"})
    assert "変更しました" in portal.text, portal.text
    assert {"yuimaru-2", 'value="mfa otp"'} <= set(re.findall(r'yuimaru-2|value="mfa otp"', portal.page.text))
    await portal.send(change, {"client_id": "yuimaru-2", "client_secret": f"{SECRET}2", "two_factor_acr": "high"})
    assert SECRET not in portal.page.text
    assert 'value="high"' in portal.page.text
    filled_in = re.findall(r'type="password"[^>]* autocomplete="([^"]+)"', portal.page.text)
    assert filled_in == ["new-password"] * 2, "a browser would put the person's own password there"
    await portal.send(found.group(1), portal.hidden(found.group(1)))
    assert "停止中" in portal.text
    await portal.send(found.group(1).replace("switch", "unlinking"), {"person": portal.world.people[TOME, "ict"]})
    assert portal.page.status_code == 404


async def test_a_program_s_secret_is_shown_once_and_replaced(portal: Portal) -> None:
    await administer(portal)
    path = f"{PAGE}/programs"
    await portal.send(path, {"name": "台帳連携"})
    assert portal.page.status_code == 422
    await portal.send(path, {"name": "台帳連携", "inventory.read": "yes", "ends_at": "2027年3月31日"})
    client, first = code_after(portal.text, "client_id"), code_after(portal.text, "client_secret")
    asked = {"grant_type": "client_credentials", "client_id": client}
    assert (await portal.http.post("/oauth/token", data=asked | {"client_secret": first})).status_code == 200
    await portal.open(path)
    assert first not in portal.text
    assert "台帳と応援できるものを読む" in portal.text
    await portal.send(f"{path}/{client}/secret", {"ends_former_now": "yes"})
    second = code_after(portal.text, "client_secret")
    assert (await portal.http.post("/oauth/token", data=asked | {"client_secret": first})).status_code == 401
    await portal.open(path)
    await portal.send(f"{path}/{client}/switch", portal.hidden(f"{path}/{client}/switch"))
    assert "停止中" in portal.text
    assert (await portal.http.post("/oauth/token", data=asked | {"client_secret": second})).status_code == 401


async def test_directory_tokens_and_the_guest_directory(portal: Portal) -> None:
    await administer(portal)
    path = f"{PAGE}/directory"
    await portal.send(f"{path}/token")
    token = code_after(portal.text, "トークン")
    headers = {"Authorization": f"Bearer {token}"}
    assert (await portal.http.get("/scim/v2/Users", headers=headers)).status_code == 200
    await portal.open(path)
    assert token not in portal.text
    await portal.send(f"{path}/token-end", portal.hidden(f"{path}/token-end"))
    assert "トークンがありません" in portal.text
    assert (await portal.http.get("/scim/v2/Users", headers=headers)).status_code == 401
    await portal.send(f"{path}/registration", {"base_url": "https://directory.example/scim/v2", "is_on": "yes"})
    assert portal.page.status_code == 422
    await portal.send(
        f"{path}/registration", {"base_url": "https://directory.example/scim/v2", "token": SECRET, "is_on": "yes"}
    )
    assert "使用中" in portal.text, portal.text
    assert SECRET not in portal.text


async def test_who_is_no_administrator_is_refused(portal: Portal) -> None:
    await portal.sign_in(TOME)
    await portal.open(PAGE)
    assert "団体の管理者が行います" in portal.text
    for page in ("providers", "programs", "directory"):
        await portal.open(f"{PAGE}/{page}")
        assert portal.page.status_code == 403, page
    await portal.send(f"{PAGE}/directory/token")
    assert portal.page.status_code == 403
