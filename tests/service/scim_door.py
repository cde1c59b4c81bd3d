"""A member's directory as a test sees it: a token, and calls in the protocol's own media type."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from agreements.models import PersonRole
from foundation import clock
from service.identity.actions import issue_token
from tests.api_client import Service
from tests.world import World

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
READING = "urn:yuimaru:scim:schemas:extension:reading:1.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Directory:
    """One member's directory."""

    def __init__(self, service: Service, token: str) -> None:
        self.service = service
        self.token = token

    async def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        if "json" in more:
            headers.setdefault("Content-Type", "application/scim+json")
        return await self.service.http.request(method, f"/scim/v2{path}", headers=headers, **more)

    async def create(self, user_name: str = "hanako", *, expect: int = 201, **more: Any) -> Any:
        body = {"schemas": [CORE, ENTERPRISE, READING], "userName": user_name, **more}
        return await self._said("POST", "/Users", expect, json=body)

    async def read(self, user: str, *, expect: int = 200) -> Any:
        return await self._said("GET", f"/Users/{user}", expect)

    async def patch(self, user: str, *operations: dict[str, Any], expect: int = 204) -> Any:
        return await self._said(
            "PATCH", f"/Users/{user}", expect, json={"schemas": [PATCH], "Operations": operations}
        )

    async def search(self, filter_: str, *, expect: int = 200) -> Any:
        return await self._said("GET", "/Users", expect, params={"filter": filter_})

    async def _said(self, method: str, path: str, expect: int, **more: Any) -> Any:
        answer = await self.call(method, path, **more)
        assert answer.status_code == expect, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


async def administrator(service: Service, world: World, code: str) -> str:
    """Make a member's 情報 contact its administrator, signed in with two factors; return the mail address."""

    def give(session: Session) -> str:
        person = world.people[code, "ict"]
        session.add(PersonRole(person_id=person, role="administrator", given_at=clock.now(session)))
        session.flush()
        return issue_token(session, world.email(code, "ict"), assurance=2, days=3650)

    email = world.email(code, "ict")
    service.tokens[email] = await service.database.write(give)
    return email


async def directory(service: Service, world: World, code: str) -> Directory:
    """Return a member's directory with a token that its administrator made."""
    by = await administrator(service, world, code)
    made = await service.call("POST", "/api/directory-tokens", by=by)
    assert made.status_code == 201, made.text
    return Directory(service, made.json()["token"])


@contextmanager
def locks() -> Iterator[list[str | None]]:
    """Collect the tables whose rows are locked, in their order; None where a transaction ends."""
    taken: list[str | None] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if "FOR UPDATE" in statement and (found := re.search(r"FROM (members|people)\b", statement)):
            taken.append(found[1])

    def end(_connection: Any) -> None:
        if taken and taken[-1] is not None:
            taken.append(None)

    event.listen(Engine, "before_cursor_execute", note)
    event.listen(Engine, "commit", end)
    try:
        yield taken
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        event.remove(Engine, "commit", end)
