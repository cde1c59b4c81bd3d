"""A small OpenID Connect provider on loopback that says what a test wants it to say, also what it must not."""

import asyncio
import base64
import hashlib
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, Key
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "yuimaru", "a-secret-that-only-the-two-know"


def key(kid: str = "first") -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})


@dataclass
class Provider:
    """What it answers; every part can be changed by the test. `asked` counts calls by path."""

    issuer: str
    now: Callable[[], datetime]
    key: Key = field(default_factory=key)
    published: list[dict[str, Any]] = field(default_factory=list)
    claims: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    refusal: str = ""
    sign: Callable[[dict[str, Any]], str] | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.published = [self.key.as_dict(private=False)]

    def rotate(self) -> None:
        self.key = key("second")
        self.published = [self.key.as_dict(private=False)]

    def authorise(self, url: str) -> dict[str, str]:
        """Do what the browser and the person there do, and return what the redirect back holds."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        return {"code": code, "state": query["state"]}

    def id_token(self, query: dict[str, str], access_token: str) -> str:
        now = int(self.now().timestamp())
        claims = {
            "iss": self.issuer,
            "sub": "248289761001",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "nonce": query["nonce"],
            "at_hash": at_hash(access_token),
            **self.claims,
        }
        given = {name: value for name, value in claims.items() if value is not None}
        return self.sign(given) if self.sign else signed(given, self.key)

    async def discovery(self, _request: Request) -> Response:
        self.asked.append("discovery")
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
                **self.metadata,
            }
        )

    async def jwks(self, _request: Request) -> Response:
        self.asked.append("jwks")
        return JSONResponse({"keys": self.published})

    async def token(self, request: Request) -> Response:
        self.asked.append("token")
        if self.refusal:
            return JSONResponse({"error": self.refusal}, 400)
        form = await request.form()
        wanted = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        query = self.codes.pop(str(form.get("code")), None)
        verifier = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        is_right = (
            query is not None
            and request.headers.get("authorization") == wanted
            and form.get("redirect_uri") == query["redirect_uri"]
            and base64.urlsafe_b64encode(verifier).rstrip(b"=").decode() == query["code_challenge"]
        )
        if query is None or not is_right:
            return JSONResponse({"error": "invalid_grant"}, 400)
        access_token = secrets.token_urlsafe(16)
        id_token = self.id_token(query, access_token)
        return JSONResponse({"access_token": access_token, "token_type": "Bearer", "id_token": id_token})

    async def userinfo(self, request: Request) -> Response:
        self.asked.append("userinfo")
        assert request.headers["authorization"].startswith("Bearer ")
        return JSONResponse(self.told)


def signed(claims: dict[str, Any], by: Key, algorithm: str = "ES256", **header: Any) -> str:
    found = jwt.encode({"alg": algorithm, "kid": by.kid, **header}, claims, by, [algorithm])
    assert isinstance(found, str)
    return found


def at_hash(access_token: str) -> str:
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode()


@asynccontextmanager
async def serving(now: Callable[[], datetime]) -> AsyncIterator[Provider]:
    """Serve a provider on a free port of loopback."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        issuer = f"http://127.0.0.1:{taken.getsockname()[1]}"
        provider = Provider(issuer, now)
        app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", provider.discovery),
                Route("/jwks", provider.jwks),
                Route("/token", provider.token, methods=["POST"]),
                Route("/userinfo", provider.userinfo),
            ]
        )
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        running = asyncio.create_task(server.serve(sockets=[taken]))
        try:
            yield provider
        finally:
            server.should_exit = True
            await running
