"""What goes in and out about situation reports."""

from datetime import datetime

from pydantic import Field

from agreements.schemas import Seat, SeatView
from aid.marks import Mark, Subject
from foundation.fields import Paragraph, Ref, Schema, View


class MarksDraft(Schema):
    """被災状況の記号の入力: what is left out stays as it was reported last."""

    hall: Mark | None = None
    power: Mark | None = None
    network: Mark | None = None
    systems: Mark | None = None
    data: Mark | None = None
    contact_phone: Mark | None = None
    contact_fax: Mark | None = None
    contact_mobile: Mark | None = None
    contact_mail: Mark | None = None
    contact_internet: Mark | None = None
    contact_lgwan: Mark | None = None
    contact_satellite: Mark | None = None
    contact_radio: Mark | None = None
    residents: Mark | None = None
    vendors: Mark | None = None

    def given(self) -> dict[Subject, Mark]:
        """The marks that were given."""
        return {subject: mark for subject in Subject if (mark := getattr(self, subject.value)) is not None}


class SituationDraft(Schema):
    """被災状況の報告: of one's own member, or for another of the same group."""

    municipality: Ref
    can_help: bool
    marks: MarksDraft = Field(default_factory=MarksDraft)
    seat: Seat | None = None
    note: Paragraph | None = None


class MarkView(View):
    """被災状況の記号: with the instant since when it holds."""

    mark: Mark
    label: str
    changed_at: datetime | None


class SituationView(View):
    """被災状況: the state of one member as it was reported last; `reported_by` is the member that said so."""

    id: str
    incident: str
    municipality: str | None
    member: str
    name: str
    can_help: bool
    marks: dict[Subject, MarkView]
    seat: SeatView
    note: str | None
    reported_at: datetime
    reported_by: str | None
    is_proxy: bool
