"""Reading programs, and from a program's token to its actor."""

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements.models import Member, Person
from foundation import clock
from foundation.actor import Actor, Membership
from foundation.sealing import digest
from service import permissions, policy
from service.identity.clients.errors import ClientNotFound
from service.identity.clients.models import ClientToken, MachineClient, Scope
from service.identity.clients.schemas import ClientsView, ClientView

MARK = "c."
"""What a program's token begins with."""
TOKEN = "client-token"  # noqa: S105 — the name of a purpose, no credential


def clients_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The programs of the actor's own member, for who keeps them."""
    if actor.member is None or not actor.may(permissions.KEEP_CLIENTS):
        return false()
    return MachineClient.member_id == actor.member


def client_of(session: Session, actor: Actor, client: str) -> MachineClient:
    """Return a program that the actor keeps, locked. Raises ClientNotFound."""
    found = session.scalar(
        select(MachineClient).where(MachineClient.id == client, clients_visible_to(actor)).with_for_update()
    )
    if found is None:
        raise ClientNotFound
    return found


def list_clients(session: Session, actor: Actor, member: str) -> ClientsView:
    """Return a member's programs."""
    wanted = agreements.member_of(session, actor, member)
    rows = session.scalars(
        select(MachineClient)
        .where(MachineClient.member_id == wanted.id, clients_visible_to(actor))
        .order_by(MachineClient.id)
    )
    return ClientsView(items=[client_view(row) for row in rows])


def client_view(row: MachineClient) -> ClientView:
    return ClientView(
        id=row.id,
        member=row.member_id,
        name=row.name,
        scopes=[Scope(each) for each in row.scopes],
        responsible=row.responsible_id,
        is_enabled=row.disabled_at is None,
        made_at=row.made_at,
        ends_at=row.ends_at,
        former_until=row.former_until,
    )


def counting(session: Session, client: str) -> MachineClient | None:
    """Return a program that counts now: switched on, in time, and answered for by an active person of its member."""
    return session.scalar(
        select(MachineClient)
        .join(Person, Person.id == MachineClient.responsible_id)
        .where(MachineClient.id == client, _counts(session))
    )


def actor_of_client(session: Session, text: str) -> Actor | None:
    """Return the program that holds a token, with what both token and program are still allowed."""
    found = session.execute(
        select(MachineClient, ClientToken.scopes, Member.municipality)
        .join(ClientToken, ClientToken.client_id == MachineClient.id)
        .join(Person, Person.id == MachineClient.responsible_id)
        .join(Member, Member.id == MachineClient.member_id)
        .where(
            ClientToken.digest == digest(session, TOKEN, text),
            ClientToken.ends_at > clock.now(session),
            _counts(session),
        )
    ).one_or_none()
    if found is None:
        return None
    row, scopes, municipality = found
    return _actor(session, row, frozenset(scopes) & frozenset(row.scopes), municipality)


def _actor(session: Session, row: MachineClient, scopes: frozenset[str], municipality: str | None) -> Actor:
    alone, within = policy.permissions_of_client(scopes)
    memberships = tuple(
        Membership(each.group, each.member, each.municipality, each.kind, each.roles, within)
        for each in agreements.parts_in_force(session, row.member_id)
    )
    return Actor(
        None,
        row.name,
        row.member_id,
        municipality,
        assurance=1,
        memberships=memberships,
        permissions=alone,
        client=row.id,
        responsible=row.responsible_id,
    )


def _counts(session: Session) -> ColumnElement[bool]:
    return and_(
        MachineClient.disabled_at.is_(None),
        or_(MachineClient.ends_at.is_(None), MachineClient.ends_at > clock.now(session)),
        Person.is_active,
        Person.member_id == MachineClient.member_id,
    )
