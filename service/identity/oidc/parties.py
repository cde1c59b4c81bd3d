"""The two sides of a sign-in: the client that we are there, and what the provider says of itself."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Client:
    """接続先: the client that a provider knows us as."""

    issuer: str
    client_id: str
    secret: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Discovered:
    """公開情報: where a provider's endpoints are, and its keys."""

    metadata: dict[str, Any]
    jwks: dict[str, Any]
