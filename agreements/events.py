"""What this room asks the rooms above; `service/wiring.py` names the listeners."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IncidentNamed:
    """災害の指定: somebody names an incident; the listener tells whether there is one of that id (and it is open)."""

    incident: str
    must_be_open: bool = False
