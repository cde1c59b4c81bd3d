import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements import queries
from agreements.errors import BadStep, GroupEnded, GroupNotFound, MemberNotFound, NoTerms, NotReadyForForce
from agreements.groups import actions
from agreements.groups import queries as reading
from agreements.groups.schemas import (
    CoordinatorDraft,
    GroupChange,
    GroupDraft,
    StepDraft,
    TermsBody,
    VersionDraft,
)
from agreements.lifecycle import GroupStatus
from agreements.models import Member
from foundation import clock
from foundation.audit import Audit
from foundation.database import Database
from foundation.problems import Forbidden, Invalid, Language, Stale
from tests.agreements.factories import (
    FUJISAWA,
    OPERATOR,
    TAMA,
    TOME,
    actor_of,
    add_member,
    contact,
    found_group,
    group_in_force,
    sign,
)


async def test_the_founder_coordinates_and_is_a_contact_at_once(database: Database) -> None:
    def story(session: Session) -> None:
        _, members, actors = group_in_force(session)
        founder = actors[TOME]
        group = actions.create(session, founder, GroupDraft(name="北の応援協定", purpose="相互応援"))
        assert (group.status, group.coordinator) == (GroupStatus.PREPARING, TOME)
        assert group.coordinator_member == members[TOME]
        again = actor_of(session, founder.person)
        part = again.membership_in(group.id)
        assert part is not None
        assert part.roles == {"disaster", "ict", "coordinator"}
        assert reading.read_group(session, again, group.id) == group

    await database.write(story)


async def test_only_an_operator_names_another_coordinator(database: Database) -> None:
    def story(session: Session) -> None:
        _, _, actors = group_in_force(session)
        with pytest.raises(Forbidden):
            actions.create(session, actors[TOME], GroupDraft(name="乗っ取り", coordinator=FUJISAWA))
        assert found_group(session, coordinator=TAMA).coordinator == TAMA
        assert found_group(session, coordinator=None).coordinator is None
        with pytest.raises(Invalid) as refused:
            found_group(session, coordinator="042128")
        assert refused.value.errors[0].pointer == "/coordinator"

    await database.write(story)


async def test_a_group_comes_into_force_with_terms_and_two_signatures(database: Database) -> None:
    def story(session: Session) -> None:
        group = found_group(session).id
        for status in (GroupStatus.INVITING, GroupStatus.SIGNED):
            assert actions.step(session, OPERATOR, group, StepDraft(status=status)).status is status
        force = StepDraft(status=GroupStatus.IN_FORCE)
        with pytest.raises(NotReadyForForce) as refused:
            actions.step(session, OPERATOR, group, force)
        assert "協定書" in refused.value.detail(Language.JA)
        assert "2団体以上の締結" in refused.value.detail(Language.JA)
        actions.add_version(session, OPERATOR, group, VersionDraft(text="第1条"))
        sign(session, group, FUJISAWA)
        with pytest.raises(NotReadyForForce):
            actions.step(session, OPERATOR, group, force)
        sign(session, group, add_member(session, group).member)
        assert actions.step(session, OPERATOR, group, force).status is GroupStatus.IN_FORCE

    await database.write(story)


@pytest.mark.asvs("2.3.1")
async def test_a_step_that_does_not_follow_names_those_that_do(database: Database) -> None:
    def story(session: Session) -> None:
        group = found_group(session).id
        with pytest.raises(BadStep) as refused:
            actions.step(session, OPERATOR, group, StepDraft(status=GroupStatus.IN_FORCE))
        assert "参加呼びかけ" in refused.value.detail(Language.JA)
        assert "inviting" in refused.value.detail(Language.EN)

    await database.write(story)


async def test_an_ended_agreement_is_not_changed_any_more(database: Database) -> None:
    def story(session: Session) -> None:
        group, _, actors = group_in_force(session)
        actions.step(session, actors[FUJISAWA], group, StepDraft(status=GroupStatus.ENDED))
        with pytest.raises(GroupEnded):
            actions.change(session, OPERATOR, group, GroupChange(name="別名"))
        with pytest.raises(GroupEnded):
            actions.add_version(session, OPERATOR, group, VersionDraft(text="第1条"))
        assert actor_of(session, actors[TOME].person).memberships == ()

    await database.write(story)


async def test_only_the_coordinator_changes_its_group_and_not_an_old_version_of_it(database: Database) -> None:
    def story(session: Session) -> None:
        group, _, actors = group_in_force(session)
        before = reading.read_group(session, actors[FUJISAWA], group)
        with pytest.raises(Forbidden):
            actions.change(session, actors[TOME], group, GroupChange(name="別名"))
        after = actions.change(session, actors[FUJISAWA], group, GroupChange(name="新名称"), before.version)
        assert (after.name, after.purpose, after.version) == ("新名称", before.purpose, before.version + 1)
        with pytest.raises(Stale):
            actions.change(session, actors[FUJISAWA], group, GroupChange(name="古い"), before.version)

    await database.write(story)


