"""Mails as they come back in real life, written for these tests: replies, absences, receipts and bounces.

The question has the code 4821 and two lines. What is expected of a reply is what it must be read as: a choice with
its quantities, or None where only a person can tell.
"""

import base64
import quopri
from dataclasses import dataclass
from email.header import Header

from notifications.mailbox.letters import Fate, Kind
from notifications.replies import Choice

CODE = "4821"
YES, NO, MAYBE = Choice.ACCEPT, Choice.DECLINE, Choice.PROVISIONAL
OURS = "yuimaru+rxxx@in.example.lg.jp"
QUOTE = "> 登米市から応援の要請です。\n> 2) SMSで返信  例: 4821 1 50 5\n"


@dataclass(frozen=True)
class Case:
    """受信メールの例."""

    name: str
    raw: bytes
    kind: Kind = Kind.MESSAGE
    read: tuple[Choice, tuple[int, ...]] | None = None
    sender: str | None = "a@city.example"
    fate: Fate | None = None
    status: str = ""


def mail(
    body: str | bytes,
    *more: str,
    charset: str = "utf-8",
    coding: str = "8bit",
    subject: str = "Re: 【結まーる】応援要請",
    type: str = "text/plain",  # noqa: A002 — the header's word
    sender: str = "=?utf-8?b?5bGx55Sw?= <yamada@city.example>",
) -> bytes:
    raw = body.encode(charset) if isinstance(body, str) else body
    coded = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}.get(coding, bytes)(raw)
    head = [
        f"From: {sender}",
        f"To: <{OURS}>",
        f"Subject: {Header(subject, 'utf-8').encode()}",
        "Message-ID: <abc@city.example>",
        "MIME-Version: 1.0",
        f"Content-Type: {type}; charset={charset}",
        f"Content-Transfer-Encoding: {coding}",
        *more,
    ]
    return "\r\n".join(head).encode("utf-8") + b"\r\n\r\n" + coded.replace(b"\n", b"\r\n")


def multipart(kind: str, *parts: bytes, head: tuple[str, ...] = ()) -> bytes:
    lines = [
        "From: yamada@city.example",
        f"To: <{OURS}>",
        "Subject: Re: =?utf-8?b?5b+c5o+06KaB6KuL?=",
        "Message-ID: <multi@city.example>",
        *head,
    ]
    top = "\r\n".join([*lines, f'Content-Type: multipart/{kind}; boundary="=_b 1"', "", ""]).encode()
    return top + b"preamble\r\n" + b"".join(b"--=_b 1\r\n" + part + b"\r\n" for part in parts) + b"--=_b 1--\r\n"


def part(type: str, body: str, coding: str = "8bit") -> bytes:  # noqa: A002 — the header's word
    raw = base64.encodebytes(body.encode()) if coding == "base64" else body.encode()
    return f"Content-Type: {type}; charset=utf-8\r\nContent-Transfer-Encoding: {coding}\r\n\r\n".encode() + raw


def dsn(action: str, status: str, *more: str, envid: str = "") -> bytes:
    message = f"Reporting-MTA: dns; mx.city.example\r\n{f'Original-Envelope-Id: {envid}' if envid else ''}".strip()
    recipient = f"Final-Recipient: rfc822; gone@city.example\r\nAction: {action}\r\nStatus: {status}"
    return multipart(
        "report; report-type=delivery-status",
        part("text/plain", "This is the mail system at host mx.city.example."),
        f"Content-Type: message/delivery-status\r\n\r\n{message}\r\n\r\n{recipient}\r\n\r\n".encode()
        + "\r\n\r\n".join(more).encode(),
        b"Content-Type: text/rfc822-headers\r\n\r\nSubject: x\r\n",
        head=("Return-Path: <>", "Auto-Submitted: auto-replied"),
    )


def jis(text: str) -> bytes:
    """Write as Windows mail programs do: JIS X 0208 with the vendors' rows."""
    out, is_kanji = b"", False
    for each in text:
        sjis = each.encode("cp932")
        if len(sjis) == 2:
            row, cell = (sjis[0] - (0x81 if sjis[0] < 0xA0 else 0xC1)) * 2, sjis[1]
            row, cell = (row + 1, cell - 0x9F) if cell >= 0x9F else (row, cell - 0x40 - (cell > 0x7F))
            out += (b"" if is_kanji else b"\x1b$B") + bytes((row + 0x21, cell + 0x21))
        else:
            out += (b"\x1b(B" if is_kanji else b"") + sjis
        is_kanji = len(sjis) == 2
    return out + (b"\x1b(B" if is_kanji else b"")


def jis_mail(text: str) -> bytes:
    head = "From: yamada@city.example\r\nSubject: Re: x\r\nMessage-ID: <j@city.example>\r\n"
    return f"{head}Content-Type: text/plain; charset=ISO-2022-JP\r\n\r\n".encode() + jis(text)


