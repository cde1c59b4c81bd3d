"""Mail that comes back to the room: by the hook, on both engines."""

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.settings import Settings
from notifications import inbound, mail
from notifications.events import AddressDied
from notifications.gateways.base import Channel, Message, Outcome, Verdict
from notifications.gateways.opening import Gateways
from notifications.mailbox.tags import Mailbox, Named, Tagged, named_by
from notifications.models import Answer, Attempt, Delivery, InboundMessage
from notifications.replies import Choice
from notifications.watching import looking
from notifications.watching.judging import TroubleKind, findings
from notifications.worker import Courier
from tests.notifications.alerting import WORDINGS, Scripted, addressee, code, raise_alert, states
from tests.notifications.conftest import OPERATOR, Room
from tests.notifications.mailbox.corpus import dsn
from tests.notifications.mailbox.corpus import mail as corpus_mail

MAILBOX = Mailbox("yuimaru", "in.oen.example")
HOOK = "/hooks/mail/p0st"
YAMADA = "p1@demo.example"


class Post(Scripted):
    """A mail gateway of this process."""


@pytest.fixture
def post(room: Room) -> Post:
    made = Post(name="post", channel=Channel.EMAIL)
    room.app.state.gateways = Gateways(mail=(made,), sms=(room.phone,), mailbox=MAILBOX)
    environment = {"YUIMARU_MAIL_HOOK_SECRET": "p0st", "YUIMARU_BASE_URL": "https://oen.example"}
    room.app.state.settings = Settings.from_environment(environment)
    room.app.state.wake = lambda: None
    return made


async def deliver(room: Room) -> None:
    await Courier(room.database, room.app.state.gateways, WORDINGS, "https://oen.example", "w1").drain()


async def asked(room: Room, post: Post, *numbers: int) -> list[Message]:
    people = [addressee(number, member=f"m{number}", channel=Channel.EMAIL) for number in numbers or (1,)]
    await room.database.write(raise_alert, *people)
    await deliver(room)
    return post.messages


def reply(to: str, body: str, *more: str, sender: str = YAMADA, id: str = "r1@city.example") -> bytes:  # noqa: A002 — the header's word
    head = [f"From: {sender}", f"To: <{to}>", "Subject: Re: x", f"Message-ID: <{id}>", *more]
    return "\r\n".join([*head, "Content-Type: text/plain; charset=utf-8", "", body]).encode()


async def bring(room: Room, raw: bytes, **query: str | list[str]) -> int:
    return (await room.client.post(HOOK, params=query, content=raw)).status_code


def results(session: Session) -> list[tuple[str, str | None, str | None]]:
    rows = session.execute(
        select(InboundMessage.kind, InboundMessage.result, InboundMessage.reason).order_by(InboundMessage.id)
    )
    return [(kind, result, reason) for kind, result, reason in rows]


@pytest.mark.parametrize("body", ["1 50", "１　５０台\n\n> 返信", "{code} 1 50"])
async def test_a_reply_to_the_mail_counts_and_is_answered(room: Room, post: Post, body: str) -> None:
    (sent,) = await asked(room, post)
    text = body.format(code=await room.database.read(code))
    assert await bring(room, reply(sent.reply_to, text), **{"from": YAMADA, "to": sent.reply_to}) == 200
    (heard,) = room.heard
    assert (heard.via, heard.member, heard.choice, heard.quantities) == ("mail", "m1", Choice.ACCEPT, (50, None))
    await deliver(room)
    answer = post.messages[-1]
    assert (answer.to, answer.in_reply_to) == (YAMADA, "r1@city.example")
    assert "回答を受け付けました" in answer.text
    assert await room.database.read(results) == [("message", "taken", "offered")]


async def test_what_a_mail_says_of_itself(room: Room, post: Post) -> None:
    (sent,) = await asked(room, post)
    origin = mail.sender("結まーる <yuimaru@oen.example>")

    def written(message: Message) -> EmailMessage:
        raw = mail.build(
            origin, to=message.to, subject=message.subject, text=message.text, attempt=message.attempt,
            at=room.clock.now(), thread=message.thread, reply_to=message.reply_to, in_reply_to=message.in_reply_to,
        )  # fmt: skip
        read = message_from_bytes(raw, policy=policy.default)
        assert isinstance(read, EmailMessage)
        return read

    alert = written(sent)
    assert alert["Message-ID"] == f"<{sent.attempt}@oen.example>"
    assert alert["References"] == f"<{sent.thread}@oen.example>"
    assert alert["Reply-To"] == sent.reply_to
    assert (alert["Auto-Submitted"], alert["Importance"]) == ("auto-generated", "high")
    await bring(room, reply(sent.reply_to, "1"))
    await deliver(room)
    answer = written(post.messages[-1])
    assert (answer["Auto-Submitted"], answer["Importance"]) == ("auto-replied", None)
    assert answer["In-Reply-To"] == answer["References"] == "<r1@city.example>"
    injected = written(replace(post.messages[-1], in_reply_to="a>\r\nBcc: x@y.example"))
    assert injected["Bcc"] is None
    assert injected["In-Reply-To"] is None


