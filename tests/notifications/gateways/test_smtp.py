import asyncio
import email
import time
from collections.abc import AsyncIterator, Callable
from email import policy
from pathlib import Path

import pytest
from aiosmtpd.smtp import Session

from notifications.gateways import smtp
from notifications.gateways.base import Message, Verdict
from notifications.gateways.smtp import Relay, SmtpGateway
from tests.notifications.gateways.sinks import SmtpSink, certificate

NewGateway = Callable[..., SmtpGateway]


@pytest.fixture
async def new_gateway() -> AsyncIterator[NewGateway]:
    opened: list[SmtpGateway] = []

    def new(port: int, *, window: int = 8, host: str = "127.0.0.1", **relay: str) -> SmtpGateway:
        gateway = SmtpGateway(
            Relay(host=host, port=port, **relay), name="smtp", mail_from="結まーる <a@oen.example>", window=window
        )
        opened.append(gateway)
        return gateway

    yield new
    for gateway in opened:
        await gateway.close()


def message(attempt: str = "a1", to: str = "bosai@city.example") -> Message:
    return Message(attempt=attempt, to=to, text="本文 髙橋𠮷", subject="応援要請", thread="t1")


async def test_a_mail_arrives_with_everything(smtp_sink: SmtpSink, new_gateway: NewGateway) -> None:
    outcome = await new_gateway(smtp_sink.port).send(message())

    assert outcome.verdict is Verdict.ACCEPTED
    (envelope,) = smtp_sink.mails
    assert (envelope.mail_from, envelope.rcpt_tos) == ("a@oen.example", ["bosai@city.example"])
    mail = email.message_from_bytes(envelope.content, policy=policy.default)
    assert mail["message-id"] == "<a1@oen.example>"
    assert mail.get_content() == "本文 髙橋𠮷"


async def test_connections_are_kept(smtp_sink: SmtpSink, new_gateway: NewGateway) -> None:
    gateway = new_gateway(smtp_sink.port)
    for n in range(5):
        assert (await gateway.send(message(f"a{n}"))).verdict is Verdict.ACCEPTED

    assert len(smtp_sink.mails) == 5
    assert len(smtp_sink.transports) == 1


async def test_no_more_connections_than_the_window(smtp_sink: SmtpSink, new_gateway: NewGateway) -> None:
    gateway = new_gateway(smtp_sink.port, window=3)
    outcomes = await asyncio.gather(*(gateway.send(message(f"a{n}")) for n in range(30)))

    assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}
    assert len(smtp_sink.mails) == 30
    assert len(smtp_sink.transports) == 3
    assert smtp_sink.most_at_once > 1


async def test_a_kept_connection_that_was_cut_costs_nothing(smtp_sink: SmtpSink, new_gateway: NewGateway) -> None:
    gateway = new_gateway(smtp_sink.port)
    await gateway.send(message("a1"))
    smtp_sink.sever()
    await asyncio.sleep(0.02)

    started = time.monotonic()
    assert (await gateway.send(message("a2"))).verdict is Verdict.ACCEPTED
    assert time.monotonic() - started < 1
    assert len(smtp_sink.mails) == 2


async def test_a_server_that_said_goodbye_is_dialled_again(smtp_sink: SmtpSink, new_gateway: NewGateway) -> None:
    gateway = new_gateway(smtp_sink.port)
    await gateway.send(message("a1"))
    smtp_sink.sender_refusals = ["421 4.4.2 idle too long"]

    assert (await gateway.send(message("a2"))).verdict is Verdict.ACCEPTED
    assert len(smtp_sink.mails) == 2
    assert len(smtp_sink.transports) == 2


async def test_a_kept_connection_that_went_silent_is_left(
    smtp_sink: SmtpSink, new_gateway: NewGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "_STALE", 0.0)
    monkeypatch.setattr(smtp, "_ALIVE", 0.1)
    gateway = new_gateway(smtp_sink.port)
    await gateway.send(message("a1"))
    smtp_sink.silent_noop = True

    assert (await gateway.send(message("a2"))).verdict is Verdict.ACCEPTED
    assert len(smtp_sink.transports) == 2


@pytest.mark.parametrize(
    ("reply", "verdict", "code"),
    [
        ("450 4.7.1 greylisted", Verdict.TEMPORARY, "450 4.7.1"),
        ("550 5.1.1 user unknown", Verdict.PERMANENT, "550 5.1.1"),
    ],
)
async def test_a_refused_recipient(
    smtp_sink: SmtpSink, new_gateway: NewGateway, reply: str, verdict: Verdict, code: str
) -> None:
    smtp_sink.refusals["gone@city.example"] = reply
    gateway = new_gateway(smtp_sink.port)

    outcome = await gateway.send(message(to="gone@city.example"))
    assert (outcome.verdict, outcome.code) == (verdict, code)
    assert (await gateway.send(message("a2"))).verdict is Verdict.ACCEPTED
    assert len(smtp_sink.transports) == 1


