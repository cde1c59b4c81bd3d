"""What is said of the designated contacts of a member in a group."""

from typing import Annotated

from pydantic import Field

from agreements.models import ContactFunction
from foundation.fields import Ref, Schema, View

Order = Annotated[int, Field(ge=1, le=99)]


class ContactDraft(Schema):
    """協定担当者の指定: a person or a desk of the member; the next free order unless one is said."""

    person: Ref | None = None
    desk: Ref | None = None
    function: ContactFunction
    order: Order | None = None


class ContactView(View):
    """協定担当者. `missing_functions` is what the member has yet to cover in this group."""

    id: str
    group: str
    member: str
    municipality: str | None
    person: str | None
    desk: str | None
    name: str
    function: ContactFunction
    order: int
    missing_functions: list[ContactFunction]
