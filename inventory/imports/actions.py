"""Writing capabilities that come as a file: all of it or nothing, few statements however many lines."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements.errors import MemberNotFound
from agreements.models import Member
from foundation import audit, clock
from foundation.actor import Actor
from foundation.database.statements import insert_rows, table_of
from foundation.ids import new_id
from foundation.problems import FieldError, Problem
from foundation.problems import Language as Said
from inventory import queries
from inventory.actions import UNKNOWN_MEMBER
from inventory.errors import InvalidCapability, KeptByRecord, LessThanPromised, NotYourInventory
from inventory.imports.rows import MOST_ERRORS, Declared, at_line
from inventory.imports.schemas import CapabilityImportView
from inventory.models import Capability

IMPORTED = "inventory.import"
VALUES = ("quantity", "lead_time_hours", "max_days", "spec", "conditions")
_AT_ONCE = 500
"""Members whose rows are read by one statement."""
Key = tuple[str, str, str | None]


def take_in(session: Session, actor: Actor, rows: Sequence[Declared]) -> CapabilityImportView:
    """Write what a file declares: a line changes the stock of its member, kind and spec, or is a new one.

    What the file does not name stays. Raises NotYourInventory, InvalidCapability with all that is wrong.
    """
    members = _members(session, actor, rows)
    standing = _standing(session, set(members.values()))
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    errors: list[FieldError] = []
    for each in rows:
        member = members[each.row.municipality]
        row = standing.get((member, each.row.kind, each.row.spec))
        if row is None:
            new.append(_new(session, member, each))
        elif values := _changes(row, each):
            errors += _refusals(row, each)
            changed.append({"the_id": row.id, "member": member, **values})
    if errors:
        raise InvalidCapability(*errors[:MOST_ERRORS])
    _write(session, new, changed)
    _keep(session, actor, new, changed)
    return CapabilityImportView(created=len(new), changed=len(changed), same=len(rows) - len(new) - len(changed))


def _members(session: Session, actor: Actor, rows: Sequence[Declared]) -> dict[str, str]:
    """Return the member behind each code or id. One out of the actor's sight is refused like an unknown one."""
    may_keep = queries.keeper_for(session, actor)
    found: dict[str, str] = {}
    unknown: set[str] = set()
    errors = []
    for each in rows:
        named = each.row.municipality
        if named not in found and named not in unknown:
            try:
                found[named] = agreements.member_of(session, actor, named).id
            except MemberNotFound:
                unknown.add(named)
                errors.append(at_line(each.line, UNKNOWN_MEMBER))
    if errors:
        raise InvalidCapability(*errors[:MOST_ERRORS])
    if not all(may_keep(member) for member in found.values()):
        raise NotYourInventory
    return found


def _standing(session: Session, members: Iterable[str]) -> dict[Key, Capability]:
    """Return the members' live rows, locked: no promise passes them meanwhile.

    The members are locked first: a file that comes twice at the same moment finds the rows that the other made.
    """
    found: dict[Key, Capability] = {}
    ordered = sorted(members)
    for start in range(0, len(ordered), _AT_ONCE):
        locking = select(Member.id).where(Member.id.in_(ordered[start : start + _AT_ONCE])).order_by(Member.id)
        session.execute(locking.with_for_update(key_share=True))
    for start in range(0, len(ordered), _AT_ONCE):
        statement = select(Capability).where(
            Capability.member_id.in_(ordered[start : start + _AT_ONCE]), Capability.withdrawn_at.is_(None)
        )
        for row in session.scalars(statement.order_by(Capability.id).with_for_update()):
            found.setdefault((row.member_id, row.kind, row.spec), row)
    return found


def _new(session: Session, member: str, declared: Declared) -> dict[str, Any]:
    said = declared.row
    return {
        "id": new_id(),
        "member_id": member,
        "kind": said.kind,
        "held": 0,
        "committed": 0,
        "is_for_all_groups": True,
        "is_made_up": False,
        "updated_at": clock.now(session),
        "withdrawn_at": None,
        "record_id": None,
        "version": 1,
        **{name: getattr(said, name) for name in VALUES},
    }


def _changes(row: Capability, declared: Declared) -> Mapping[str, Any]:
    """Return the values of a line, unless the row says them all."""
    values = {name: getattr(declared.row, name) for name in VALUES}
    return {} if all(getattr(row, name) == value for name, value in values.items()) else values


def _refusals(row: Capability, declared: Declared) -> Iterator[FieldError]:
    promised = row.held + row.committed
    if row.record_id is not None and declared.row.quantity != row.quantity:
        yield _as_error(declared.line, KeptByRecord(record=row.record_id))
    elif declared.row.quantity < promised:
        yield _as_error(declared.line, LessThanPromised(promised=promised, held=row.held, committed=row.committed))


def _as_error(line: int, problem: Problem) -> FieldError:
    error = FieldError("/quantity", problem.code(), problem.detail(Said.JA), problem.detail(Said.EN))
    return at_line(line, error)


def _write(session: Session, new: Sequence[Mapping[str, Any]], changed: Sequence[Mapping[str, Any]]) -> None:
    insert_rows(session, Capability, *new)
    if changed:
        now = clock.now(session)
        session.execute(_CHANGE, [{**each, "now": now} for each in changed])
        session.expire_all()


def _keep(
    session: Session, actor: Actor, new: Sequence[Mapping[str, Any]], changed: Sequence[Mapping[str, Any]]
) -> None:
    """Write one audit row for each member whose capabilities are others now."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in new:
        counts[each["member_id"]]["created"] += 1
    for each in changed:
        counts[each["member"]]["changed"] += 1
    for member, count in sorted(counts.items()):
        facts = {"created": count["created"], "changed": count["changed"]}
        audit.record(session, actor, IMPORTED, f"inventory:{member}", chain=member, owner=member, **facts)


_CAPABILITIES = table_of(Capability)
_CHANGE = (
    update(_CAPABILITIES)
    .where(_CAPABILITIES.c.id == bindparam("the_id"))
    .values(
        {name: bindparam(name) for name in VALUES}
        | {"updated_at": bindparam("now"), "version": _CAPABILITIES.c.version + 1}
    )
)
