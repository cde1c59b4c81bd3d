"""What every page has: the drill's mark, security headers, one heading, labelled inputs, few bytes."""

import gzip
import re
from typing import Any

import pytest
from starlette.routing import Route

from agreements import directory
from foundation.settings import Settings
from service import demo_data
from service.portal.pages import portal_routes
from service.portal.pages_start import PEOPLE
from service.portal.rendering import HERE
from service.portal.session import cookie_name
from tests.foundation.documents.samples import pdf
from tests.portal.conftest import Portal
from tests.service.test_clients import administrator
from tests.world import TAMA, TOME

MOST_BYTES = 14 * 1024


async def every_page(portal: Portal) -> dict[str, str]:
    """The text of each page, after a request was filed and answered."""
    await portal.sign_in(TOME)
    request = await portal.ask()
    await portal.service.deliver()
    link = await portal.link_of(TAMA)
    receipt = (await portal.send(link, {"decision": "accept", "quantity-1": "20"})).text
    board = f"/incidents/{portal.world.incident}"
    one = f"/requests/{request}"
    paths = ("/", "/incidents", board, f"{board}/ask", one, f"{one}/matches", "/messages", link, "/r/unknown")
    pages = {path: (await portal.open(path)).text for path in paths}
    await portal.sign_in(TAMA)
    pages |= {f"{one}/answer": (await portal.open(f"{one}/answer")).text, "receipt": receipt}
    return pages | await pages_of_a_member(portal)


async def pages_of_a_member(portal: Portal) -> dict[str, str]:
    """The text of the pages by which a member keeps what is its own, as its administrator."""
    await portal.send("/signin", {"email": await administered(portal)})
    files = {"file": ("構成図.pdf", pdf(), "application/pdf")}
    record = (await portal.send(f"/inventory/{TOME}/new/system", {"field-name": "住民記録"})).url.path
    attached = (await portal.send(f"{record}/attachments", {"title": "図", "disclosure": "nda"}, files=files)).text
    sheet = (await portal.send("/security/2026/self-check")).text
    await portal.send("/administration/programs", {"name": "連携", "aid.read": "yes"})
    parts = ("", "/providers", "/programs", "/directory")
    own = (f"/inventory/{TOME}/readers", "/ndas", "/emergency-accesses", "/security/2026")
    paths = (*own, *(f"/administration{part}" for part in parts))
    return {path: (await portal.open(path)).text for path in paths} | {"record": attached, "sheet": sheet}


async def administered(portal: Portal) -> str:
    await administrator(portal.service, portal.world)
    return portal.world.email(TOME, "ict")


async def test_pages_are_small_marked_and_plain(portal: Portal) -> None:
    style = len(gzip.compress((HERE / "static" / "yuimaru.css").read_bytes()))
    for path, text in (await every_page(portal)).items():
        assert len(gzip.compress(text.encode())) + style <= MOST_BYTES, path
        assert "<title>【訓練】" in text, path
        assert len(re.findall(r"<h1>【訓練】", text)) == len(re.findall("<h1", text)) == 1, path
        assert '<html lang="ja">' in text, path
        assert not re.search(r"<script|\bon[a-z]+=|style=|<style", text), path
        assert len(ids := re.findall(r'\bid="([^"]+)"', text)) == len(set(ids)), path


async def test_every_input_has_a_label(portal: Portal) -> None:
    for path, text in (await every_page(portal)).items():
        labelled = set(re.findall(r'<label for="([^"]+)"', text))
        for tag in re.findall(r"<(?:input|select|textarea)\b[^>]*>", text):
            named = re.search(r'\bid="([^"]+)"', tag)
            assert 'type="hidden"' in tag or (named and named.group(1) in labelled), f"{path}: {tag}"


def test_no_secret_that_is_kept_for_others_is_filled_in_by_a_browser() -> None:
    """Browsers heed `off` at no password; the person's own one would go to a provider, a directory or a helper."""
    for name in ("administration_providers", "administration_directory", "guest_pool"):
        text = (HERE / "templates" / f"{name}.html").read_text(encoding="utf-8")
        asked = [line for line in text.splitlines() if re.search(r'"password"', line)]
        assert asked, name
        assert [line for line in asked if "new-password" not in line and "own_field(" not in line] == [], name


