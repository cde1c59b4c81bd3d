"""How everybody gets in: the tokens of people, programs and operators, and a sign-in elsewhere."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from foundation import clock
from foundation.ids import new_id
from foundation.sealing import digest
from service.identity.actions import issue_operator_token, issue_token
from service.identity.clients.models import ClientToken, MachineClient, Scope
from service.identity.clients.queries import MARK, TOKEN
from service.identity.providers.models import DirectoryLink, IdentityProvider
from tests.tenancy.callers import CLIENTS
from tests.tenancy.groups import PARTS, STAFF, address, people_of


def tokens_of_all(session: Session) -> dict[str, str]:
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


def provider(session: Session, ids: dict[str, str], part: str) -> dict[str, Any]:
    """Let a member's people sign in elsewhere, the 情報 contact having done so."""
    member, now = ids[f"G.{part}"], clock.now(session)
    people = people_of(session, member)
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
        responsible_id=people_of(session, member)["ict"],
        scopes=["inventory.read"],
        secret=b"",
        made_by="administrator",
        made_at=clock.now(session),
    )
    if known is None:
        session.add(row)
    return known or row.id
