import email
import logging
import traceback
from collections.abc import Sequence
from email import policy

import pytest
from aiohttp import web

from notifications.gateways.base import Channel, Message, Verdict
from notifications.gateways.opening import Gateways, open_gateways
from tests.notifications.gateways.sinks import HttpSink, SmtpSink

MAIL = Message(attempt="a1", to="bosai@city.example", subject="応援要請", text="本文")
SMS = Message(attempt="a2", to="+818000000001", text="本文")


def opened(
    *, mail: Sequence[str] = (), sms: Sequence[str] = (), mark: str = "", mail_from: str = "a@oen.example"
) -> Gateways:
    return open_gateways(mail, sms, mail_from=mail_from, mark=mark)


async def test_each_kind_opens() -> None:
    gateways = opened(
        mail=["smtp://127.0.0.1:15025?window=4", "smtps://u:p@relay.example", "console:"],
        sms=[
            "kannel://u:p@127.0.0.1:13013?from=0005123456&name=a&hook_secret=s",
            "twilio://AC1:tok@api.example/?from=+81501234567",
            "console:?hook_secret=x",
        ],
    )
    assert [gateway.name for gateway in gateways.mail] == ["smtp", "smtps", "console-email"]
    assert [gateway.name for gateway in gateways.sms] == ["a", "twilio", "console"]
    assert [gateway.window for gateway in gateways.mail][:2] == [4, 8]
    assert [gateway.hook_secret for gateway in gateways.sms] == ["s", None, "x"]
    assert gateways.for_channel(Channel.SMS) is gateways.sms
    assert gateways.named("twilio") is gateways.sms[1]
    assert gateways.named("nobody") is None
    await gateways.close()


async def test_the_same_kind_twice_gets_its_own_name() -> None:
    gateways = opened(mail=["console:", "console:"], sms=["console:", "console:"])
    names = [gateway.name for gateway in gateways.mail + gateways.sms]
    assert len(set(names)) == 4


async def test_console_accepts_everything() -> None:
    (gateway,) = opened(sms=["console:"]).sms
    outcome = await gateway.send(SMS)
    assert (outcome.verdict, outcome.provider_id) == (Verdict.ACCEPTED, "a2")


async def test_a_drill_is_marked_in_subject_and_text_and_only_once(smtp_sink: SmtpSink, http_sink: HttpSink) -> None:
    http_sink.answer = lambda _: web.Response(status=202, text="0: Accepted")
    gateways = opened(
        mail=[f"smtp://127.0.0.1:{smtp_sink.port}"],
        sms=[f"kannel://u:p@127.0.0.1:{http_sink.port}?from=0005"],
        mark="【訓練】",
    )
    await gateways.mail[0].send(MAIL)
    await gateways.mail[0].send(Message("a3", "b@city.example", "【訓練】本文", "【訓練】応援要請"))
    await gateways.sms[0].send(SMS)
    await gateways.close()

    for envelope in smtp_sink.mails:
        mail = email.message_from_bytes(envelope.content, policy=policy.default)
        assert (mail["subject"], mail.get_content()) == ("【訓練】応援要請", "【訓練】本文")
    assert len(smtp_sink.mails) == 2
    assert http_sink.calls[0].query["text"] == "【訓練】本文"


async def test_a_live_message_bears_no_mark(http_sink: HttpSink) -> None:
    http_sink.answer = lambda _: web.Response(status=202, text="0: Accepted")
    gateways = opened(sms=[f"kannel://u:p@127.0.0.1:{http_sink.port}?from=0005"])
    await gateways.sms[0].send(SMS)
    await gateways.close()
    assert http_sink.calls[0].query["text"] == "本文"


async def test_a_plus_in_a_number_and_escapes_in_a_password_survive(http_sink: HttpSink) -> None:
    http_sink.answer = lambda _: web.json_response({"sid": "SM1"}, status=201)
    gateways = opened(sms=[f"twilio://AC1:p%2Fw@127.0.0.1:{http_sink.port}/?from=+815012345678&scheme=http"])
    await gateways.sms[0].send(SMS)
    await gateways.close()
    assert http_sink.calls[0].form["From"] == "+815012345678"
    assert http_sink.calls[0].headers["Authorization"] == "Basic QUMxOnAvdw=="


