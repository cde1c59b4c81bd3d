"""What is left to a person: whose matter it is, and that those people hear of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from agreements import callers as agreements
from agreements import queries as groups
from agreements.callers import Caller
from aid.asking import wording
from foundation import clock
from notifications import actions as notifications
from notifications.alerts import by_mail
from notifications.events import MessageVerdict
from notifications.gateways.base import Channel

TOLD_EVERY = timedelta(minutes=30)
"""People are told once in this time that messages of one member wait: a flood must not become one of alerts."""
URGENT = 1


def keep(
    session: Session, via: Channel, callers: Sequence[Caller], claimed: Caller | None, reason: str, ja: str
) -> MessageVerdict:
    """Leave a message to the people of the member that it speaks for, and to the coordinator of its group.

    They are told that it waits, for it may be a call for help. Of a member's groups the first counts that somebody
    else leads.
    """
    members = {each.member: each for each in callers}
    whose = claimed or (next(iter(members.values())) if len(members) == 1 else None)
    group, watcher = _looked_after(session, whose)
    # A stranger's word makes nothing the claimed member's own: its people see what came from numbers they entered
    own = whose if whose and whose.member in members else None
    if group is not None:
        told = [each for each in (watcher, own.member if own else None) if each is not None]
        _tell(session, group, told, whose, via)
    return MessageVerdict(
        False,
        reason,
        ja,
        member=own.member if own else None,
        municipality=whose.municipality if whose else None,
        watcher=watcher,
        group=group if watcher else None,
    )


def _looked_after(session: Session, whose: Caller | None) -> tuple[str | None, str | None]:
    """Return the group whose matter a message is, and the first of those that lead it and did not write it."""
    only = agreements.only_group(session)
    found = agreements.groups_asking(session, whose.member) if whose else [only] if only else []
    for group in found:
        for leader in agreements.leaders(session, group):
            if whose is None or leader != whose.member:
                return group, leader
    return (found[0] if found else None), None


def _tell(session: Session, group: str, members: Sequence[str], whose: Caller | None, via: Channel) -> None:
    reached = groups.addressees(session, group, members)
    to = [each for member in members for each in reached.get(member, [])]
    notifications.raise_alert(
        session,
        kind=wording.WAITS_FOR_PERSON,
        topic=whose.member if whose else group,
        facts={"name": whose.name if whose else None, "via": via.value},
        wave=_window(clock.now(session)),
        priority=URGENT,
        # What names no member is as likely an advertisement: it wakes nobody at night
        addressees=to if whose else by_mail(to),
    )


def _window(now: datetime) -> int:
    return int(now.timestamp() // TOLD_EVERY.total_seconds())
