"""Reading how reachable members are, each as its reader may see it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements.errors import MemberNotFound, NoTerms
from agreements.lifecycle import GroupStatus
from agreements.models import Group, Member
from agreements.queries import ContactChannel
from agreements.terms import Duty
from agreements.visibility import WITHOUT_VOTE, groups_that_bind, members_bound_by
from aid.requests import queries as requests
from foundation import clock
from foundation.actor import Actor
from readiness import permissions
from readiness.reachability.models import ChannelCheck, ReachabilityTest
from readiness.reachability.schemas import (
    ChannelStandingView,
    GroupScoresView,
    MemberScoreView,
    StandingView,
    TestView,
)
from readiness.reachability.scoring import Proof, is_proven, score

YEARLY_MONTHS = 12
State = Literal["acknowledged", "failed", "waiting", "unproven"]


def tests_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The tests of the actor's own member."""
    return ReachabilityTest.member_id == actor.member if actor.member else false()


def members_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The members that an actor may test: its own, and those of the groups that it coordinates."""
    led = [each.group for each in actor.memberships if actor.may(permissions.WATCH_REACHABILITY, group=each.group)]
    mine = Member.id == actor.member if actor.member else false()
    return or_(mine, Member.id.in_(members_bound_by(select(Group.id).where(Group.id.in_(led)))))


def member_to_test(session: Session, actor: Actor, code: str) -> str:
    """Return the member that an actor may test. Raises MemberNotFound."""
    named = or_(Member.id == code, Member.municipality == code)
    found = session.scalar(select(Member.id).where(named, members_visible_to(actor)))
    if found is None:
        raise MemberNotFound
    return found


def running_test(session: Session, member: str) -> ReachabilityTest | None:
    """Return the member's test that is still open, its row locked against another's start."""
    session.execute(select(Member.id).where(Member.id == member).with_for_update())
    return _open_test(session, member)


def read_standing(session: Session, actor: Actor, code: str) -> StandingView:
    """Return how reachable the actor's own member is. Raises MemberNotFound."""
    if actor.member is None or code not in {actor.member, actor.municipality}:
        raise MemberNotFound
    member = session.get_one(Member, actor.member)
    now, months = clock.now(session), months_of(session, member.id)
    channels = agreements.channels_of_contacts(session, [member.id])
    checks = _checks(session, [member.id])
    test = session.scalar(
        select(ReachabilityTest)
        .where(tests_visible_to(actor), ReachabilityTest.closes_at > now)
        .order_by(ReachabilityTest.id.desc())
    )
    got = score([_proof(each, checks) for each in channels], now, months)
    return StandingView(
        member=member.id,
        municipality=member.municipality,
        acknowledged=got.acknowledged,
        owed=got.owed,
        months=months,
        test=test_view(session, test) if test else None,
        channels=[_channel_view(each, checks.get(each.channel), now, months) for each in channels],
    )


def list_scores(session: Session, actor: Actor, group: str) -> GroupScoresView:
    """Return how reachable the members of a group are: what a coordinator is told. Raises GroupNotFound."""
    found = agreements.group_of(session, actor, group)
    actor.require(permissions.WATCH_REACHABILITY, group=found.id)
    members = [each for each in agreements.bound_members(session, found.id) if each.kind not in WITHOUT_VOTE]
    ids = [each.member for each in members]
    now, months, checks = clock.now(session), _months_in(session, found.id), _checks(session, ids)
    proofs: dict[str, list[Proof]] = {member: [] for member in ids}
    for channel in agreements.channels_of_contacts(session, ids):
        proofs[channel.member].append(_proof(channel, checks))
    tested = {row.member_id: row for row in session.execute(_last_tests(ids))}
    items = []
    for each in members:
        got, last = score(proofs[each.member], now, months), tested.get(each.member)
        items.append(
            MemberScoreView(
                member=each.member,
                municipality=each.municipality,
                name=each.name,
                acknowledged=got.acknowledged,
                owed=got.owed,
                percent=got.percent,
                last_tested_at=last.started_at if last else None,
                is_open=last is not None and last.closes_at > now,
            )
        )
    return GroupScoresView(items=items)


def test_view(session: Session, test: ReachabilityTest) -> TestView:
    """Return one test that the caller has been let into."""
    sent, acknowledged = session.execute(
        select(func.count(), func.count(ChannelCheck.acknowledged_at)).where(ChannelCheck.test_id == test.id)
    ).one()
    return TestView(
        id=test.id,
        member=test.member_id,
        started_by=test.started_by,
        started_at=test.started_at,
        closes_at=test.closes_at,
        sent=sent,
        acknowledged=acknowledged,
    )


