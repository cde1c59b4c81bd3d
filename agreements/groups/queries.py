"""Reading agreement groups and the versions of their texts."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.groups.schemas import GroupView, VersionView
from agreements.models import AgreementVersion, Group
from agreements.queries import group_open_to
from agreements.visibility import groups_open_to
from foundation.actor import Actor
from foundation.paging import Page, page


def list_groups(session: Session, actor: Actor, cursor: str | None) -> Page[GroupView]:
    return page(session, select(Group).where(groups_open_to(actor)), Group.id, cursor, GroupView.of)


def read_group(session: Session, actor: Actor, group: str) -> GroupView:
    return GroupView.of(group_open_to(session, actor, group))


def list_versions(session: Session, actor: Actor, group: str, cursor: str | None) -> Page[VersionView]:
    """Return the versions of a group's text, the oldest first."""
    found = group_open_to(session, actor, group)
    statement = select(AgreementVersion).where(AgreementVersion.group_id == found.id)
    return page(session, statement, AgreementVersion.id, cursor, VersionView.of, size=20)
