import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications import replies
from notifications.mail import BadAddress
from notifications.mailbox import charsets, letters, mime, own_words, tags
from notifications.mailbox.letters import Kind
from notifications.mailbox.tags import Mailbox
from notifications.replies import Choice, Reply
from tests.notifications.mailbox.corpus import CODE, CORPUS, REPLIES, Case, dsn, jis, mail


def answer(text: str) -> Reply | None:
    line = own_words.answer(text)
    read = replies.parse_to(line, CODE) if line is not None else None
    return read if isinstance(read, Reply) and read.code == CODE else None


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.name)
def test_the_corpus_is_told_apart(case: Case) -> None:
    letter = letters.read(case.raw, None)
    assert letter.kind is case.kind
    if case.fate:
        assert letter.report is not None
        assert (letter.report.fate, letter.report.status) == (case.fate, case.status)


@pytest.mark.parametrize("case", REPLIES, ids=lambda case: case.name)
def test_the_corpus_is_read_right_or_left_to_a_person(case: Case) -> None:
    expected = Reply(CODE, *case.read) if case.read else None
    assert answer(letters.read(case.raw, "yamada@city.example").text) == expected


def test_the_corpus_is_as_large_as_it_was_asked_to_be() -> None:
    assert len({case.name for case in CORPUS}) == len(CORPUS) >= 70


def test_what_a_letter_keeps() -> None:
    raw = mail("1\n", "In-Reply-To: <b@oen.example>", "References: <a@oen.example> <b@oen.example>")
    letter = letters.read(raw, "x@city.example")
    assert (letter.sender, letter.message_id) == ("yamada@city.example", "abc@city.example")
    assert letter.references == ("b@oen.example", "b@oen.example", "a@oen.example")
    assert letter.recipients == ("yuimaru+rxxx@in.example.lg.jp",)


def test_a_report_names_the_mail_by_its_envid() -> None:
    report = letters.read(dsn("failed", "5.1.1", envid="babc"), "").report
    assert report is not None
    assert report.envelope_id == "babc"


@pytest.mark.parametrize("text", ["髙橋①㈱Ⅱ～﨑ﾊﾝｶｸ", "登米市から１台", "表ソ十能ぺー"])
def test_what_windows_calls_iso_2022_jp_is_read_whole(text: str) -> None:
    wide = "".join(each for each in text if len(each.encode("cp932")) == 2)
    assert charsets.decoded(jis(wide), "iso-2022-jp") == wide
    assert charsets.decoded(b"\x1b(I" + bytes(each & 0x7F for each in "ﾊﾝ".encode("cp932")), "iso-2022-jp") == "ﾊﾝ"


ANYTHING = st.one_of(
    st.binary(max_size=2000),
    st.text(max_size=500).map(mail),
    st.builds(
        lambda head, body: b"\r\n".join(head) + b"\r\n\r\n" + body,
        st.lists(st.sampled_from([
            b"Content-Type: multipart/mixed; boundary=x", b"Content-Type: text/html; charset=utf-7",
            b"Content-Type: multipart/report; report-type=delivery-status; boundary=x", b"From: <<@>",
            b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable",
            b"Subject: =?utf-8?b?!!?= =?x?q?=zz?=", b"Auto-Submitted: \x00", b"Content-Type: a/b; charset=hex",
            b"Message-ID: <\xff>", b" folded", b"Content-Type: message/delivery-status; charset=punycode",
        ])),
        st.lists(st.one_of(
            st.binary(max_size=60),
            st.sampled_from([b"--x", b"--x--", b"Action: failed", b"", b"\x1b$B!!", b"=", b"=E3", b"<p>1 50"]),
        )).map(b"\r\n".join),
    ),
)  # fmt: skip


