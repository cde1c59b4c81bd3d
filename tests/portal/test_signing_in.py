"""Signing in over the pages, without scripts: invitation, password, app, printed codes, shared terminal."""

import gzip
import json
import re
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from service.app import create_app
from service.portal.pages import portal_routes
from service.portal.rendering import HERE
from tests.api_client import BASE, settings_for
from tests.engines import Engines
from tests.portal.conftest import Portal
from tests.portal.test_pages import MOST_BYTES
from tests.service.passkeys import registered
from tests.service.signing_in import GOOD, OTHER, code_now, invited, last_link, sign_in
from tests.world import TOME

KEY = re.compile(r"<b>([A-Z2-7]{32})</b>")
CODE = re.compile(r"<code>([A-Z0-9]{5}-[A-Z0-9]{5})</code>")


async def enter(portal: Portal, function: str = "disaster") -> None:
    """Follow an invitation's link and choose a password."""
    token = await invited(portal.service, portal.world, function)
    await portal.open(f"/i/{token}")
    await portal.send(f"/i/{token}", {"password": GOOD, "again": GOOD})
    assert portal.page.url.path == "/account", portal.text


async def by_password(portal: Portal, function: str = "disaster", **more: str) -> None:
    fields = {"email": portal.world.email(TOME, function), "password": GOOD, "next": "/incidents", **more}
    await portal.send("/signin", fields)


async def test_from_the_invitation_to_two_factors(portal: Portal) -> None:
    await enter(portal)
    assert "1つの確認でサインインしています" in portal.text
    await portal.send("/account/totp")
    found = KEY.search(portal.text)
    assert found, portal.text
    await portal.send("/account/totp-confirmation", {"code": code_now(portal.service, found.group(1))})
    assert "2つの確認でサインインしています" in portal.text
    await portal.send("/account/codes")
    codes = CODE.findall(portal.text)
    assert len(codes) == 10
    await portal.send("/signout")
    portal.service.clock.advance(timedelta(minutes=2))
    await by_password(portal, code=code_now(portal.service, found.group(1)))
    assert portal.page.url.path == "/incidents", portal.text
    await portal.send("/signout")
    await portal.send("/signin", {"email": portal.world.email(TOME), "password": "", "code": codes[0]})
    assert portal.page.url.path == "/incidents", portal.text
    await portal.open("/account")
    assert "使えるコード：9個" in portal.text


@pytest.mark.asvs("7.1.2")
async def test_who_is_signed_in_at_many_places_sees_it(portal: Portal) -> None:
    await enter(portal)
    email = portal.world.email(TOME)
    for others, is_told in ((1, False), (2, True)):
        assert (await sign_in(portal.service, email)).status_code == 201
        await portal.open("/account")
        assert (f"ほかに{others}か所でサインイン中です" in portal.text) is is_told, portal.text
    await portal.send("/account/sessions-end")
    assert "か所でサインイン中です" not in portal.text


@pytest.mark.parametrize(
    ("asked", "led"),
    [("/account", "/account"), ("//evil.example/", "/incidents"), ("https://evil.example/", "/incidents")],
)
async def test_a_passkey_leads_on_like_a_password_and_shares_the_browser(
    portal: Portal, asked: str, led: str
) -> None:
    await enter(portal)
    device = await registered(portal.service, portal.http.cookies["yuimaru"])
    await portal.send("/signout")
    await portal.open(f"/signin?next={asked}")
    carried = portal.hidden("/signin/passkey")
    options = (await portal.http.post("/signin/passkey/options")).json()
    credential = json.dumps(device.signed(options["options"]))
    answer = {"challenge": options["challenge"], "credential": credential, "shared": "1"}
    await portal.send("/signin/passkey", {**carried, **answer})
    assert portal.page.url.path == led, portal.text
    assert portal.page.url.host == httpx.URL(BASE).host
    assert "担当者の切り替え" in portal.text
    assert "yuimaru-terminal" in portal.http.cookies


async def test_what_is_wrong_is_said_on_the_page(portal: Portal) -> None:
    token = await invited(portal.service, portal.world)
    await portal.send(f"/i/{token}", {"password": GOOD, "again": OTHER})
    assert "2回の入力が違います" in portal.text
    await portal.send(f"/i/{token}", {"password": "short", "again": "short"})
    assert "15文字以上" in portal.text
    await portal.send(f"/i/{token}", {"password": GOOD, "again": GOOD})
    await portal.send("/account/password", {"current": "wrong", "password": OTHER, "again": OTHER})
    assert "いまのパスワードが違います" in portal.text
    await portal.send(f"/i/{token}", {"password": GOOD, "again": GOOD})
    assert "使用済みか期限切れ" in portal.text
    await by_password(portal, password="wrong")
    assert portal.page.status_code == 401
    assert "サインインできませんでした" in portal.text
    assert f'value="{portal.world.email(TOME)}"' in portal.text
    assert "wrong" not in portal.text


@pytest.mark.asvs("7.2.4", "7.4.1")
async def test_a_new_session_at_each_sign_in(portal: Portal) -> None:
    """Whoever planted a cookie before learns nothing by it."""
    portal.http.cookies.set("yuimaru", "s.planted", domain="testserver.local", path="/")
    await enter(portal)
    first = [each.value for each in portal.http.cookies.jar if each.name == "yuimaru"]
    assert "s.planted" not in first[-1:]
    await by_password(portal)
    second = [each.value for each in portal.http.cookies.jar if each.name == "yuimaru"]
    assert second[-1] != first[-1]


