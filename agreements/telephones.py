"""The numbers by which people telephone a member: its contacts', its desks', and those entered for an incident."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, literal, or_, select
from sqlalchemy.orm import Session

from agreements.addresses import CHANNEL, TEMPORARY
from agreements.models import Channel, ChannelKind, Contact, Desk, Member, Person, TemporaryContact
from agreements.people import reading
from agreements.people.reading import Shown
from foundation.actor import Actor
from foundation.sealing import KeyErased, unseal

CALLED = (
    ChannelKind.FIXED_PHONE,
    ChannelKind.MOBILE,
    ChannelKind.SMS,
    ChannelKind.SATELLITE_PHONE,
    ChannelKind.DISASTER_RADIO,
    ChannelKind.FAX,
)
"""Ways in the order in which one tries them; a number for SMS is a mobile telephone's."""


@dataclass(frozen=True, slots=True)
class Number:
    """電話番号: one way to telephone a member. `function` and `order` are None where it is for the incident alone."""

    member: str
    holder: str
    name: str
    is_desk: bool
    function: str | None
    order: int | None
    kind: ChannelKind
    number: str
    note: str | None


def disclose_numbers(
    session: Session, actor: Actor, group: str, members: Sequence[str], incident: str
) -> dict[str, list[Number]]:
    """Return, by member, the numbers of its contacts in the group, and record that the actor was shown them.

    A protected read. Temporary contacts count under the rules of `reach.addressees`; a person or desk that is
    contact for both functions stands there once.
    """
    found: dict[str, dict[tuple[str, str], Number]] = defaultdict(dict)
    for statement in (_of_people(group, members), _of_desks(group, members), _temporary(group, members, incident)):
        for each in _opened(session, statement):
            found[each.member].setdefault((each.holder, each.number), each)
    numbers = {member: sorted(each.values(), key=_order) for member, each in found.items()}
    kinds: dict[tuple[str, str], set[str]] = defaultdict(set)
    for each in (number for of_member in numbers.values() for number in of_member):
        kinds[each.member, each.holder].add(each.kind.value)
    reading.record(session, actor, [Shown(*who, tuple(sorted(shown))) for who, shown in kinds.items()])
    return numbers


def _order(number: Number) -> tuple[bool, int, bool, str, int]:
    """Temporary ones first: they are known to work in this incident; then by order, desks before people."""
    rank = CALLED.index(number.kind)
    return number.order is not None, number.order or 0, not number.is_desk, number.holder, rank


def _of_people(group: str, members: Sequence[str]) -> Select[*tuple[Any, ...]]:
    return (
        _channels(CHANNEL, Channel, Person.id, Person.name, Contact.function, Contact.order, is_desk=False)
        .join(Person, Person.id == Channel.person_id)
        .join(Contact, Contact.person_id == Person.id)
        .where(Contact.group_id == group, Contact.member_id.in_(members), Person.is_active)
    )


def _of_desks(group: str, members: Sequence[str]) -> Select[*tuple[Any, ...]]:
    return (
        _channels(CHANNEL, Channel, Desk.id, Desk.name, Contact.function, Contact.order, is_desk=True)
        .join(Desk, Desk.id == Channel.desk_id)
        .join(Contact, Contact.desk_id == Desk.id)
        .where(Contact.group_id == group, Contact.member_id.in_(members))
    )


def _temporary(group: str, members: Sequence[str], incident: str) -> Select[*tuple[Any, ...]]:
    holder = func.coalesce(TemporaryContact.person_id, TemporaryContact.id)
    name = func.coalesce(Person.name, TemporaryContact.label, Member.name)
    is_of_group = TemporaryContact.group_id == group
    return (
        _channels(TEMPORARY, TemporaryContact, holder, name, literal(None), literal(None), is_desk=False)
        .join(Member, Member.id == TemporaryContact.member_id)
        .outerjoin(Person, Person.id == TemporaryContact.person_id)
        .where(
            TemporaryContact.incident_id == incident,
            TemporaryContact.member_id.in_(members),
            or_(is_of_group, TemporaryContact.created_by_member == TemporaryContact.member_id),
            TemporaryContact.confirmed_at.is_not(None),
        )
    )


def _channels(
    place: str, table: Any, holder: Any, name: Any, function: Any, order: Any, *, is_desk: bool
) -> Select[*tuple[Any, ...]]:
    note = table.note if table is Channel else literal(None)
    return select(
        literal(place).label("place"),
        table.id.label("row"),
        table.member_id.label("member"),
        table.kind.label("kind"),
        table.address_sealed.label("sealed"),
        holder.label("holder"),
        name.label("name"),
        function.label("function"),
        order.label("order"),
        note.label("note"),
        literal(is_desk).label("is_desk"),
    ).where(table.kind.in_([each.value for each in CALLED]))


def _opened(session: Session, statement: Select[*tuple[Any, ...]]) -> Iterator[Number]:
    """Open the numbers; those of a member whose keys were erased are nobody's any more."""
    for row in session.execute(statement):
        with suppress(KeyErased):
            yield Number(
                member=row.member,
                holder=row.holder,
                name=row.name,
                is_desk=bool(row.is_desk),
                function=row.function,
                order=row.order,
                kind=ChannelKind(row.kind),
                number=unseal(session, row.member, row.place, row.row, row.sealed),
                note=row.note,
            )
