"""How partners answered requests before: what their chance of a yes, and of one in time, is learned from.

A question counts once it is answered, or once the group's answer time is over without an answer; whoever was told
before that it is no longer needed has missed nothing. Only numbers are read, of members, never of persons.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from math import exp
from statistics import NormalDist
from typing import Any

from sqlalchemy import Select, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from agreements.models import GroupMember
from aid.models import Ask
from aid.waves.cover import MEDIAN_MINUTES, PSEUDO_CALLS, SPREAD, chance_of_yes
from foundation import clock

REMEMBERED = timedelta(days=3 * 366)
"""Who decides changes every April: what was answered longer ago says little."""
PROMPT_MINUTES = int(MEDIAN_MINUTES)
PSEUDO_ANSWERS = 2 * PSEUDO_CALLS
"""Made-up answers, half of them prompt, that every group starts with."""


@dataclass(frozen=True, slots=True)
class History:
    """回答の実績: how often a member was asked, said a firm yes, answered at all, and within half an hour."""

    said_yes: int = 0
    asked: int = 0
    answered: int = 0
    prompt: int = 0

    @property
    def chance(self) -> float:
        """The chance (0 to 1) that it says yes, drawn towards one half by eight made-up calls."""
        return chance_of_yes(self.said_yes, self.asked)


UNKNOWN = History()


def histories(session: Session, members: Collection[str]) -> dict[str, History]:
    """Return how each of the members answered within three years, in one query; `UNKNOWN` for one never asked."""
    found = _counted(session, _of_members(), members=list(members))
    return {member: found.get(member, UNKNOWN) for member in members}


def histories_in(session: Session, group: str) -> dict[str, History]:
    """Return the same of whoever takes or took part in a group; nobody is in it who was never asked.

    A nation's ids are not handed over: reading so long a list costs the driver more than the query.
    """
    return _counted(session, _of_group(), group=group)


def _counted(session: Session, statement: Select[*tuple[Any, ...]], **whose: object) -> dict[str, History]:
    now = clock.now(session)
    rows = session.execute(statement, {**whose, "since": now - REMEMBERED, "now": now})
    return {member: History(*counts) for member, *counts in rows}


def median_minutes(known: Iterable[History]) -> float:
    """Return within how many minutes half of the answers of a group come.

    Read off the share of answers within half an hour, under the spread that `aid.waves.cover` assumes. Half an hour
    for a group that has never answered; every answer draws it towards what the group really takes.
    """
    answered = prompt = 0
    for each in known:
        answered += each.answered
        prompt += each.prompt
    share = (prompt + PSEUDO_ANSWERS / 2) / (answered + PSEUDO_ANSWERS)
    return PROMPT_MINUTES * exp(-SPREAD * NormalDist().inv_cdf(share))


@cache
def _of_members() -> Select[*tuple[Any, ...]]:
    """Built once, as the next: every ranking asks this; the index `ix_asks_history` holds all it reads."""
    return _counts().where(Ask.member_id.in_(bindparam("members", expanding=True)))


@cache
def _of_group() -> Select[*tuple[Any, ...]]:
    members = select(GroupMember.member_id).where(GroupMember.group_id == bindparam("group"))
    return _counts().where(Ask.member_id.in_(members))


def _counts() -> Select[*tuple[Any, ...]]:
    yes = case((Ask.has_said_yes.is_(True), 1), else_=0)
    prompt = case((Ask.answer_minutes <= PROMPT_MINUTES, 1), else_=0)
    is_over = func.coalesce(Ask.stood_down_at, bindparam("now", type_=Ask.due_at.type)) >= Ask.due_at
    return (
        select(
            Ask.member_id,
            func.sum(yes),
            func.count(),
            func.count(Ask.answer_minutes),
            func.sum(prompt),
        )
        .where(
            Ask.asked_at >= bindparam("since", type_=Ask.asked_at.type),
            or_(Ask.answer_minutes.is_not(None), is_over),
        )
        .group_by(Ask.member_id)
    )
