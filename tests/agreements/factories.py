"""Actors and rows for the tests of agreements."""

from typing import Any

from sqlalchemy.orm import Session

from agreements import queries
from agreements.contacts import actions as contacts
from agreements.contacts.schemas import ContactDraft, ContactView
from agreements.groups import actions as groups
from agreements.groups.schemas import GroupDraft, GroupView, StepDraft, VersionDraft
from agreements.lifecycle import GroupStatus
from agreements.members import actions as members
from agreements.members.schemas import MemberDraft, MemberView, SignatureDraft
from agreements.models import ContactFunction, MemberKind, Person
from agreements.people import actions as people
from agreements.people.schemas import PersonDraft, PersonView
from foundation import clock
from foundation.actor import Actor, Membership
from service import policy

FUJISAWA, TOME, TAMA, MIYAGI = "142051", "042129", "132241", "040002"
OPERATOR = Actor(None, "運用者", None, is_operator=True, permissions=policy.OPERATOR)


def actor_of(session: Session, person: str | None) -> Actor:
    """A person as the gate shows them, signed in with two factors."""
    assert person is not None
    found = session.get_one(Person, person)
    memberships = tuple(
        Membership(
            row.group,
            row.member,
            row.municipality,
            row.kind,
            row.roles,
            policy.permissions_of(row.roles, row.kind, is_in_force=row.is_in_force),
        )
        for row in queries.memberships_of(session, person)
    )
    roles = frozenset(each.role for each in found.roles)
    return Actor(
        found.id,
        found.name,
        found.member_id,
        found.member.municipality,
        assurance=2,
        memberships=memberships,
        permissions=policy.permissions_of_person(roles, is_contact=bool(memberships)),
        roles=roles,
    )


def found_group(session: Session, *, coordinator: str | None = FUJISAWA, actor: Actor = OPERATOR) -> GroupView:
    return groups.create(session, actor, GroupDraft(name="災害時相互応援協定", coordinator=coordinator))


def add_member(
    session: Session,
    group: str,
    code: str | None = TOME,
    *,
    kind: MemberKind = MemberKind.MEMBER,
    name: str | None = None,
) -> MemberView:
    return members.add(session, OPERATOR, group, MemberDraft(municipality=code, kind=kind, name=name))


def add_person(session: Session, /, member: str, email: str, *, actor: Actor = OPERATOR, **more: Any) -> PersonView:
    draft = PersonDraft(name=more.pop("name", "髙橋﨑𠮷葛󠄀"), email=email, member=member, **more)
    return people.add_person(session, actor, draft)


def designate(session: Session, group: str, person: PersonView, *functions: str) -> list[ContactView]:
    return [
        contacts.designate(
            session,
            OPERATOR,
            group,
            person.member,
            ContactDraft(person=person.id, function=ContactFunction(function)),
        )
        for function in functions or ("disaster", "ict")
    ]


def contact(session: Session, group: str, member: str, email: str, *functions: str, **more: Any) -> Actor:
    """Enter a person of a member, designate them, and return them as an actor."""
    person = add_person(session, member, email, **more)
    designate(session, group, person, *functions)
    return actor_of(session, person.id)


def sign(session: Session, group: str, member: str) -> MemberView:
    draft = SignatureDraft(signatory_name="鈴木 恒夫", signatory_title="市長", signed_on=clock.today(session))
    return members.sign(session, OPERATOR, group, member, draft)


def bring_into_force(session: Session, group: str) -> GroupView:
    groups.add_version(session, OPERATOR, group, VersionDraft(text="第1条 …"))
    for status in (GroupStatus.INVITING, GroupStatus.SIGNED):
        groups.step(session, OPERATOR, group, StepDraft(status=status))
    return groups.step(session, OPERATOR, group, StepDraft(status=GroupStatus.IN_FORCE))


def group_in_force(session: Session, *codes: str) -> tuple[str, dict[str, str], dict[str, Actor]]:
    """A group in force of these members, each with one contact for both functions: group, members, actors by code."""
    codes = codes or (FUJISAWA, TOME, TAMA)
    group = found_group(session, coordinator=codes[0]).id
    by_code = {codes[0]: queries.member_named(session, codes[0]).id}
    by_code |= {code: add_member(session, group, code).member for code in codes[1:]}
    for member in by_code.values():
        sign(session, group, member)
    bring_into_force(session, group)
    actors = {code: contact(session, group, member, f"a.{code}@city.example") for code, member in by_code.items()}
    return group, by_code, actors
