"""What the record of a member says of a period: counts out of its own chain, never who did what."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from agreements.models import Person
from agreements.nda_models import Nda
from agreements.visibility import holds_on
from foundation import clock
from foundation.audit import Audit
from foundation.audit.verifying import verify_chain
from foundation.clock import JAPAN
from inventory.records.fields import Disclosure
from inventory.records.reading import DISCLOSED
from inventory.records.schemas import Purpose
from readiness.security.questions import Numbers

SIGNED_IN, SIGN_IN_REFUSED = "identity.signed_in", "identity.sign_in_refused"
SHARED, PIN_REFUSED = "identity.terminal_shared", "identity.pin_refused"
"""Acts of the room above, read by their names: the record is where both meet."""
PIN, INVITATION = "pin", "invitation"
YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Period:
    """点検の期間: days in Japan, the last one included."""

    since_on: date
    until_on: date

    @property
    def since_at(self) -> datetime:
        return datetime.combine(self.since_on, time(), JAPAN)

    @property
    def until_at(self) -> datetime:
        return datetime.combine(self.until_on + timedelta(days=1), time(), JAPAN)


@dataclass(frozen=True, slots=True)
class SignIns:
    """サインインの数: how often one person came in one way at one terminal."""

    person: str
    method: str
    assurance: int
    terminal: str | None
    times: int


def sign_ins(session: Session, member: str, period: Period) -> list[SignIns]:
    """Count the member's sign-ins by person, way, factors and shared terminal."""
    facts = Audit.facts
    rows = session.execute(
        select(
            Audit.actor,
            facts["method"].as_string().label("method"),
            facts["assurance"].as_integer().label("assurance"),
            facts["terminal"].as_string().label("terminal"),
            func.count().label("times"),
        )
        .where(_done(member, SIGNED_IN, period))
        .group_by(Audit.actor, "method", "assurance", "terminal")
    )
    return [SignIns(row.actor, row.method, row.assurance, row.terminal, row.times) for row in rows]


def own_id(people: set[str], found: Iterable[SignIns]) -> Numbers:
    """Count who signs in: one person with all sign-ins of an office is what sharing looks like."""
    by_person = Counter[str]()
    for each in found:
        by_person[each.person] += each.times
    return {
        "people": len(people),
        "signed_in": len(people & by_person.keys()),
        "sign_ins": by_person.total(),
        "most": max(by_person.values(), default=0),
    }


def passwords(session: Session, member: str, period: Period, found: Iterable[SignIns]) -> Numbers:
    """Count factors. Turns by PIN and first sign-ins by a mailed link are ways of their own."""
    counted = [each for each in found if each.method not in {PIN, INVITATION}]
    one = sum(each.times for each in counted if each.assurance == 1)
    in_all = sum(each.times for each in counted)
    refused = _times(session, member, SIGN_IN_REFUSED, period)
    return {"sign_ins": in_all, "one_factor": one, "two_factors": in_all - one, "refused": refused}


def switching(found: Iterable[SignIns]) -> Numbers:
    """Count changes of person at shared terminals, and the terminals that never saw one."""
    switches = Counter[str]()
    for each in found:
        if each.terminal is not None:
            switches[each.terminal] += each.times if each.method == PIN else 0
    never = sum(not times for times in switches.values())
    return {"terminals": len(switches), "switches": switches.total(), "never_switched": never}


def terminals(session: Session, member: str, period: Period, found: Iterable[SignIns]) -> Numbers:
    """Count shared terminals and how many people use one."""
    users = defaultdict[str, set[str]](set)
    for each in found:
        if each.terminal is not None:
            users[each.terminal].add(each.person)
    return {
        "terminals": len(users),
        "registered": _times(session, member, SHARED, period),
        "most_people": max(map(len, users.values()), default=0),
        "pin_refused": _times(session, member, PIN_REFUSED, period),
    }


def idle(session: Session, member: str, people: Iterable[Person], until_at: datetime) -> int:
    """Count the active people entered over a year ago who have not signed in for a year."""
    within = (Audit.chain == member) & (Audit.act == SIGNED_IN) & (Audit.at >= until_at - YEAR)
    seen = set(session.scalars(select(Audit.actor).where(within).distinct()))
    return sum(each.created_at < until_at - YEAR and each.id not in seen for each in people)


def readers(session: Session, member: str, period: Period) -> Numbers:
    """Count what the member's people read of others under an NDA, by purpose, and whose NDA has ended since.

    An emergency access shows as much without one: it counts on its own, and asks its readers for none.
    """
    own = [each for each in _readings(session, member, period) if each.member == member]
    rows = [each for each in own if each.is_under_nda]
    people = {each.person for each in rows}
    bound = set(
        session.scalars(select(Nda.person_id).where(Nda.person_id.in_(people), holds_on(clock.today(session))))
    )
    purposes = Counter[str]()
    for each in rows:
        purposes[each.purpose] += each.times
    return {
        "readings": purposes.total(),
        **{purpose: purposes[purpose] for purpose in ("planning", "drill", "incident")},
        "emergency": sum(each.times for each in own if each.is_emergency),
        "readers": len(people),
        "without_nda": len(people - bound),
    }


def looked_at(session: Session, member: str, period: Period) -> Numbers:
    """Count what others read of the member's inventory."""
    rows = [each for each in _readings(session, member, period) if each.member != member]
    return {
        "readings": sum(each.times for each in rows),
        "under_nda": sum(each.times for each in rows if each.is_under_nda),
        "emergency": sum(each.times for each in rows if each.is_emergency),
        "readers": len({each.person for each in rows}),
        "members": len({each.member for each in rows}),
    }


def record(session: Session, member: str) -> Numbers:
    """Recompute the member's own chain."""
    found = verify_chain(session, member)
    return {"rows": found.rows, "faults": found.faults_in_all}


@dataclass(frozen=True, slots=True)
class _Readings:
    person: str | None
    member: str | None
    level: str
    purpose: str
    times: int

    @property
    def is_emergency(self) -> bool:
        return self.purpose == Purpose.EMERGENCY.value

    @property
    def is_under_nda(self) -> bool:
        return self.level == Disclosure.NDA.value and not self.is_emergency


def _readings(session: Session, member: str, period: Period) -> Iterator[_Readings]:
    facts = Audit.facts
    rows = session.execute(
        select(
            Audit.actor,
            Audit.actor_member,
            facts["level"].as_string().label("level"),
            facts["purpose"].as_string().label("purpose"),
            func.count().label("times"),
        )
        .where(_done(member, DISCLOSED, period))
        .group_by(Audit.actor, Audit.actor_member, "level", "purpose")
    )
    for row in rows:
        yield _Readings(row.actor, row.actor_member, row.level, row.purpose, row.times)


def _times(session: Session, member: str, act: str, period: Period) -> int:
    return session.scalar(select(func.count()).select_from(Audit).where(_done(member, act, period))) or 0


def _done(member: str, act: str, period: Period) -> ColumnElement[bool]:
    within = and_(Audit.at >= period.since_at, Audit.at < period.until_at)
    return and_(Audit.chain == member, Audit.act == act, within)
