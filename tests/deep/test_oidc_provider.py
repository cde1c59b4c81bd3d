"""Signing in through a real OpenID Connect provider with a real browser: its login form, its consent, and back."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page

from foundation.mode import Mode, settle
from migrations.upgrading import upgrade
from service.identity.actions import issue_operator_token
from tests import world as worlds
from tests.deep.running import PROGRAM, Place, free_port
from tests.deep.test_browser import CHROMIUM, browser, wait_for
from tests.deep.test_sign_in_browser import ROUNDS, print_seconds
from tests.world import TOME, World

__all__ = ["browser"]
HERE = Path(__file__).parent
MISSING = [each for each in ("node", "npm", "chromium") if shutil.which(each) is None]

pytestmark = [
    pytest.mark.deep,
    pytest.mark.skipif(CHROMIUM is None or bool(MISSING), reason=f"real provider: {MISSING} (apt-get install)"),
]


@dataclass(frozen=True)
class Registered:
    """認証基盤の登録: in which world, and what has to be entered at the provider."""

    world: World
    issuer: str
    redirect_uri: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    directory = tmp_path_factory.mktemp("oidc")
    port = free_port()
    settings = {"YUIMARU_BASE_URL": f"http://127.0.0.1:{port}", "YUIMARU_OIDC_HOSTS": "127.0.0.1"}
    return Place(f"sqlite:///{directory / 'yuimaru.db'}", directory, settings, port)


@pytest.fixture(scope="module")
def registered(place: Place) -> Iterator[Registered]:
    """An instance without demo sign-in, where 登米市 has registered a provider that is yet to be set up."""
    upgrade(place.url)
    # On a thread of its own: Playwright keeps a loop running in this one.
    with ThreadPoolExecutor(1) as threads:
        world, token = threads.submit(asyncio.run, _prepared(place)).result()
    server = subprocess.Popen([PROGRAM, "serve"], env=place.environment, stdout=subprocess.DEVNULL)
    try:
        wait_for(f"{place.base}/readyz")
        made = httpx.post(
            f"{place.base}/api/members/{TOME}/identity-providers",
            json={
                "issuer": f"http://127.0.0.1:{free_port()}",
                "client_id": "yuimaru",
                "client_secret": "a-secret-between-two",
                "domains": ["demo.example"],
            },
            headers={"Authorization": f"Bearer {token}"},
        )
        assert made.status_code == 201, made.text
        yield Registered(world, made.json()["issuer"], made.json()["redirect_uri"])
    finally:
        server.terminate()
        server.wait(60)


async def _prepared(place: Place) -> tuple[World, str]:
    async with place.opened() as database:
        await database.write(settle, Mode.DRILL)
        world = await database.write(worlds.build)
        return world, await database.write(issue_operator_token)


@pytest.fixture(scope="module")
def provider(place: Place, registered: Registered) -> Iterator[str]:
    """Install what the lock names, and run it with the redirect address that is its own; return its issuer."""
    for name in ("package.json", "package-lock.json", "provider.mjs"):
        shutil.copy(HERE / name, place.directory)
    install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run(install, cwd=place.directory, check=True, stdout=subprocess.DEVNULL)
    port = registered.issuer.rpartition(":")[2]
    running = subprocess.Popen(
        ["node", "provider.mjs", port, registered.redirect_uri],
        cwd=place.directory,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(f"{registered.issuer}/.well-known/openid-configuration")
        yield registered.issuer
    finally:
        running.terminate()
        running.wait(30)


def _leave(page: Page, place: Place, email: str) -> None:
    page.goto(f"{place.base}/signin?next=/messages")
    page.fill("#work-email", email)
    page.click("text=団体の認証へ")


def _sign_in_there(page: Page, email: str) -> None:
    """Fill in the provider's own form, and consent."""
    page.wait_for_selector("input[name=login]")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", "whatever")
    page.click("button[type=submit]")
    page.wait_for_selector("text=Continue")
    page.click("button[type=submit]")


def test_out_and_back_by_a_real_provider(
    browser: Browser, place: Place, registered: Registered, provider: str
) -> None:
    context = browser.new_context()
    page, email, seen = context.new_page(), registered.world.email(TOME), []
    page.on("response", lambda response: seen.append(response.url))
    _leave(page, place, email)
    _sign_in_there(page, email)
    page.wait_for_url(f"{place.base}/messages")
    assert f"{TOME}" in email
    assert "サインアウト" in page.content()
    assert any(each.startswith(f"{provider}/auth") and "code_challenge_method=S256" in each for each in seen)
    assert not any("access_token" in each or "id_token" in each for each in seen), "the browser saw no token"
    assert not any(each.startswith((f"{provider}/token", f"{provider}/me")) for each in seen)
    cookies = {each["name"]: each for each in context.cookies(place.base)}
    assert cookies["yuimaru"]["httpOnly"]
    assert "yuimaru-oidc" not in cookies
    page.click("text=サインアウト")
    # The provider still knows the browser: from now on it asks for nothing, and they are let in by the subject.
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        _leave(page, place, email)
        page.wait_for_url(f"{place.base}/messages")
        seconds.append(time.perf_counter() - started)
        page.click("text=サインアウト")
    print_seconds("OIDC, known to the provider", seconds)
    context.close()


def test_who_is_not_vouched_for_stays_out_with_the_other_ways_at_hand(
    browser: Browser, place: Place, provider: str
) -> None:
    assert provider
    context = browser.new_context()
    page = context.new_page()
    _leave(page, place, "anybody@demo.example")
    _sign_in_there(page, "doubtful-disaster1@demo.example")
    page.wait_for_selector("text=担当者と対応づけられていません")
    assert page.locator("input[name=password]").first.is_visible()
    context.close()
