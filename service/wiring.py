"""Which event wakes whom, which timer calls what, which words each alert has: for app, worker and cli alike."""

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

import agreements.wording
import aid.asking.wording
import aid.digests.wording
import aid.emergency_access.wording
import aid.wording
import inventory.attachments.wording
import inventory.guests.wording
import inventory.records.wording
import readiness.actions
import readiness.digests.actions
import readiness.digests.wording
import readiness.reachability.actions
import readiness.reachability.wording
import readiness.security.findings
import readiness.security.reminding
import readiness.security.wording
import readiness.wording
import service.identity.wording
from agreements.events import IncidentNamed, MailChanged, MembershipEnded, PersonDisabled
from agreements.people.undeliverable import address_died
from aid.asking import waiting
from aid.asking.receiving import message_arrived
from aid.emergency_access import actions as emergency
from aid.emergency_access import ending as emergency_ending
from aid.emergency_access import queries as emergency_queries
from aid.escalation import actions as escalation
from aid.incidents.listening import incident_named
from aid.offers import ending, listening
from aid.offers import queries as offers
from aid.offers.answering import EXPIRY
from aid.offers.standing import commitment_named
from aid.plans import rounds, sections
from aid.requests import actions as requests
from aid.requests import planned, watching
from aid.requests import queries as request_queries
from aid.requests.alerting import NEXT_WAVE, REPLACE
from foundation.database.unit import Listener
from inventory.events import CommitmentNamed, EmergencyForbidden
from inventory.grants import actions as grants
from inventory.guests import expiry as guest_expiry
from inventory.records.disclosures import tell_owner
from inventory.records.reading import DIGEST
from notifications.events import (
    AddressDied,
    AnswerReceived,
    AnswerVerdict,
    DeliveriesChanged,
    MessageArrived,
    QuestionOpened,
)
from notifications.watching.worker import Upkeep
from notifications.wording import OWN_WORDINGS, Wordings
from readiness.reachability import listening as reachability
from readiness.reachability.wording import REACHABILITY
from service import keys
from service.identity.leaving import mail_changed, person_disabled
from service.record.wording import CHECKPOINT, CheckpointWording
from service.thinking import Thought


def _answer_received(session: Session, event: AnswerReceived) -> AnswerVerdict:
    """Hand an answer to the room that asked."""
    if event.kind == REACHABILITY:
        return reachability.answer_received(session, event)
    return listening.answer_received(session, event)


def _deliveries_changed(session: Session, event: DeliveriesChanged) -> None:
    listening.deliveries_changed(session, event)
    reachability.deliveries_changed(session, event)


LISTENERS: Mapping[type, Listener] = {
    AnswerReceived: _answer_received,
    QuestionOpened: listening.question_opened,
    MessageArrived: message_arrived,
    DeliveriesChanged: _deliveries_changed,
    IncidentNamed: incident_named,
    MailChanged: mail_changed,
    PersonDisabled: person_disabled,
    MembershipEnded: grants.membership_ended,
    CommitmentNamed: commitment_named,
    EmergencyForbidden: emergency_ending.emergency_forbidden,
    AddressDied: address_died,
}

TIMERS: Mapping[str, Callable[..., None]] = {
    NEXT_WAVE: escalation.next_wave,
    escalation.AGAIN: escalation.ask_again,
    REPLACE: escalation.replace_unreachable,
    planned.CALL: planned.called,
    planned.CALL_AGAIN: planned.called_again,
    planned.ROUND: rounds.act,
    waiting.STILL_HELD: waiting.still_held,
    requests.WRITTEN_DUE: requests.remind_written,
    EXPIRY: ending.expire,
    emergency_ending.OPENING: emergency.go_on,
    emergency_ending.END: emergency_ending.run_out,
    emergency_ending.REVIEW: emergency_ending.remind,
    DIGEST: tell_owner,
    keys.RESEAL: keys.go_on,
    guest_expiry.EXPIRY: guest_expiry.expire,
    readiness.actions.TRAINING_REMINDER: readiness.actions.remind,
    readiness.digests.wording.DIGEST: readiness.digests.actions.mail,
    readiness.reachability.actions.FOLLOW_UP: readiness.reachability.actions.follow_up,
    readiness.reachability.actions.YEARLY: readiness.reachability.actions.begin_due,
    readiness.security.findings.FINDING_OVERDUE: readiness.security.reminding.remind,
}

LOCKED_FIRST: Mapping[str, Callable[[Session, str], object]] = {
    NEXT_WAVE: request_queries.request_locked,
    escalation.AGAIN: request_queries.request_locked,
    REPLACE: request_queries.request_locked,
    waiting.STILL_HELD: request_queries.request_locked,
    requests.WRITTEN_DUE: request_queries.request_locked,
    EXPIRY: offers.request_of_locked,
    emergency_ending.OPENING: emergency_queries.access_locked,
    emergency_ending.END: emergency_queries.access_locked,
    emergency_ending.REVIEW: emergency_queries.access_locked,
    guest_expiry.EXPIRY: guest_expiry.guest_of_locked,
    readiness.security.findings.FINDING_OVERDUE: readiness.security.reminding.finding_locked,
}
"""What a timer is about, locked before the timer itself: whoever sets or cancels one holds its subject already, and
two that lock in a circle would end each other."""

THOUGHT_OUT: Mapping[str, Thought] = {planned.ROUND: Thought(rounds.look, rounds.plan, rounds.is_long, sections.cut)}
"""Timers whose act takes long to work out: before its transaction, with none open."""

UPKEEP = (Upkeep(watching.untended, watching.tend), Upkeep(waiting.untended, waiting.tend))
"""What the watch over the outbox looks at in the rooms above."""

AT_START = (readiness.reachability.actions.see_to_the_year,)
"""What a worker sees to when it starts: timers that nobody's act sets."""

WORDINGS: Wordings = {
    **OWN_WORDINGS,
    **agreements.wording.WORDINGS,
    **inventory.attachments.wording.WORDINGS,
    **inventory.guests.wording.WORDINGS,
    **inventory.records.wording.WORDINGS,
    **aid.wording.WORDINGS,
    **aid.asking.wording.WORDINGS,
    **aid.digests.wording.WORDINGS,
    **aid.emergency_access.wording.WORDINGS,
    **readiness.wording.WORDINGS,
    **readiness.digests.wording.WORDINGS,
    **readiness.reachability.wording.WORDINGS,
    **readiness.security.wording.WORDINGS,
    **service.identity.wording.WORDINGS,
    CHECKPOINT: CheckpointWording(),
}
