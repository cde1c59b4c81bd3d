"""The usual steps of somebody who signs in."""

import re
from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.sealing import unseal
from service.identity.actions import issue_token
from service.identity.models import TotpSecret
from service.identity.passwords import totp
from service.identity.passwords.actions import PLACE
from tests.api_client import BASE, Service
from tests.world import TOME, World

GOOD = "みずうみ の ほとり の しろい いえ 37"
OTHER = "orbital teapot marches quietly 9"
LINK = re.compile(rf"{re.escape(BASE)}/i/([A-Za-z0-9_-]+)")


async def invited(service: Service, world: World, function: str = "disaster", **draft: Any) -> str:
    """Let the other contact of 登米市 invite one, and return the link's token as the mail has it."""
    by = world.email(TOME, "ict" if function == "disaster" else "disaster")
    person = world.people[TOME, function]
    vouching = await service.database.write(issue_token, by, assurance=2)
    answer = await as_session(service, vouching, "POST", f"/api/people/{person}/invitation", json=draft)
    assert answer.status_code == 201, answer.text
    await service.deliver()
    return await last_link(service, by, person)


async def last_link(service: Service, by: str, person: str) -> str:
    mails = (await service.call("GET", "/api/messages", by=by)).json()["items"]
    found = [link for mail in mails if (link := LINK.search(mail["text"]))]
    assert found, person
    return found[0].group(1)


async def with_password(service: Service, world: World, function: str = "disaster") -> dict[str, Any]:
    """Accept an invitation with a good password, and return the session."""
    token = await invited(service, world, function)
    answer = await service.http.post("/api/invitations", json={"token": token, "password": GOOD})
    assert answer.status_code == 201, answer.text
    # A new password ends the API tokens: the next call makes another.
    service.tokens.pop(world.email(TOME, function), None)
    signed_in: dict[str, Any] = answer.json()
    return signed_in


async def with_totp(service: Service, session: str) -> tuple[str, str]:
    """Register an app in a session; return its secret and the new session's token."""
    begun = await as_session(service, session, "POST", "/api/me/totp")
    assert begun.status_code == 201, begun.text
    secret = begun.json()["secret"]
    confirmed = await as_session(
        service, session, "POST", "/api/me/totp/confirmation", json={"code": code_now(service, secret)}
    )
    assert confirmed.status_code == 201, confirmed.text
    return secret, confirmed.json()["token"]


def code_now(service: Service, secret: str, steps: int = 0) -> str:
    return totp.code_at(secret, int(service.clock.now().timestamp()) // totp.STEP + steps).decode()


def at(service: Service, address: str) -> httpx.AsyncClient:
    """A client that sits elsewhere."""
    transport = httpx.ASGITransport(app=service.app, client=(address, 4000), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=BASE)


async def as_session(service: Service, token: str, method: str, path: str, **more: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
    return await service.http.request(method, path, headers=headers, **more)


async def sign_in(service: Service, email: str, password: str = GOOD, **more: Any) -> httpx.Response:
    body = {"email": email, "password": password, **more}
    return await service.http.post("/api/sign-in/password", json=body)


async def me(service: Service, token: str) -> int:
    return (await as_session(service, token, "GET", "/api/me")).status_code


def secret_of(session: Session, person: str) -> str:
    row = session.scalars(select(TotpSecret).where(TotpSecret.person_id == person)).one()
    return unseal(session, row.member_id, PLACE, row.id, row.secret_sealed)
