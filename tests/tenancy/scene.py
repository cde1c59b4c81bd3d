"""The stage of the tenancy tests: everybody who may call, and things that belong to somebody.

Group G is where the things are. Nobody of group H has a part in it. Everybody of group K has left it.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from agreements.models import Contact, Person, TemporaryContact
from foundation import clock
from foundation.ids import new_id
from inventory.guests.models import GuestId, GuestPool, GuestUse
from notifications import codes
from notifications.models import Delivery, InboundMessage
from readiness.security.models import SecurityFinding, SelfCheck, SelfCheckAnswer
from service.identity.actions import issue_operator_token, issue_token
from service.policy import Principal
from tests.api_client import Service
from tests.tenancy.groups import PARTS, STAFF, address, found, mobile

NOBODY = "01900000-0000-7000-8000-000000000000"
"""An id that nothing has."""


class Relation(StrEnum):
    """関係: how the caller stands to the member whose things are asked for."""

    OWN = "own"
    NDA = "nda"
    GROUP = "group"
    OTHER = "other"
    LEFT = "left"


class Caller(StrEnum):
    """呼び出し元: everybody who may call, signed in or not."""

    ANONYMOUS = "anonymous"
    ANSWER_TOKEN = "answer_token"
    STAFF = "staff"
    INVITED = "invited"
    DISASTER_CONTACT = "disaster_contact"
    ICT_CONTACT = "ict_contact"
    DEPUTY = "deputy"
    COORDINATOR = "coordinator"
    ASSOCIATE = "associate"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"

    @property
    def principal(self) -> Principal | None:
        """The column of the policy; None for who is not signed in."""
        if self in {Caller.ANONYMOUS, Caller.ANSWER_TOKEN}:
            return None
        return Principal.CONTACT if self.name.endswith("_CONTACT") else Principal(self.value)


ALONE = (Caller.COORDINATOR, Caller.DEPUTY, Caller.ASSOCIATE, Caller.INVITED)
"""Who has but one member in a group: there the 防災 contact holds an NDA, the 情報 contact none."""
ASKING = ("owner", "coordinator", "deputy")
"""Whose things are asked for that have requests of their own."""
_GROUP_OF = {Relation.OTHER: "H", Relation.LEFT: "K"}
_PART_OF = {Relation.NDA: "under_nda", Relation.GROUP: "bound"}


@dataclass(frozen=True)
class Scene:
    """The stage, set once: how everybody signs in, and what belongs to whom, by the names that paths give it."""

    service: Service
    tokens: dict[str, str]
    things: dict[str, dict[str, Any]]

    def headers(self, caller: Caller, relation: Relation) -> dict[str, str]:
        """Return the credentials of a caller."""
        return (
            {} if caller is Caller.ANONYMOUS else {"Authorization": f"Bearer {self.tokens[_who(caller, relation)]}"}
        )

    def asked_for(self, caller: Caller, relation: Relation) -> dict[str, Any]:
        """Return whose things the caller asks for: its own member's, or those of the owner in group G."""
        found = self.things[caller.value if relation is Relation.OWN and caller in ALONE else "owner"]
        return defaultdict(lambda: NOBODY, found)


def _who(caller: Caller, relation: Relation) -> str:
    if caller in {Caller.OPERATOR, Caller.ANSWER_TOKEN}:
        return caller.value
    group = _GROUP_OF.get(relation, "G")
    if caller in ALONE:
        return address(group, caller.value, "ict" if relation is Relation.GROUP else "disaster")
    function = caller.value.removesuffix("_contact")
    return address(group, _PART_OF.get(relation, "owner"), function)


async def set_stage(service: Service) -> Scene:
    """Found the groups and let everybody in group G have something."""
    ids = await service.database.write(found)
    tokens = await service.database.write(_tokens)
    service.tokens.update(tokens)
    things = {part: await _things(service, ids, part) for part in ("owner", *ALONE)}
    for part in (*ASKING, "associate"):
        things[part] |= await _answering(service, ids, part)
    for part in ("owner", *ALONE):
        by, draft = address("G", part, "disaster"), {"kind": "system", "fields": {"name": "住民情報システム"}}
        things[part]["record"] = await _made(service, by, f"/api/inventory/{ids[f'G.{part}']}/records", draft)
        things[part] |= await service.database.write(_guests, ids, part)
        things[part] |= await service.database.write(_year_of_security, ids[f"G.{part}"], things[part]["person"])
    for part in ASKING:
        things[part] |= await _asking(service, ids, part, things[part]["incident"])
    await service.database.write(_forget_who_entered)
    await service.deliver()
    for part in (*ASKING, "associate"):
        things[part]["id"] = await _inbound(service, part, ids[f"G.{part}"])
        things[part]["token"] = await service.database.read(_answer_token, ids[f"G.{part}"])
    things["invited"]["token"] = things["owner"]["token"]
    return Scene(service, tokens | {"answer_token": things["owner"]["token"]}, things)


