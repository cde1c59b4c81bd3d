"""What is said of NDAs and their texts."""

from datetime import date
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StringConstraints

from agreements.nda_models import Nda, NdaVersion
from agreements.secrecy import NdaStatus, NdaWay, standing
from foundation.fields import PARAGRAPH, Day, Line, Moment, Ref, Schema, Statement, View
from foundation.paging import PageQuery

Text = Annotated[str, StringConstraints(min_length=1, max_length=50_000, pattern=PARAGRAPH)]
"""The whole text that people sign."""
Number = Annotated[int, Field(ge=1, le=10_000)]


class NdaVersionDraft(Schema):
    """秘密保持契約書の版の登録: adopted today unless another day is said."""

    text: Text
    adopted_on: Day | None = None


class NdaVersionView(View):
    """秘密保持契約書の版: one version of the text."""

    id: str
    group: str
    number: int
    text: str
    adopted_on: date
    created_at: Moment

    @classmethod
    def of(cls, version: NdaVersion) -> Self:
        return cls(
            id=version.id,
            group=version.group_id,
            number=version.number,
            text=version.text,
            adopted_on=version.adopted_on,
            created_at=version.created_at,
        )


class NdaDraft(Schema):
    """秘密保持契約の署名: `version` is the number of the text that the signer was shown and confirms.

    In the product a person signs for themselves, today. From paper (`way`) somebody notes for a `person` what was
    signed on which day, with a note of where the paper lies. It begins when it is signed and ends with the fiscal
    year, or after the agreement's months, unless an earlier last day is said. A renewal begins up to 60 days ahead.
    """

    version: Number
    way: Literal[NdaWay.IN_PRODUCT, NdaWay.PAPER] = NdaWay.IN_PRODUCT
    person: Ref | None = None
    signed_on: Day | None = None
    starts_on: Day | None = None
    ends_on: Day | None = None
    note: Line | None = None


class NdaScanDraft(Schema):
    """秘密保持契約の写しの登録: the fields of the form beside the signed paper as its file (`file`).

    Without a `person` it is the sender's own. The days are those of `NdaDraft`.
    """

    way: ClassVar[NdaWay] = NdaWay.SCAN
    version: Number
    signed_on: Day
    person: Ref | None = None
    starts_on: Day | None = None
    ends_on: Day | None = None
    note: Line | None = None


class RevocationDraft(Schema):
    """秘密保持契約の終了: why it ends now."""

    reason: Statement


class NdaQuery(PageQuery):
    """秘密保持契約の絞り込み: by member (code or id), those that are in force today alone."""

    member: Ref | None = None
    is_in_force: bool | None = None


class NdaView(View):
    """秘密保持契約: who of which member is bound until when; `is_by_signer` tells whether they noted it themselves.

    The note and the reason of a revocation are for the person's own member, the coordinator and the operator.
    """

    id: str
    group: str
    text_version: int
    person: str
    name: str
    member: str
    municipality: str | None
    way: NdaWay
    is_by_signer: bool
    status: NdaStatus
    signed_on: date
    starts_on: date
    ends_on: date
    recorded_at: Moment
    revoked_at: Moment | None
    note: str | None
    revoked_reason: str | None

    @classmethod
    def of(cls, nda: Nda, today: date, *, is_keeper: bool) -> Self:
        return cls(
            id=nda.id,
            group=nda.group_id,
            text_version=nda.version.number,
            person=nda.person_id,
            name=nda.person.name,
            member=nda.member_id,
            municipality=nda.person.member.municipality,
            way=NdaWay(nda.way),
            is_by_signer=nda.recorded_by == nda.person_id,
            status=standing(nda.starts_on, nda.ends_on, today, is_revoked=nda.revoked_at is not None),
            signed_on=nda.signed_on,
            starts_on=nda.starts_on,
            ends_on=nda.ends_on,
            recorded_at=nda.recorded_at,
            revoked_at=nda.revoked_at,
            note=nda.note if is_keeper else None,
            revoked_reason=nda.revoked_reason if is_keeper else None,
        )
