"""What is said of a group's members."""

from datetime import date

from pydantic import Field

from agreements.models import ContactFunction, MemberKind, MembershipStatus
from agreements.schemas import Code
from foundation.fields import Day, Line, Ref, Schema, View


class MemberDraft(Schema):
    """構成団体の追加: by municipality code, by name where it has none, or by the id it has from another group."""

    municipality: Code | None = None
    kind: MemberKind = MemberKind.MEMBER
    name: Line | None = None
    member: Ref | None = None


class SignatureDraft(Schema):
    """締結: who signed for the member and when; it joins on that day unless another is said."""

    signatory_name: Line
    signatory_title: Line
    signed_on: Day
    joined_on: Day | None = None


class DepartureDraft(Schema):
    """脱退: the last day, today unless said."""

    left_on: Day | None = None


class MemberView(View):
    """構成団体: one member's part in a group; `missing_functions` are contacts it has yet to designate."""

    member: str
    municipality: str | None
    prefecture: str | None
    name: str
    kind: MemberKind
    status: MembershipStatus
    is_coordinator: bool
    deputy_order: int | None
    signatory_name: str | None
    signatory_title: str | None
    signed_on: date | None
    joined_on: date | None
    left_on: date | None
    missing_functions: list[ContactFunction] = Field(default_factory=list)
