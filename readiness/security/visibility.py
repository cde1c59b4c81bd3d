"""Whose year it is: everything here belongs to one member and is seen by its own people alone."""

from sqlalchemy import ColumnElement, false

from foundation.actor import Actor
from readiness.security.models import SecurityCycle, SecurityFinding, SecurityPolicy, SelfCheck


def policies_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The statements on the policy of the actor's own member."""
    return SecurityPolicy.member_id == actor.member if actor.member else false()


def sheets_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The self-checks of the actor's own member."""
    return SelfCheck.member_id == actor.member if actor.member else false()


def cycles_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The years of the actor's own member."""
    return SecurityCycle.member_id == actor.member if actor.member else false()


def findings_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The findings about the actor's own member."""
    return SecurityFinding.member_id == actor.member if actor.member else false()
