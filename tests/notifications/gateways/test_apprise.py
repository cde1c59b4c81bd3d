"""Apprise for operators' eyes: a real service of its own kind on loopback."""

import asyncio
import builtins
from typing import Any

import pytest
from aiohttp import web

from notifications.gateways.apprise import AppriseGateway, AppriseMissingError
from notifications.gateways.base import Message, Verdict
from tests.notifications.gateways.sinks import HttpSink

MESSAGE = Message(attempt="a1", to="", subject="警報 髙﨑", text="送信路「kannel」が止まっています 𠮷")


async def test_what_happened_arrives_with_the_mark(http_sink: HttpSink) -> None:
    http_sink.answer = lambda _: web.Response(status=200)
    gateway = AppriseGateway([f"json://127.0.0.1:{http_sink.port}/ops"], mark="【訓練】")
    outcome = await gateway.send(MESSAGE)
    await gateway.close()
    assert (outcome.verdict, outcome.code) == (Verdict.ACCEPTED, "1/1")
    (call,) = http_sink.calls
    assert (call.json["title"], call.json["message"]) == (f"【訓練】{MESSAGE.subject}", f"【訓練】{MESSAGE.text}")


async def test_one_that_took_it_is_enough(http_sink: HttpSink) -> None:
    http_sink.answer = lambda call: web.Response(status=200 if call.path == "/up" else 500)
    here = f"json://127.0.0.1:{http_sink.port}"
    both, down = AppriseGateway([f"{here}/down", f"{here}/up"]), AppriseGateway([f"{here}/down"])
    assert (await both.send(MESSAGE)).code == "1/2"
    assert (await down.send(MESSAGE)).verdict is Verdict.TEMPORARY
    await asyncio.gather(both.close(), down.close())


async def test_a_service_that_does_not_answer_holds_up_nobody_else(
    http_sink: HttpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.gateways.apprise.LONGEST_SEND", 0.1)
    http_sink.answer, http_sink.delay = lambda _: web.Response(status=200), 0.5
    gateway = AppriseGateway([f"json://127.0.0.1:{http_sink.port}/ops"])
    outcome, _ = await asyncio.gather(gateway.send(MESSAGE), asyncio.sleep(0))
    assert (outcome.verdict, outcome.code) == (Verdict.UNKNOWN, "timeout")
    await gateway.close()


def test_an_address_that_is_none_is_named_by_its_place() -> None:
    with pytest.raises(ValueError, match="#2") as raised:
        AppriseGateway(["json://127.0.0.1/x", "nonsense:hush"])
    assert "hush" not in str(raised.value)


def test_without_the_library_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def lacking(name: str, *rest: Any) -> Any:
        if name == "apprise":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", lacking)
    with pytest.raises(AppriseMissingError, match="yuimaru"):
        AppriseGateway(["json://127.0.0.1/x"])
