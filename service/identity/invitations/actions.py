"""Letting somebody in for the first time, or again after a loss: another contact of the member vouches for them."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from agreements import authority
from agreements import permissions as rights
from agreements import queries as agreements
from agreements.models import Member, Person
from agreements.people.queries import person_of
from agreements.visibility import may_be_brought_in
from foundation import audit, clock
from foundation.actor import TWO_FACTORS, Actor
from foundation.ids import new_id
from foundation.problems import Forbidden, StepUpNeeded
from foundation.sealing import digest
from notifications.sealed_facts import sealed
from service.identity import notices
from service.identity.actions import PersonUnknown
from service.identity.codes.actions import void_codes
from service.identity.factors import require_vouching
from service.identity.invitations.errors import AskAdministrator, AskAnother, InvitationGone, NoMailAddress
from service.identity.invitations.schemas import InvitationDraft, InvitationView
from service.identity.limits import actions as limits
from service.identity.models import ApiToken, Ending, Invitation, Method, Passkey, Password
from service.identity.passwords.actions import forget_totp, set_password
from service.identity.people import claimed_by_id, words_of
from service.identity.providers.models import DirectoryLink
from service.identity.sessions import actions as sessions
from service.identity.sessions.actions import Proof
from service.identity.sessions.schemas import SignedInView
from service.identity.wording import INVITATION

PURPOSE = "invitation"
OPERATOR = Actor(None, "運用者", None, is_operator=True)
LASTS = timedelta(hours=72)
BYTES = 24
"""Of randomness in a link: 192 bits."""


@dataclass(frozen=True, slots=True)
class Invited:
    """招待された人: who opened the link, and what their password must not be made of."""

    person: str
    words: tuple[str, ...]


def invite(session: Session, actor: Actor, person_id: str, draft: InvitationDraft, base_url: str) -> InvitationView:
    """Mail a person a link to set a password; a former link no longer counts.

    Raises StepUpNeeded, AskAnother, AskAdministrator, NoMailAddress.
    """
    require_vouching(session, actor)
    person = person_of(session, actor, person_id)
    _require_vouching(session, actor, person.member_id)
    if actor.person == person.id:
        raise AskAnother
    if person.roles and not actor.may(rights.GIVE_ROLES):
        raise AskAdministrator
    if draft.resets_factors and actor.assurance < TWO_FACTORS and not actor.is_operator:
        raise StepUpNeeded
    return _invite(session, actor, person, base_url, resets_factors=draft.resets_factors)


def invite_by_email(session: Session, email: str, base_url: str, *, resets_factors: bool) -> InvitationView:
    """Invite a person as the operator at the machine itself. Raises PersonUnknown."""
    person = agreements.person_by_email(session, email)
    if person is None:
        raise PersonUnknown
    return _invite(session, OPERATOR, person, base_url, resets_factors=resets_factors)


def _invite(session: Session, actor: Actor, person: Person, base_url: str, *, resets_factors: bool) -> InvitationView:
    now = clock.now(session)
    session.execute(
        update(Invitation)
        .where(Invitation.person_id == person.id, Invitation.used_at.is_(None), Invitation.ends_at > now)
        .values(ends_at=now)
        .execution_options(synchronize_session=False)
    )
    token = secrets.token_urlsafe(BYTES)
    row = Invitation(
        id=new_id(),
        person_id=person.id,
        digest=digest(session, PURPOSE, token),
        resets_factors=resets_factors,
        invited_by=actor.person or "operator",
        made_at=now,
        ends_at=now + LASTS,
    )
    session.add(row)
    link = sealed(session, person.member_id, f"{base_url.rstrip('/')}/i/{token}")
    if not notices.send(
        session, person.id, kind=INVITATION, facts={"link": link, "ends_at": row.ends_at.isoformat()}
    ):
        raise NoMailAddress
    audit.record(
        session,
        actor,
        "identity.invited",
        f"person:{person.id}",
        chain=person.member_id,
        invitation=row.id,
        resets_factors=row.resets_factors,
    )
    session.flush()
    return InvitationView(
        id=row.id, person=person.id, resets_factors=row.resets_factors, made_at=row.made_at, ends_at=row.ends_at
    )


def invited_by_link(session: Session, token: str) -> Invited:
    """Return who holds a link that still counts. Raises InvitationGone."""
    person = session.scalar(select(Invitation.person_id).where(*_counts(session, token)))
    claimed = claimed_by_id(session, person)
    if claimed is None:
        raise InvitationGone
    return Invited(claimed.person, tuple(words_of(session, claimed.person)))


def accept(session: Session, token: str, fresh: str, address: str | None) -> SignedInView:
    """Use a link up: set the password, end what was signed in before, sign in. Raises InvitationGone."""
    used = session.execute(
        update(Invitation)
        .where(*_counts(session, token))
        .values(used_at=clock.now(session))
        .returning(Invitation.id, Invitation.person_id, Invitation.resets_factors, Invitation.invited_by)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    claimed = claimed_by_id(session, used.person_id) if used else None
    if used is None or claimed is None:
        raise InvitationGone
    proof = Proof(claimed.person, claimed.name, claimed.member, Method.INVITATION, 1)
    if used.resets_factors:
        _reset_factors(session, claimed.person)
        notices.tell(session, claimed.person, "factors-reset")
    audit.record(
        session,
        proof.actor,
        "identity.invitation_accepted",
        f"person:{claimed.person}",
        invitation=used.id,
        invited_by=used.invited_by,
        resets_factors=used.resets_factors,
    )
    set_password(session, proof.actor, claimed.person, fresh)
    sessions.end_others(session, proof.actor, Ending.CREDENTIALS)
    limits.settle(session, claimed.person, address)
    return sessions.begin(session, proof)


def _counts(session: Session, token: str) -> tuple[ColumnElement[bool], ...]:
    return (
        Invitation.digest == digest(session, PURPOSE, token),
        Invitation.used_at.is_(None),
        Invitation.ends_at > clock.now(session),
    )


def _require_vouching(session: Session, actor: Actor, member: str) -> None:
    """Raise Forbidden unless the actor may let people of a member in.

    The member's own contacts may, an operator, and the coordinator that brings the member in on paper, as long as
    nobody there has come in: whoever signs in for a member reads its inventory.
    """
    authority.require_tending(session, actor, member)
    if actor.is_operator or authority.speaks_for(session, actor, member):
        return
    brought_in = select(Member.id).where(
        Member.id == member, may_be_brought_in(actor, Member.id), ~_has_come_in(Member.id)
    )
    if session.scalar(brought_in) is None:
        raise Forbidden


def _has_come_in(member: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Tell whether any of a member's people has ever set up a sign-in, or has a token."""
    ways = (Password.person_id, Passkey.person_id, ApiToken.person_id, DirectoryLink.person_id)
    return or_(*(exists().where(Person.member_id == member, way == Person.id) for way in ways))


def _reset_factors(session: Session, person: str) -> None:
    """Give up what was lost: app, passkeys and printed codes."""
    forget_totp(session, person)
    void_codes(session, person)
    session.execute(delete(Passkey).where(Passkey.person_id == person))
