"""Letting a member's programs in, and out again."""

import secrets
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements.models import Person
from foundation import audit, clock
from foundation.actor import Actor
from foundation.ids import new_id
from foundation.sealing import digest
from service.identity.clients.errors import NOBODY, OtherMembersClient, ResponsibleUnknown
from service.identity.clients.models import ClientToken, MachineClient, Scope
from service.identity.clients.queries import TOKEN, client_of, client_view
from service.identity.clients.schemas import ClientChange, ClientDraft, ClientSecretView, ClientView, Rotation

SECRET = "client-secret"  # noqa: S105 — the name of a purpose, no credential
GRACE = timedelta(hours=24)
BYTES = 32


def register(session: Session, actor: Actor, member: str, draft: ClientDraft) -> ClientSecretView:
    """Let a program in; its secret is shown this once. Raises OtherMembersClient, ResponsibleUnknown."""
    owner = agreements.member_of(session, actor, member).id
    if not actor.acts_for(owner):
        raise OtherMembersClient
    secret = secrets.token_urlsafe(BYTES)
    row = MachineClient(
        id=new_id(),
        member_id=owner,
        name=draft.name,
        responsible_id=_responsible(session, owner, draft.responsible or actor.person),
        scopes=_texts(draft.scopes),
        secret=digest(session, SECRET, secret),
        made_by=str(actor.person),
        made_at=clock.now(session),
        ends_at=draft.ends_at,
    )
    session.add(row)
    _record(session, actor, row, "identity.client_registered", scopes=row.scopes, responsible=row.responsible_id)
    session.flush()
    return ClientSecretView(**client_view(row).model_dump(), secret=secret)


def change(session: Session, actor: Actor, client: str, wanted: ClientChange) -> ClientView:
    """Change a program; switched off, its tokens end at once. Raises ClientNotFound, ResponsibleUnknown."""
    row = client_of(session, actor, client)
    given = wanted.model_fields_set
    if wanted.name is not None:
        row.name = wanted.name
    if wanted.scopes is not None:
        row.scopes = _texts(wanted.scopes)
    if wanted.responsible is not None:
        row.responsible_id = _responsible(session, row.member_id, wanted.responsible)
    if "ends_at" in given:
        row.ends_at = wanted.ends_at
    if wanted.is_enabled is not None:
        row.disabled_at = None if wanted.is_enabled else row.disabled_at or clock.now(session)
    if row.disabled_at is not None:
        _end_tokens(session, row)
    _record(session, actor, row, "identity.client_changed", fields=sorted(given), is_enabled=row.disabled_at is None)
    session.flush()
    return client_view(row)


def rotate(session: Session, actor: Actor, client: str, rotation: Rotation) -> ClientSecretView:
    """Give a program another secret; the former one ends in a day, or now with all tokens. Raises ClientNotFound."""
    row = client_of(session, actor, client)
    secret = secrets.token_urlsafe(BYTES)
    if rotation.ends_former_now:
        row.former_secret, row.former_until = None, None
        _end_tokens(session, row)
    else:
        row.former_secret, row.former_until = row.secret, clock.now(session) + GRACE
    row.secret = digest(session, SECRET, secret)
    _record(session, actor, row, "identity.client_secret_rotated", ends_former_now=rotation.ends_former_now)
    session.flush()
    return ClientSecretView(**client_view(row).model_dump(), secret=secret)


def revoke(session: Session, actor: Actor, text: str) -> None:
    """End the token that a program signs out of."""
    session.execute(delete(ClientToken).where(ClientToken.digest == digest(session, TOKEN, text)))
    audit.record(session, actor, "identity.token_revoked", f"client:{actor.client}")


def _responsible(session: Session, member: str, person: str | None) -> str:
    wanted = select(Person.id).where(Person.id == person, Person.member_id == member, Person.is_active)
    found = session.scalar(wanted)
    if found is None:
        raise ResponsibleUnknown(NOBODY)
    return found


def _end_tokens(session: Session, row: MachineClient) -> None:
    session.execute(delete(ClientToken).where(ClientToken.client_id == row.id))


def _texts(scopes: list[Scope]) -> list[str]:
    return sorted({each.value for each in scopes})


def _record(session: Session, actor: Actor, row: MachineClient, act: str, **facts: object) -> None:
    audit.record(session, actor, act, f"client:{row.id}", chain=row.member_id, **facts)
