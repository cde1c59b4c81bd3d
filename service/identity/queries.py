"""From a credential to the actor behind it."""

from typing import Any

from sqlalchemy import Row, and_, bindparam, func, select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements.models import Member, Person, PersonRole
from foundation import clock
from foundation.actor import Actor, Membership
from foundation.sealing import digest
from service import policy
from service.identity.actions import PURPOSE
from service.identity.models import ApiToken
from service.identity.people import mails_of


def actor_of_token(session: Session, text: str) -> Actor | None:
    """Return who holds a token, or None where it is unknown, revoked, expired or its person has left."""
    wanted = {"digest": digest(session, PURPOSE, text), "now": clock.now(session)}
    found = session.execute(_TOKEN, wanted).one_or_none()
    if found is None:
        return None
    if found.is_operator:
        return Actor(None, "運用者", None, assurance=found.assurance, is_operator=True, permissions=policy.OPERATOR)
    return _actor(session, found, found.assurance) if found.member_id else None


def actor_of_person(session: Session, person: str, assurance: int) -> Actor | None:
    """Return a person as an actor, or None where they are no longer active."""
    found = session.execute(_PERSON, {"person": person}).one_or_none()
    return _actor(session, found, assurance) if found else None


def _actor(session: Session, found: Row[*tuple[Any, ...]], assurance: int) -> Actor:
    memberships = tuple(
        Membership(
            each.group,
            each.member,
            each.municipality,
            each.kind,
            each.roles,
            policy.permissions_of(each.roles, each.kind, is_in_force=each.is_in_force),
        )
        for each in agreements.memberships_of(session, found.person_id)
    )
    roles = frozenset(found.roles.split(",")) if found.roles else frozenset[str]()
    return Actor(
        found.person_id,
        found.name,
        found.member_id,
        found.municipality,
        assurance=assurance,
        memberships=memberships,
        permissions=policy.permissions_of_person(roles, is_contact=bool(memberships)),
        roles=roles,
    )


# Built once: every call asks these, and putting them together costs more than running them.
_ROLES = (
    select(func.aggregate_strings(PersonRole.role, ","))
    .where(PersonRole.person_id == Person.id)
    .scalar_subquery()
    .label("roles")
)
_TOKEN = (
    select(
        ApiToken.is_operator,
        ApiToken.assurance,
        Person.id.label("person_id"),
        Person.name,
        Person.member_id,
        Member.municipality,
        _ROLES,
    )
    .outerjoin(Person, and_(Person.id == ApiToken.person_id, Person.is_active))
    .outerjoin(Member, Member.id == Person.member_id)
    .where(
        ApiToken.digest == bindparam("digest"), ApiToken.revoked_at.is_(None), ApiToken.expires_at > bindparam("now")
    )
)
_PERSON = (
    select(Person.id.label("person_id"), Person.name, Person.member_id, Member.municipality, _ROLES)
    .join(Member, Member.id == Person.member_id)
    .where(Person.id == bindparam("person"), Person.is_active)
)


def email_of(session: Session, actor: Actor) -> str | None:
    """Return the actor's own mail address."""
    if actor.person is None or actor.member is None:
        return None
    return next(iter(mails_of(session, actor.person, actor.member)), None)
