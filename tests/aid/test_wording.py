"""The words of an aid request: a reply by SMS is named only where it comes back."""

import pytest

from aid.wording import RequestWording
from notifications.alerts import QuestionLine
from notifications.wording import Notice

FACTS = {
    "requester": "登米市",
    "number": "R-1",
    "incident": "地震",
    "priority": "2",
    "lines": [{"kind": "pc", "quantity": 20}],
}
LINE = QuestionLine("line-1", "パソコン", "PCs", "台", 20)


@pytest.mark.parametrize("may_reply_by_sms", [True, False])
def test_a_reply_by_sms_is_named_only_where_it_comes_back(may_reply_by_sms: bool) -> None:
    link = "https://oen.example/r/abc123defg"
    notice = Notice(FACTS, "担当", code="4821", link=link, lines=(LINE,), may_reply_by_sms=may_reply_by_sms)
    mail, text = RequestWording().mail(notice).body, RequestWording().sms(notice)
    assert link in mail
    assert link in text
    assert [word in mail for word in ("SMSで返信", "by SMS", "4821")] == [may_reply_by_sms] * 3
    assert ("返信4821" in text) is may_reply_by_sms
