"""What a member keeps: attachments and scans, its year of security, the readings of its inventory in a disaster."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from agreements.nda_models import Nda, NdaScan
from agreements.ndas.queries import SCAN
from aid.emergency_access.models import EmergencyAccess
from aid.models import Commitment, RequestLine
from foundation import clock
from foundation.ids import new_id
from foundation.sealing import seal_bytes
from readiness.security.models import SecurityFinding, SelfCheck, SelfCheckAnswer
from tests.api_client import Service
from tests.foundation.documents.samples import png
from tests.tenancy.groups import people_of


async def attached(service: Service, by: str, member: str, record: str) -> str:
    path = f"/api/inventory/{member}/records/{record}/attachments"
    form = {"title": "構成図", "disclosure": "nda"}
    answer = await service.call("POST", path, by=by, data=form, files={"file": ("図.png", png())})
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["id"]
    return made


def scanned(session: Session, ids: dict[str, str], part: str) -> None:
    """Let the NDA of a member's contact be one that was signed on paper."""
    nda = session.get_one(Nda, ids[f"{part}.nda"])
    sealed = seal_bytes(session, nda.member_id, SCAN, nda.id, png())
    session.add(NdaScan(nda_id=nda.id, kind="png", size=len(png()), sealed=sealed))


def year_of_security(session: Session, member: str, person: str) -> dict[str, Any]:
    """Let a member have begun a self-check, and an auditor have found something."""
    now, day = clock.now(session), clock.today(session)
    sheet = SelfCheck(
        id=new_id(),
        member_id=member,
        fiscal_year=2026,
        kind="yearly",
        since_on=day,
        until_on=day,
        filled_at=now,
        started_by=person,
        started_at=now,
    )
    finding = SecurityFinding(
        id=new_id(),
        member_id=member,
        fiscal_year=2026,
        text="共用のID",
        severity="high",
        owner_id=person,
        due_on=day,
        state="open",
        raised_by=person,
        raised_at=now,
    )
    session.add_all([sheet, finding])
    session.flush()
    numbers = {"rows": 1, "faults": 0}
    session.add(SelfCheckAnswer(sheet_id=sheet.id, question="record", numbers=numbers, suggested="good"))
    return {"sheet": sheet.id, "finding": finding.id, "question": "record"}


def emergencies(session: Session, ids: dict[str, str], part: str, things: dict[str, Any]) -> dict[str, Any]:
    """Let a member have committed aid to a bystander, whose person asks to read the member's inventory."""
    now, bystander = clock.now(session), ids["G.bystander"]
    given, access = new_id(), new_id()
    taken = {"offer_id": things["offer"], "line_id": things["others_line"]}
    session.add(Commitment(id=given, quantity=1, at=now, by="person", **taken))
    session.get_one(RequestLine, things["others_line"]).committed = 1
    session.flush()
    session.add(
        EmergencyAccess(
            id=access,
            owner_id=ids[f"G.{part}"],
            member_id=bystander,
            person_id=people_of(session, bystander)["ict"],
            group_id=ids["G"],
            incident_id=things["incident"],
            commitment_id=given,
            reason="復旧の手順を確かめるため",
            undertaking=1,
            minutes=60,
            state="asked",
            asked_at=now,
            opens_at=now + timedelta(minutes=30),
        )
    )
    return {"given": given, "access": access}