REPLIES = (
    Case("digit", mail("1\n"), read=(YES, ())),
    Case("digit and quantities", mail("1 50 5\n"), read=(YES, (50, 5))),
    Case("full width", mail("１　５０　５\n"), read=(YES, (50, 5))),
    Case("with the code", mail("4821 1 50\n"), read=(YES, (50,))),
    Case("with the word", mail("返信4821 1 50台\n"), read=(YES, (50,))),
    Case("full-width code", mail("４８２１　２\n"), read=(NO, ())),
    Case("no", mail("2\n\n今回は職員が出払っています。\n"), read=(NO, ())),
    Case("with conditions", mail("3 20\n夕方以降なら可能です。\n"), read=(MAYBE, (20,))),
    Case("word behind", mail("1可 30\n"), read=(YES, (30,))),
    Case("blank lines first", mail("\n\n　\n1 10\n"), read=(YES, (10,))),
    Case("byte order mark", mail("\ufeff1 10\n"), read=(YES, (10,))),
    Case(
        "quote below",
        mail(f"1 50\n\n2026年6月1日(月) 12:00 結まーる <yuimaru@oen.example>:\n{QUOTE}"),
        read=(YES, (50,)),
    ),
    Case(
        "quote above",
        mail(f"2026年6月1日(月) 12:00 結まーる <yuimaru@oen.example>:\n{QUOTE}\n1 50\n"),
        read=(YES, (50,)),
    ),
    Case("wrote above", mail(f"On Mon, Jun 1, 2026 Yuimaru <y@oen.example> wrote:\n{QUOTE}\n2\n"), read=(NO, ())),
    Case("full-width quote marks", mail("＞ 応援の要請です\n1\n"), read=(YES, ())),
    Case("Outlook's header", mail("1 50\n\n-----Original Message-----\nFrom: 結まーる\n2 1\n"), read=(YES, (50,))),
    Case("元のメッセージ", mail("2\n\n-----元のメッセージ-----\n差出人: 結まーる\n"), read=(NO, ())),
    Case("long rule", mail("3\n________________________________\n差出人: x\n"), read=(MAYBE, ())),
    Case("signature", mail("1 50 5\n-- \n藤沢市 危機管理課 0466-25-1111\n"), read=(YES, (50, 5))),
    Case("signature with telephone", mail("1 50\n\n藤沢市\n0466-25-1111\n"), read=(YES, (50,))),
    Case("base64", mail("1 50\n", coding="base64"), read=(YES, (50,))),
    Case("quoted-printable", mail("１　５０台\n", coding="quoted-printable"), read=(YES, (50,))),
    Case("Shift_JIS", mail("１　５０台　髙橋①\n", charset="cp932"), read=None),
    Case("Shift_JIS digits", mail("１　５０台\n髙橋①㈱\n", charset="cp932"), read=(YES, (50,))),
    Case("ISO-2022-JP", jis_mail("１　５０台\r\n髙橋①㈱\r\n"), read=(YES, (50,))),
    Case("EUC-JP", mail("２\n", charset="euc-jp"), read=(NO, ())),
    Case(
        "HTML only",
        mail(
            "<html><head><title>9</title><style>p{}</style></head><body><div>1&nbsp;50</div><div><br></div></body></html>",
            type="text/html",
        ),
        read=(YES, (50,)),
    ),
    Case("HTML with quote", mail("<p>2</p><blockquote>4821 1 50</blockquote>", type="text/html"), read=(NO, ())),
    Case(
        "alternative",
        multipart("alternative", part("text/plain", "1 50\n"), part("text/html", "<p>2</p>")),
        read=(YES, (50,)),
    ),
    Case(
        "empty plain part",
        multipart("alternative", part("text/plain", "\n"), part("text/html", "<p>2</p>")),
        read=(NO, ()),
    ),
    Case(
        "with attachment",
        multipart("mixed", part("text/plain", "1\n", "base64"), part("application/pdf", "%PDF 2")),
        read=(YES, ()),
    ),
    Case("answer in the subject", mail("", subject="4821 1 50"), read=(YES, (50,))),
    Case("Auto-Submitted: no", mail("1\n", "Auto-Submitted: no"), read=(YES, ())),
    Case("greeting first", mail("お世話になっております。\n1 50\n")),
    Case("words", mail("応援可能です。50台出せます。\n")),
    Case("another code", mail("9999 1 50\n")),
    Case("numbers on two lines", mail("1\n50\n5\n")),
    Case("both choices", mail("1可 2不可\n")),
    Case("decline with quantity", mail("2 50\n")),
    Case("quote alone", mail(QUOTE)),
    Case("unmarked quote alone", mail("2026年6月1日 結まーる <y@oen.example>:\n1 50 5\n")),
    Case("empty", mail("", subject="")),
    Case("telephone number", mail("090-1234-5678\n")),
    Case("negative", mail("1 -50\n")),
    Case("a thousand", mail("1 1,000\n")),
)

