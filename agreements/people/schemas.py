"""What is said of people, desks and how they are reached."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from agreements.models import ChannelKind, Role
from agreements.schemas import Code
from foundation.fields import LINE, Line, Moment, Ref, Schema, View

Address = Annotated[str, StringConstraints(min_length=1, max_length=254, pattern=LINE)]
"""A mail address or a number as somebody wrote it; the kind of channel says how it is read."""


class PeopleQuery(Schema):
    """担当者の検索: those of one member, by its code or id; the caller's own unless said."""

    member: Ref | None = None
    municipality: Ref | None = None
    cursor: Ref | None = None


class PersonDraft(Schema):
    """担当者の登録: for the caller's own member unless another is named."""

    name: Line
    kana: Line | None = None
    email: Address | None = None
    mobile: Address | None = None
    municipality: Code | None = None
    member: Ref | None = None
    department: Line | None = None


class PersonChange(Schema):
    """担当者の変更: what is given changes, null takes it away."""

    name: Line | None = None
    kana: Line | None = None
    email: Address | None = None
    mobile: Address | None = None
    department: Line | None = None
    is_active: bool | None = None


class RolesChange(Schema):
    """役割の変更: all the roles that the person has from now on."""

    roles: Annotated[list[Role], Field(max_length=len(Role))]


class PersonView(View):
    """担当者. Mail and mobile are for contacts of the same group; whoever runs the service gets null.

    `undeliverable` names those of the two that a server said do not exist; entering them again confirms them.
    """

    id: str
    member: str
    municipality: str | None
    name: str
    kana: str | None
    department: str | None
    email: str | None
    mobile: str | None
    undeliverable: list[Literal["email", "mobile"]]
    roles: list[Role]
    is_active: bool
    created_at: Moment
    version: int


class DeskDraft(Schema):
    """窓口の登録: an office contact that is not a person."""

    name: Line


class DeskView(View):
    """窓口."""

    id: str
    member: str
    municipality: str | None
    name: str


class ChannelDraft(Schema):
    """連絡手段の登録: the service sends by `email` and `sms`, the others are kept for people."""

    kind: ChannelKind
    address: Address
    note: Line | None = None


class ChannelView(View):
    """連絡手段: one way to reach a person or a desk."""

    id: str
    kind: ChannelKind
    address: str | None
    note: str | None
    is_sent_by_service: bool = Field(description="The service sends alerts by it")
    dead_at: Moment | None = Field(description="Since when a server says that it does not exist")
