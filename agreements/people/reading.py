"""The record of who was shown how another member's people are reached: whose, and which fields, never the values."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from foundation import audit
from foundation.actor import Actor

ADDRESSES_READ = "agreements.addresses_read"


@dataclass(frozen=True, slots=True)
class Shown:
    """示した連絡先: a person of a member, and the names of the fields that held an address."""

    member: str
    person: str
    fields: tuple[str, ...]


def record(session: Session, actor: Actor, shown: Iterable[Shown]) -> None:
    """Keep what was shown of other members' people, in their chain and the reader's; one's colleagues are no news."""
    of_members = defaultdict[str, list[Shown]](list)
    for each in shown:
        if each.fields and not actor.acts_for(each.member):
            of_members[each.member].append(each)
    for member, people in sorted(of_members.items()):
        audit.record(
            session,
            actor,
            ADDRESSES_READ,
            f"member:{member}",
            chain=member,
            owner=member,
            people=sorted(each.person for each in people),
            fields=sorted({name for each in people for name in each.fields}),
        )
