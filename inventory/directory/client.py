"""Speaking to a member's directory (SCIM 2.0): this room's one HTTP client. Nothing that is said is logged."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import httpx2
from scim2_client import SCIMClientException
from scim2_client.engines.httpx2 import AsyncSCIMClient
from scim2_models import (
    ListResponse,
    PatchOp,
    PatchOperation,
    SCIMException,
    ScimFilter,
    ScimPolicy,
    ScimProvider,
    SearchRequest,
    ServiceProviderConfig,
    User,
)

from foundation.egress import Egress, EgressRefusedError
from foundation.outward import AnswerRefusedError, GuardedTransport
from inventory.directory.claiming import Target
from inventory.directory.standing import Trouble

LONGEST = 20.0
"""Seconds for all calls of one task; well below a lease (`foundation.leases.LEASE`)."""
CONNECT = 5.0
MOST = 1_000_000
"""Bytes of an answer; a directory with more to say about one account is none."""
PROVIDER = ScimProvider(models=[User], policy=ScimPolicy(unknown=ScimPolicy.Unknown.ignore))

BY_STATUS = {
    HTTPStatus.UNAUTHORIZED: Trouble.UNAUTHORISED,
    HTTPStatus.FORBIDDEN: Trouble.UNAUTHORISED,
    HTTPStatus.NOT_FOUND: Trouble.NOT_THERE,
    HTTPStatus.CONFLICT: Trouble.CONFLICT,
    HTTPStatus.TOO_MANY_REQUESTS: Trouble.BUSY,
    HTTPStatus.SERVICE_UNAVAILABLE: Trouble.BUSY,
}


class DirectoryError(Exception):
    """The directory did not do it."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


class DirectoryClient(AsyncSCIMClient):
    """A client that follows nothing, knows the last answer's status and says in our words what goes wrong."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        super().__init__(client, provider=PROVIDER)
        self.status: int | None = None

    async def request(self, method: str, url: str, **kwargs: Any) -> httpx2.Response:
        """Send one request. Raises DirectoryError where no whole answer comes."""
        self.status = None
        try:
            answer = await self.client.request(method, url, **{**kwargs, "follow_redirects": False})
        except EgressRefusedError as refused:
            raise DirectoryError(Trouble(refused.code)) from None
        except httpx2.TimeoutException:
            raise DirectoryError(Trouble.TIMEOUT) from None
        except AnswerRefusedError:
            raise DirectoryError(Trouble.GARBAGE) from None
        except (httpx2.HTTPError, OSError):
            raise DirectoryError(Trouble.UNREACHABLE) from None
        self.status = answer.status_code
        return answer


async def probe(target: Target, opened: Collection[str]) -> None:
    """Ask the directory what it can, and whether it takes the token. Raises DirectoryError."""
    async with _calling(target, opened) as client:
        await client.query(ServiceProviderConfig)
        await _found(client, "yuimaru-connection-test")


async def enable(target: Target, opened: Collection[str], guest: str, account: str) -> None:
    """Have an account that may be used, made anew or found by our id. Raises DirectoryError."""
    async with _calling(target, opened) as client:
        if await _is_made(client, guest, account, is_active=True):
            return
        found = await _found(client, guest)
        if found is None:
            raise DirectoryError(Trouble.NAME_TAKEN)
        if found.active is not True:
            await _set_active(client, found, is_active=True)


async def disable(target: Target, opened: Collection[str], guest: str, account: str, *, may_exist: bool) -> None:
    """Have no account that may be used. Raises DirectoryError.

    Where it was asked for and is not there, it is made shut: an answer that got lost can't open it later any more.
    """
    async with _calling(target, opened) as client:
        found = await _found(client, guest)
        if found is not None:
            if found.active is not False:
                await _set_active(client, found, is_active=False)
        elif may_exist and not await _is_made(client, guest, account, is_active=False):
            raise DirectoryError(Trouble.CONFLICT)


async def _is_made(client: DirectoryClient, guest: str, account: str, *, is_active: bool) -> bool:
    """Make an account; False where there is one of that name or id already."""
    try:
        await client.create(User(external_id=guest, user_name=account, display_name=account, active=is_active))
    except (SCIMException, SCIMClientException):
        if client.status == HTTPStatus.CONFLICT:
            return False
        raise
    return True


async def _found(client: DirectoryClient, guest: str) -> User[Any] | None:
    """Return the account that carries our id; never another one, whatever the directory answers."""
    wanted: SearchRequest[Any] = SearchRequest(filter=f"externalId eq {ScimFilter.quote(guest)}")
    answer = await client.query(User, query_parameters=wanted)
    if not isinstance(answer, ListResponse):
        raise DirectoryError(Trouble.GARBAGE)
    for each in answer.resources or ():
        if isinstance(each, User) and each.external_id == guest:
            return each
    if answer.total_results:
        raise DirectoryError(Trouble.FILTER_IGNORED)
    return None


async def _set_active(client: DirectoryClient, found: User[Any], *, is_active: bool) -> None:
    change: PatchOperation[Any] = PatchOperation(op=PatchOperation.Op.replace_, path="active", value=is_active)
    await client.modify(User, str(found.id), PatchOp[User[Any]](operations=[change]))


@asynccontextmanager
async def _calling(target: Target, opened: Collection[str]) -> AsyncIterator[DirectoryClient]:
    """Open a client for one task; whatever goes wrong inside comes out as a DirectoryError."""
    client: DirectoryClient | None = None
    try:
        async with asyncio.timeout(LONGEST):
            egress = Egress(frozenset(opened), may_be_plain=True)
            async with httpx2.AsyncClient(
                base_url=target.base_url,
                headers={"Authorization": f"Bearer {target.token}"},
                transport=GuardedTransport(egress, most=MOST),
                timeout=httpx2.Timeout(LONGEST, connect=CONNECT),
                trust_env=False,
            ) as http:
                client = DirectoryClient(http)
                yield client
    except TimeoutError:
        raise DirectoryError(Trouble.TIMEOUT) from None
    except (SCIMException, SCIMClientException):
        raise DirectoryError(_trouble(client.status if client else None)) from None


def _trouble(status: int | None) -> Trouble:
    if status is None:
        return Trouble.GARBAGE
    if status in BY_STATUS:
        return BY_STATUS[HTTPStatus(status)]
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Trouble.SERVER_ERROR
    if status >= HTTPStatus.BAD_REQUEST:
        return Trouble.REFUSED
    return Trouble.REDIRECTED if status >= HTTPStatus.MULTIPLE_CHOICES else Trouble.GARBAGE
