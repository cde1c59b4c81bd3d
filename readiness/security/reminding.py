"""Reminding of what an auditor found and nobody has put right in time."""

from sqlalchemy.orm import Session

from agreements.queries import mail_contacts, person_addressees
from foundation import audit, clock
from foundation.actor import SYSTEM
from foundation.ids import new_id
from notifications.actions import raise_alert
from notifications.alerts import LOW, by_mail
from readiness.security.findings import FINDING_OVERDUE, schedule_reminder
from readiness.security.lifecycle import FindingState, is_overdue
from readiness.security.models import SecurityFinding


def remind(session: Session, finding: str) -> None:
    """Mail the owner of an overdue finding, and see to the next reminder (called by a timer).

    Where the owner can't be reached any more, the member's contacts are told. What was found stays out of the mail.
    """
    row = finding_locked(session, finding)
    if not is_overdue(FindingState(row.state), row.due_on, clock.today(session)):
        return
    to = by_mail(person_addressees(session, [row.owner_id])) or mail_contacts(session, row.member_id)
    if to:
        facts = {"fiscal_year": row.fiscal_year, "severity": row.severity, "due_on": row.due_on.isoformat()}
        raise_alert(session, kind=FINDING_OVERDUE, topic=new_id(), facts=facts, addressees=to, priority=LOW)
    audit.record(session, SYSTEM, "readiness.finding_reminded", f"finding:{row.id}", chain=row.member_id)
    schedule_reminder(session, row)


def finding_locked(session: Session, finding: str) -> SecurityFinding:
    """Return a finding whose row stays locked to the commit."""
    return session.get_one(SecurityFinding, finding, with_for_update=True, populate_existing=True)