def unacknowledged_people(session: Session, test: str) -> dict[str, int]:
    """Return the people of a test with how many of their channels are not acknowledged."""
    rows = session.execute(
        select(ChannelCheck.person_id, func.count().label("number"))
        .where(
            ChannelCheck.test_id == test,
            ChannelCheck.person_id.is_not(None),
            ChannelCheck.acknowledged_at.is_(None),
        )
        .group_by(ChannelCheck.person_id)
    )
    return {row.person_id: row.number for row in rows}


def months_by_member(session: Session) -> dict[str, int]:
    """Return how often each member bound by an agreement in force is to be tested: the strictest of its terms."""
    found: dict[str, int] = {}
    for group in session.scalars(select(Group.id).where(Group.status == GroupStatus.IN_FORCE.value)).all():
        months = _months_in(session, group)
        for each in agreements.bound_members(session, group):
            if each.kind not in WITHOUT_VOTE:
                found[each.member] = min(found.get(each.member, months), months)
    return found


def members_at_work(session: Session, since: datetime) -> set[str]:
    """Return the members of the groups in which somebody has asked for aid since then, for a disaster not over."""
    groups = requests.groups_asked_since(session, since)
    return {each.member for group in sorted(groups) for each in agreements.bound_members(session, group)}


def months_of(session: Session, member: str) -> int:
    """Return how long an acknowledgement counts for a member."""
    groups = session.scalars(groups_that_bind(member)).all()
    return min((_months_in(session, group) for group in groups), default=YEARLY_MONTHS)


def _months_in(session: Session, group: str) -> int:
    try:
        return agreements.terms_in_force(session, group)[1].duty_months[Duty.REACHABILITY]
    except NoTerms:
        return YEARLY_MONTHS


def _open_test(session: Session, member: str) -> ReachabilityTest | None:
    open_ones = select(ReachabilityTest).where(
        ReachabilityTest.member_id == member, ReachabilityTest.closes_at > clock.now(session)
    )
    return session.scalar(open_ones.limit(1))


def _checks(session: Session, members: Sequence[str]) -> dict[str, Any]:
    """Return by channel when it was last sent to, acknowledged and failed."""
    rows = session.execute(
        select(
            ChannelCheck.channel_id,
            func.max(ChannelCheck.sent_at).label("sent_at"),
            func.max(ChannelCheck.acknowledged_at).label("acknowledged_at"),
            func.max(ChannelCheck.failed_at).label("failed_at"),
            func.max(ChannelCheck.via).label("via"),
        )
        .where(ChannelCheck.member_id.in_(members))
        .group_by(ChannelCheck.channel_id)
    )
    return {row.channel_id: row for row in rows}


def _proof(channel: ContactChannel, checks: Mapping[str, Any]) -> Proof:
    row = checks.get(channel.channel)
    if row is None:
        return Proof(channel.holder, dead_at=channel.dead_at)
    return Proof(channel.holder, row.acknowledged_at, row.failed_at, channel.dead_at)


def _channel_view(channel: ContactChannel, row: Any, now: datetime, months: int) -> ChannelStandingView:
    proof = _proof(channel, {channel.channel: row} if row else {})
    return ChannelStandingView(
        channel=channel.channel,
        person=channel.person,
        name=channel.name,
        kind=channel.kind.value,
        state=_state(proof, row.sent_at if row else None, now, months),
        sent_at=row.sent_at if row else None,
        acknowledged_at=proof.acknowledged_at,
        via=row.via if row else None,
        failed_at=proof.failed_at or proof.dead_at,
    )


def _state(proof: Proof, sent_at: datetime | None, now: datetime, months: int) -> State:
    if is_proven(proof, now, months):
        return "acknowledged"
    if proof.dead_at or _has_failed(proof, sent_at):
        return "failed"
    is_asked = sent_at is not None and (proof.acknowledged_at is None or proof.acknowledged_at < sent_at)
    return "waiting" if is_asked else "unproven"


def _has_failed(proof: Proof, sent_at: datetime | None) -> bool:
    """Tell whether the last message failed, and nothing was acknowledged since."""
    if proof.failed_at is None or sent_at is None or proof.failed_at < sent_at:
        return False
    return proof.acknowledged_at is None or proof.acknowledged_at < proof.failed_at


def _last_tests(members: Sequence[str]) -> Any:
    return (
        select(
            ReachabilityTest.member_id,
            func.max(ReachabilityTest.started_at).label("started_at"),
            func.max(ReachabilityTest.closes_at).label("closes_at"),
        )
        .where(ReachabilityTest.member_id.in_(members))
        .group_by(ReachabilityTest.member_id)
    )
