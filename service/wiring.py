"""Which event wakes whom, which timer calls what, which words each alert has: for app, worker and cli alike."""

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

import aid.wording
import inventory.guests.wording
import inventory.records.wording
import readiness.actions
import readiness.security.findings
import readiness.security.reminding
import readiness.security.wording
import readiness.wording
import service.identity.wording
from agreements.events import IncidentNamed, MailChanged
from aid.incidents.listening import incident_named
from aid.offers import ending, listening
from aid.offers.answering import EXPIRY
from aid.offers.standing import commitment_named
from aid.requests import actions as requests
from aid.requests.alerting import NEXT_WAVE
from foundation.database.unit import Listener
from inventory.events import CommitmentNamed
from inventory.guests import expiry as guest_expiry
from inventory.records.disclosures import tell_owner
from inventory.records.reading import DIGEST
from notifications.events import AnswerReceived, DeliveriesChanged, QuestionOpened
from notifications.wording import OWN_WORDINGS, Wordings
from service import keys
from service.identity.notices import mail_changed
from service.record.wording import CHECKPOINT, CheckpointWording

LISTENERS: Mapping[type, Listener] = {
    AnswerReceived: listening.answer_received,
    QuestionOpened: listening.question_opened,
    DeliveriesChanged: listening.deliveries_changed,
    IncidentNamed: incident_named,
    MailChanged: mail_changed,
    CommitmentNamed: commitment_named,
}

TIMERS: Mapping[str, Callable[[Session, str], None]] = {
    NEXT_WAVE: requests.next_wave,
    requests.WRITTEN_DUE: requests.remind_written,
    EXPIRY: ending.expire,
    DIGEST: tell_owner,
    keys.RESEAL: keys.go_on,
    guest_expiry.EXPIRY: guest_expiry.expire,
    readiness.actions.TRAINING_REMINDER: readiness.actions.remind,
    readiness.security.findings.FINDING_OVERDUE: readiness.security.reminding.remind,
}

WORDINGS: Wordings = {
    **OWN_WORDINGS,
    **inventory.guests.wording.WORDINGS,
    **inventory.records.wording.WORDINGS,
    **aid.wording.WORDINGS,
    **readiness.wording.WORDINGS,
    **readiness.security.wording.WORDINGS,
    **service.identity.wording.WORDINGS,
    CHECKPOINT: CheckpointWording(),
}
