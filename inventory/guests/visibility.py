"""Who sees which guest IDs: the owner's keepers their own, a helper's member what is meant for its people."""

from sqlalchemy import ColumnElement, false

from foundation.actor import Actor
from inventory import permissions
from inventory.guests.models import GuestPool, GuestUse


def guest_pools_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The pools that the actor's own member keeps."""
    may = actor.member is not None and actor.may(permissions.KEEP_GUESTS)
    return GuestPool.member_id == actor.member if may else false()


def guest_uses_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The uses that are meant for helpers of the actor's own member."""
    may = actor.member is not None and actor.may(permissions.RECEIVE_GUESTS)
    return GuestUse.member_id == actor.member if may else false()
