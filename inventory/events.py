"""What this room asks of those above it (the listeners stand in `service/wiring.py`)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IncidentNamed:
    """災害の指定: somebody reads an inventory for an incident; the verdict is whether it is open."""

    incident: str