async def test_the_tags_name_the_delivery_and_the_attempt_and_nobody_else_can_make_one(
    room: Room, post: Post
) -> None:
    (sent,) = await asked(room, post)
    delivery = await room.database.read(lambda session: session.scalars(select(Delivery.id)).one())
    reply_tag, bounce_tag = (MAILBOX.tag_in(each) or "" for each in (sent.reply_to, sent.bounce_to))
    assert len(sent.bounce_to.partition("@")[0]) <= 64

    def read(session: Session) -> None:
        assert named_by(session, reply_tag.upper()) == Named(Tagged.REPLY, delivery)
        assert named_by(session, bounce_tag) == Named(Tagged.BOUNCE, sent.attempt)
        assert named_by(session, "b" + reply_tag[1:]) is None
        for place in range(1, len(reply_tag)):
            other = "a" if reply_tag[place] != "a" else "b"
            # The last letter carries three bits of the proof and two of nothing
            if place < len(reply_tag) - 1:
                assert named_by(session, reply_tag[:place] + other + reply_tag[place + 1 :]) is None
        for text in ("", "r", "x" * 37, "r" + "!" * 36, "r" + "あ" * 36, reply_tag + "a"):
            assert named_by(session, text) is None

    await room.database.read(read)


async def test_a_repeated_delivery_counts_once(room: Room, post: Post) -> None:
    (sent,) = await asked(room, post)
    for _ in range(3):
        assert await bring(room, reply(sent.reply_to, "1")) == 200
    assert len(room.heard) == 1
    await bring(room, reply(sent.reply_to, "2", id="r2@city.example"))
    assert [each.choice for each in room.heard] == [Choice.ACCEPT, Choice.DECLINE]


async def test_a_mail_to_many_tags_that_nobody_gave_out_is_kept_once(room: Room, post: Post) -> None:
    made_up = [f"yuimaru+r{number}@in.oen.example" for number in range(20)]
    await bring(room, reply(made_up[0], "hello"), **{"from": YAMADA, "to": made_up})
    assert len(await room.database.read(results)) == 1


async def test_bounces_of_two_tries_in_the_same_words_both_count(room: Room, post: Post) -> None:
    first, second = await asked(room, post, 1, 2)
    for sent in (first, second):
        await bring(room, dsn("failed", "4.2.2"), **{"from": "", "to": sent.bounce_to})
    assert await room.database.read(results) == [("report", "noted", "report-failed")] * 2


async def test_a_reply_is_found_by_its_reference_where_the_tag_was_lost(room: Room, post: Post) -> None:
    (sent,) = await asked(room, post)
    await bring(room, reply("yuimaru@in.oen.example", "2", f"In-Reply-To: <{sent.attempt}@oen.example>"))
    assert [each.choice for each in room.heard] == [Choice.DECLINE]


async def test_a_code_and_a_sender_alone_prove_nothing(room: Room, post: Post) -> None:
    (sent,) = await asked(room, post)
    digits = await room.database.read(code)
    for number, more in enumerate(((), (f"References: <{sent.thread}@oen.example>",))):
        await bring(room, reply("yuimaru@in.oen.example", f"{digits} 1", *more, id=f"{number}@x"))
    assert not room.heard
    assert await room.database.read(results) == [("message", "needs_person", "no-token")] * 2
    await deliver(room)
    assert [each.to for each in post.messages[1:]] == [YAMADA] * 2


