"""The stage of the tenancy tests: everybody who may call, and things that belong to somebody.

Group G is where the things are. Nobody of group H has a part in it. Everybody of group K has left it.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements.models import Contact, Person
from agreements.nda_models import Nda, NdaScan
from agreements.ndas.queries import SCAN
from aid.emergency_access.models import EmergencyAccess
from aid.models import Commitment, RequestLine
from foundation import clock
from foundation.ids import new_id
from foundation.sealing import digest, seal, seal_bytes
from inventory.directory import queueing
from inventory.directory.claiming import PLACE
from inventory.directory.models import DirectoryTask, MemberDirectory
from inventory.guests.models import GuestId, GuestPool, GuestUse
from notifications import codes
from notifications.mailbox.tags import Mailbox
from notifications.models import Delivery, InboundMessage
from readiness.security.models import SecurityFinding, SelfCheck, SelfCheckAnswer
from service.identity.actions import issue_operator_token, issue_token
from service.identity.clients.models import ClientToken, MachineClient, Scope
from service.identity.clients.queries import MARK, TOKEN
from service.identity.providers.models import DirectoryLink, IdentityProvider
from service.identity.scim.models import DirectoryToken
from service.policy import Principal
from tests.api_client import Service
from tests.foundation.documents.samples import png
from tests.tenancy.groups import PARTS, STAFF, address, forget_who_entered, found, mobile
from tests.tenancy.plans import planned

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
    CLIENT = "client"

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
CLIENTS = (("G", "owner"), ("G", "under_nda"), ("G", "bound"), ("H", "owner"), ("K", "owner"))
"""Whose programs call."""
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


def take_mail_in(service: Service) -> None:
    """Open the mail hook, by the secret of the others."""
    state = service.app.state
    state.settings = state.settings.model_copy(update={"mail_hook_secret": "secret"})
    state.gateways = replace(state.gateways, mailbox=Mailbox("yuimaru", "in.demo.example"))


async def set_stage(service: Service) -> Scene:
    """Found the groups and let everybody in group G have something."""
    take_mail_in(service)
    ids = await service.database.write(found)
    tokens = await service.database.write(_tokens)
    service.tokens.update(tokens)
    things = {part: {**await _things(service, ids, part), "gateway": "console"} for part in ("owner", *ALONE)}
    for part in (*ASKING, "associate"):
        things[part] |= await _answering(service, ids, part)
    for part in ("owner", *ALONE):
        by, draft = address("G", part, "disaster"), {"kind": "system", "fields": {"name": "住民情報システム"}}
        things[part]["record"] = await _made(service, by, f"/api/inventory/{ids[f'G.{part}']}/records", draft)
        things[part] |= await service.database.write(_guests, ids, part)
        things[part] |= await service.database.write(_year_of_security, ids[f"G.{part}"], things[part]["person"])
        things[part]["attachment"] = await _attached(service, by, ids[f"G.{part}"], things[part]["record"])
        await service.database.write(_scanned, ids, part)
    things = {part: found | await service.database.write(_provider, ids, part) for part, found in things.items()}
    for part in ASKING:
        things[part] |= await _asking(service, ids, part, things[part]["incident"])
        things[part] |= await service.database.write(_emergencies, ids, part, things[part])
    await service.database.write(forget_who_entered)
    await service.deliver()
    for part in (*ASKING, "associate"):
        things[part]["id"] = await _inbound(service, part, ids[f"G.{part}"], ids["G"])
        things[part]["token"] = await service.database.read(_answer_token, ids[f"G.{part}"])
    things["invited"]["token"] = things["owner"]["token"]
    return Scene(service, tokens | {"answer_token": things["owner"]["token"]}, things)


def _tokens(session: Session) -> dict[str, str]:
    people = [address(group, part, each) for group in "GHK" for part in PARTS for each in STAFF]
    tokens = {email: issue_token(session, email, assurance=2, days=3650) for email in people}
    clients = {address(group, part, "client"): _client_token(session, group, part) for group, part in CLIENTS}
    return tokens | clients | {"operator": issue_operator_token(session, days=3650)}


def _client_token(session: Session, group: str, part: str) -> str:
    """Let a member's program in, with all that a program can be given, and return its token."""
    person = agreements.person_by_email(session, address(group, part, "administrator"))
    assert person is not None
    now, text = clock.now(session), MARK + new_id()
    scopes = [each.value for each in Scope]
    row = MachineClient(
        id=new_id(),
        member_id=person.member_id,
        name="台帳連携",
        responsible_id=person.id,
        scopes=scopes,
        secret=b"",
        made_by=person.id,
        made_at=now,
    )
    session.add(row)
    session.flush()
    kept, ends_at = digest(session, TOKEN, text), now + timedelta(days=3650)
    session.add(ClientToken(id=new_id(), client_id=row.id, digest=kept, scopes=scopes, made_at=now, ends_at=ends_at))
    return text