def _tokens(session: Session) -> dict[str, str]:
    people = [address(group, part, each) for group in "GHK" for part in PARTS for each in STAFF]
    tokens = {email: issue_token(session, email, assurance=2, days=3650) for email in people}
    return tokens | {"operator": issue_operator_token(session, days=3650)}


def _guests(session: Session, ids: dict[str, str], part: str) -> dict[str, Any]:
    """Let a member have lent a guest ID to a bystander's helper, and have borrowed one of a bystander's."""
    lent, borrowed = (ids[f"G.{part}"], ids["G.bystander"]), (ids["G.bystander"], ids[f"G.{part}"])
    commitment = new_id()
    pool, guest = _guest(session, ids["G"], commitment, *lent)
    _, received = _guest(session, ids["G"], new_id(), *borrowed)
    return {"pool": pool, "guest": guest, "received_guest": received, "commitment": commitment}


def _guest(session: Session, group: str, commitment: str, owner: str, member: str) -> tuple[str, str]:
    now = clock.now(session)
    pool = GuestPool(
        id=new_id(), member_id=owner, name="住民記録", needs_pledge=True, needs_training=False, created_at=now
    )
    guest = GuestId(id=new_id(), pool=pool, label="guest-1", envelope="封筒1番", prepared_at=now)
    session.add_all([pool, guest])
    session.flush()
    session.add(
        GuestUse(
            id=new_id(),
            guest_id=guest.id,
            round=1,
            state="issued",
            commitment_id=commitment,
            incident_id=new_id(),
            group_id=group,
            member_id=member,
            helper="応援 太郎",
            starts_at=now,
            until_at=now + timedelta(days=7),
            reserved_by="person",
            issued_at=now,
            issued_by="person",
        )
    )
    return pool.id, guest.id


def _year_of_security(session: Session, member: str, person: str) -> dict[str, Any]:
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


async def _made(service: Service, by: str, path: str, body: dict[str, Any]) -> str:
    """Make something and return its id."""
    answer = await service.call("POST", path, by=by, json=body)
    assert answer.is_success, f"{path} by {by}: {answer.text}"
    made: str = answer.json()["id"]
    return made


async def _things(service: Service, ids: dict[str, str], part: str) -> dict[str, Any]:
    """Return what every member has: people, desks, contacts and something to give."""
    member, group, by = ids[f"G.{part}"], ids["G"], address("G", part, "disaster")
    people = await service.database.read(_people_of, member)
    desk = await _made(service, by, f"/api/members/{member}/desks", {"name": "当直室"})
    phone = {"kind": "fixed_phone", "address": "0466251111"}
    stock = {"municipality": member, "kind": "printer", "quantity": 5, "lead_time_hours": 4}
    return {
        "name": "console",
        "year": "2026",
        "secret": "secret",
        "group": group,
        "code": member,
        "coordinator": ids["G.coordinator"],
        "bound": ids["G.bound"],
        "nda": ids[f"{part}.nda"],
        "person": people["ict"],
        "staff": people["staff"],
        "channel": await _made(service, by, f"/api/people/{people['ict']}/channels", phone),
        "desk": desk,
        "desk_channel": await _made(service, by, f"/api/desks/{desk}/channels", phone),
        "contact": people["ict_contact"],
        "capability": await _made(service, by, "/api/capabilities", stock),
    }


def _people_of(session: Session, member: str) -> dict[str, str]:
    """Return the ids of the 情報 contact, of its designation in group G, and of the person who is no contact."""
    rows = session.execute(select(Person.id, Person.name).where(Person.member_id == member))
    people = {row.name.partition(".")[0]: row.id for row in rows}
    designation = session.scalars(select(Contact.id).where(Contact.person_id == people["ict"])).first()
    assert designation is not None
    return {"ict": people["ict"], "staff": people["staff"], "ict_contact": designation}