async def test_a_stranger_is_kept_for_a_person_and_not_written_to(room: Room, post: Post) -> None:
    await asked(room, post)
    await bring(room, reply("yuimaru@in.oen.example", "hello", sender="spam@else.example"))
    assert await room.database.read(results) == [("message", "needs_person", "unreadable-words")]
    await deliver(room)
    assert len(post.messages) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("お世話になっております。\n1 50", "unreadable-ambiguous"),
        ("9999 1", "other-code"),
        ("1\n50", "unreadable-ambiguous"),
        ("1 50 5 5", "too-many-quantities"),
    ],
)
async def test_what_is_not_clear_waits_for_a_person_and_its_sender_is_told_once(
    room: Room, post: Post, body: str, reason: str
) -> None:
    (sent,) = await asked(room, post)
    await bring(room, reply(sent.reply_to, body))
    assert not room.heard
    await deliver(room)
    (help_,) = post.messages[1:]
    assert (help_.to, help_.in_reply_to) == (YAMADA, "r1@city.example")
    room.act_as(OPERATOR)
    (waiting,) = (await room.client.get("/api/inbound")).json()["items"]
    assert (waiting["reason"], waiting["member"], waiting["channel"]) == (reason, "m1", "email")
    # Whoever replies to that line answers the question all the same
    await bring(room, reply(help_.reply_to, "1 50", id="r2@city.example"))
    assert [each.quantities for each in room.heard] == [(50, None)]


async def test_a_notice_asks_nothing_and_a_reply_to_it_waits_for_a_person(room: Room, post: Post) -> None:
    await room.database.write(raise_alert, addressee(1, channel=Channel.EMAIL), kind="notice", question=())
    await deliver(room)
    await bring(room, reply(post.messages[0].reply_to, "4821 1"))
    assert await room.database.read(results) == [("message", "needs_person", "not-asked")]


@pytest.mark.parametrize("more", [["Auto-Submitted: auto-replied"], ["Precedence: bulk"], ["List-Id: <x.example>"]])
async def test_an_automatic_mail_is_no_answer_and_is_never_answered(room: Room, post: Post, more: list[str]) -> None:
    (sent,) = await asked(room, post)
    await bring(room, reply(sent.reply_to, "本日は不在です", *more))
    await bring(room, reply(sent.bounce_to, "不在", *more, id="r2@x"), **{"from": ""})
    await bring(room, reply(sent.reply_to, "1 50", *more, id="r3@x"))
    await bring(room, reply(sent.reply_to, "1 50", id="r4@x"), **{"from": "", "to": sent.reply_to})
    assert not room.heard
    noted, asked_for = ("automatic", "noted", "automatic"), ("automatic", "needs_person", "automatic")
    assert await room.database.read(results) == [noted, noted, asked_for, asked_for]
    await deliver(room)
    assert len(post.messages) == 1


async def test_two_machines_do_not_talk_for_ever(room: Room, post: Post) -> None:
    (sent,) = await asked(room, post)
    for number in range(inbound.AUTOMATIC_REPLIES + 3):
        await bring(room, reply(sent.reply_to, "何ですか", id=f"{number}@x"))
        await deliver(room)
    assert len(post.messages) == 1 + inbound.AUTOMATIC_REPLIES


async def test_a_report_settles_its_delivery(room: Room, post: Post) -> None:
    # In one instant their ids are in any order
    first, second, third = sorted(await asked(room, post, 1, 2, 3), key=lambda sent: sent.to)
    await bring(room, dsn("delivered", "2.0.0"), **{"from": "", "to": first.bounce_to})
    await bring(room, dsn("delayed", "4.4.1").replace(b"multi@", b"m2@"), **{"from": "", "to": second.bounce_to})
    # A relay that reports to `From`, by the ENVID alone
    by_envid = dsn("failed", "5.2.2", envid=MAILBOX.tag_in(third.bounce_to) or "").replace(b"multi@", b"m3@")
    await bring(room, by_envid, **{"from": "", "to": "yuimaru@in.oen.example"})
    # A full mailbox is tried again later
    assert await room.database.read(states) == ["delivered", "accepted", "due"]
    reasons = [reason for _, _, reason in await room.database.read(results)]
    assert reasons == ["report-delivered", "report-delayed", "report-failed"]
    codes = await room.database.read(lambda session: set(session.scalars(select(Attempt.code))))
    assert "5.2.2" in codes


