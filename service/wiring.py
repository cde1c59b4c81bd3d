"""Which event wakes whom, which timer calls what, which words each alert has: for app, worker and cli alike."""

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

import aid.wording
import readiness.actions
import readiness.wording
import service.identity.wording
from agreements.events import IncidentNamed
from aid.incidents import listening as incidents
from aid.offers import ending, listening
from aid.offers.answering import EXPIRY
from aid.requests import actions as requests
from aid.requests.alerting import NEXT_WAVE
from foundation.database.unit import Listener
from notifications.events import AnswerReceived, DeliveriesChanged, QuestionOpened
from notifications.wording import OWN_WORDINGS, Wordings
from service.record.wording import CHECKPOINT, CheckpointWording

LISTENERS: Mapping[type, Listener] = {
    IncidentNamed: incidents.incident_named,
    AnswerReceived: listening.answer_received,
    QuestionOpened: listening.question_opened,
    DeliveriesChanged: listening.deliveries_changed,
}

TIMERS: Mapping[str, Callable[[Session, str], None]] = {
    NEXT_WAVE: requests.next_wave,
    requests.WRITTEN_DUE: requests.remind_written,
    EXPIRY: ending.expire,
    readiness.actions.TRAINING_REMINDER: readiness.actions.remind,
}

WORDINGS: Wordings = {
    **OWN_WORDINGS,
    **aid.wording.WORDINGS,
    **readiness.wording.WORDINGS,
    **service.identity.wording.WORDINGS,
    CHECKPOINT: CheckpointWording(),
}
