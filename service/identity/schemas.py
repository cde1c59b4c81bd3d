"""Who is signed in, as the API shows it."""

from foundation.fields import View


class MembershipView(View):
    """所属: a group in which the person's member takes part, and the person's roles there."""

    group: str
    municipality: str | None
    member: str
    roles: list[str]


class MeView(View):
    """本人: the person behind the token."""

    person: str | None
    name: str
    email: str | None
    mode: str
    assurance: int
    memberships: list[MembershipView]