async def test_a_mail_that_far_ends_refuse_goes_by_another_relay_then_seldom_and_ends_reported(
    room: Room, post: Post
) -> None:
    spare = Post(name="spare", channel=Channel.EMAIL)
    room.app.state.gateways = Gateways(mail=(post, spare), sms=(room.phone,), mailbox=MAILBOX)
    (sent,) = await asked(room, post)
    begun_at, waited = room.clock.now(), []
    while await room.database.read(states) == ["accepted"]:
        await bring(room, dsn("failed", "5.7.1"), **{"from": "", "to": sent.bounce_to})
        (next_at,) = await room.database.read(lambda session: list(session.scalars(select(Delivery.due_at))))
        waited.append(next_at - room.clock.now())
        room.clock.advance(max(waited[-1], timedelta()))
        await deliver(room)
        sent = max(post.messages + spare.messages, key=lambda each: each.attempt)
    assert [(each.days, each.seconds // 60) for each in waited[:-1]] == [(0, 5), (0, 60), (0, 360), (1, 0), (3, 0)]
    assert (len(post.messages), len(spare.messages)) == (3, 3), "by turns, beginning with the other relay"
    assert room.clock.now() - begun_at < timedelta(days=5)
    assert await room.database.read(states) == ["failed"]
    found = findings((await room.database.read(looking.look)).figures)
    assert [(each.kind, each.place, each.count) for each in found] == [(TroubleKind.REFUSED, "email", 1)]
    room.clock.advance(timedelta(hours=1))
    assert not findings((await room.database.read(looking.look)).figures)


@pytest.mark.parametrize(("code", "is_taken"), [("554 5.7.1", True), ("550", True), ("550 5.1.1", False)])
async def test_a_mail_that_one_relay_refuses_is_shown_to_the_other(
    room: Room, post: Post, code: str, *, is_taken: bool
) -> None:
    spare = Post(name="spare", channel=Channel.EMAIL)
    room.app.state.gateways = Gateways(mail=(post, spare), sms=(room.phone,), mailbox=MAILBOX)
    post.answer = lambda _: Outcome(Verdict.PERMANENT, code=code)
    await asked(room, post)
    assert await room.database.read(states) == ["accepted" if is_taken else "failed"]
    spare.answer = post.answer
    await room.database.write(raise_alert, addressee(2, channel=Channel.EMAIL), topic="request-2")
    await deliver(room)
    assert (await room.database.read(states))[-1] == "failed", "refused by both: people are told at once"
    assert len(post.messages) == 2


async def test_a_report_that_shows_no_tag_changes_nothing(room: Room, post: Post) -> None:
    (sent,) = await asked(room, post)
    forged = dsn("failed", "5.1.1", envid=sent.attempt)
    await bring(room, forged, **{"from": "", "to": sent.reply_to.replace("+r", "+b")})
    assert await room.database.read(states) == ["accepted"]
    assert await room.database.read(results) == [("report", "noted", "foreign-report")]


@pytest.mark.parametrize(
    ("status", "is_dead"), [("5.1.1", True), ("5.1.10", True), ("5.2.2", False), ("4.4.1", False)]
)
async def test_an_address_that_is_gone_is_told_above(room: Room, post: Post, status: str, is_dead: bool) -> None:
    (sent,) = await asked(room, post)
    await bring(room, dsn("failed", status), **{"from": "", "to": sent.bounce_to})
    assert room.died == ([AddressDied("m1", Channel.EMAIL, YAMADA, status)] if is_dead else [])


async def test_an_address_that_a_relay_refuses_is_told_above(room: Room, post: Post) -> None:
    post.answer = lambda _: Outcome(Verdict.PERMANENT, code="550 5.1.1")
    await asked(room, post)
    post.answer = lambda _: Outcome(Verdict.TEMPORARY, code="450 4.1.1")
    await room.database.write(raise_alert, addressee(2, channel=Channel.EMAIL), topic="request-2")
    await deliver(room)
    assert room.died == [AddressDied("m1", Channel.EMAIL, YAMADA, "5.1.1")]
    assert await room.database.read(states) == ["failed", "due"]


async def test_the_hook_is_shut_to_a_wrong_secret_and_where_no_mail_is_taken(room: Room, post: Post) -> None:
    (sent,) = await asked(room, post)
    raw = reply(sent.reply_to, "1")
    assert (await room.client.post("/hooks/mail/wrong", content=raw)).status_code == 404
    room.app.state.settings = Settings()
    assert (await room.client.post("/hooks/mail/", content=raw)).status_code == 404
    room.app.state.settings = Settings(mail_hook_secret="p0st")
    room.app.state.gateways = Gateways(mail=(post,), sms=(), mailbox=None)
    assert await bring(room, raw) == 404
    assert await room.database.read(results) == []


async def test_nothing_personal_is_kept_open(room: Room, post: Post) -> None:
    (sent,) = await asked(room, post)
    await bring(room, corpus_mail("1 50\n山田太郎\n"), to=sent.reply_to)

    def kept(session: Session) -> str:
        row = session.scalars(select(InboundMessage)).one()
        return " ".join(str(getattr(row, column.key)) for column in InboundMessage.__table__.columns)

    assert "yamada" not in await room.database.read(kept)
    answers = await room.database.read(lambda session: list(session.scalars(select(Answer.via))))
    assert answers == ["mail"]