async def test_two_people_take_turns_at_a_shared_terminal(portal: Portal) -> None:
    for function in ("disaster", "ict"):
        await enter(portal, function)
        await by_password(portal, function, shared="1")
        await portal.send("/account/pin", {"pin": "２７４９１８"})
        assert "終わらせる" in portal.text or "この画面" in portal.text
    await portal.open("/switch")
    names = re.findall(r'<label for="person-\d">([^<]+)</label>', portal.text)
    assert names == ["登米市 disaster", "登米市 ict"]
    await portal.send("/switch", {"person": portal.world.people[TOME, "disaster"], "pin": "111111"})
    assert "PINが違う" in portal.text
    await portal.send("/switch", {"person": portal.world.people[TOME, "disaster"], "pin": "274918"})
    assert portal.page.url.path == "/incidents"
    assert "登米市 disaster さん" in portal.text
    await portal.open("/account")
    assert "PINで交代しています" in portal.text
    portal.service.clock.advance(timedelta(minutes=6))
    await portal.open("/incidents")
    assert portal.page.url.path == "/", "locked"


async def test_pages_of_signing_in_are_small_and_plain(portal: Portal) -> None:
    await enter(portal)
    await by_password(portal, shared="1")
    await portal.send("/account/pin", {"pin": "274918"})
    beside = sum(len(gzip.compress((HERE / "static" / name).read_bytes())) for name in ("yuimaru.css", "passkey.js"))
    for path in ("/signin", "/account", "/switch", "/i/abc"):
        text = (await portal.open(path)).text
        assert len(gzip.compress(text.encode())) + beside <= MOST_BYTES, path
        assert not re.search(r"<script(?! src=\"/static/passkey.js\" defer></script>)|\bon[a-z]+=|style=", text), path
        labelled = set(re.findall(r'<label for="([^"]+)"', text))
        for tag in re.findall(r"<(?:input|select|textarea)\b[^>]*>", text):
            named = re.search(r'\bid="([^"]+)"', tag)
            assert 'type="hidden"' in tag or (named and named.group(1) in labelled), f"{path}: {tag}"
    policy = (await portal.open("/account")).headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in (await portal.open("/incidents")).headers["content-security-policy"]


@pytest.mark.parametrize("base_url", ["http://testserver", "https://testserver"])
@pytest.mark.asvs("3.4.1", "3.4.2", "3.4.3", "3.4.4", "3.4.5", "3.4.6")
async def test_every_answer_of_every_route_has_the_headers(engines: Engines, tmp_path: Path, base_url: str) -> None:
    settings = settings_for(engines.fresh("sqlite", tmp_path), tmp_path, base_url=base_url)
    app = create_app(settings, has_worker=False, pages=portal_routes(settings))
    calls = [(method, route.path) for route in app.routes for method in (*route.methods, "TRACE")]
    calls += [("GET", "/nothing/there"), ("POST", "/api/nothing"), ("GET", "/static/nothing.css")]
    async with app.router.lifespan_context(app):
        app.state.stopping.set()
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            for method, path in calls:
                answer = await client.request(method, re.sub(r"{\w+}", "x", path), content=b"{}")
                _has_all_headers(answer, is_secure=base_url.startswith("https"))
            app.state.database = None
            broken = await client.get("/api/me", headers={"Authorization": "Bearer x"})
            assert broken.status_code == 500
            _has_all_headers(broken, is_secure=base_url.startswith("https"))


def _has_all_headers(answer: httpx.Response, *, is_secure: bool) -> None:
    where = f"{answer.request.method} {answer.request.url.path} {answer.status_code}"
    assert answer.headers["x-content-type-options"] == "nosniff", where
    assert answer.headers["referrer-policy"] == "no-referrer", where
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], where
    assert "default-src 'none'" in answer.headers["content-security-policy"], where
    is_static = answer.request.url.path.startswith("/static/") and answer.status_code == 200
    assert is_static or "no-store" in answer.headers["cache-control"], where
    assert ("strict-transport-security" in answer.headers) == is_secure, where


async def test_the_link_in_the_mail_is_alone_on_its_line(portal: Portal) -> None:
    await invited(portal.service, portal.world)
    by = portal.world.email(TOME, "ict")
    token = await last_link(portal.service, by, "")
    mails = (await portal.service.call("GET", "/api/messages", by=by)).json()["items"]
    assert any(f"\n{BASE}/i/{token}\n" in each["text"] for each in mails)


@pytest.mark.asvs("14.3.1", "14.3.2", "14.3.3")
async def test_leaving_clears_the_browser_but_keeps_the_shared_terminal(portal: Portal) -> None:
    await portal.sign_in(TOME)
    page = await portal.open("/incidents")
    assert "no-store" in page.headers["cache-control"]
    gone = await portal.http.post("/signout", follow_redirects=False)
    assert gone.headers["clear-site-data"] == '"cache", "storage"', "cookies would forget the shared terminal"
    assert (await portal.http.get("/incidents", follow_redirects=False)).status_code in {302, 303}


@pytest.mark.asvs("14.3.3")
def test_no_script_keeps_anything_in_the_browser() -> None:
    scripts = list(HERE.rglob("*.js"))
    assert scripts
    kept = re.compile(r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\.")
    assert not [each.name for each in scripts if kept.search(each.read_text(encoding="utf-8"))]
