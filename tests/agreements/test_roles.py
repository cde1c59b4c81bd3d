"""Roles inside a member: who gives them, what they show."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.errors import NotAdministrator, OwnRoles, PersonNotFound
from agreements.models import Role
from agreements.people import actions
from agreements.people.schemas import RolesChange
from foundation.audit import Audit
from foundation.database import Database
from foundation.problems import Forbidden
from tests.agreements.factories import FUJISAWA, OPERATOR, TAMA, TOME, actor_of, add_person, group_in_force

ADMINISTRATOR = RolesChange(roles=[Role.ADMINISTRATOR])


async def test_the_operator_names_the_first_administrator_who_names_the_others(database: Database) -> None:
    def story(session: Session) -> None:
        _, ids, _ = group_in_force(session)
        chief = add_person(session, ids[TOME], "chief@tome.example").id
        clerk = add_person(session, ids[TOME], "clerk@tome.example").id
        with pytest.raises(Forbidden):
            actions.give_roles(session, actor_of(session, chief), clerk, ADMINISTRATOR)
        made = actions.give_roles(session, OPERATOR, chief, ADMINISTRATOR)
        assert made.roles == [Role.ADMINISTRATOR]
        actor = actor_of(session, chief)
        assert actor.roles == {"administrator"}
        both = RolesChange(roles=[Role.AUDITOR, Role.APPROVER, Role.AUDITOR])
        assert actions.give_roles(session, actor, clerk, both).roles == [Role.APPROVER, Role.AUDITOR]
        assert actor_of(session, clerk).roles == {"approver", "auditor"}
        assert actions.give_roles(session, actor, clerk, RolesChange(roles=[Role.AUDITOR])).roles == [Role.AUDITOR]
        assert actions.give_roles(session, actor, clerk, RolesChange(roles=[])).roles == []
        assert actor_of(session, clerk).roles == frozenset()

    await database.write(story)
    acts = (
        select(Audit.chain, Audit.facts)
        .where(Audit.act == "agreements.roles_given")
        .order_by(Audit.chain, Audit.sequence)
    )
    rows = await database.read(lambda session: session.execute(acts).all())
    assert [row.facts for row in rows if row.chain == "service"] == [{"roles": ["administrator"], "before": []}]
    assert [row.facts["roles"] for row in rows if row.chain != "service"] == [
        ["administrator"],
        ["approver", "auditor"],
        ["auditor"],
        [],
    ]


async def test_nobody_changes_the_own_roles_or_another_member_s(database: Database) -> None:
    def story(session: Session) -> None:
        _, ids, actors = group_in_force(session)
        chief = add_person(session, ids[FUJISAWA], "chief@fujisawa.example").id
        other = add_person(session, ids[TAMA], "clerk@tama.example").id
        actions.give_roles(session, OPERATOR, chief, ADMINISTRATOR)
        actor = actor_of(session, chief)
        with pytest.raises(OwnRoles):
            actions.give_roles(session, actor, chief, RolesChange(roles=[]))
        with pytest.raises(PersonNotFound):
            actions.give_roles(session, actor, other, ADMINISTRATOR)
        contact = actors[FUJISAWA].person
        assert contact is not None
        actions.give_roles(session, actor, contact, ADMINISTRATOR)
        with pytest.raises(NotAdministrator):
            actions.give_roles(session, actor_of(session, contact), other, ADMINISTRATOR)

    await database.write(story)
