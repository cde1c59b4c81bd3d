"""Whose inventory a path names."""

from foundation.actor import Actor


def is_own(actor: Actor, ref: str) -> bool:
    """Tell whether a code or id names the actor's own member."""
    return actor.member is not None and ref in {actor.member, actor.municipality}
