"""By which names a directory knows the member's people: kept while they are its people, blank once they have left."""

import os
from collections.abc import Mapping
from typing import Any

from scim2_models import UniquenessException
from sqlalchemy import delete
from sqlalchemy.orm import Session

from agreements.models import Person
from foundation import audit, clock
from foundation.actor import Actor
from foundation.database.statements import insert_or_skip, insert_rows
from foundation.sealing import BLANK, digest, seal, shown
from service.identity.scim.models import DirectoryPerson

PLACE = "directory_people.user_name"
PLACE_OF_ID = "directory_people.external_id"
PURPOSE = "directory-user-name"
PURPOSE_OF_ID = "directory-external-id"
DIGEST = 32
TAKEN = "Another user has this userName, externalId or mail address."
"""Whose it is, a directory is not told: it may be another member's."""


def user_digest(session: Session, user_name: str) -> bytes:
    """Return what a user name is found by: upper and lower case are the same (RFC 7643 §4.1.1)."""
    return digest(session, PURPOSE, user_name.casefold())


def external_digest(session: Session, external_id: str) -> bytes:
    """Return what a directory's own id is found by: to the letter (RFC 7643 §3.1)."""
    return digest(session, PURPOSE_OF_ID, external_id)


def read_user_name(session: Session, known: DirectoryPerson) -> str:
    """Open the name by which the directory knows a person."""
    return shown(session, known.member_id, PLACE, known.person_id, known.user_name_sealed)


def read_external_id(session: Session, known: DirectoryPerson) -> str | None:
    """Open the directory's own id of a person, None where it gave none."""
    sealed = known.external_id_sealed
    return shown(session, known.member_id, PLACE_OF_ID, known.person_id, sealed) if sealed is not None else None


def keep_names(session: Session, actor: Actor, person: Person, user: Any) -> DirectoryPerson:
    """Keep by which names the directory knows a person. Raises UniquenessException, KeyErased."""
    parts = user.name
    plain = {
        "display_name": user.display_name,
        "family_name": parts.family_name if parts else None,
        "given_name": parts.given_name if parts else None,
        "says_active": user.active is not None,
    }
    row = {
        **_row(session, person),
        **_sealed_name(session, person, user.user_name),
        **_sealed_id(session, person, user.external_id),
        **plain,
        "left_at": None,
    }
    is_new = bool(insert_or_skip(session, DirectoryPerson, row))
    known = session.get(DirectoryPerson, person.id, populate_existing=True)
    if known is None:
        raise UniquenessException(detail=TAKEN)
    differing = ["user_name"] if is_new else _changed(session, person, known, user, plain)
    known.changed_at, known.left_at = clock.now(session), None
    session.flush()
    if differing:
        audit.record(
            session, actor, "identity.directory_person_kept", f"person:{person.id}", fields=sorted(differing)
        )
    return known


def forget_names(session: Session, person: Person) -> None:
    """Blank all names by which the directory knew a person, and keep when they left."""
    blank = {
        "user_name_sealed": BLANK,
        "user_digest": os.urandom(DIGEST),
        "external_id_sealed": None,
        "external_digest": None,
        "display_name": None,
        "family_name": None,
        "given_name": None,
        "says_active": True,
        "left_at": clock.now(session),
    }
    session.execute(delete(DirectoryPerson).where(DirectoryPerson.person_id == person.id))
    insert_rows(session, DirectoryPerson, {**_row(session, person), **blank})


def _changed(session: Session, person: Person, known: DirectoryPerson, user: Any, plain: dict[str, Any]) -> list[str]:
    """Write what differs from what was known; return its names."""
    differing = [name for name, value in plain.items() if getattr(known, name) != value]
    for name in differing:
        setattr(known, name, plain[name])
    if read_user_name(session, known) != user.user_name:
        _put(known, _sealed_name(session, person, user.user_name))
        differing.append("user_name")
    if read_external_id(session, known) != user.external_id:
        _put(known, _sealed_id(session, person, user.external_id))
        differing.append("external_id")
    return differing


def _put(known: DirectoryPerson, values: Mapping[str, bytes | None]) -> None:
    for name, value in values.items():
        setattr(known, name, value)


def _row(session: Session, person: Person) -> dict[str, Any]:
    return {"person_id": person.id, "member_id": person.member_id, "changed_at": clock.now(session)}


def _sealed_name(session: Session, person: Person, user_name: str) -> dict[str, bytes | None]:
    sealed = seal(session, person.member_id, PLACE, person.id, user_name)
    return {"user_name_sealed": sealed, "user_digest": user_digest(session, user_name)}


def _sealed_id(session: Session, person: Person, external_id: str | None) -> dict[str, bytes | None]:
    if external_id is None:
        return {"external_id_sealed": None, "external_digest": None}
    sealed = seal(session, person.member_id, PLACE_OF_ID, person.id, external_id)
    return {"external_id_sealed": sealed, "external_digest": external_digest(session, external_id)}
