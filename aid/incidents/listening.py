"""What rooms below ask about incidents."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from aid.lifecycle import IncidentStatus
from aid.models import Incident
from inventory.events import IncidentNamed


def incident_named(session: Session, event: IncidentNamed) -> bool:
    """Tell whether an incident exists and is open: a closed one is no reason to read an inventory any more."""
    is_open = select(Incident.id).where(Incident.id == event.incident, Incident.status == IncidentStatus.OPEN.value)
    return session.scalar(is_open) is not None
