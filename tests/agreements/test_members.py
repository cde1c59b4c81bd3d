import pytest
from sqlalchemy.orm import Session

from agreements import askable, queries
from agreements.errors import AlreadyMember, CoordinatorStays, GroupNotFound, KindDiffers, MemberLeft, MemberNotFound
from agreements.members import actions
from agreements.members import queries as reading
from agreements.members.schemas import DepartureDraft, MemberDraft, SignatureDraft
from agreements.models import ContactFunction, MemberKind, MembershipStatus
from foundation import clock
from foundation.database import Database
from foundation.problems import Forbidden, Invalid
from tests.agreements.factories import (
    FUJISAWA,
    MIYAGI,
    OPERATOR,
    TAMA,
    TOME,
    actor_of,
    add_member,
    add_person,
    contact,
    designate,
    found_group,
    group_in_force,
    sign,
)
from tests.world import KOMATSU


async def test_a_municipality_is_one_member_in_all_its_groups(database: Database) -> None:
    def story(session: Session) -> None:
        first, second = found_group(session).id, found_group(session, coordinator=TAMA).id
        one, other = add_member(session, first, TOME), add_member(session, second, TOME)
        assert one.member == other.member
        assert (one.name, one.prefecture, one.municipality) == ("登米市", "宮城県", TOME)
        assert one.status is MembershipStatus.INVITED

    await database.write(story)


async def test_all_kinds_take_part(database: Database) -> None:
    def story(session: Session) -> None:
        group = found_group(session).id
        prefecture = add_member(session, group, MIYAGI, kind=MemberKind.PREFECTURE)
        company = add_member(session, group, None, kind=MemberKind.ASSOCIATE, name="株式会社 髙﨑システム")
        bureau = add_member(session, group, None, kind=MemberKind.PROVIDER, name="東北総合通信局")
        assert (prefecture.name, prefecture.kind) == ("宮城県", MemberKind.PREFECTURE)
        assert (company.name, company.municipality) == ("株式会社 髙﨑システム", None)
        assert company.missing_functions == bureau.missing_functions == []
        assert reading.read_member(session, OPERATOR, group, company.member) == company
        second = found_group(session, coordinator=TAMA).id
        again = actions.add(session, OPERATOR, second, MemberDraft(member=company.member, kind=MemberKind.ASSOCIATE))
        assert again.member == company.member

    await database.write(story)


@pytest.mark.parametrize(
    ("draft", "pointer", "word"),
    [
        (MemberDraft(), "/municipality", "入力してください"),
        (MemberDraft(municipality="042128"), "/municipality", "042129"),
        (MemberDraft(municipality="04212"), "/municipality", "042129"),
        (MemberDraft(municipality="999997"), "/municipality", "ありません"),
        (MemberDraft(municipality=MIYAGI), "/municipality", "都道府県"),
        (MemberDraft(municipality=TOME, kind=MemberKind.PREFECTURE), "/municipality", "市区町村"),
        (MemberDraft(kind=MemberKind.ASSOCIATE), "/name", "名称"),
        (MemberDraft(kind=MemberKind.ASSOCIATE, municipality=TOME, name="会社"), "/municipality", "名称で"),
    ],
)
async def test_a_member_that_is_none_is_refused_with_the_remedy(
    database: Database, draft: MemberDraft, pointer: str, word: str
) -> None:
    def story(session: Session) -> None:
        group = found_group(session).id
        with pytest.raises(Invalid) as refused:
            actions.add(session, OPERATOR, group, draft)
        assert [error.pointer for error in refused.value.errors] == [pointer]
        assert word in refused.value.errors[0].ja

    await database.write(story)


async def test_full_width_codes_are_read(database: Database) -> None:
    def story(session: Session) -> None:
        group = found_group(session).id
        assert add_member(session, group, "０４２１２９").municipality == TOME

    await database.write(story)


async def test_nobody_is_added_twice_or_as_another_kind(database: Database) -> None:
    def story(session: Session) -> None:
        group = found_group(session).id
        member = add_member(session, group).member
        with pytest.raises(AlreadyMember):
            add_member(session, group)
        with pytest.raises(KindDiffers):
            actions.add(session, OPERATOR, group, MemberDraft(member=member, kind=MemberKind.ASSOCIATE))

    await database.write(story)


async def test_signing_binds_and_a_repeat_corrects(database: Database) -> None:
    def story(session: Session) -> None:
        group = found_group(session).id
        member = add_member(session, group).member
        assert queries.bound_members(session, group) == []
        signed = sign(session, group, TOME)
        assert (signed.status, signed.joined_on) == (MembershipStatus.SIGNED, clock.today(session))
        assert [each.member for each in queries.bound_members(session, group)] == [member]
        earlier = clock.today(session).replace(day=1)
        draft = SignatureDraft(signatory_name="布施 孝尚", signatory_title="登米市長", signed_on=earlier)
        assert actions.sign(session, OPERATOR, group, member, draft).signatory_name == "布施 孝尚"
        assert actions.sign(session, OPERATOR, group, member, draft).signed_on == earlier

    await database.write(story)


