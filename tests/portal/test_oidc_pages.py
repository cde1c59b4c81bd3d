"""Signing in through the member's provider over the pages, without scripts."""

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from foundation.clock import ManualClock
from service.app import create_app
from service.identity.actions import issue_operator_token
from service.identity.models import Method
from service.identity.sessions import actions as sessions
from service.identity.sessions.actions import Proof
from service.portal.pages import portal_routes
from tests.api_client import BASE, Service, settings_for
from tests.engines import Engines
from tests.portal.conftest import Portal
from tests.service.oidc_provider import Provider, serving
from tests.service.test_oidc import registered, vouched
from tests.world import TOME

AWAY = re.compile(r'<meta http-equiv="refresh" content="0;url=([^"]+)">')


@pytest.fixture
async def portal(engines: Engines, tmp_path: Path, clock: ManualClock) -> AsyncIterator[Portal]:
    settings = settings_for(engines.fresh("sqlite", tmp_path), tmp_path, is_demo=False, oidc_hosts=("127.0.0.1",))
    app = create_app(settings, clock=clock, has_worker=False, pages=portal_routes(settings))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE, follow_redirects=True) as client:
            service = Service(app, clock, client)
            yield Portal(service, await service.build(), client)


@pytest.fixture
async def provider(portal: Portal) -> AsyncIterator[Provider]:
    async with serving(portal.service.clock.now) as found:
        yield found


async def leave(portal: Portal, there: Provider, **fields: str) -> str:
    """Ask for the way out, and return what the provider sends the browser back to."""
    await portal.send("/signin/oidc", fields)
    found = AWAY.search(portal.page.text)
    assert found, portal.text
    query = there.authorise(unescape(found.group(1)))
    address = httpx.URL(unescape(found.group(1))).params["redirect_uri"]
    return f"{httpx.URL(address).path}?{httpx.QueryParams(query)}"


async def test_out_by_a_mail_address_and_back_to_the_page_that_was_wanted(portal: Portal, provider: Provider) -> None:
    await portal.open("/signin")
    assert "所属団体の認証で入る" not in portal.text, "nothing to choose, nothing shown"
    await registered(portal.service, portal.world, provider)
    provider.claims = vouched(portal.world.email(TOME))
    await portal.open("/signin")
    assert "所属団体の認証で入る" in portal.text
    returning = await leave(portal, provider, email=portal.world.email(TOME), next="/messages")
    kept = portal.http.cookies["yuimaru-oidc"]
    assert provider.issuer.removeprefix("http://") in portal.text
    assert all(token not in portal.text for token in ("access_token", "id_token", kept.partition(":")[0]))
    await portal.open(returning)
    assert portal.page.url.path == "/messages", portal.text
    assert "yuimaru-oidc" not in portal.http.cookies
    await portal.open("/account")
    assert "所属団体の認証" in portal.text


async def test_by_choosing_the_member(portal: Portal, provider: Provider) -> None:
    wanted = await registered(portal.service, portal.world, provider)
    provider.claims = vouched(portal.world.email(TOME))
    await portal.open(await leave(portal, provider, provider=wanted))
    assert portal.page.url.path == "/incidents", portal.text


async def test_back_in_another_browser_or_twice_is_refused(portal: Portal, provider: Provider) -> None:
    wanted = await registered(portal.service, portal.world, provider)
    provider.claims = vouched(portal.world.email(TOME))
    returning = await leave(portal, provider, provider=wanted)
    kept = portal.http.cookies["yuimaru-oidc"]
    portal.http.cookies.clear()
    await portal.open(returning)
    assert portal.page.status_code == 410
    portal.http.cookies.set("yuimaru-oidc", f"{'x' * 43}:%2Fincidents")
    await portal.open(returning)
    assert portal.page.status_code == 410
    portal.http.cookies.clear()
    portal.http.cookies.set("yuimaru-oidc", kept)
    await portal.open(returning)
    assert portal.page.status_code == 410
    assert "もう一度始めてください" in portal.text


async def test_what_goes_wrong_is_said_beside_the_other_ways(portal: Portal, provider: Provider) -> None:
    wanted = await registered(portal.service, portal.world, provider)
    provider.claims = vouched("nobody@demo.example")
    await portal.open(await leave(portal, provider, provider=wanted))
    assert portal.page.status_code == 403
    assert "招待メールを送ってもらってください" in portal.text
    assert 'name="password"' in portal.page.text
    await portal.send("/signin/oidc", {"email": "a@elsewhere.example"})
    assert portal.page.status_code == 404
    assert "登録されていません" in portal.text
    async with serving(portal.service.clock.now) as gone:
        away = await registered(portal.service, portal.world, gone, domains=())
    await portal.send("/signin/oidc", {"provider": away})
    assert portal.page.status_code == 503
    assert "パスワード、パスキー、印刷コードでは今までどおりサインインできます" in portal.text
    assert 'name="password"' in portal.page.text


async def test_by_tls_its_cookie_is_bound_to_the_host(engines: Engines, tmp_path: Path, clock: ManualClock) -> None:
    settings = settings_for(
        engines.fresh("sqlite", tmp_path),
        tmp_path,
        is_demo=False,
        base_url="https://yuimaru.example",
        oidc_hosts=("127.0.0.1",),
    )
    app = create_app(settings, clock=clock, has_worker=False, pages=portal_routes(settings))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        serving(clock.now) as provider,
        httpx.AsyncClient(transport=transport, base_url="https://yuimaru.example") as http,
    ):
        service = Service(app, clock, http)
        await service.build()
        token = await service.database.write(issue_operator_token)
        path = f"/api/members/{TOME}/identity-providers"
        body = {"issuer": provider.issuer, "client_id": "yuimaru", "client_secret": "x"}
        made = await http.post(path, json=body, headers={"Authorization": f"Bearer {token}"})
        page = await http.post("/signin/oidc", data={"provider": made.json()["id"]})
    cookie = page.headers["set-cookie"]
    assert cookie.startswith("__Host-yuimaru-oidc=")
    assert all(each in cookie for each in ("HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=600"))
    assert "Domain" not in cookie


async def test_without_a_domain_who_is_signed_in_goes_there_from_the_sign_in_page(
    portal: Portal, provider: Provider
) -> None:
    wanted = await registered(portal.service, portal.world, provider, domains=())
    provider.claims = vouched(portal.world.email(TOME))
    await portal.open(await leave(portal, provider, provider=wanted))
    assert portal.page.status_code == 403
    assert "先にパスワードなどでサインイン" in portal.text
    proof = Proof(portal.world.people[TOME, "disaster"], "担当", portal.world.members[TOME], Method.PASSWORD, 1)
    portal.http.cookies.set("yuimaru", (await portal.service.database.write(sessions.begin, proof)).token)
    await portal.open(await leave(portal, provider, provider=wanted))
    assert (portal.page.status_code, portal.page.url.path) == (200, "/incidents"), portal.text
