"""Who is signed in, as the API shows it."""

from pydantic import Field

from foundation.fields import Moment, View


class MembershipView(View):
    """所属: a group in which the person's member takes part, and the person's roles there."""

    group: str
    municipality: str | None
    member: str
    roles: list[str]


class MeView(View):
    """本人: the person behind the token, the member for which they work, and their roles inside it."""

    person: str | None
    name: str
    member: str | None
    municipality: str | None
    roles: list[str]
    email: str | None
    mode: str
    assurance: int
    is_pin: bool
    memberships: list[MembershipView]


class PasskeySummary(View):
    """登録済みのパスキー."""

    id: str
    name: str
    made_at: Moment
    used_at: Moment | None


class FactorsView(View):
    """サインインの方法: what the caller can sign in with."""

    has_password: bool
    has_totp: bool
    codes_left: int = Field(description="Printed codes not used yet")
    passkeys: list[PasskeySummary]
