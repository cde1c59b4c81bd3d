"""One delivery as the text that goes out: used by the courier, and again by the demo's message viewer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from notifications.answers import lines_of
from notifications.gateways.base import Channel
from notifications.models import Alert, Question, ReplyCode
from notifications.wording import Mail, Notice, Wordings


@dataclass(frozen=True, slots=True)
class Said:
    """波の内容: what one wave says and asks, as kept: read where it is rendered, so a bad row spoils no other."""

    facts: Mapping[str, Any]
    lines: Sequence[dict[str, object]]


@dataclass(frozen=True, slots=True)
class Content:
    """通知の内容: what an alert's texts are made of, for all its recipients."""

    kind: str
    topic: str
    code: str | None
    waves: Mapping[int, Said]


@dataclass(frozen=True, slots=True)
class Voice:
    """文面と住所: the wordings, the address of the answer page, and the mark for which texts leave room."""

    wordings: Wordings
    base_url: str
    mark: str

    def render(self, content: Content, *, channel: Channel, name: str, wave: int, token: str | None) -> Mail:
        """Return one person's text; an SMS has no subject. `token` is None where nothing is asked."""
        said = content.waves[wave]
        notice = Notice(
            facts=said.facts,
            name=name,
            code=content.code if token else None,
            link=f"{self.base_url.rstrip('/')}/r/{token}" if token else None,
            mark=self.mark,
            lines=lines_of(said.lines),
        )
        wording = self.wordings[content.kind]
        return wording.mail(notice) if channel is Channel.EMAIL else Mail("", wording.sms(notice))


def contents(session: Session, alerts: Sequence[str]) -> dict[str, Content]:
    """Return the alerts' contents by id."""
    wanted = {"alerts": alerts}
    waves: dict[str, dict[int, Said]] = {}
    for alert, wave, facts, lines in session.execute(_QUESTIONS, wanted):
        waves.setdefault(alert, {})[wave] = Said(facts, lines)
    return {
        alert: Content(kind, topic, code, waves.get(alert, {}))
        for alert, kind, topic, code in session.execute(_ALERTS, wanted)
    }


_IDS: BindParameter[Any] = bindparam("alerts", expanding=True)
_ASKED, _RAISED, _CODES = Question.__table__.c, Alert.__table__.c, ReplyCode.__table__.c
_QUESTIONS = select(_ASKED.alert_id, _ASKED.wave, _ASKED.facts, _ASKED.lines).where(_ASKED.alert_id.in_(_IDS))
_ALERTS = (
    select(_RAISED.id, _RAISED.kind, _RAISED.topic, _CODES.code)
    .select_from(Alert.__table__.outerjoin(ReplyCode.__table__))
    .where(_RAISED.id.in_(_IDS))
)
