"""What the rooms below ask of incidents."""

from sqlalchemy.orm import Session

from agreements.events import IncidentNamed
from aid.lifecycle import IncidentStatus
from aid.models import Incident


def incident_named(session: Session, event: IncidentNamed) -> bool:
    """Tell whether there is such an incident: a closed one is no reason to look into an inventory any more."""
    found = session.get(Incident, event.incident)
    return found is not None and (found.status == IncidentStatus.OPEN or not event.must_be_open)
