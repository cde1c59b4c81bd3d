"""What this room asks the rooms above; `service/wiring.py` names the listeners."""

from dataclasses import dataclass

from foundation.actor import Actor
from notifications.actions import Addressee


@dataclass(frozen=True, slots=True)
class MailChanged:
    """メールアドレスの変更: people sign in by their mail; `former` are the addresses at which they are told."""

    person: str
    former: tuple[Addressee, ...]


@dataclass(frozen=True, slots=True)
class PersonDisabled:
    """担当者の停止: somebody may do nothing any more; the listener ends how they were signed in, at once."""

    person: str
    member: str
    by: Actor


@dataclass(frozen=True, slots=True)
class MembershipEnded:
    """協定からの脱退: a member leaves a group; what it consented to in it ends, and stays ended if it comes back."""

    member: str
    group: str
    by: Actor


@dataclass(frozen=True, slots=True)
class IncidentNamed:
    """災害の指定: somebody names an incident; the listener tells whether there is one of that id (and it is open)."""

    incident: str
    must_be_open: bool = False
