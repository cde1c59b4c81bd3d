"""Who is calling, and what they may do. Who holds which permission is decided above, in `service/policy.py`."""

from dataclasses import dataclass
from typing import NewType

from foundation.problems import Forbidden

TWO_FACTORS = 2
"""The assurance of a sign-in by two factors; changing persons by PIN stays below it."""
Permission = NewType("Permission", str)
"""操作権限: the opaque name of an act; each room declares its own."""


@dataclass(frozen=True, slots=True)
class Membership:
    """所属: one agreement group in which the actor's member takes part, and as what."""

    group: str
    member: str
    municipality: str | None
    kind: str
    roles: frozenset[str]
    permissions: frozenset[Permission]


@dataclass(frozen=True, slots=True)
class Actor:
    """操作者: a person, an operator or nobody in particular, with everything a rule needs to know of them.

    `assurance` counts the factors shown at sign-in; `session` is the sign-in's id, None for an API token. With
    `is_pin` somebody came back to a shared terminal by a short number alone: good for aid, never for what an NDA
    protects.
    `roles` are those inside the own member; the ones in a group stand in its membership.
    `client` is the member's program that calls by itself, `responsible` the person who answers for it.
    """

    person: str | None
    name: str
    member: str | None
    municipality: str | None = None
    email: str | None = None
    assurance: int = 0
    session: str | None = None
    is_pin: bool = False
    is_operator: bool = False
    memberships: tuple[Membership, ...] = ()
    permissions: frozenset[Permission] = frozenset()
    roles: frozenset[str] = frozenset()
    client: str | None = None
    responsible: str | None = None

    @property
    def mark(self) -> str | None:
        """How rows name who acted: a person's id, `operator`, `client:ID`; None for nobody in particular."""
        if self.client is not None:
            return f"client:{self.client}"
        return self.person or ("operator" if self.is_operator else None)

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups whose matters the actor sees."""
        return tuple(membership.group for membership in self.memberships)

    def may(self, permission: Permission, *, group: str | None = None) -> bool:
        """Tell whether the actor holds a permission, anywhere or in one group."""
        if permission in self.permissions:
            return True
        return any(
            permission in membership.permissions
            for membership in self.memberships
            if group is None or membership.group == group
        )

    def require(self, permission: Permission, *, group: str | None = None) -> None:
        """Raise Forbidden unless the actor holds the permission (in the group)."""
        if not self.may(permission, group=group):
            raise Forbidden

    def acts_for(self, member: str) -> bool:
        """Tell whether the actor belongs to the member."""
        return self.member is not None and self.member == member

    def membership_in(self, group: str) -> Membership | None:
        """Return the actor's part in a group, or None."""
        return next((each for each in self.memberships if each.group == group), None)


ANONYMOUS = Actor(person=None, name="", member=None)
"""Somebody who has not signed in: an answer token or a gateway's hook."""

SYSTEM = Actor(person=None, name="自動", member=None)
"""The service itself, acting on a timer."""
