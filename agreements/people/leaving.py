"""When somebody is disabled or leaves: what they may do ends with them, and comes back by nobody's oversight."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from agreements import cover
from agreements.cover import Place
from agreements.events import PersonDisabled
from agreements.models import Contact, Person
from agreements.nda_models import Nda
from foundation import audit, clock
from foundation.actor import Actor
from foundation.events import emit

REASON = "在籍の終了または停止"
"""Why an NDA ended that nobody ended by itself: its person was disabled or left."""
BY_LEAVING = "leaving"
"""In the place of who ended such an NDA: the next one is noted by somebody else, on paper."""


def disable(session: Session, actor: Actor, person: Person) -> Sequence[Place]:
    """End everything that hangs on an active person; return the places as a contact that they leave empty.

    Roles, designations and NDAs are gone for good: who is enabled again starts with none. Sessions, tokens and
    invitations are ended by whoever keeps them (`PersonDisabled`), in this transaction.
    """
    places = cover.places_of_person(session, person.id)
    cover.lock(session, places)
    roles = sorted(each.role for each in person.roles)
    person.is_active = False
    person.roles.clear()
    session.execute(
        delete(Contact).where(Contact.person_id == person.id).execution_options(synchronize_session=False)
    )
    ndas = _end_ndas(session, person)
    session.flush()
    audit.record(
        session,
        actor,
        "agreements.person_disabled",
        f"person:{person.id}",
        chain=person.member_id,
        roles=roles,
        places=[f"{group}:{function.value}" for group, _, function in places],
        ndas=ndas,
    )
    emit(session, PersonDisabled(person.id, person.member_id, actor))
    return places


def _end_ndas(session: Session, person: Person) -> list[str]:
    running = session.scalars(
        select(Nda).where(Nda.person_id == person.id, Nda.revoked_at.is_(None)).order_by(Nda.id)
    )
    ended = []
    for nda in running.unique():
        nda.revoked_at, nda.revoked_by, nda.revoked_reason = clock.now(session), BY_LEAVING, REASON
        ended.append(nda.id)
    return ended
