"""What a route can't do is not promised, what it won't take is not handed to it, who can be asked is asked."""

from dataclasses import dataclass, field

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from foundation.database import Database
from notifications import receipts
from notifications.gateways.base import FOUND, Capabilities, Channel, Outcome, Verdict
from notifications.gateways.calling import Fate, Report
from notifications.gateways.opening import Gateways
from notifications.models import Attempt, Delivery
from notifications.sms import Essence, compose, units
from notifications.wording import Mail, Notice
from notifications.worker import Courier
from tests.notifications.alerting import Scripted, addressee, attempts, courier, raise_alert, states

DEAF = Capabilities(is_two_way=False, has_receipts=True)
UNKNOWN = Outcome(Verdict.UNKNOWN, code="timeout")


class Asking:
    def mail(self, notice: Notice) -> Mail:
        return Mail("応援要請", f"{notice.link}\n{f'SMSで返信 {notice.code}' if notice.may_reply_by_sms else ''}\n")

    def sms(self, notice: Notice) -> str:
        essence = Essence("登米市", str(notice.facts["what"]))
        return compose(
            essence, code=notice.code or "", link=notice.link, mark=notice.mark, may_reply=notice.may_reply_by_sms
        )


def asking(database: Database, *gateways: Scripted) -> Courier:
    sms = tuple(each for each in gateways if each.channel is Channel.SMS)
    mail = tuple(each for each in gateways if each.channel is Channel.EMAIL)
    return Courier(database, Gateways(mail=mail, sms=sms), {"request": Asking()}, "https://oen.example", "w")


async def test_a_reply_is_asked_for_only_where_it_comes_back(database: Database) -> None:
    await database.write(raise_alert)
    deaf, hearing = Scripted("deaf", capabilities=DEAF, answer=lambda _: UNKNOWN), Scripted("hearing")
    await asking(database, deaf, hearing).drain()
    (by_link,), (by_reply,) = deaf.messages, hearing.messages
    assert "返信" not in by_link.text
    assert "\nhttps://oen.example/r/" in by_link.text
    assert "返信" in by_reply.text


@pytest.mark.parametrize(("phones", "is_named"), [((), False), ((DEAF,), False), ((DEAF, Capabilities(True)), True)])
async def test_a_mail_names_replies_by_sms_only_where_some_route_brings_them(
    database: Database, phones: tuple[Capabilities, ...], is_named: bool
) -> None:
    await database.write(raise_alert, addressee(1, channel=Channel.EMAIL))
    post = Scripted("post", Channel.EMAIL)
    routes = [Scripted(f"sms-{number}", capabilities=can) for number, can in enumerate(phones)]
    await asking(database, post, *routes).drain()
    assert ("SMSで返信" in post.messages[0].text) is is_named


async def test_a_text_is_no_longer_than_its_route_takes(database: Database) -> None:
    await database.write(raise_alert, what="パソコン 髙𠮷葛󠄀" * 9)
    short = Scripted("short", capabilities=Capabilities(is_two_way=True, most_units=70))
    await asking(database, short).drain()
    assert units(short.messages[0].text) <= 70
    assert "返信" in short.messages[0].text


@dataclass
class Known(Scripted):
    """A gateway that can be asked; `says` is what it knows of any attempt."""

    says: Outcome = field(default_factory=lambda: Outcome(Verdict.TEMPORARY, code="not-found"))
    asked: list[str] = field(default_factory=list)

    async def query(self, attempt: str) -> Outcome:
        self.asked.append(attempt)
        if self.says.code == "defect":
            raise RuntimeError
        return self.says


TAKEN = Outcome(Verdict.ACCEPTED, "k1")


@pytest.mark.parametrize(
    ("says", "is_repeated"),
    [
        (TAKEN, False),
        (Outcome(Verdict.TEMPORARY, code="not-found"), True),
        (UNKNOWN, True),
        (Outcome(Verdict.UNKNOWN, code="defect"), True),
    ],
)
async def test_a_message_in_doubt_is_repeated_only_where_its_provider_does_not_have_it(
    database: Database, says: Outcome, is_repeated: bool
) -> None:
    await database.write(raise_alert)
    first, second = Known("first", answer=lambda _: UNKNOWN, says=says), Scripted("second")
    await courier(database, first, second).drain()
    assert first.asked == [first.messages[0].attempt]
    assert len(second.messages) == is_repeated
    assert await database.read(states) == ["accepted"]
    assert await database.read(attempts) == [(1, "first", "unknown"), (2, "second", "accepted")]


async def test_what_a_dead_worker_was_sending_is_asked_for_as_well(database: Database) -> None:
    await database.write(raise_alert)
    known = Known("known", says=TAKEN)
    await courier(database, known).drain()

    def undo(session: Session) -> None:
        session.execute(update(Attempt).values(state="posting", finished_at=None))
        session.execute(update(Delivery).values(state="due", finished_at=None))

    await database.write(undo)
    await courier(database, known).drain()
    assert (len(known.messages), len(known.asked)) == (1, 1)

    def codes(session: Session) -> list[tuple[str, str | None]]:
        rows = session.execute(select(Attempt.state, Attempt.code).order_by(Attempt.number))
        return [(row.state, row.code) for row in rows]

    assert await database.read(codes) == [("unknown", "worker-lost"), ("accepted", FOUND)]


async def test_the_failure_of_a_message_found_at_its_provider_opens_it_again(database: Database) -> None:
    await database.write(raise_alert)
    first, second = Known("first", answer=lambda _: UNKNOWN, says=TAKEN), Scripted("second")
    await courier(database, first, second).drain()
    failed = Report("2", Fate.FAILED, attempt=first.messages[0].attempt)
    await receipts.receive(database, "first", [failed], routes=2)
    assert await database.read(states) == ["due"]