async def test_a_member_signs_for_itself_and_what_others_note_changes_nothing(database: Database) -> None:
    def story(session: Session) -> None:
        group, members, actors = group_in_force(session)
        draft = SignatureDraft(signatory_name="某", signatory_title="市長", signed_on=clock.today(session))
        assert actions.sign(session, actors[TOME], group, TOME, draft).signatory_name == "某"
        with pytest.raises(Forbidden):
            actions.sign(session, actors[TAMA], group, TOME, draft)
        actions.sign(session, actors[FUJISAWA], group, TOME, draft)
        assert members[TOME] in {each.member for each in queries.bound_members(session, group)}
        with pytest.raises(Forbidden):
            actions.add(session, actors[TOME], group, MemberDraft(municipality="172031"))
        person = add_person(session, members[TOME], "clerk@tome.example")
        with pytest.raises(MemberNotFound):
            reading.read_member(session, actors[TOME], group, person.id)

    await database.write(story)


async def test_whoever_leaves_is_told_nothing_more_and_may_come_back(database: Database) -> None:
    def story(session: Session) -> None:
        group, _, actors = group_in_force(session)
        left = actions.leave(session, actors[TOME], group, TOME, DepartureDraft())
        assert (left.status, left.left_on) == (MembershipStatus.LEFT, clock.today(session))
        assert left.missing_functions == []
        assert TOME not in {each.municipality for each in queries.bound_members(session, group)}
        assert actor_of(session, actors[TOME].person).memberships == ()
        with pytest.raises(MemberLeft):
            actions.leave(session, OPERATOR, group, TOME, DepartureDraft())
        with pytest.raises(MemberLeft):
            sign(session, group, TOME)
        back = add_member(session, group, TOME)
        assert (back.member, back.status, back.left_on) == (left.member, MembershipStatus.INVITED, None)

    await database.write(story)


async def test_a_bound_member_is_found_by_code_or_id_in_its_own_group_alone(database: Database) -> None:
    """Who was invited and is not bound is known apart, and who has left is neither."""

    def story(session: Session) -> None:
        group, members, actors = group_in_force(session)
        invited = add_member(session, group, MIYAGI, kind=MemberKind.PREFECTURE).member
        other = found_group(session, coordinator=KOMATSU).id
        for ref in (TOME, members[TOME]):
            found = queries.bound_member_named(session, group, ref)
            assert found in queries.bound_members(session, group)
            assert found is not None
            assert found.member == members[TOME]
            assert queries.bound_member_named(session, other, ref) is None
        actions.leave(session, actors[TAMA], group, TAMA, DepartureDraft())
        bound, unbound = askable.members_in(session, group)
        assert bound == queries.bound_members(session, group)
        assert {each.municipality for each in bound} == {TOME, FUJISAWA}
        assert [each.member for each in unbound] == [invited]
        for ref in (MIYAGI, invited, TAMA, members[TAMA], KOMATSU, "999999", ""):
            assert queries.bound_member_named(session, group, ref) is None

    await database.write(story)


async def test_the_coordinator_hands_over_before_it_leaves(database: Database) -> None:
    def story(session: Session) -> None:
        group, _, actors = group_in_force(session)
        with pytest.raises(CoordinatorStays):
            actions.leave(session, actors[FUJISAWA], group, FUJISAWA, DepartureDraft())

    await database.write(story)


async def test_the_list_says_what_each_has_yet_to_designate(database: Database) -> None:
    def story(session: Session) -> None:
        group = found_group(session).id
        member = add_member(session, group).member
        assert reading.read_member(session, OPERATOR, group, TOME).missing_functions == list(ContactFunction)
        contact(session, group, member, "a@tome.example", "disaster")
        shown = {each.municipality: each for each in reading.list_members(session, OPERATOR, group, None).items}
        assert shown[TOME].missing_functions == [ContactFunction.ICT]
        assert shown[FUJISAWA].is_coordinator
        designate(session, group, add_person(session, member, "b@tome.example"), "ict")
        assert reading.read_member(session, OPERATOR, group, TOME).missing_functions == []

    await database.write(story)


async def test_another_groups_members_are_not_there(database: Database) -> None:
    def story(session: Session) -> None:
        group, _, actors = group_in_force(session, FUJISAWA, TAMA)
        other = found_group(session, coordinator="172031")
        add_member(session, other.id, TOME)
        with pytest.raises(MemberNotFound):
            reading.read_member(session, actors[FUJISAWA], group, TOME)
        with pytest.raises(MemberNotFound):
            queries.member_of(session, actors[FUJISAWA], TOME)
        assert queries.member_named(session, TOME).municipality == TOME

    await database.write(story)


async def test_an_invited_member_sees_the_group_and_signs_by_itself(database: Database) -> None:
    def story(session: Session) -> None:
        _, _, actors = group_in_force(session, FUJISAWA, TOME)
        group = found_group(session, coordinator=TAMA).id
        with pytest.raises(GroupNotFound):
            reading.list_members(session, actors[TOME], group, None)
        add_member(session, group, TOME)
        assert len(reading.list_members(session, actors[TOME], group, None).items) == 2
        draft = SignatureDraft(signatory_name="某", signatory_title="市長", signed_on=clock.today(session))
        assert actions.sign(session, actors[TOME], group, TOME, draft).status is MembershipStatus.SIGNED
        with pytest.raises(GroupNotFound):
            queries.group_of(session, actors[TOME], group)  # other rooms wait until somebody is designated

    await database.write(story)
