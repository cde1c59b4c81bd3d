"""The life of an agreement group: which step follows which, and what a step needs."""

from enum import StrEnum

SIGNED_NEEDED = 2
"""An agreement binds at least two."""


class GroupStatus(StrEnum):
    """協定グループの段階: the life cycle of an agreement group."""

    PREPARING = "preparing"
    INVITING = "inviting"
    SIGNED = "signed"
    IN_FORCE = "in_force"
    ENDED = "ended"

    @property
    def ja(self) -> str:
        return _NAMES[self]


class Lack(StrEnum):
    """発効の不足: what a group still lacks for a step."""

    TERMS = "terms"
    SIGNATURES = "signatures"


class StepError(Exception):
    """進められない段階: the wanted status does not follow the present one."""

    def __init__(self, status: GroupStatus, wanted: GroupStatus) -> None:
        super().__init__(f"{status} -> {wanted}")
        self.status = status
        self.wanted = wanted


_NAMES = {
    GroupStatus.PREPARING: "準備会",
    GroupStatus.INVITING: "参加呼びかけ",
    GroupStatus.SIGNED: "締結",
    GroupStatus.IN_FORCE: "発効",
    GroupStatus.ENDED: "終了",
}
# A group may come to nothing before it is in force; nothing leads back, a new agreement is a new group.
_STEPS = {
    GroupStatus.PREPARING: (GroupStatus.INVITING, GroupStatus.ENDED),
    GroupStatus.INVITING: (GroupStatus.SIGNED, GroupStatus.ENDED),
    GroupStatus.SIGNED: (GroupStatus.IN_FORCE, GroupStatus.ENDED),
    GroupStatus.IN_FORCE: (GroupStatus.ENDED,),
    GroupStatus.ENDED: (),
}


def after(status: GroupStatus, wanted: GroupStatus) -> GroupStatus:
    """Return the wanted status where it may follow the present one. Raises StepError."""
    if wanted not in _STEPS[status]:
        raise StepError(status, wanted)
    return wanted


def steps(status: GroupStatus) -> tuple[GroupStatus, ...]:
    """What may follow."""
    return _STEPS[status]


def lacks(wanted: GroupStatus, *, has_terms: bool, signed: int) -> tuple[Lack, ...]:
    """What is missing for a step; `signed` counts the members that have signed and not left."""
    if wanted is not GroupStatus.IN_FORCE:
        return ()
    terms = () if has_terms else (Lack.TERMS,)
    signatures = () if signed >= SIGNED_NEEDED else (Lack.SIGNATURES,)
    return terms + signatures
