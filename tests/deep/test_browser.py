"""The thread through a real browser with scripts switched off, against a running service with its worker."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE = {"width": 375, "height": 700}
SECONDS = 60

pytestmark = [
    pytest.mark.deep,
    pytest.mark.skipif(CHROMIUM is None, reason="browser: chromium is missing (apt-get install chromium)"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A demo on a free port, as its commands start it."""
    directory = tmp_path_factory.mktemp("demo")
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("YUIMARU_")},
        "YUIMARU_DATABASE_URL": f"sqlite:///{directory / 'yuimaru.db'}",
        "YUIMARU_MODE": "drill",
        "YUIMARU_IS_DEMO": "1",
        "YUIMARU_BASE_URL": url,
        "PORT": str(port),
    }
    command = str(Path(sys.executable).with_name("yuimaru"))
    for step in ("migrate", "demo"):
        subprocess.run([command, step], env=environment, check=True, timeout=SECONDS, stdout=subprocess.DEVNULL)
    server = subprocess.Popen([command, "serve"], env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_for(f"{url}/readyz")
        yield url
    finally:
        server.terminate()
        server.wait(SECONDS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(base_url=address, java_script_enabled=False, locale="ja-JP", viewport=PHONE)
    page = context.new_page()
    page.goto("/")
    yield page
    context.close()


def test_the_thread_without_scripts(page: Page, browser: Browser, address: str) -> None:
    request = _ask(page)
    link = _link_from_messages(page)

    partner = browser.new_context(base_url=address, java_script_enabled=False, viewport=PHONE)
    answering = partner.new_page()
    answering.goto(link)
    answering.get_by_label("パソコン（要請 12台）").fill("１０")
    answering.get_by_role("button", name="応援できます").click()
    assert answering.get_by_role("status").inner_text().startswith("回答を受け付けました")
    assert not partner.cookies(), "answering by link needs no session"
    partner.close()

    page.goto(request)
    quantity = page.locator("main form input.number").first
    assert quantity.input_value() == "10"
    quantity.fill("８")
    page.get_by_role("button", name="の応援を決定する").first.click()
    assert page.url.endswith(request)
    accepted = page.locator("section.card", has_text="応援決定")
    assert "決定 8台" in accepted.inner_text()


def test_pages_fit_a_phone_and_answer_to_the_keyboard(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "本文へ"
    page.get_by_role("button", name="登米市").click()
    page.locator("main a").first.click()
    for path, words in (("", "被災範囲"), ("/ask", "必要なもの")):
        page.goto(page.url + path)
        assert words in page.locator("main").inner_text()
        box = page.locator("html").evaluate("element => [element.scrollWidth, element.clientWidth]")
        assert box[0] <= box[1], f"{page.url} scrolls sideways"
        assert page.title().startswith("【訓練】")


def _ask(page: Page) -> str:
    page.get_by_role("button", name="登米市").click()
    page.locator("main a").first.click()
    page.get_by_role("link", name="応援を要請する").click()
    page.get_by_label("品目 1").select_option("pc")
    page.get_by_label("数", exact=True).first.fill("１２")
    page.get_by_role("button", name="要請する").click()
    path = page.url.partition("/requests/")[2]
    assert path, page.locator("main").inner_text()
    return f"/requests/{path}"


def _link_from_messages(page: Page) -> str:
    """Wait until the worker has sent the first mail, and return the answer link in it."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        page.goto("/messages")
        if found := re.search(r'href="([^"]+/r/[0-9a-z]+)"', page.content()):
            return found.group(1)
        time.sleep(0.5)
    raise AssertionError("no message was sent")


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(f"{url} never answered")
