"""The watermark as the API tells it."""

from foundation.documents.watermark import Watermark
from inventory.records.schemas import WatermarkView


def view_of(mark: Watermark) -> WatermarkView:
    """Return a mark as the API tells it."""
    return WatermarkView(reader=mark.reader, member=mark.member, at=mark.at, number=mark.number, text=mark.line)
