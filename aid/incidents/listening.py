"""What the rooms below ask of incidents."""

from sqlalchemy.orm import Session

from agreements.events import IncidentNamed
from aid.models import Incident


def incident_named(session: Session, event: IncidentNamed) -> bool:
    """Tell whether there is such an incident."""
    return session.get(Incident, event.incident) is not None