ABSENCES = tuple(
    Case(name, raw, kind=Kind.AUTOMATIC)
    for name, raw in {
        "RFC 3834": mail("本日は不在です。\n", "Auto-Submitted: auto-replied"),
        "with a comment": mail("不在\n", "Auto-Submitted: auto-replied (vacation)"),
        "Exchange": mail("休暇中です\n", "X-Auto-Response-Suppress: All", "Auto-Submitted: auto-generated"),
        "groupware": mail("担当者は席を外しております\n", subject="【自動返信】Re: 応援要請"),
        "不在のお知らせ": mail("6/1まで不在\n", subject="不在のお知らせ"),
        "Automatic reply": mail("I am out\n", subject="Automatic reply: 応援要請"),
        "out of office": mail("x\n", subject="Out of Office: x"),
        "precedence": mail("x\n", "Precedence: auto_reply"),
        "bulk": mail("x\n", "Precedence: bulk"),
        "mailing list": mail("1 50\n", "List-Id: <all.city.example>"),
        "autoreply header": mail("x\n", "X-Autoreply: yes"),
        "null sender": mail("受け付けました\n", "Return-Path: <>"),
        "no-reply": mail("受付番号 1\n", sender="no-reply@city.example"),
        "an answer by a machine": mail("1 50\n", "Auto-Submitted: auto-generated"),
        "read receipt": multipart(
            "report; report-type=disposition-notification",
            part("text/plain", "開封されました"),
            b"Content-Type: message/disposition-notification\r\n\r\nDisposition: manual-action; displayed\r\n",
        ),
    }.items()
)

QMAIL = (
    "Hi. This is the qmail-send program at city.example.\nI'm afraid I wasn't able to deliver your message.\n\n"
    "<gone@city.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n"
)
DAEMON = "MAILER-DAEMON@city.example"
REPORTS = (
    Case("failed", dsn("failed", "5.1.1"), Kind.REPORT, fate=Fate.FAILED, status="5.1.1"),
    Case("failed with comment", dsn("Failed", "5.1.10 (bad)"), Kind.REPORT, fate=Fate.FAILED, status="5.1.10"),
    Case("full", dsn("failed", "5.2.2"), Kind.REPORT, fate=Fate.FAILED, status="5.2.2"),
    Case("expired", dsn("failed", "4.4.1"), Kind.REPORT, fate=Fate.FAILED, status="4.4.1"),
    Case("delayed", dsn("delayed", "4.4.1"), Kind.REPORT, fate=Fate.DELAYED, status="4.4.1"),
    Case("delivered", dsn("delivered", "2.0.0"), Kind.REPORT, fate=Fate.DELIVERED, status="2.0.0"),
    Case("relayed", dsn("relayed", "2.0.0"), Kind.REPORT, fate=Fate.RELAYED, status="2.0.0"),
    Case("expanded", dsn("expanded", "2.0.0"), Kind.REPORT, fate=Fate.EXPANDED, status="2.0.0"),
    Case("unknown action", dsn("exploded", "5.1.1"), Kind.REPORT, fate=Fate.EXPANDED, status="5.1.1"),
    Case("no status", dsn("failed", ""), Kind.REPORT, fate=Fate.FAILED, status="5.0.0"),
    Case(
        "one of two",
        dsn("failed", "5.1.1", "Final-Recipient: rfc822;b@c.example\r\nAction: delivered\r\nStatus: 2.0.0"),
        Kind.REPORT,
        fate=Fate.DELIVERED,
        status="2.0.0",
    ),
    Case(
        "qmail", mail(QMAIL, subject="failure notice", sender=DAEMON), Kind.REPORT, fate=Fate.FAILED, status="5.1.1"
    ),
    Case(
        "carrier in words",
        mail("次の宛先に送信できませんでした。\n550 Unknown user\n", subject="送信エラー", sender=DAEMON),
        Kind.REPORT,
        fate=Fate.FAILED,
        status="5.0.0",
    ),
    Case(
        "delay in words",
        mail("再送を続けます。\n", subject="Warning: 配信できません (delayed)", sender=DAEMON),
        Kind.REPORT,
        fate=Fate.DELAYED,
        status="4.0.0",
    ),
    Case(
        "returned",
        mail("user unknown\n", "Return-Path: <>", subject="Undelivered Mail Returned to Sender"),
        Kind.REPORT,
        fate=Fate.FAILED,
        status="5.0.0",
    ),
)
CORPUS = REPLIES + ABSENCES + REPORTS
