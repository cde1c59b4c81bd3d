"""What goes in and out at the inventory's operations."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from foundation.fields import Count, Line, Paragraph, Quantity, Ref, Schema, View
from foundation.paging import PageQuery
from inventory.catalogue import Category

Hours = Annotated[Count, Field(le=8760)]
"""Hours until it can leave, a year at most."""
Days = Annotated[Quantity, Field(le=3660)]
"""Days for which it can be given, ten years at most."""
KindKey = Annotated[str, Field(min_length=1, max_length=32)]
Groups = Annotated[list[Ref], Field(min_length=1, max_length=50)]


class KindView(View):
    """品目: a kind of help that can be declared and asked for."""

    kind: str
    name_ja: str
    name_en: str
    unit: str
    category: Category
    is_remote_possible: bool


class CatalogueView(View):
    """品目一覧: all kinds, in one page."""

    items: list[KindView]


class CapabilityDraft(Schema):
    """支援可能内容の登録: one stock; without `groups` it is offered to all groups of the member."""

    municipality: Ref
    kind: KindKey
    quantity: Quantity
    spec: Line | None = None
    lead_time_hours: Hours
    max_days: Days | None = None
    conditions: Paragraph | None = None
    groups: Groups | None = None


class CapabilityChange(Schema):
    """支援可能内容の変更: what is left out stays. Null empties a field (`groups`: all groups of the member);

    a quantity or lead time can't be emptied and stays.
    """

    quantity: Count | None = None
    spec: Line | None = None
    lead_time_hours: Hours | None = None
    max_days: Days | None = None
    conditions: Paragraph | None = None
    groups: Groups | None = None


class CapabilityFilter(PageQuery):
    """支援可能内容の絞り込み: by member (code or id), kind and group."""

    municipality: Ref | None = None
    kind: KindKey | None = None
    group: Ref | None = None


class CapabilityView(View):
    """支援可能内容: what a member could give; `groups` null means all groups of the member.

    Partners see neither details nor promises: those fields are null where `may_change` is false.
    """

    id: str
    municipality: str | None
    member: str
    kind: str
    quantity: int
    available: int
    lead_time_hours: int
    conditions: str | None
    is_made_up: bool
    may_change: bool
    held: int | None
    committed: int | None
    spec: str | None
    max_days: int | None
    groups: list[str] | None
    updated_at: datetime
    version: int