def test_any_gateway_has_a_share_and_a_rate_if_they_are_set() -> None:
    limited, plain = opened(sms=["console:?rate=0.5&weight=0", "console:"]).sms
    assert (limited.rate, limited.weight) == (0.5, 0)
    assert (plain.rate, plain.weight) == (None, None)


async def test_receipts_come_to_the_address_of_the_gateway(http_sink: HttpSink) -> None:
    http_sink.answer = lambda _: web.Response(status=202, text="0: Accepted")
    url = f"kannel://u:p@127.0.0.1:{http_sink.port}?from=0005&name=a&hook_secret=s3"
    gateways = open_gateways([], [url], mail_from="a@oen.example", mark="", hooks_url="https://oen.example/")
    await gateways.sms[0].send(SMS)
    await gateways.close()
    assert http_sink.calls[0].query["dlr-url"].startswith("https://oen.example/hooks/sms/a/s3/receipt?attempt=a2&")


@pytest.mark.parametrize(
    ("mail", "sms", "words"),
    [
        ([], ["kannel://u:hush@h:13013"], "YUIMARU_SMS_URLS #1: from= is missing"),
        ([], ["console:", "kannel://h?from=1"], "YUIMARU_SMS_URLS #2: user:password@"),
        ([], ["kannel://u:hush@?from=1"], "the host is missing or no host"),
        ([], ["kannel://u:hush@a b?from=1"], "the host is missing or no host"),
        ([], ["smtp://h"], "the scheme is none of console, form+http, form+https, json+http"),
        ([], ["kannel://u:hu/sh@h?from=1"], "not a URL"),
        ([], ["kannel://u:hu#sh@h?from=1"], "not a URL"),
        ([], ["kannel://u:hush@h:99999?from=1"], "not a URL"),
        ([], ["kannel://u:hush@h?from=1&hook_secret=a&hush=1"], "a parameter is none of from, hook_secret"),
        ([], ["kannel://u:hush@h?from=1&window=0"], "window= is a number"),
        ([], ["twilio://u:hush@h?from=1&scheme=gopher"], "scheme= is http or https"),
        ([], ["console:?rate=0"], "rate= is messages a second"),
        ([], ["console:?rate=fast"], "rate= is messages a second"),
        ([], ["console:?weight=101"], "weight= is a number from 0 to 100"),
        ([], ["console:?name=a", "console:?name=a"], "YUIMARU_SMS_URLS #2: name="),
        ([], ["console:?name=a/b"], "name="),
        (["console:?name=a"], ["console:?name=a"], "YUIMARU_MAIL_URLS #1: name="),
        (["smtps://u:hush@h?starttls=1"], [], "starttls= is 1 or 0"),
        (["kannel://u:hush@h"], [], "the scheme is none of console, smtp, smtps"),
        ([""], [], "the scheme is none of"),
    ],
)
async def test_bad_addresses_are_named_without_their_secrets(
    mail: list[str], sms: list[str], words: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ValueError, match="YUIMARU_") as raised:
        opened(mail=mail, sms=sms)
    assert words in str(raised.value)
    shown = "".join(traceback.format_exception_only(raised.value)) + caplog.text
    assert not any(secret in shown for secret in ("hush", "hu/sh", "sh@h"))


async def test_a_bad_sender_is_refused() -> None:
    with pytest.raises(ValueError, match="YUIMARU_MAIL_FROM"):
        opened(mail=["console:"], mail_from="nobody")


@pytest.mark.parametrize("secret", ["s3cret.x!", "a" * 65, "あ"])
def test_a_secret_that_no_path_can_hold_is_refused_at_once(secret: str) -> None:
    with pytest.raises(ValueError, match="hook_secret= must be"):
        open_gateways((), (f"console:?hook_secret={secret}",), mail_from="a@example.lg.jp", mark="")