async def test_a_group_is_not_there_for_those_outside(database: Database) -> None:
    def story(session: Session) -> None:
        group, _, _ = group_in_force(session, FUJISAWA, TAMA)
        other = found_group(session, coordinator=TOME)
        assert other.coordinator_member is not None
        outsider = contact(session, other.id, other.coordinator_member, "x@tome.example")
        with pytest.raises(GroupNotFound):
            reading.read_group(session, outsider, group)
        with pytest.raises(GroupNotFound):
            actions.step(session, outsider, group, StepDraft(status=GroupStatus.ENDED))
        assert [each.id for each in reading.list_groups(session, outsider, None).items] == [other.id]
        assert {each.id for each in reading.list_groups(session, OPERATOR, None).items} == {group, other.id}

    await database.write(story)


async def test_the_coordinator_hands_over_and_names_deputies(database: Database) -> None:
    def story(session: Session) -> None:
        group, members, actors = group_in_force(session)
        draft = CoordinatorDraft(coordinator=TAMA, deputies=[TOME, FUJISAWA, TOME])
        assert actions.hand_over(session, actors[FUJISAWA], group, draft).coordinator == TAMA
        roles = {code: _roles(session, actor.person, group) for code, actor in actors.items()}
        assert "coordinator" in roles[TAMA]
        assert "deputy" in roles[TOME]
        assert "deputy" in roles[FUJISAWA]
        part = queries.part_of(session, group, members[FUJISAWA])
        assert part is not None
        assert part.deputy_order == 2

    await database.write(story)


async def test_a_deputy_takes_over_without_leave_but_names_nobody_else(database: Database) -> None:
    def story(session: Session) -> None:
        group, _, actors = group_in_force(session)
        with pytest.raises(Forbidden):
            actions.hand_over(session, actors[TOME], group, CoordinatorDraft(coordinator=TOME))
        actions.hand_over(session, actors[FUJISAWA], group, CoordinatorDraft(coordinator=FUJISAWA, deputies=[TOME]))
        deputy = actor_of(session, actors[TOME].person)
        with pytest.raises(Forbidden):
            actions.hand_over(session, deputy, group, CoordinatorDraft(coordinator=TAMA))
        with pytest.raises(Forbidden):
            actions.hand_over(session, deputy, group, CoordinatorDraft(coordinator=TOME, deputies=[TAMA]))
        assert actions.hand_over(session, deputy, group, CoordinatorDraft(coordinator=TOME)).coordinator == TOME

    await database.write(story)


async def test_only_a_member_of_the_group_coordinates_it(database: Database) -> None:
    def story(session: Session) -> None:
        group, _, _ = group_in_force(session, FUJISAWA, TAMA)
        found_group(session, coordinator=TOME)
        with pytest.raises(MemberNotFound):
            actions.hand_over(session, OPERATOR, group, CoordinatorDraft(coordinator=TOME))

    await database.write(story)


async def test_the_newest_adopted_version_is_in_force(database: Database) -> None:
    def story(session: Session) -> None:
        group = found_group(session).id
        with pytest.raises(NoTerms):
            queries.terms_in_force(session, group)
        today = clock.today(session)
        first = actions.add_version(session, OPERATOR, group, VersionDraft(text="旧"))
        assert (first.number, first.adopted_on) == (1, today)
        terms = TermsBody(written_within_hours=24)
        actions.add_version(session, OPERATOR, group, VersionDraft(text="新", terms=terms))
        later = today.replace(year=today.year + 1)
        third = actions.add_version(session, OPERATOR, group, VersionDraft(text="来年度", adopted_on=later))
        number, in_force = queries.terms_in_force(session, group)
        assert (number, in_force.written_within_hours) == (2, 24)
        shown = reading.list_versions(session, OPERATOR, group, None).items
        assert [version.number for version in shown] == [1, 2, 3]
        assert shown[2] == third

    await database.write(story)


@pytest.mark.asvs("16.1.1", "16.2.1", "16.2.2")
async def test_the_record_says_who_did_what_without_names(database: Database) -> None:
    def story(session: Session) -> tuple[str, str | None]:
        group, _, actors = group_in_force(session)
        actions.change(session, actors[FUJISAWA], group, GroupChange(name="秘密の名称"))
        return group, actors[FUJISAWA].person

    def look(session: Session, group: str, person: str | None) -> None:
        kept = session.scalars(select(Audit).where(Audit.subject == f"group:{group}").order_by(Audit.id)).all()
        assert kept[-1].act == "agreements.group_changed"
        assert kept[-1].actor == person
        everything = " ".join(f"{each.subject} {each.facts}" for each in session.scalars(select(Audit)))
        for secret in ("秘密", "@", "髙橋", "鈴木", "市"):
            assert secret not in everything
        assert session.scalars(select(Member)).all()

    await database.read(look, *await database.write(story))


def _roles(session: Session, person: str | None, group: str) -> frozenset[str]:
    part = actor_of(session, person).membership_in(group)
    assert part is not None
    return part.roles
