"""Searches that a directory makes before it writes, as SQL: `eq` on what a user is found by, joined by `and`."""

from collections.abc import Callable
from functools import partial

from scim2_models import InvalidFilterException
from scim2_models.path import Comparison, FilterNode
from scim2_models.path.expressions import AttrPath, CompareOperator, LogicalExpr, LogicalOperator, ValuePath
from sqlalchemy import ColumnElement, and_, exists, false, or_, true
from sqlalchemy.orm import Session

from agreements.addresses import search_digest
from agreements.models import Channel, ChannelKind, Person
from service.identity.scim.models import DirectoryPerson
from service.identity.scim.names import external_digest, user_digest
from service.identity.scim.people import is_line

Condition = ColumnElement[bool]
MOST_TERMS = 20
REFUSED = f"Filters: eq on userName, externalId, id, active and emails, at most {MOST_TERMS} joined by and."


def condition(session: Session, node: FilterNode) -> Condition:
    """Return a filter as a condition on people and what is known of them. Raises InvalidFilterException."""
    if _size(node) > MOST_TERMS:
        raise InvalidFilterException(detail=REFUSED)
    return _condition(session, node)


def _condition(session: Session, node: FilterNode) -> Condition:
    if isinstance(node, LogicalExpr) and node.op == LogicalOperator.and_:
        return and_(*(_condition(session, each) for each in node.terms))
    if isinstance(node, ValuePath) and node.sub_attr is None and _named(node.attr_path) == "emails":
        return _of_one_mail(session, node.val_filter)
    if isinstance(node, Comparison) and node.op == CompareOperator.eq:
        return _equal(session, _named(node.attr_path), node.value)
    raise InvalidFilterException(detail=REFUSED)


def _size(node: FilterNode) -> int:
    if isinstance(node, LogicalExpr):
        return sum(_size(each) for each in node.terms)
    return _size(node.val_filter) if isinstance(node, ValuePath) else 1


def _named(path: AttrPath) -> str:
    return ".".join(each.casefold() for each in (path.attr, path.sub_attr) if each)


def _equal(session: Session, attribute: str, value: object) -> Condition:
    ways: dict[str, Callable[[object], Condition]] = {
        "username": partial(_by_user_name, session),
        "externalid": partial(_by_external_id, session),
        "id": _by_id,
        "active": _by_activity,
        "emails": partial(_by_mail, session),
        "emails.value": partial(_by_mail, session),
    }
    if attribute not in ways or (isinstance(value, str) and not is_line(value)):
        raise InvalidFilterException(detail=REFUSED)
    return ways[attribute](value)


def _by_user_name(session: Session, value: object) -> Condition:
    """Find by the name the directory gave, or by the mail address of whom it has not written yet."""
    if not isinstance(value, str):
        return false()
    unknown = and_(DirectoryPerson.person_id.is_(None), or_(_by_mail(session, value), Person.id == value))
    return or_(DirectoryPerson.user_digest == user_digest(session, value), unknown)


def _by_external_id(session: Session, value: object) -> Condition:
    return DirectoryPerson.external_digest == external_digest(session, value) if isinstance(value, str) else false()


def _by_id(value: object) -> Condition:
    return Person.id == value if isinstance(value, str) else false()


def _by_activity(value: object) -> Condition:
    return Person.is_active.is_(value) if isinstance(value, bool) else false()


def _by_mail(session: Session, value: object) -> Condition:
    if not isinstance(value, str):
        return false()
    wanted = search_digest(session, ChannelKind.EMAIL, value.strip())
    return exists().where(
        Channel.person_id == Person.id, Channel.kind == ChannelKind.EMAIL.value, Channel.digest == wanted
    )


def _of_one_mail(session: Session, node: FilterNode) -> Condition:
    """Read `emails[type eq "work" and value eq "…"]`: there is but the one of type work."""
    if isinstance(node, LogicalExpr) and node.op == LogicalOperator.and_:
        return and_(*(_of_one_mail(session, each) for each in node.terms))
    if isinstance(node, Comparison) and node.op == CompareOperator.eq:
        attribute = _named(node.attr_path)
        if attribute == "value" and (not isinstance(node.value, str) or is_line(node.value)):
            return _by_mail(session, node.value)
        if attribute == "type" and isinstance(node.value, str):
            return true() if node.value.casefold() == "work" else false()
    raise InvalidFilterException(detail=REFUSED)
