"""Everybody who may call, and how they stand to the member whose things are asked for."""

from enum import StrEnum

from service.policy import Principal
from tests.tenancy.groups import address


class Relation(StrEnum):
    """関係: how the caller stands to the member whose things are asked for."""

    OWN = "own"
    NDA = "nda"
    GROUP = "group"
    OTHER = "other"
    LEFT = "left"


class Caller(StrEnum):
    """呼び出し元: everybody who may call, signed in or not."""

    ANONYMOUS = "anonymous"
    ANSWER_TOKEN = "answer_token"
    STAFF = "staff"
    INVITED = "invited"
    DISASTER_CONTACT = "disaster_contact"
    ICT_CONTACT = "ict_contact"
    DEPUTY = "deputy"
    COORDINATOR = "coordinator"
    ASSOCIATE = "associate"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    CLIENT = "client"

    @property
    def principal(self) -> Principal | None:
        """The column of the policy; None for who is not signed in."""
        if self in {Caller.ANONYMOUS, Caller.ANSWER_TOKEN}:
            return None
        return Principal.CONTACT if self.name.endswith("_CONTACT") else Principal(self.value)


ALONE = (Caller.COORDINATOR, Caller.DEPUTY, Caller.ASSOCIATE, Caller.INVITED)
"""Who has but one member in a group: there the 防災 contact holds an NDA, the 情報 contact none."""
ASKING = ("owner", "coordinator", "deputy")
"""Whose things are asked for that have requests of their own."""
CLIENTS = (("G", "owner"), ("G", "under_nda"), ("G", "bound"), ("H", "owner"), ("K", "owner"))
"""Whose programs call."""
_GROUP_OF = {Relation.OTHER: "H", Relation.LEFT: "K"}
_PART_OF = {Relation.NDA: "under_nda", Relation.GROUP: "bound"}


def who_calls(caller: Caller, relation: Relation) -> str:
    if caller in {Caller.OPERATOR, Caller.ANSWER_TOKEN}:
        return caller.value
    group = _GROUP_OF.get(relation, "G")
    if caller in ALONE:
        return address(group, caller.value, "ict" if relation is Relation.GROUP else "disaster")
    function = caller.value.removesuffix("_contact")
    return address(group, _PART_OF.get(relation, "owner"), function)
