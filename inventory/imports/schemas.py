"""What goes in and out when capabilities come as a file."""

from typing import Annotated

from pydantic import Field, StringConstraints

from foundation.fields import Line, Paragraph, Quantity, Ref, Schema, View
from inventory.schemas import Days, Hours, KindKey


class CapabilityFile(Schema):
    """支援可能内容の取り込み: one member's capabilities as a CSV file (UTF-8 or CP932) in Base64."""

    municipality: Ref
    content: Annotated[
        str, StringConstraints(min_length=1, max_length=250_000, pattern=r"^[A-Za-z0-9+/\s]+={0,2}\s*$")
    ]


class CapabilityRow(Schema):
    """取り込みの行: one stock as a line of the file says it."""

    municipality: Ref
    kind: KindKey
    quantity: Quantity
    lead_time_hours: Hours
    max_days: Days | None = None
    spec: Line | None = None
    conditions: Paragraph | None = None


class CapabilityImportView(View):
    """取り込みの結果: how many lines are new, changed, or said what was known."""

    created: Annotated[int, Field(ge=0)]
    changed: Annotated[int, Field(ge=0)]
    same: Annotated[int, Field(ge=0)]
