import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp import web

from notifications.gateways.base import Gateway, Message, Verdict
from notifications.gateways.opening import open_gateways
from notifications.replies import Choice, Reply, parse
from notifications.sms import Essence, compose, units
from tests.deep import kannel
from tests.deep.kannel import Carrier, Kannel
from tests.notifications.gateways.sinks import HttpSink

pytestmark = [
    pytest.mark.deep,
    pytest.mark.skipif(kannel.missing() is not None, reason=f"real Kannel: {kannel.missing()}"),
]

SHORT_CODE = "0005123456"
NAMES = """
    登米市 檮原町 梼原町 龍ケ崎市 龍ヶ崎市 葛󠄀城市 葛城市 葛飾区 﨑津町 髙﨑市 𠮷野町 鰺ヶ沢町 多可町 飛驒市
    つくばみらい市 南アルプス市 ニセコ町 函館市 高梁市 倶知安町 標茶町 和寒町 神石高原町 祗園町 芦屋市
    ①番隊 ㈱応援 Ⅱ地区 ﾊﾝｶｸ市 か゛市 か\u3099市 ～・－ 〜－ A&B+C=50%?#/ 👩‍🚒隊 辻󠄀町 𩸽村 〆切 ㍿ ㎡
"""
LINK = "https://oen.example/r/abc123defg"


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
    running = Kannel(tmp_path, carrier.port, f"{hooks_url}/hooks/sms/a/s3cret/mo")
    await running.start()
    await carrier.bound()
    url = (
        f"kannel://{quote(kannel.USERNAME)}:{quote(kannel.PASSWORD)}@127.0.0.1:{running.port}"
        f"?from={SHORT_CODE}&name=a&hook_secret=s3cret"
    )
    gateways = open_gateways([], [url], mail_from="a@oen.example", mark="【訓練】", hooks_url=hooks_url)
    yield Line(gateways.sms[0], carrier, hook)
    await gateways.close()
    await running.stop()
    await carrier.stop()
    await hook.stop()


async def test_every_name_reaches_the_phone_unchanged(line: Line) -> None:
    texts = [
        compose(Essence(who=name, what=f"{name}へPC60台"), code=str(4000 + n), link=LINK, mark="【訓練】")
        for n, name in enumerate(NAMES.split())
    ]
    outcomes = await asyncio.gather(
        *(
            line.gateway.send(Message(attempt=f"a{n}", to=f"+8180000000{n:02d}", text=text))
            for n, text in enumerate(texts)
        )
    )
    assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}

    await until(lambda: len(line.carrier.texts) == len(texts))
    shown = {to[-2:]: text for to, text in line.carrier.texts}
    assert shown == {f"{n:02d}": f"【訓練】{text}" for n, text in enumerate(texts)}
    assert line.carrier.senders == {SHORT_CODE}
    assert line.carrier.parts == sum(1 if units(text) <= 70 else 2 for text in shown.values())


async def test_receipts_name_the_attempt(line: Line) -> None:
    await line.gateway.send(Message(attempt="a7", to="+818000000007", text="受領試験"))
    await until(lambda: any(call.query.get("type") == "1" for call in line.hook.calls))

    receipts = [call for call in line.hook.calls if call.path == "/hooks/sms/a/s3cret/receipt"]
    assert {call.query["attempt"] for call in receipts} == {"a7"}


async def test_an_answer_in_full_width_reaches_the_hook(line: Line) -> None:
    await line.carrier.write("818000000005", SHORT_CODE, "４８２１　１　５０台")
    await until(lambda: bool(line.hook.calls))

    (call,) = line.hook.calls
    assert call.path == "/hooks/sms/a/s3cret/mo"
    assert call.query["text"] == "４８２１　１　５０台"
    assert (call.query["from"].lstrip("+"), call.query["to"]) == ("818000000005", SHORT_CODE)
    assert call.query["id"]
    assert parse(call.query["text"]) == Reply("4821", Choice.ACCEPT, (50,))