def _provider(session: Session, ids: dict[str, str], part: str) -> dict[str, Any]:
    """Let a member's people sign in elsewhere, the 情報 contact having done so."""
    member, now = ids[f"G.{part}"], clock.now(session)
    people = _people_of(session, member)
    row = IdentityProvider(
        id=new_id(),
        member_id=member,
        issuer="https://login.example",
        client_id="yuimaru",
        secret_sealed=b"",
        two_factor_acr=[],
        two_factor_amr=[],
        is_enabled=True,
        made_by="operator",
        made_at=now,
    )
    session.add(row)
    session.add(
        DirectoryLink(
            id=new_id(),
            member_id=member,
            issuer=row.issuer,
            subject=people["ict"],
            person_id=people["ict"],
            made_at=now,
            used_at=now,
        )
    )
    return {"provider": row.id, "client": _client(session, member)}


def _client(session: Session, member: str) -> str:
    """Return the id of a member's program, made where it has none."""
    known = session.scalar(select(MachineClient.id).where(MachineClient.member_id == member))
    row = MachineClient(
        id=new_id(),
        member_id=member,
        name="台帳連携",
        responsible_id=_people_of(session, member)["ict"],
        scopes=["inventory.read"],
        secret=b"",
        made_by="administrator",
        made_at=clock.now(session),
    )
    if known is None:
        session.add(row)
    return known or row.id


async def _attached(service: Service, by: str, member: str, record: str) -> str:
    path = f"/api/inventory/{member}/records/{record}/attachments"
    form = {"title": "構成図", "disclosure": "nda"}
    answer = await service.call("POST", path, by=by, data=form, files={"file": ("図.png", png())})
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["id"]
    return made


def _scanned(session: Session, ids: dict[str, str], part: str) -> None:
    """Let the NDA of a member's contact be one that was signed on paper."""
    nda = session.get_one(Nda, ids[f"{part}.nda"])
    sealed = seal_bytes(session, nda.member_id, SCAN, nda.id, png())
    session.add(NdaScan(nda_id=nda.id, kind="png", size=len(png()), sealed=sealed))


def _guests(session: Session, ids: dict[str, str], part: str) -> dict[str, Any]:
    """Let a member have lent a guest ID to a bystander's helper, and have borrowed one of a bystander's."""
    lent, borrowed = (ids[f"G.{part}"], ids["G.bystander"]), (ids["G.bystander"], ids[f"G.{part}"])
    commitment = new_id()
    pool, guest = _guest(session, ids["G"], commitment, *lent)
    use = session.scalars(select(GuestUse.id).where(GuestUse.guest_id == guest)).one()
    directory = _directory(session, lent[0], guest, use)
    _, received = _guest(session, ids["G"], new_id(), *borrowed)
    return {"pool": pool, "guest": guest, "received_guest": received, "commitment": commitment, **directory}


def _directory(session: Session, member: str, guest: str, use: str) -> dict[str, Any]:
    """Let a member have a directory inside, which nobody calls, with an account to be opened, and a token for it."""
    now, token = clock.now(session), new_id()
    session.add_all(
        [
            MemberDirectory(
                member_id=member,
                base_url="https://127.0.0.1/scim/v2",
                token_sealed=seal(session, member, PLACE, member, "token-of-a-directory"),
                is_on=True,
                changed_by="person",
                changed_at=now,
            ),
            DirectoryToken(
                id=token,
                member_id=member,
                digest=token.encode(),
                made_by="person",
                made_at=now,
                ends_at=now + timedelta(days=365),
            ),
        ]
    )
    session.flush()
    queueing.want_enabled(session, member, guest, use, "guest-1", now + timedelta(days=7))
    task = session.scalars(select(DirectoryTask.id).where(DirectoryTask.guest_id == guest)).one()
    return {"directory_task": task, "directory_token": token}


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


def _emergencies(session: Session, ids: dict[str, str], part: str, things: dict[str, Any]) -> dict[str, Any]:
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
            person_id=_people_of(session, bystander)["ict"],
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
        "rule": await service.database.write(planned, request["id"], ids["G.bystander"]),
        "request": request["id"],
        "line": request["line"],
        "asked": ids["G.bystander"],
        "unconfirmed": by_proxy["id"],
        "received": await _made(service, partner, f"/api/requests/{request['id']}/offers", answer),
    }


async def _filed(service: Service, by: str, draft: dict[str, Any]) -> dict[str, str]:
    answer = await service.call("POST", "/api/requests", by=by, json=draft)
    assert answer.status_code == 201, answer.text
    return {"id": answer.json()["id"], "line": answer.json()["lines"][0]["id"]}


async def _inbound(service: Service, part: str, member: str, group: str) -> str:
    """Let a member's contact write an SMS that nobody can place, kept for those who lead; return its id."""
    fields = {"from": mobile("G", part, "disaster"), "to": "1", "text": "hello", "id": member}
    answer = await service.call("GET", "/hooks/sms/console/secret/mo", params=fields)
    assert answer.status_code == 200, answer.text

    kept = update(InboundMessage).where(InboundMessage.member == member).values(watching_group=group)
    return str(await service.database.write(lambda session: session.scalar(kept.returning(InboundMessage.id))))


def _answer_token(session: Session, member: str) -> str:
    """Return a link's token that was sent to a member."""
    asked = select(Delivery.id).where(Delivery.member == member, Delivery.token_digest.is_not(None)).limit(1)
    return codes.token_of(session, session.scalars(asked).one())
