"""What this room asks the rooms above; `service/wiring.py` names the listeners."""

from dataclasses import dataclass

from foundation.actor import Actor


@dataclass(frozen=True, slots=True)
class Committed:
    """応援決定の内容: who helps whom, in which incident and under which group's agreement."""

    helping: str
    helped: str
    incident: str
    group: str


@dataclass(frozen=True, slots=True)
class CommitmentNamed:
    """応援決定の指定: somebody names a commitment; the listener answers a `Committed`, or None if none stands.

    With `for_change` it can't end before the commit: something is about to hang on it.
    """

    commitment: str
    for_change: bool = False


@dataclass(frozen=True, slots=True)
class EmergencyForbidden:
    """緊急閲覧の承諾の取消し: an owner no longer lets its inventory be read in emergencies in a group."""

    owner: str
    group: str
    by: Actor
