"""From a draft to the rows of a request: who asks, under which terms, and what exactly."""

from datetime import datetime

from sqlalchemy.orm import Session

from agreements import codes
from agreements import queries as agreements
from agreements.queries import BoundMember
from agreements.terms import Terms, WritingRule
from aid import permissions
from aid.lifecycle import RequestStatus, Via, written_due
from aid.models import AidRequest, RequestLine
from aid.requests import errors, lines, numbering
from aid.requests.schemas import RequestDraft
from aid.requests.views import PHONE
from foundation import clock
from foundation.actor import Actor
from foundation.ids import new_id
from foundation.problems import FieldError, Invalid
from foundation.sealing import seal

IN_FORCE = "in_force"


def requester_of(session: Session, actor: Actor, draft: RequestDraft) -> BoundMember:
    """Return the requesting member. Raises GroupNotInForce, Invalid where it isn't bound, RequesterNotYours."""
    if agreements.group_of(session, actor, draft.group).status != IN_FORCE:
        raise errors.GroupNotInForce
    found = agreements.bound_member_named(session, draft.group, draft.requester)
    if found is None:
        raise Invalid(not_bound("/requester", draft.requester))
    if not actor.acts_for(found.member) and actor.membership_in(draft.group) is None:
        raise errors.RequesterNotYours
    return found


def not_bound(pointer: str, named: str) -> FieldError:
    """Return the error of a field that should name a member of the group, as precise as its code allows."""
    try:
        codes.parse(named)
    except codes.WrongCheckDigitError as error:
        return FieldError(pointer, "check-digit", str(error), "The check digit of this code is wrong.")
    except codes.InvalidCodeError:
        pass
    return FieldError(
        pointer,
        "not-a-member",
        "この協定グループの構成団体ではありません。団体コード（6桁）を確かめてください。",
        "This is no member of the group. Please check the six-digit code.",
    )


def request_from(session: Session, actor: Actor, draft: RequestDraft, requester: BoundMember) -> AidRequest:
    version, terms = agreements.terms_in_force(session, draft.group)
    is_proxy = not actor.acts_for(requester.member)
    if is_proxy:
        actor.require(permissions.ASK_BY_PROXY, group=draft.group)
    now = clock.now(session)
    request = AidRequest(
        id=new_id(),
        number=numbering.next_number(session, requester.member, requester.municipality),
        incident_id=draft.incident,
        group_id=draft.group,
        requester_id=requester.member,
        status=(RequestStatus.UNVERIFIED if is_proxy else RequestStatus.OPEN).value,
        priority=draft.priority,
        needed_by=draft.needed_by,
        place=draft.place,
        reason=draft.reason,
        requested_orally_at=draft.requested_orally_at,
        via=(Via.PROXY if is_proxy else draft.via).value,
        is_proxy=is_proxy,
        made_by=actor.person,
        made_by_member=actor.member,
        made_at=now,
        written_due_at=_written_due(terms, draft, now),
        terms=terms.to_json(),
        terms_version=version,
        wave=0,
        tellings=0,
        version=1,
    )
    if draft.contact_phone:
        request.contact_phone_sealed = seal(session, requester.member, PHONE, request.id, draft.contact_phone)
    return request


def _written_due(terms: Terms, draft: RequestDraft, now: datetime) -> datetime:
    """Return when the written form falls due: hours after the oral request, or at once where paper comes first."""
    if terms.writing is WritingRule.WRITTEN_FIRST:
        return now
    return written_due(draft.requested_orally_at or now, terms.written_within_hours)


def line_from(request: str, position: int, asked: lines.Asked) -> RequestLine:
    draft = asked.draft
    return RequestLine(
        id=new_id(),
        request_id=request,
        position=position,
        kind=asked.kind,
        quantity=asked.quantity,
        spec=draft.spec,
        task=draft.task,
        system=draft.system,
        package=draft.package,
        zone=draft.zone,
        disposition=draft.disposition.value,
        committed=0,
        arrived=0,
    )