async def test_a_refused_sender_is_no_fault_of_the_recipient(smtp_sink: SmtpSink, new_gateway: NewGateway) -> None:
    smtp_sink.sender_refusals = ["550 5.7.1 sender not allowed"]
    outcome = await new_gateway(smtp_sink.port).send(message())
    assert (outcome.verdict, outcome.code) == (Verdict.TEMPORARY, "550 5.7.1")


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ("451 4.3.0 try later", Verdict.TEMPORARY),
        ("554 5.7.1 refused as spam", Verdict.PERMANENT),
        ("well, perhaps", Verdict.UNKNOWN),
    ],
)
async def test_a_refused_text(smtp_sink: SmtpSink, new_gateway: NewGateway, reply: str, verdict: Verdict) -> None:
    async def refuse(_session: Session) -> str:
        return reply

    smtp_sink.at_data = refuse
    assert (await new_gateway(smtp_sink.port).send(message())).verdict is verdict


async def test_cut_after_the_text_is_unknown(smtp_sink: SmtpSink, new_gateway: NewGateway) -> None:
    async def cut(_session: Session) -> str:
        smtp_sink.sever()
        return "250 OK"

    smtp_sink.at_data = cut
    assert (await new_gateway(smtp_sink.port).send(message())).verdict is Verdict.UNKNOWN


async def test_no_answer_to_the_text_is_unknown(
    smtp_sink: SmtpSink, new_gateway: NewGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sleep(_session: Session) -> str:
        await asyncio.sleep(60)
        return "250 OK"

    monkeypatch.setattr(smtp, "LONGEST_SEND", 0.2)
    smtp_sink.at_data = sleep
    outcome = await new_gateway(smtp_sink.port).send(message())
    assert (outcome.verdict, outcome.code) == (Verdict.UNKNOWN, "timeout")


async def test_nobody_listens_and_then_somebody_does(smtp_sink: SmtpSink, new_gateway: NewGateway) -> None:
    gateway = new_gateway(smtp_sink.port)
    await smtp_sink.stop()
    outcome = await gateway.send(message())
    assert (outcome.verdict, outcome.code) == (Verdict.TEMPORARY, "connect")

    await smtp_sink.start()
    assert (await gateway.send(message())).verdict is Verdict.ACCEPTED


async def test_an_unknown_host_is_temporary(new_gateway: NewGateway) -> None:
    outcome = await new_gateway(25, host="nowhere.invalid").send(message())
    assert (outcome.verdict, outcome.code) == (Verdict.TEMPORARY, "connect")


@pytest.mark.parametrize("to", ["taro..a@docomo.ne.jp", "taro.@docomo.ne.jp", ".taro@ezweb.ne.jp"])
async def test_legacy_addresses_are_delivered(smtp_sink: SmtpSink, new_gateway: NewGateway, to: str) -> None:
    assert (await new_gateway(smtp_sink.port).send(message(to=to))).verdict is Verdict.ACCEPTED
    assert smtp_sink.mails[0].rcpt_tos == [to]


async def test_an_impossible_address_is_permanent(smtp_sink: SmtpSink, new_gateway: NewGateway) -> None:
    outcome = await new_gateway(smtp_sink.port).send(message(to="a@b.example>\r\nRCPT TO:<c@d.example"))
    assert (outcome.verdict, outcome.code) == (Verdict.PERMANENT, "address")
    assert not smtp_sink.transports


async def test_signing_in(smtp_sink: SmtpSink, new_gateway: NewGateway) -> None:
    right = new_gateway(smtp_sink.port, username="u", password="p:ss/word")
    wrong = new_gateway(smtp_sink.port, username="u", password="secret")

    assert (await right.send(message())).verdict is Verdict.ACCEPTED
    outcome = await wrong.send(message())
    assert (outcome.verdict, outcome.code) == (Verdict.TEMPORARY, "535 5.7.8")
    assert "secret" not in repr(wrong._relay)


@pytest.mark.parametrize("tls", ["direct", "starttls"])
async def test_encrypted(new_gateway: NewGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tls: str) -> None:
    context, trusted = certificate(tmp_path)
    sink = SmtpSink()
    await sink.start(tls=context if tls == "direct" else None, starttls=context if tls == "starttls" else None)
    untrusting = new_gateway(sink.port, host="localhost", tls=tls)
    assert (await untrusting.send(message())).verdict is Verdict.TEMPORARY

    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    trusting = new_gateway(sink.port, host="localhost", tls=tls)
    assert (await trusting.send(message())).verdict is Verdict.ACCEPTED
    await trusting.close()
    await sink.stop()
