import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web

from agreements import directory
from notifications.gateways.base import Gateway, Message, Outcome, Verdict
from notifications.gateways.opening import open_gateways
from notifications.replies import Choice, Reply, parse
from notifications.sms import Essence, compose, units
from tests.deep import kannel
from tests.deep.carrier import Carrier
from tests.deep.kannel import SECRET, SHORT_CODE, Kannel
from tests.notifications.gateways.sinks import HttpSink

pytestmark = [
    pytest.mark.deep,
    pytest.mark.skipif(kannel.missing() is not None, reason=f"real Kannel: {kannel.missing()}"),
]

CORPUS = """
    登米市 檮原町 梼原町 龍ケ崎市 龍ヶ崎市 葛󠄀城市 葛城市 葛飾区 﨑津町 髙﨑市 𠮷野町 鰺ヶ沢町 多可町 飛驒市
    つくばみらい市 南アルプス市 ニセコ町 函館市 高梁市 倶知安町 標茶町 和寒町 神石高原町 祗園町 芦屋市
    ①番隊 ㈱応援 Ⅱ地区 ﾊﾝｶｸ市 か゛市 か\u3099市 ～・－ 〜－ A&B+C=50%?#/ 👩‍🚒隊 辻󠄀町 𩸽村 〆切 ㍿ ㎡
"""
LINK = "https://oen.example/r/abc123defg"
UNHURRIED = 2000
"""Messages a second: faster than any of the three that pass them on."""


@dataclass
class Line:
    """Everything between a gateway and a phone."""

    gateway: Gateway
    carrier: Carrier
    hook: HttpSink


async def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    for _ in range(int(seconds * 20)):
        if condition():
            return
        await asyncio.sleep(0.05)
    pytest.fail("it never happened")


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    hook = HttpSink(answer=lambda _: web.Response(text=""))
    await hook.start()
    carrier = Carrier()
    await carrier.start()
    hooks_url = f"http://127.0.0.1:{hook.port}"
    running = Kannel(tmp_path, carrier.port, f"{hooks_url}/hooks/sms/a/{SECRET}/mo", throughput=UNHURRIED)
    await running.start()
    await carrier.bound()
    gateways = open_gateways([], [running.url], mail_from="a@oen.example", mark="【訓練】", hooks_url=hooks_url)
    yield Line(gateways.sms[0], carrier, hook)
    await gateways.close()
    await running.stop()
    await carrier.stop()
    await hook.stop()


async def test_every_name_reaches_the_phone_unchanged(line: Line) -> None:
    """All municipalities of Japan, and what is hard to write."""
    names = [each.name for each in directory.municipalities()] + CORPUS.split()
    assert len(names) > 1741
    texts = [
        compose(Essence(who=name, what=f"{name}へPC60台"), code=str(4000 + n), link=LINK, mark="【訓練】")
        for n, name in enumerate(names)
    ]
    assert all(name in text for name, text in zip(names, texts, strict=True))
    outcomes = await send_all(line.gateway, texts)
    assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}

    await until(lambda: len(line.carrier.texts) >= len(texts), 60)
    shown = {int(to[-4:]): text for to, text in line.carrier.texts}
    assert shown == {n: f"【訓練】{text}" for n, text in enumerate(texts)}
    assert line.carrier.senders == {SHORT_CODE}
    assert line.carrier.parts == sum(1 if units(text) <= 70 else 2 for text in shown.values())


async def send_all(gateway: Gateway, texts: list[str]) -> list[Outcome]:
    """Send each text to a number of its own, as many at once as the courier would."""
    slots = asyncio.Semaphore(gateway.window)

    async def send(n: int, text: str) -> Outcome:
        async with slots:
            return await gateway.send(Message(attempt=f"a{n}", to=f"+81800000{n:04d}", text=text))

    return await asyncio.gather(*(send(n, text) for n, text in enumerate(texts)))


async def test_receipts_name_the_attempt(line: Line) -> None:
    await line.gateway.send(Message(attempt="a7", to="+818000000007", text="受領試験"))
    await until(lambda: any(call.query.get("type") == "1" for call in line.hook.calls))

    receipts = [call for call in line.hook.calls if call.path == f"/hooks/sms/a/{SECRET}/receipt"]
    assert {call.query["attempt"] for call in receipts} == {"a7"}


async def test_an_answer_in_full_width_reaches_the_hook(line: Line) -> None:
    await line.carrier.write("818000000005", SHORT_CODE, "４８２１　１　５０台")
    await until(lambda: bool(line.hook.calls))

    (call,) = line.hook.calls
    assert call.path == f"/hooks/sms/a/{SECRET}/mo"
    assert call.query["text"] == "４８２１　１　５０台"
    assert (call.query["from"].lstrip("+"), call.query["to"]) == ("818000000005", SHORT_CODE)
    assert call.query["id"]
    assert parse(call.query["text"]) == Reply("4821", Choice.ACCEPT, (50,))
