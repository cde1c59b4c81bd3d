from datetime import UTC, datetime
from typing import Any

import pytest

from notifications.wording import Notice
from readiness import dates
from readiness.wording import ANNOUNCED, WORDINGS

FACTS: dict[str, Any] = {
    "training": "id",
    "group": "結まーる協定",
    "title": "春の研修",
    "kind": "introductory",
    "starts_at": "2027-03-31T15:30:00+00:00",
    "place": None,
    "url": "https://example.lg.jp/room",
    "capacity": None,
}


def test_the_announcement_says_when_in_japan_and_leaves_out_what_is_not_known() -> None:
    mail = WORDINGS[ANNOUNCED].mail(Notice(FACTS, "髙橋"))
    assert mail.subject == "【結まーる】研修のご案内: 春の研修"
    assert mail.body.startswith("髙橋 様\n")
    assert "研修：春の研修（導入研修・令和9年度(2027年度)）" in mail.body
    assert "日時：2027年4月1日(木) 00:30（日本時間）" in mail.body
    assert "Time: Thu 1 Apr 2027, 00:30 (Japan time)" in mail.body
    assert "場所" not in mail.body
    assert "None" not in mail.body


@pytest.mark.parametrize("kind", WORDINGS)
def test_every_kind_has_both_languages_and_an_sms(kind: str) -> None:
    notice = Notice(FACTS | {"place": "藤沢市役所", "capacity": 30}, "髙橋")
    body = WORDINGS[kind].mail(notice).body
    assert body.index("定員：30人") < body.index("Places: 30")
    assert "4月1日(木)" in WORDINGS[kind].sms(notice)


@pytest.mark.parametrize(
    ("year", "words"), [(2018, "2018年度"), (2019, "令和元年度(2019年度)"), (2026, "令和8年度(2026年度)")]
)
def test_fiscal_years_are_counted_by_era(year: int, words: str) -> None:
    assert dates.fiscal_year_in_japanese(year) == words


def test_the_fiscal_year_turns_at_midnight_in_japan() -> None:
    assert dates.fiscal_year_of(datetime(2026, 3, 31, 14, 59, tzinfo=UTC)) == 2025
    assert dates.fiscal_year_of(datetime(2026, 3, 31, 15, 0, tzinfo=UTC)) == 2026
