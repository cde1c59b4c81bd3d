"""A self-check as a table for printing and keeping: CSV that a spreadsheet opens as it is."""

import csv
import io
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.models import Member
from foundation import audit, clock
from foundation.actor import Actor
from foundation.clock import JAPAN
from foundation.mode import Instance, Mode
from foundation.problems import Language
from foundation.spreadsheets import tamed
from readiness import dates
from readiness.security import queries
from readiness.security.models import SelfCheck
from readiness.security.schemas import CheckAnswerView

HEAD = ("番号", "設問", "記録から分かること", "記録の示す結果", "回答", "コメント", "回答者", "回答日時")


def export(session: Session, actor: Actor, code: str, sheet: str) -> bytes:
    """Return a sheet as CSV (UTF-8, with a mark by which a spreadsheet knows it); the export is recorded.

    The first lines say what it is, its period, and who took it out and when. Raises MemberNotFound, SheetNotFound.
    """
    row = queries.sheet_of(session, actor, code, sheet)
    view = queries.sheet_view(session, row, Language.JA)
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    for cells in (*_heading(session, actor, row), HEAD, *_lines(view.answers)):
        writer.writerow([tamed(each) for each in cells])
    audit.record(session, actor, "readiness.self_check_exported", f"self-check:{row.id}")
    return file.getvalue().encode("utf-8-sig")


def _heading(session: Session, actor: Actor, row: SelfCheck) -> Iterable[Sequence[str]]:
    mode = Mode(session.scalars(select(Instance.mode)).one())
    member = session.get_one(Member, row.member_id)
    at = clock.now(session).astimezone(JAPAN)
    finisher = queries.names_of(session, {row.finished_by} if row.finished_by else ())
    finished = f"{finisher.get(row.finished_by or '', '')} {_moment(row)}" if row.finished_at else "未完了"
    year = dates.fiscal_year_in_japanese(row.fiscal_year)
    yield (f"{mode.mark}情報セキュリティ自己点検票", member.name, year, row.title or "")
    yield ("期間", f"{row.since_on.isoformat()} から {row.until_on.isoformat()}", "完了", finished)
    yield ("出力", f"{at:%Y-%m-%d %H:%M} 日本時間", "出力者", actor.name)


def _moment(row: SelfCheck) -> str:
    return f"{row.finished_at.astimezone(JAPAN):%Y-%m-%d %H:%M}" if row.finished_at else ""


def _lines(answers: Iterable[CheckAnswerView]) -> Iterable[Sequence[str]]:
    for number, each in enumerate(answers, start=1):
        yield (
            str(number),
            each.text,
            each.found,
            each.suggested.label if each.suggested else "人が判断",
            each.mark.label if each.mark else "",
            each.comment or "",
            each.answered_by_name or "",
            f"{each.answered_at.astimezone(JAPAN):%Y-%m-%d %H:%M}" if each.answered_at else "",
        )
