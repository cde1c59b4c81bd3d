"""Reading NDAs and their texts."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from agreements import permissions
from agreements.errors import NdaNotFound, NoNdaText
from agreements.marks import watermark_of
from agreements.models import Member
from agreements.nda_models import Nda, NdaScan, NdaVersion
from agreements.ndas.schemas import NdaQuery, NdaVersionView, NdaView
from agreements.queries import group_of, group_open_to
from agreements.visibility import holds_on, ndas_visible_to
from foundation import audit, clock
from foundation.actor import Actor
from foundation.documents.judging.verdict import ContentKind
from foundation.documents.watermark import Watermark
from foundation.paging import Page, page
from foundation.sealing import unseal_bytes

SCAN = "nda_scans.sealed"


@dataclass(frozen=True, slots=True)
class OpenedScan:
    """開いた写し: the file as it was uploaded; with a `mark` it is for a reader of another member."""

    kind: ContentKind
    person: str
    content: bytes
    mark: Watermark | None


def list_versions(session: Session, actor: Actor, group: str, cursor: str | None) -> Page[NdaVersionView]:
    """Return the versions of a group's NDA text, the oldest first."""
    found = group_open_to(session, actor, group)
    statement = select(NdaVersion).where(NdaVersion.group_id == found.id)
    return page(session, statement, NdaVersion.id, cursor, NdaVersionView.of, size=20)


def newest_version(session: Session, group: str) -> NdaVersion:
    """Return the text to sign: the newest adopted by today. Raises NoNdaText."""
    found = session.scalar(
        select(NdaVersion)
        .where(NdaVersion.group_id == group, NdaVersion.adopted_on <= clock.today(session))
        .order_by(NdaVersion.number.desc())
        .limit(1)
    )
    if found is None:
        raise NoNdaText
    return found


def list_of_group(session: Session, actor: Actor, group: str, wanted: NdaQuery) -> Page[NdaView]:
    """Return who signed for a group, as far as the actor may know it."""
    found = group_of(session, actor, group)
    statement = select(Nda).where(Nda.group_id == found.id, ndas_visible_to(actor))
    if wanted.member is not None:
        named = select(Member.id).where(or_(Member.id == wanted.member, Member.municipality == wanted.member))
        statement = statement.where(Nda.member_id.in_(named))
    if wanted.is_in_force is not None:
        holds = holds_on(clock.today(session))
        statement = statement.where(holds if wanted.is_in_force else ~holds)
    return page(session, statement, Nda.id, wanted.cursor, lambda nda: view(session, actor, nda))


def list_own(session: Session, actor: Actor, cursor: str | None) -> Page[NdaView]:
    """Return what the actor signed, also for groups it has left."""
    statement = select(Nda).where(Nda.person_id == actor.person, ndas_visible_to(actor))
    return page(session, statement, Nda.id, cursor, lambda nda: view(session, actor, nda))


def nda_of(session: Session, actor: Actor, nda: str) -> Nda:
    """Return an NDA the actor may see, locked. Raises NdaNotFound."""
    found = session.scalar(
        select(Nda)
        .where(Nda.id == nda, _open_to(actor))
        .with_for_update(of=Nda)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NdaNotFound
    return found


def _open_to(actor: Actor) -> ColumnElement[bool]:
    return or_(Nda.person_id == actor.person, ndas_visible_to(actor))


def view(session: Session, actor: Actor, nda: Nda) -> NdaView:
    """Show an NDA: its note and reason to those who keep it."""
    is_keeper = (
        actor.is_operator or actor.acts_for(nda.member_id) or actor.may(permissions.COORDINATE, group=nda.group_id)
    )
    return NdaView.of(nda, clock.today(session), is_keeper=is_keeper)


def check_signing(session: Session, actor: Actor, group: str) -> None:
    """Raise GroupNotFound, Forbidden or NoNdaText where no paper can be kept: asked before a file is read."""
    found = group_of(session, actor, group)
    actor.require(permissions.SIGN_NDA, group=found.id)
    newest_version(session, found.id)


def is_marked(session: Session, actor: Actor, nda_id: str) -> bool:
    """Tell whether a scan would get the reader's mark: one's own member's does not. Raises NdaNotFound."""
    owner = session.scalar(select(Nda.member_id).where(Nda.id == nda_id, _open_to(actor)))
    if owner is None:
        raise NdaNotFound
    return not actor.acts_for(owner)


def open_scan(session: Session, actor: Actor, nda_id: str) -> OpenedScan:
    """Return the scan of a signed paper, on the record: for the signer's own member and the group's coordinator.

    Raises NdaNotFound.
    """
    nda = nda_of(session, actor, nda_id)
    is_own = actor.acts_for(nda.member_id)
    scan = session.get(NdaScan, nda.id)
    if scan is None or not (is_own or actor.may(permissions.COORDINATE, group=nda.group_id)):
        raise NdaNotFound
    mark = None if is_own else watermark_of(session, actor, audit.new_number(session))
    facts = {"person": nda.person_id, "group": nda.group_id, "number": mark.number if mark else None}
    audit.record(session, actor, "agreements.nda_scan_read", f"nda:{nda.id}", chain=nda.member_id, **facts)
    content = unseal_bytes(session, nda.member_id, SCAN, nda.id, scan.sealed)
    return OpenedScan(ContentKind(scan.kind), nda.person.name, content, mark)
