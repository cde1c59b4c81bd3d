"""Why a partner was asked, in its own words: nothing that speaks against it, nothing of vendors or data centres."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from aid.ranking.explaining import Judgement
from aid.ranking.filtering import Case
from aid.ranking.geography import Position
from aid.ranking.partners import Footprint, Need, Partner, RankingTerms, Substitute, SystemFit
from aid.ranking.scoring import entered, judge
from aid.ranking.telling import phrases, why_asked
from aid.severity import IncidentKind, Severity

NOW = datetime(2026, 6, 1, tzinfo=UTC)
TOME, FUJISAWA = Position(38.692, 141.188), Position(35.339, 139.490)
PLAIN = Partner("p", "142051", "藤沢市", FUJISAWA, None, False, 100, 0, None, 0, 100)


def judged(kind: str = "pc", quantity: int = 60, spec: str | None = None, **changes: Any) -> Judgement:
    need = Need("line-1", kind, quantity, None, is_remote=False, spec=spec)
    case = Case.of(need, TOME, Footprint(IncidentKind.EARTHQUAKE), NOW, RankingTerms())
    found = judge(entered(replace(PLAIN, **changes), case), case)
    assert isinstance(found, Judgement)
    return found


def test_way_readiness_and_quantity_are_told() -> None:
    assert why_asked([judged()]) == "約402km・約8時間、すぐに出せます、60台すべて可"
    assert why_asked([judged(available=20, lead_time_hours=12)]).endswith("準備に12時間、60台中20台可")
    assert why_asked([]) == ""


def test_what_holds_for_all_lines_is_said_once() -> None:
    lines = [judged(), judged("printer", 200)]
    said = "約402km・約8時間、すぐに出せます／パソコン: 60台すべて可／プリンタ: 200台中100台可"
    assert why_asked(lines) == said


def test_what_would_stand_in_is_named() -> None:
    notebooks = Substitute("notebook", 80, 0, None, 80)
    said = why_asked([judged(available=0, capacity=0, instead=(notebooks,))])
    assert said.endswith("60台すべて可、ノートパソコンで代用（適合90％）")


def test_what_is_left_is_told_of_what_would_be_given() -> None:
    """Its PCs would be ready too late, and are not what the number counts."""
    notebooks = Substitute("notebook", 80, 0, None, 80)
    found = judged(available=3, capacity=3, lead_time_hours=720, instead=(notebooks,))
    assert "ノートパソコンの登録の残り80台" in phrases(found, is_named=True)
    assert "登録の残り100台" in phrases(judged(), is_named=True)


@pytest.mark.parametrize("fit", SystemFit)
def test_of_systems_only_the_same_one_is_told(fit: SystemFit) -> None:
    said = why_asked([judged("staff_network", 3, system=fit)])
    assert ("同じ業務システムを使用" in said) is (fit is SystemFit.SAME_PACKAGE)
    assert not any(word in said for word in ("事業者", "パッケージ", "異なり", "未確認"))


def test_what_speaks_against_a_partner_is_not_told() -> None:
    against = judged(
        severity=Severity.FIVE_LOWER,
        shares_data_centre=True,
        carried=30,
        asked=9,
        said_yes=1,
        conditions="要相談",
        max_days=2,
        has_nda=False,
        spec="X1",
    )
    assert why_asked([against]) == why_asked([judged()])
