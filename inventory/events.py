"""What this room asks the rooms above; `service/wiring.py` names the listeners."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Committed:
    """応援決定の内容: who helps whom, in which incident and under which group's agreement."""

    helping: str
    helped: str
    incident: str
    group: str


@dataclass(frozen=True, slots=True)
class CommitmentNamed:
    """応援決定の指定: somebody names a commitment; the listener answers a `Committed`, or None if none stands."""

    commitment: str
