"""A small group of municipalities, its people as actors, and an incident to act in."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import httpx
from sqlalchemy.orm import Session
from starlette.applications import Starlette

from agreements.models import Contact, Group, GroupMember, Member, Person
from agreements.permissions import SEE_PEOPLE
from aid import permissions
from aid.incidents import actions
from aid.incidents.schemas import IncidentDraft, IncidentView
from aid.models import AidRequest, Ask
from foundation import clock
from foundation.actor import Actor, Membership, Permission
from foundation.database import Database
from foundation.endpoints import routes
from foundation.ids import new_id
from foundation.mode import Mode
from foundation.operations import operations_in

QUAKE = datetime(2026, 6, 1, 2, 46, tzinfo=UTC)
TOME, FUJISAWA, ICHINOSEKI = "042129", "142051", "032093"
CONTACT = frozenset(
    {
        permissions.VIEW_INCIDENTS,
        permissions.VIEW_AID,
        permissions.OPEN_INCIDENT,
        permissions.AMEND_INCIDENT,
        permissions.REPORT_SITUATION,
        permissions.WRITE_CHRONOLOGY,
        SEE_PEOPLE,
    }
)
COORDINATOR = CONTACT | {permissions.COORDINATE, permissions.CLOSE_INCIDENT}


@dataclass(frozen=True)
class Cast:
    """Two groups: `group` with 登米市, 藤沢市 (coordinator) and a company; `other` with 一関市."""

    group: str
    other: str
    tome: Actor
    fujisawa: Actor
    company: Actor
    outsider: Actor


def cast(session: Session) -> Cast:
    group, other = a_group(session, "三自治体協定"), a_group(session, "別の協定")
    return Cast(
        group,
        other,
        tome=an_actor(session, group, "登米市", TOME),
        fujisawa=an_actor(session, group, "藤沢市", FUJISAWA, holds=COORDINATOR),
        company=an_actor(session, group, "応援株式会社", None, kind="associate"),
        outsider=an_actor(session, other, "一関市", ICHINOSEKI),
    )


def a_group(session: Session, name: str) -> str:
    row = Group(id=new_id(), name=name, purpose="", status="in_force", created_at=clock.now(session))
    session.add(row)
    session.flush()
    return row.id


def an_actor(
    session: Session,
    group: str,
    name: str,
    municipality: str | None,
    *,
    kind: str = "member",
    holds: frozenset[Permission] = CONTACT,
) -> Actor:
    """A contact of a new member of the group; called after it: 登米市の担当."""
    now = clock.now(session)
    member = Member(id=new_id(), kind=kind, municipality=municipality, name=name, created_at=now)
    session.add(member)
    session.flush()
    person = Person(id=new_id(), member_id=member.id, name=f"{name}の担当", created_at=now)
    part = GroupMember(id=new_id(), group_id=group, member_id=member.id, status="signed")
    session.add_all([person, part])
    session.flush()
    session.add(
        Contact(id=new_id(), group_id=group, member_id=member.id, person_id=person.id, function="ict", order=1)
    )
    session.flush()
    membership = Membership(group, member.id, municipality, kind, frozenset({"ict"}), holds)
    return Actor(person.id, person.name, member.id, municipality, assurance=1, memberships=(membership,))


def a_draft(**changes: Any) -> IncidentDraft:
    given = {
        "name": "宮城県沖の地震",
        "kind": "earthquake",
        "occurred_at": QUAKE.isoformat(),
        "affected": [{"municipality": TOME, "severity": "6+"}],
    }
    return IncidentDraft.model_validate(given | changes, strict=False)


async def an_incident(database: Database, actor: Actor, **changes: Any) -> IncidentView:
    return await database.write(actions.open_incident, actor, a_draft(**changes), Mode.DRILL)


def a_request(session: Session, incident: str, group: str, requester: str, *, status: str = "open") -> str:
    row = AidRequest(
        id=new_id(),
        number=new_id()[:32],
        incident_id=incident,
        group_id=group,
        requester_id=requester,
        status=status,
        priority=3,
        via="portal",
        is_proxy=False,
        made_at=clock.now(session),
        terms={},
        terms_version=1,
    )
    session.add(row)
    session.flush()
    return row.id


def an_ask(session: Session, request: str, member: str) -> None:
    now = clock.now(session)
    session.add(Ask(request_id=request, member_id=member, wave=1, asked_at=now, due_at=now + timedelta(hours=1)))
    session.flush()


def an_api(database: Database, actor: Actor, *modules: ModuleType) -> httpx.AsyncClient:
    """The modules' operations behind real routing, called as the actor.

    The service is about to stop, so that a stream gives what is there and ends.
    """

    async def gate(_request: object) -> Actor:
        return actor

    app = Starlette(routes=routes(operations_in(*modules)))
    app.state.database, app.state.gate, app.state.mode = database, gate, Mode.DRILL
    app.state.stopping = asyncio.Event()
    app.state.stopping.set()
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test/api")