@given(raw=ANYTHING, sender=st.sampled_from([None, "", "a@b.example"]))
@settings(max_examples=100, deadline=None)
def test_no_mail_breaks_the_reader_and_what_it_keeps_can_be_stored(raw: bytes, sender: str | None) -> None:
    letter = letters._read(raw, sender)
    kept = (letter.sender, letter.message_id, letter.text, *letter.references)
    assert all("\x00" not in each and each.encode("utf-8") is not None for each in kept)
    assert len(letter.text) <= letters.LONGEST_TEXT
    assert len(letter.message_id) <= 250
    assert (letter.kind is Kind.REPORT) == (letter.report is not None)
    assert letter.report is None or len(letter.report.status) <= 12
    answer(letter.text)


@given(text=st.text(alphabet="0123456789１２３４ 　,、台可不\n>-返信4821", max_size=40))
@settings(max_examples=100, deadline=None)
def test_a_line_never_has_two_meanings(text: str) -> None:
    read = answer(text)
    if read is None:
        return
    assert read.code == CODE
    spelled = " ".join(map(str, read.quantities))
    digit = {Choice.RECEIVED: 0, Choice.ACCEPT: 1, Choice.DECLINE: 2, Choice.PROVISIONAL: 3}[read.choice]
    assert answer(f"{digit} {spelled}") == read == answer(f"{CODE} {digit} {spelled}")


def bomb(depth: int) -> bytes:
    raw = b"Content-Type: text/plain\r\n\r\n1\r\n"
    for number in range(depth):
        mark = b"b%d" % number
        raw = b"Content-Type: multipart/mixed; boundary=%s\r\n\r\n--%s\r\n%s\r\n--%s--\r\n" % (mark, mark, raw, mark)
    return raw


@pytest.mark.parametrize(
    "raw",
    [
        bomb(500),
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\na\r\n" * 100_000,
        b"Content-Type: text/html\r\n\r\n" + b"<a" * 300_000,
        b"Content-Type: text/html\r\n\r\n<" + b"a" * 600_000,
        b"Content-Type: text/html\r\n\r\n" + b"<!--" * 150_000,
        b"X: y\r\n" * 100_000,
        b"Subject: " + b"=?utf-8?b?" * 60_000,
        b"From: " + b"(" * 500_000,
        b"Content-Type: text/plain" + b"; a=b" * 100_000,
        b"\r\n\r\n" + b"<a@b" * 100_000 + b"\n" + b"0 " * 100_000,
        b"To: " + b"a@" * 200_000,
        b"References: " + b"<a@b> " * 100_000,
        b"\r\n\r\n" + b"2026 <" + b"x" * 500_000,
    ],
    ids=range(13),
)
def test_hostile_mails_are_read_in_a_moment(raw: bytes) -> None:
    started = time.process_time()
    letter = letters._read(raw, "a@b.example")
    answer(letter.text)
    assert time.process_time() - started < 1.0


def test_a_mail_that_breaks_the_reader_is_kept_for_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mime, "leaves", None)
    letter = letters.read(("4821 1 応援\x00" + "応" * 9000).encode(), "a@b.example")
    assert (letter.kind, letter.sender, letter.references) == (Kind.MESSAGE, "", ())
    assert letter.text.startswith("4821 1 応援")
    assert len(letter.text) <= letters.LONGEST_TEXT


def test_a_bomb_of_parts_is_not_opened() -> None:
    assert list(mime.leaves(mime.read(bomb(500)))) == []
    assert [part.content().strip() for part in mime.leaves(mime.read(bomb(5)))] == [b"1"]


def test_the_mailbox_knows_its_own_addresses() -> None:
    mailbox = Mailbox.read("Yuimaru@In.example.lg.jp")
    assert mailbox.address("rabc") == "Yuimaru+rabc@in.example.lg.jp"
    assert mailbox.tag_in("<YUIMARU+RABC@IN.EXAMPLE.LG.JP>") == "rabc"
    assert mailbox.tag_in("yuimaru@in.example.lg.jp") == ""
    assert not mailbox.takes("other@in.example.lg.jp")
    assert not mailbox.takes("yuimaru@example.lg.jp")
    for wrong in ("a+b@in.example", '"a b"@in.example', f"{'a' * 27}@in.example", "nobody"):
        with pytest.raises(BadAddress):
            Mailbox.read(wrong)
    assert len(f"{'a' * tags._LONGEST_LOCAL}+b") + 36 == 64
