"""A partner's receipt through the API: it is known there, and will be answered later."""

from sqlalchemy.orm import Session

from agreements import queries as agreements
from aid import permissions
from aid.digests.queries import topics
from aid.escalation import actions, queries, views
from aid.escalation.errors import NotAsked
from aid.escalation.schemas import AskView, ReceiptDraft
from aid.models import Ask
from aid.requests import queries as requests
from aid.requests.alerting import QUESTIONS
from foundation.actor import Actor
from foundation.problems import Forbidden
from notifications import reach


def receive(session: Session, actor: Actor, request: str, draft: ReceiptDraft) -> AskView:
    """Note a receipt for the actor's own member, or as coordinator for any.

    Raises Forbidden, NotAsked, RequestEnded.
    """
    found = requests.request_named(session, actor, request)
    named = agreements.bound_member_named(session, found.group_id, draft.municipality)
    is_theirs = named is not None and actor.acts_for(named.member)
    if not is_theirs and not actor.may(permissions.COORDINATE, group=found.group_id):
        raise Forbidden
    if named is None:
        raise NotAsked
    member = named.member
    actions.note_receipt(session, actor, found.id, member)
    said = reach.standings(session, kind=QUESTIONS, topic=topics(session, found.id, [member]), members=[member])
    is_answered = member in queries.answered(session, found)
    name = named.municipality, named.name
    return views.ask_view(session.get_one(Ask, (found.id, member)), name, said.get(member), is_answered=is_answered)
