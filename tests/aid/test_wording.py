"""The words of an aid request, and of several in one message."""

import pytest

from aid.digests.wording import DigestWording
from aid.wording import RequestWording
from notifications.alerts import QuestionLine
from notifications.wording import OWN, Notice, Wording

FACTS = {
    "requester": "登米市",
    "number": "R-1",
    "incident": "地震",
    "priority": "2",
    "lines": [{"kind": "pc", "quantity": 20}],
}
LINE = QuestionLine("line-1", "パソコン", "PCs", "台", 20)


SEVERAL = {"incident": "地震", "requests": [{**FACTS, "is_over": False}]}


@pytest.mark.parametrize("may_reply_by_sms", [True, False])
@pytest.mark.parametrize(
    ("wording", "facts"), [(RequestWording(), FACTS), (DigestWording(), SEVERAL)], ids=["one", "several"]
)
def test_a_reply_by_sms_is_named_only_where_it_comes_back(
    wording: Wording, facts: dict[str, object], may_reply_by_sms: bool
) -> None:
    link = "https://oen.example/r/abc123defg"
    notice = Notice(facts, "担当", code="4821", link=link, lines=(LINE,), may_reply_by_sms=may_reply_by_sms)
    mail, text = wording.mail(notice).body, wording.sms(notice)
    assert link in mail
    assert link in text
    assert [word in mail for word in ("SMSで返信", "by SMS", "4821")] == [may_reply_by_sms] * 3
    assert ("返信4821" in text) is may_reply_by_sms
    assert may_reply_by_sms or "返信" not in mail


def part(requester: str, lines: dict[str, int], **more: object) -> dict[str, object]:
    wanted = [{"kind": kind, "quantity": quantity} for kind, quantity in lines.items()]
    return {
        "requester": requester,
        "number": f"R-{requester}",
        "priority": "2",
        "lines": wanted,
        "is_over": False,
    } | more


def test_one_message_about_several_requests_numbers_their_lines_through_and_asks_for_what_is_open() -> None:
    """A line's number is its place in the answer, also behind a request that is over."""
    over = part("登米市", {"pc": 0, "printer": 0}, is_over=True, **{OWN: "近い"})
    first = part("藤沢市", {"pc": 20, "switch": 3}, is_unconfirmed=True, needed_by="2026-06-03T00:00:00Z")
    last = part("多摩市", {"printer": 4, "tablet": 0}, **{OWN: "約30km"})
    notice = Notice({"incident": "地震", "requests": [over, first, last]}, "担当", code="4821")
    mail = DigestWording().mail(notice)
    assert "応援要請 2件 藤沢市PC20台 スイッチ3台 多摩市プリンタ4台" in mail.subject
    ended, unconfirmed, plain = mail.body.split("■ ")[1:]
    assert ["不要になりました" in each for each in (ended, unconfirmed, plain)] == [True, False, False]
    assert ["まだです" in each for each in (ended, unconfirmed, plain)] == [False, True, False]
    assert ["必要な日時" in each for each in (ended, unconfirmed, plain)] == [False, True, False]
    assert ["照会した理由" in each for each in (ended, unconfirmed, plain)] == [False, False, True]
    numbers = [word[:-1] for word in mail.body.split() if word in {f"{each}." for each in range(1, 9)}]
    assert numbers == list("123456")
    english = mail.body.partition("—")[2]
    assert english.strip().startswith("2 requests for aid: ")
    assert "登米市" not in english
    assert "20 × " in english
    assert ", 0 × " not in english
    assert "2件の" in DigestWording().sms(notice)
