"""Identity providers as the API takes and shows them."""

from typing import Annotated

from pydantic import Field, StringConstraints

from foundation.fields import Moment, Schema, View

Issuer = Annotated[str, StringConstraints(min_length=8, max_length=255, pattern=r"^https?://[!-~]+$")]
ClientText = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[!-~]+$")]
Domain = Annotated[
    str, StringConstraints(max_length=253, pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$")
]
Domains = Annotated[list[Domain], Field(max_length=20)]
References = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[!-~]+$")]], Field(max_length=20)
]


class ProviderDraft(Schema):
    """認証基盤の登録: the client as it was set up there, and which `acr` or `amr` values count as two factors.

    `domains` are the operator's to say.
    """

    issuer: Issuer
    client_id: ClientText
    client_secret: ClientText
    domains: Domains = Field(default_factory=list)
    two_factor_acr: References = Field(default_factory=list)
    two_factor_amr: References = Field(default_factory=list)


class ProviderChange(Schema):
    """認証基盤の変更: what is left out stays. Another issuer is another provider."""

    client_id: ClientText | None = None
    client_secret: ClientText | None = None
    domains: Domains | None = None
    two_factor_acr: References | None = None
    two_factor_amr: References | None = None
    is_enabled: bool | None = None


class ProviderView(View):
    """認証基盤: its secret is never shown. `redirect_uri`, its own, is to be entered at the provider."""

    id: str
    member: str
    issuer: str
    client_id: str
    domains: list[str]
    two_factor_acr: list[str]
    two_factor_amr: list[str]
    is_enabled: bool
    redirect_uri: str
    links: int = Field(description="How many people have signed in through it")
    discovered_at: Moment | None = Field(description="When it last said where its pages are")
    failed_at: Moment | None = Field(description="When it last did not answer")


class ProvidersView(View):
    """認証基盤の一覧."""

    items: list[ProviderView]
    next: None = None
