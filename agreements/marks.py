"""Whose eyes a document or an answer was for: the watermark of a reading that is on the record."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.queries import name_of_members
from foundation import clock
from foundation.actor import Actor
from foundation.documents.watermark import Watermark
from foundation.mode import Instance, Mode


def watermark_of(session: Session, actor: Actor, number: str) -> Watermark:
    """Return the mark of what the actor takes out now, under a number of the record."""
    names = name_of_members(session, [actor.member] if actor.member else [])
    member = names[actor.member][1] if actor.member in names else ""
    mode = Mode(session.scalar(select(Instance.mode)) or Mode.LIVE)
    return Watermark(actor.name, member, clock.now(session), number, mode.mark)
