"""Programs of a member as the API takes and shows them, and their tokens as OAuth 2.0 has them (RFC 6749, 8414)."""

from typing import Annotated

from pydantic import BaseModel, Field

from foundation.fields import Line, Moment, Ref, Schema, View
from service.identity.clients.models import Scope

Scopes = Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]


class ClientDraft(Schema):
    """連携プログラムの登録: what it may do, until when, and who answers for it (else who registers it)."""

    name: Line
    scopes: Scopes
    responsible: Ref | None = None
    ends_at: Moment | None = None


class ClientChange(Schema):
    """連携プログラムの変更: what is left out stays. Switched off, its tokens end at once."""

    name: Line | None = None
    scopes: Scopes | None = None
    responsible: Ref | None = None
    ends_at: Moment | None = None
    is_enabled: bool | None = None


class Rotation(Schema):
    """秘密の交換: the former secret counts for another day, or ends now with all tokens where it may have leaked."""

    ends_former_now: bool = False


class ClientView(View):
    """連携プログラム: its id is its `client_id`."""

    id: str
    member: str
    name: str
    scopes: list[Scope]
    responsible: str
    is_enabled: bool
    made_at: Moment
    ends_at: Moment | None
    former_until: Moment | None = Field(description="Until when the secret before the last rotation counts")


class ClientSecretView(ClientView):
    """連携プログラムと秘密: the secret is shown this once."""

    secret: str


class ClientsView(View):
    """連携プログラムの一覧."""

    items: list[ClientView]
    next: None = None


class TokenRequest(BaseModel):
    """トークンの要求: a form (RFC 6749, 4.4); id and secret may come as HTTP Basic instead."""

    grant_type: str = ""
    scope: str = ""
    client_id: str = ""
    client_secret: str = ""


class TokenAnswer(View):
    """トークン: what the program calls with."""

    access_token: str
    token_type: str
    expires_in: int = Field(description="Seconds")
    scope: str


class TokenError(View):
    """トークンの断り: as RFC 6749, 5.2 has it."""

    error: str
    error_description: str | None = None


class ServerMetadata(View):
    """認可サーバーの情報 (RFC 8414)."""

    issuer: str
    token_endpoint: str
    grant_types_supported: list[str]
    response_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    scopes_supported: list[str]