async def _answering(service: Service, ids: dict[str, str], part: str) -> dict[str, Any]:
    """Return what a member has that may answer: in a disaster, another's request and its own offer for it."""
    by, group = address("G", part, "disaster"), ids["G"]
    asker, coordinator = address("G", "bystander", "disaster"), address("G", "coordinator", "disaster")
    opener = asker if part == "associate" else by
    quake = {"name": f"{part}の地震", "kind": "earthquake", "occurred_at": "2026-06-01T10:00:00+09:00"}
    incident = await _made(service, opener, "/api/incidents", quake)
    line = {"kind": "printer", "quantity": 3}
    asked = {"incident": incident, "group": group, "requester": ids["G.bystander"], "lines": [line]}
    other = await _filed(service, asker, asked)
    gives = {
        "municipality": ids[f"G.{part}"],
        "decision": "accept",
        "lines": [{"line": other["line"], "quantity": 1}],
    }
    contact = {"incident": incident, "channel": "sms", "address": "08000099900"}
    course = {"title": "研修", "kind": "annual", "starts_at": "2026-07-01T10:00:00+09:00", "place": "会議室"}
    return {
        "incident": incident,
        "request": other["id"],
        "asked": ids["G.associate"],
        "others_request": other["id"],
        "others_line": other["line"],
        "offer": await _made(service, by, f"/api/requests/{other['id']}/offers", gives),
        "training": await _made(service, coordinator, "/api/trainings", {"group": group, **course}),
        "temporary": await _made(service, by, f"/api/members/{ids[f'G.{part}']}/temporary-contacts", contact),
    }


async def _asking(service: Service, ids: dict[str, str], part: str, incident: str) -> dict[str, Any]:
    """Return what a member has that may ask: its request with an offer for it, and one filed by a proxy."""
    by, partner = address("G", part, "disaster"), address("G", "bystander", "disaster")
    line = {"kind": "pc", "quantity": 3}
    asked = {"incident": incident, "group": ids["G"], "requester": ids[f"G.{part}"], "lines": [line]}
    request, by_proxy = await _filed(service, by, asked), await _filed(service, partner, asked)
    gets = {"decision": "accept", "lines": [{"line": request["line"], "quantity": 1}]}
    seen = {"municipality": ids[f"G.{part}"], "can_help": True}
    reported = await service.call("POST", f"/api/incidents/{incident}/situation", by=by, json=seen)
    assert reported.status_code == 201, reported.text
    answer = {"municipality": ids["G.bystander"], **gets}
    return {
        "request": request["id"],
        "line": request["line"],
        "asked": ids["G.bystander"],
        "unconfirmed": by_proxy["id"],
        "received": await _made(service, partner, f"/api/requests/{request['id']}/offers", answer),
    }


def _forget_who_entered(session: Session) -> None:
    """Whoever entered an address can't confirm it; here somebody did who calls for nothing."""
    session.execute(update(TemporaryContact).values(created_by=None))


async def _filed(service: Service, by: str, draft: dict[str, Any]) -> dict[str, str]:
    answer = await service.call("POST", "/api/requests", by=by, json=draft)
    assert answer.status_code == 201, answer.text
    return {"id": answer.json()["id"], "line": answer.json()["lines"][0]["id"]}


async def _inbound(service: Service, part: str, member: str) -> str:
    """Let a member's contact write an SMS that nobody can place; return the message's id."""
    fields = {"from": mobile("G", part, "disaster"), "to": "1", "text": "hello", "id": member}
    answer = await service.call("GET", "/hooks/sms/console/secret/mo", params=fields)
    assert answer.status_code == 200, answer.text

    def look(session: Session) -> str:
        return session.scalars(select(InboundMessage.id).where(InboundMessage.member == member)).one()

    return await service.database.read(look)


def _answer_token(session: Session, member: str) -> str:
    """Return a link's token that was sent to a member."""
    asked = select(Delivery.id).where(Delivery.member == member, Delivery.token_digest.is_not(None)).limit(1)
    return codes.token_of(session, session.scalars(asked).one())
