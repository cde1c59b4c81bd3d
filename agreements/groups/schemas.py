"""What is said of agreement groups, their texts and their terms."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints

from agreements.lifecycle import GroupStatus
from agreements.models import AgreementVersion, Group
from agreements.terms import Command, CostCategory, CostRule, Duty, Payer, Terms, WritingRule
from agreements.weights import Weights
from foundation.fields import PARAGRAPH, Day, Line, Moment, Paragraph, Ref, Schema, View

Text = Annotated[str, StringConstraints(min_length=1, max_length=50_000, pattern=PARAGRAPH)]
"""An agreement's whole text."""
Minutes = Annotated[int, Field(ge=1, le=7 * 24 * 60)]
Hours = Annotated[int, Field(ge=1, le=90 * 24)]
Months = Annotated[int, Field(ge=1, le=60)]
Priority = Literal["1", "2", "3", "4"]
Points = Annotated[int, Field(ge=0, le=100_000)]
"""What a circumstance costs a partner in a ranking; no more than a sum of all can hold."""


class GroupDraft(Schema):
    """協定グループの登録. `coordinator` (a code or member id) is for an operator, who belongs to no member."""

    name: Line
    purpose: Paragraph = ""
    coordinator: Ref | None = None


class GroupChange(Schema):
    """協定グループの変更: only what is given changes."""

    name: Line | None = None
    purpose: Paragraph | None = None


class GroupView(View):
    """協定グループ. `coordinator` is its municipality code, or its member id where it has none."""

    id: str
    name: str
    purpose: str
    status: GroupStatus
    coordinator: str | None
    coordinator_member: str | None
    created_at: Moment
    version: int

    @classmethod
    def of(cls, group: Group) -> Self:
        leading = group.coordinator
        return cls(
            id=group.id,
            name=group.name,
            purpose=group.purpose,
            status=GroupStatus(group.status),
            coordinator=(leading.municipality or leading.id) if leading else None,
            coordinator_member=group.coordinator_id,
            created_at=group.created_at,
            version=group.version,
        )


class StepDraft(Schema):
    """段階の変更: where the group goes next."""

    status: GroupStatus


class CoordinatorDraft(Schema):
    """幹事の交代: who coordinates from now on, and who succeeds in which order (unchanged where not given)."""

    coordinator: Ref
    deputies: Annotated[list[Ref], Field(max_length=20)] | None = None


class CostRuleBody(Schema):
    """費用負担の定め: who pays when aid was requested, self-initiated (自主応援), or scouting (先遣)."""

    requested: Payer = CostRule().requested
    self_initiated: Payer = CostRule().self_initiated
    scouting: Payer = CostRule().scouting


class WeightsBody(Schema):
    """照合の重み: how partners are ranked in the group, in points; what is not given has its default."""

    near_km: Annotated[int, Field(ge=0, le=500)] = Weights().near_km
    silent_days: Annotated[int, Field(ge=1, le=3_650)] = Weights().silent_days
    least_fit: Annotated[int, Field(ge=1, le=1_000)] = Weights().least_fit
    late_percent: Annotated[int, Field(ge=0, le=1_000)] = Weights().late_percent
    nda_required: bool = Weights().nda_required
    associates_may_handle_data: bool = Weights().associates_may_handle_data
    delay_cap_minutes: Points = Weights().delay_cap_minutes
    unknown_km: Annotated[int, Field(ge=0, le=20_000)] = Weights().unknown_km
    unknown_lead_hours: Annotated[int, Field(ge=0, le=8_760)] = Weights().unknown_lead_hours
    goods_hour: Points = Weights().goods_hour
    people_hour: Points = Weights().people_hour
    late_hour: Points = Weights().late_hour
    shortfall: Points = Weights().shortfall
    unfit: Points = Weights().unfit
    spec_unconfirmed: Points = Weights().spec_unconfirmed
    other_package: Points = Weights().other_package
    other_vendor: Points = Weights().other_vendor
    shaken_lower: Points = Weights().shaken_lower
    shaken_upper: Points = Weights().shaken_upper
    lightly_hit: Points = Weights().lightly_hit
    hazard: Points = Weights().hazard
    hazard_km: Annotated[int, Field(ge=0, le=500)] = Weights().hazard_km
    shared_data_centre: Points = Weights().shared_data_centre
    load: Points = Weights().load
    answers: Points = Weights().answers
    short_stay: Points = Weights().short_stay
    conditions: Points = Weights().conditions
    cost_talks: Points = Weights().cost_talks
    no_nda: Points = Weights().no_nda


class TermsBody(Schema):
    """協定条件: what is not given has its default; answer minutes go by priority."""

    cost: dict[CostCategory, CostRuleBody] = Field(default_factory=dict)
    may_advance_costs: bool = Terms().may_advance_costs
    command: Command = Terms().command
    period_days: Annotated[int, Field(ge=1, le=366)] = Terms().period_days
    writing: WritingRule = Terms().writing
    written_within_hours: Hours = Terms().written_within_hours
    self_initiated_aid: bool = Terms().self_initiated_aid
    answer_minutes: dict[Priority, Minutes] = Field(default_factory=dict)
    wave_certainty: Annotated[float, Field(ge=0, le=0.99)] = Terms().wave_certainty
    wave_cover: Annotated[float, Field(ge=1, le=20)] = Terms().wave_cover
    wave_minimum: Annotated[int, Field(ge=1, le=100)] = Terms().wave_minimum
    planning_from: Annotated[int, Field(ge=0, le=10_000)] = Terms().planning_from
    offer_expiry_hours: Hours = Terms().offer_expiry_hours
    emergency_access: bool = Terms().emergency_access
    emergency_confirm_minutes: Annotated[int, Field(ge=5, le=240)] = Terms().emergency_confirm_minutes
    duty_months: dict[Duty, Months] = Field(default_factory=dict)
    ranking: WeightsBody = Field(default_factory=WeightsBody)

    def terms(self) -> Terms:
        return Terms.from_json(self.model_dump(mode="json"))

    @classmethod
    def of(cls, terms: Terms) -> Self:
        return cls.model_validate(terms.to_json(), strict=False)


class VersionDraft(Schema):
    """協定書の版の登録: adopted today unless another day is said."""

    text: Text
    terms: TermsBody = Field(default_factory=TermsBody)
    adopted_on: Day | None = None


class VersionView(View):
    """協定書の版: one version of the text with its terms, complete."""

    id: str
    group: str
    number: int
    text: str
    terms: TermsBody
    adopted_on: date | None
    created_at: Moment

    @classmethod
    def of(cls, version: AgreementVersion) -> Self:
        return cls(
            id=version.id,
            group=version.group_id,
            number=version.number,
            text=version.text,
            terms=TermsBody.of(Terms.from_json(version.terms)),
            adopted_on=version.adopted_on,
            created_at=version.created_at,
        )
