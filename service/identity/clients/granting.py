"""The token endpoint's judgement, by Authlib's core (RFC 6749, 4.4): a plain function of a session."""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    ClientCredentialsGrant,
    ClientMixin,
    InvalidClientError,
    InvalidScopeError,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6749.util import extract_basic_authorization
from sqlalchemy import delete
from sqlalchemy.orm import Session

from foundation import audit, clock
from foundation.actor import ANONYMOUS, Actor
from foundation.ids import new_id
from foundation.sealing import digest
from service.identity import notices
from service.identity.clients.actions import SECRET
from service.identity.clients.models import ClientToken, MachineClient
from service.identity.clients.queries import MARK, TOKEN, counting
from service.identity.limits import actions as limits

LASTS = timedelta(minutes=30)
BYTES = 32
METHODS = ("client_secret_basic", "client_secret_post")
SECURE = "https://service.invalid/oauth/token"
"""What Authlib is told of the line: whether it is TLS is the proxy's matter, before whom nothing else is reached."""
UNAUTHENTICATED = {"error": "invalid_client", "error_description": "The client cannot authenticate."}


@dataclass(frozen=True, slots=True)
class Asked:
    """届いた要求: the form and the credentials of a call for a token, and where it comes from."""

    form: Mapping[str, str]
    authorization: str
    address: str | None


@dataclass(frozen=True, slots=True)
class Granted:
    """トークン要求への答え: as HTTP has it; `seconds` where nothing was looked at."""

    status: int
    body: dict[str, Any]
    seconds: int = 0


def grant(session: Session, asked: Asked) -> Granted:
    """Judge a call for a token; wrong secrets count like wrong passwords."""
    if asked.authorization.lower().startswith("basic ") and "client_secret" in asked.form:
        return Granted(400, {"error": "invalid_request", "error_description": "Use one way to authenticate."})
    named = _named(asked)
    known = counting(session, named)
    counters = limits.counters_of(session, f"client:{named}", known.id if known else None, asked.address, None)
    if seconds := limits.lock(session, counters):
        return Granted(429, {}, seconds)
    request = _Request("POST", SECURE, headers={"Authorization": asked.authorization})
    request.payload = BasicOAuth2Payload(dict(asked.form))
    answer: Granted = _Server(session, known, asked).create_token_response(request)
    if answer.body.get("error") == "invalid_client":
        place = limits.place_digest(session, asked.address).hex()[:16]
        chain = known.member_id if known else None
        audit.record(session, ANONYMOUS, "identity.client_refused", f"client:{named}", chain=chain, place=place)
        if limits.count_failure(session, counters) and known is not None:
            notices.tell(session, known.responsible_id, "client-guessed")
        return Granted(401, UNAUTHENTICATED)
    if answer.status == 200 and known is not None:  # noqa: PLR2004 — HTTP's own word for done
        limits.settle(session, known.id, asked.address, counters)
    return answer


def _named(asked: Asked) -> str:
    """Return the id that is claimed, cut to what an id can be: it goes into the record."""
    try:
        basic, _ = extract_basic_authorization({"Authorization": asked.authorization})
    except ValueError:
        basic = None
    text = basic or asked.form.get("client_id", "")
    return "".join(each for each in text if each.isascii() and (each.isalnum() or each == "-"))[:36]


class _Request(OAuth2Request):  # type: ignore[misc]  # authlib carries no types
    """A call for a token whose form was read already."""

    @property
    def form(self) -> Any:
        return self.payload.data


class _Client(ClientMixin):  # type: ignore[misc]  # authlib carries no types
    """Whoever calls: also a stranger, so that an unknown id is answered like a wrong secret."""

    def __init__(self, session: Session, row: MachineClient | None) -> None:
        self._session = session
        self.row = row

    def check_client_secret(self, client_secret: str) -> bool:
        shown = digest(self._session, SECRET, client_secret)
        if self.row is None:
            return False
        kept = [self.row.secret]
        if self.row.former_secret and self.row.former_until and self.row.former_until > clock.now(self._session):
            kept.append(self.row.former_secret)
        return any([hmac.compare_digest(shown, each) for each in kept])  # noqa: C419 — both are looked at, always

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return endpoint == "token" and method in METHODS

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "client_credentials"


class _Grant(ClientCredentialsGrant):  # type: ignore[misc]  # authlib carries no types
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def validate_requested_scope(self) -> None:
        wanted = set((self.request.payload.scope or "").split())
        if not wanted <= set(self.request.client.row.scopes):
            raise InvalidScopeError


class _Server(AuthorizationServer):  # type: ignore[misc]  # authlib carries no types
    """Authlib's server within one transaction: no thread, no request of a framework."""

    def __init__(self, session: Session, known: MachineClient | None, asked: Asked) -> None:
        super().__init__()
        self._session, self._known, self._asked = session, known, asked
        self.register_grant(_Grant)

    def query_client(self, client_id: str) -> _Client:
        is_known = self._known is not None and self._known.id == client_id
        return _Client(self._session, self._known if is_known else None)

    def authenticate_client(self, request: Any, methods: Any, endpoint: str = "token") -> Any:
        try:
            return super().authenticate_client(request, methods, endpoint)
        except UnicodeError:
            raise InvalidClientError(status_code=401) from None

    def generate_token(self, *, client: _Client, **more: Any) -> dict[str, Any]:
        assert client.row is not None
        wanted = (more["scope"] or "").split() or client.row.scopes
        return _issue(self._session, client.row, sorted(set(wanted)))

    def save_token(self, token: dict[str, Any], request: Any) -> None:
        """Do nothing: its digest was kept when it was made."""

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Tell nobody: the record has its row."""

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        return request

    def handle_response(self, status: int, body: dict[str, Any], _headers: Any) -> Granted:
        return Granted(status, dict(body))


def _issue(session: Session, row: MachineClient, scopes: list[str]) -> dict[str, Any]:
    now = clock.now(session)
    session.execute(delete(ClientToken).where(ClientToken.client_id == row.id, ClientToken.ends_at <= now))
    text = MARK + secrets.token_urlsafe(BYTES)
    token = ClientToken(
        id=new_id(),
        client_id=row.id,
        digest=digest(session, TOKEN, text),
        scopes=scopes,
        made_at=now,
        ends_at=now + LASTS,
    )
    session.add(token)
    actor = Actor(None, row.name, row.member_id, client=row.id, responsible=row.responsible_id)
    audit.record(session, actor, "identity.client_token_issued", f"client:{row.id}", scopes=scopes)
    return {
        "access_token": text,
        "token_type": "Bearer",
        "expires_in": int(LASTS.total_seconds()),
        "scope": " ".join(scopes),
    }
