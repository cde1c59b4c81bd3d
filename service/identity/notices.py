"""Telling people by mail what happened to their sign-in."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from agreements import queries as agreements
from foundation.ids import new_id
from notifications.actions import raise_alert
from service.identity.wording import NOTICE

PRIORITY = 3


def tell(session: Session, person: str, what: str) -> None:
    """Tell a person by mail that their sign-in changed (`wording.TOLD`)."""
    send(session, person, kind=NOTICE, facts={"what": what})


def send(session: Session, person: str, *, kind: str, facts: Mapping[str, Any]) -> bool:
    """Mail a person; False where they have no mail address."""
    to = agreements.mail_of_person(session, person)
    if to:
        raise_alert(session, kind=kind, topic=new_id(), facts=facts, addressees=to, priority=PRIORITY)
    return bool(to)
