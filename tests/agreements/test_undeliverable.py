"""Addresses that are gone: marked, passed over, told of once, and taken back."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.models import Channel, ChannelKind
from agreements.people import actions, channels, undeliverable
from agreements.people import queries as reading
from agreements.people.schemas import ChannelDraft, DeskDraft, PersonChange, PersonDraft
from agreements.reach import person_addressees
from agreements.wording import ADDRESS_DEAD, WORDINGS
from foundation.actor import Actor
from foundation.audit.models import Audit
from foundation.database import Database
from notifications.events import AddressDied
from notifications.gateways.base import Channel as SentBy
from notifications.models import Alert, Delivery
from notifications.wording import Notice
from tests.agreements.factories import FUJISAWA, TOME, group_in_force

OLD, MOBILE = "Old@city.example", "+818000000001"


def scene(session: Session, mobile: str | None = MOBILE) -> tuple[Actor, str, str]:
    _, ids, actors = group_in_force(session)
    person = actions.add_person(session, actors[TOME], PersonDraft(name="高橋", email=OLD, mobile=mobile))
    return actors[TOME], ids[TOME], person.id


def die(session: Session, member: str, address: str = OLD, channel: SentBy = SentBy.EMAIL) -> None:
    undeliverable.address_died(session, AddressDied(member, channel, address, "5.1.1"))
    session.flush()


def told(session: Session) -> list[tuple[str, str | None]]:
    rows = session.execute(
        select(Delivery.channel, Delivery.person)
        .join(Alert, Alert.id == Delivery.alert_id)
        .where(Alert.kind == ADDRESS_DEAD)
        .order_by(Delivery.id)
    )
    return [(channel, person) for channel, person in rows]


async def test_a_dead_address_is_passed_over_while_another_works(database: Database) -> None:
    def story(session: Session) -> None:
        actor, member, person = scene(session)
        die(session, member, OLD.lower())
        assert [each.channel for each in person_addressees(session, [person])] == [SentBy.SMS]
        die(session, member, MOBILE, SentBy.SMS)
        # Nothing works any more, so everything is tried
        assert {each.address for each in person_addressees(session, [person])} == {OLD, MOBILE}
        assert set(reading.read_person(session, actor, person).undeliverable) == {"email", "mobile"}
        dead = [each.dead_at is not None for each in reading.channels_of_person(session, actor, person, None).items]
        assert dead == [True, True]

    await database.write(story)


async def test_its_person_is_told_once_by_another_way(database: Database) -> None:
    def story(session: Session) -> None:
        _, member, person = scene(session)
        die(session, member)
        die(session, member)
        assert told(session) == [("sms", person)]

    def acts(session: Session) -> list[str]:
        return list(session.scalars(select(Audit.act).where(Audit.act == "agreements.channel_died")))

    await database.write(story)
    assert len(await database.read(acts)) == 1


async def test_else_the_other_contacts_are_told_by_mail(database: Database) -> None:
    def story(session: Session) -> None:
        _, member, person = scene(session, mobile=None)
        die(session, member)
        assert told(session)
        assert {channel for channel, _ in told(session)} == {"email"}
        assert person not in {each for _, each in told(session)}

    await database.write(story)


async def test_another_members_same_address_stays_alive(database: Database) -> None:
    def story(session: Session) -> None:
        _, ids, actors = group_in_force(session)
        desk = actions.add_desk(session, actors[FUJISAWA], FUJISAWA, DeskDraft(name="当直"))
        channels.add_to_desk(
            session, actors[FUJISAWA], desk.id, ChannelDraft(kind=ChannelKind.EMAIL, address="duty@city.example")
        )
        die(session, ids[TOME], "duty@city.example")
        assert session.scalars(select(Channel.dead_at).where(Channel.dead_at.is_not(None))).all() == []
        die(session, ids[FUJISAWA], "duty@city.example")
        assert reading.channels_of_desk(session, actors[FUJISAWA], desk.id, None).items[0].dead_at is not None

    await database.write(story)


async def test_changing_or_confirming_it_clears_it_but_a_directorys_copy_does_not(database: Database) -> None:
    def story(session: Session) -> None:
        actor, member, person = scene(session)
        for address in (OLD, "new@city.example"):
            die(session, member)
            row = session.scalars(select(Channel).where(Channel.dead_at.is_not(None))).one()
            channels.write_address(session, row, OLD)
            assert row.dead_at is not None
            view = actions.change_person(session, actor, person, PersonChange(email=address))
            assert (view.email, view.undeliverable) == (address, [])

    await database.write(story)


def test_the_notice_names_whose_and_not_which() -> None:
    wording = WORDINGS[ADDRESS_DEAD]
    notice = Notice({"name": "高橋", "kind": "email"}, "山田")
    mail = wording.mail(notice)
    assert mail.subject.startswith("【結まーる】")
    assert "高橋 さんのメールアドレスに届きませんでした" in mail.body
    assert wording.sms(notice).startswith("【結まーる】")
