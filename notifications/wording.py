"""From facts to words: each kind of alert has a Wording, brought by the room that raises it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from notifications import sms
from notifications.alerts import QuestionLine


@dataclass(frozen=True, slots=True)
class Mail:
    """メール文: subject and plain text."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Notice:
    """通知文の材料: everything a text is made of.

    `code` and `link` are None where nothing is asked, and on the answer page, which shows the mail's text without
    saying how to answer. `mark` is put in front by the gateway; texts only leave room for it.
    `may_reply_by_sms`: an SMS in answer comes back to us; where it does not, no text may ask for one.
    `may_reply_by_mail`: a reply to a mail does. `own` is for this member's eyes alone.
    """

    facts: Mapping[str, Any]
    name: str
    code: str | None = None
    link: str | None = None
    mark: str = ""
    lines: tuple[QuestionLine, ...] = field(default=())
    may_reply_by_sms: bool = True
    may_reply_by_mail: bool = False
    own: str = ""


class Wording(Protocol):
    """文面: one kind of alert in words."""

    def mail(self, notice: Notice) -> Mail: ...

    def sms(self, notice: Notice) -> str: ...


Wordings = Mapping[str, Wording]
"""The wording of each kind of alert; `service/wiring.py` puts it together."""
OWN = "own"
"""In an alert's facts: by member what its people alone are told."""


def apart(facts: Mapping[str, Any], member: str) -> tuple[Mapping[str, Any], str]:
    """Return the facts that are for everybody, and what is for one member alone."""
    if OWN not in facts:
        return facts, ""
    return {name: value for name, value in facts.items() if name != OWN}, str(facts[OWN].get(member, ""))


REPLY = "reply"
"""The kind of alert by which this room itself answers whoever wrote to it."""
ANSWERED = "answered"
"""In a reply's facts: the Message-ID of the mail that it answers, empty for a mail without one."""
ABOUT = "about"
"""In a reply's facts: the delivery whose question the mail was about, so that the next one can answer it yet."""
HELP = (
    "返信を読み取れませんでした。担当者が確認します。「返信番号 1可/2不可/3条件付き 数量」の順に数字で"
    "返信してください（例: 4821 1 50）"
)
CODE_MISSING = (
    "返信番号がないため回答として受け付けていません。担当者が確認します。メッセージの「返信」の後の番号を先に付けて"
    "返信してください（例: 4821 1 50）"
)


GATEWAY_TEST = "gateway-test"
"""The kind of alert by which an operator tests a gateway."""


class ReplyWording:
    """自動返信: one line back to the sender of an SMS or a mail; the line stands in the facts as `ja`."""

    def mail(self, notice: Notice) -> Mail:
        return Mail(f"{sms.PREFIX}返信を受け取りました", f"{notice.facts['ja']}\n")

    def sms(self, notice: Notice) -> str:
        return sms.compose_notice(str(notice.facts["ja"]), mark=notice.mark)


class TestWording:
    """送信路の試験: says what it is, so that nobody is frightened, and which way it came."""

    __test__ = False

    def mail(self, notice: Notice) -> Mail:
        gateway, at = notice.facts["gateway"], notice.facts["at"]
        body = (
            f"送信路「{gateway}」の試験です。対応も返信も不要です。\n送信を受け付けた日時: {at}\n\n—\n"
            f"This is a test of the gateway {gateway}. Nothing needs to be done.\n"
        )
        return Mail(f"{sms.PREFIX}送信路の試験（{gateway}）", body)

    def sms(self, notice: Notice) -> str:
        text = f"送信路「{notice.facts['gateway']}」の試験です。対応も返信も不要です。"
        return sms.compose_notice(text, mark=notice.mark)


OWN_WORDINGS: Wordings = {REPLY: ReplyWording(), GATEWAY_TEST: TestWording()}
