"""Filling a sheet from the record: everything that is read is read on a snapshot, before anything is written."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from foundation import clock
from foundation.actor import Actor
from foundation.problems import FieldError
from readiness.security import kept, queries, recorded
from readiness.security.errors import InvalidSheet
from readiness.security.lifecycle import first_day, last_day
from readiness.security.questions import Numbers, Question
from readiness.security.recorded import Period
from readiness.security.schemas import SelfCheckDraft

OUTSIDE = FieldError(
    "/since_on",
    "outside-year",
    "期間の初日は、その年度のうちの、今日までの日にしてください。",
    "The first day must lie in the fiscal year and not in the future.",
)


@dataclass(frozen=True, slots=True)
class Filled:
    """記録からの記入: the numbers of each question for a period."""

    period: Period
    numbers: Mapping[Question, Numbers]


def fill(session: Session, actor: Actor, code: str, draft: SelfCheckDraft) -> Filled:
    """Read the numbers for a sheet to be started. Raises MemberNotFound, YearNotOpen, InvalidSheet."""
    member = queries.own_member(actor, code)
    year = queries.open_year(session, draft.fiscal_year)
    until = min(clock.today(session), last_day(year))
    since = draft.since_on or first_day(year)
    if not first_day(year) <= since <= until:
        raise InvalidSheet(OUTSIDE)
    return gathered(session, member, Period(since, until))


def fill_again(session: Session, actor: Actor, code: str, sheet: str) -> Filled:
    """Read the numbers of a sheet anew. Raises MemberNotFound, SheetNotFound."""
    row = queries.sheet_of(session, actor, code, sheet)
    until = min(clock.today(session), last_day(row.fiscal_year))
    return gathered(session, row.member_id, Period(row.since_on, until))


def gathered(session: Session, member: str, period: Period) -> Filled:
    """Read what the record and the rooms say of a member."""
    people = kept.people(session, member)
    ids = {each.id for each in people}
    found = recorded.sign_ins(session, member, period)
    leavers = {
        "with_rights": kept.with_rights(session, member),
        "idle": recorded.idle(session, member, people, period.until_at),
    }
    return Filled(
        period,
        {
            Question.OWN_ID: recorded.own_id(ids, found),
            Question.PASSWORDS: recorded.passwords(session, member, period, found),
            Question.SWITCHING: recorded.switching(found),
            Question.TERMINALS: recorded.terminals(session, member, period, found),
            Question.LEAVERS: leavers,
            Question.READERS: recorded.readers(session, member, period),
            Question.LOOKED_AT: recorded.looked_at(session, member, period),
            Question.DELIVERIES: kept.deliveries(session, member, period),
            Question.GUESTS: kept.guests(session, member),
            Question.RESTORE: kept.restores(session, member),
            Question.INVENTORY: kept.inventory(session, member),
            Question.POLICY: kept.policy(session, member, ids),
            Question.RECORD: recorded.record(session, member),
        },
    )