async def test_headers_and_compression(portal: Portal) -> None:
    page = await portal.open("/")
    policy = page.headers["content-security-policy"]
    for rule in ("default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'"):
        assert rule in policy
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["content-encoding"] == "gzip"
    style = await portal.open("/static/yuimaru.css")
    assert style.headers["content-type"].startswith("text/css")
    assert "max-age" in style.headers["cache-control"]


async def test_person_and_member_stand_on_the_pages(portal: Portal) -> None:
    await portal.sign_in(TOME)
    for path in ("/", "/incidents", f"/incidents/{portal.world.incident}", "/messages"):
        await portal.open(path)
        assert "登米市 disaster さん" in portal.text, path


async def test_whoever_is_not_signed_in_comes_back_afterwards(portal: Portal) -> None:
    board = f"/incidents/{portal.world.incident}"
    await portal.open(board)
    assert portal.page.url.path == "/"
    assert "サインインが必要です" in portal.text
    await portal.send("/signin", {"email": portal.world.email(TOME), "next": board})
    assert portal.page.url.path == board


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example", "/\\evil.example", "/a\nb", "/"])
async def test_signing_in_never_leads_elsewhere(portal: Portal, onward: str) -> None:
    await portal.send("/signin", {"municipality": TOME, "next": onward}, follow_redirects=False)
    assert portal.page.headers["location"] == "/incidents"


@pytest.mark.asvs("3.3.1", "3.3.3", "3.3.4")
async def test_the_cookie_is_out_of_reach_and_ends(portal: Portal) -> None:
    page = await portal.send("/signin", {"municipality": "０４２１２９"}, follow_redirects=False)
    cookie = page.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    await portal.send("/signout")
    await portal.open("/incidents")
    assert portal.page.url.path == "/"


@pytest.mark.asvs("3.3.1", "3.3.3", "3.3.4")
def test_behind_tls_the_cookie_is_bound_to_the_host() -> None:
    assert cookie_name(Settings(base_url="https://yuimaru.example")) == "__Host-yuimaru"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
    ],
)
@pytest.mark.asvs("3.5.1", "3.5.3")
async def test_forms_of_other_sites_are_refused(portal: Portal, headers: dict[str, str]) -> None:
    await portal.sign_in(TOME)
    request = await portal.ask()
    await portal.send(f"/requests/{request}/cancellation", {"reason": "x"}, headers=headers)
    assert portal.page.status_code == 403
    await portal.open(f"/requests/{request}")
    assert "募集中" in portal.text


@pytest.mark.parametrize("path", ["/requests/nothing", "/incidents/nothing", "/requests/a%3Fb", "/requests/%2E%2E"])
async def test_what_is_not_there_is_a_page(portal: Portal, path: str) -> None:
    await portal.sign_in(TOME)
    await portal.open(path)
    assert portal.page.status_code == 404
    assert "見つかりません" in portal.text
    assert "登米市 disaster さん" in portal.text


async def test_an_unknown_municipality_is_said(portal: Portal) -> None:
    await portal.send("/signin", {"municipality": "131016"})
    assert portal.page.status_code == 404
    assert "登録されていません" in portal.text


class TestOutsideTheDemo:
    @pytest.fixture
    def is_demo(self) -> bool:
        return False

    async def test_one_signs_in_with_a_token(self, portal: Portal) -> None:
        await portal.open("/")
        assert "デモ" not in portal.text
        token = await portal.service.token(portal.world.email(TOME))
        await portal.send("/signin", {"token": f" {token}\r\n"})
        assert portal.page.url.path == "/incidents"

    @pytest.mark.parametrize("token", ["", "nothing", "全角", "a\x00b"])
    async def test_a_wrong_token_is_said(self, portal: Portal, token: str) -> None:
        await portal.send("/signin", {"token": token})
        assert portal.page.status_code == 401
        assert "このトークンは使えません" in portal.text

    async def test_nobody_signs_in_by_address_alone(self, portal: Portal) -> None:
        await portal.send("/signin", {"email": portal.world.email(TOME)})
        assert portal.page.status_code == 401


def test_the_people_of_the_start_page_are_who_they_are_said_to_be() -> None:
    for code, name, _ in PEOPLE:
        place = directory.find(code)
        assert place is not None
        assert place.name == name
        assert code in demo_data.MEMBERS


def test_no_page_takes_the_place_of_the_api() -> None:
    routes: list[Any] = [each for each in portal_routes(Settings()) if isinstance(each, Route)]
    assert routes
    assert not [each.path for each in routes if each.path.startswith(("/api", "/hooks"))]
