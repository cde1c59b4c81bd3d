"""One delivery as the text that goes out: used by the courier, and again by the demo's message viewer."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from notifications.answers import lines_of
from notifications.gateways.base import Channel
from notifications.mailbox.tags import Mailbox
from notifications.models import Alert, Question, ReplyCode
from notifications.sealed_facts import opened
from notifications.wording import Mail, Notice, Wordings, apart


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

    def own(self, wave: int, member: str) -> str:
        """Return what a wave says to one member alone."""
        return apart(self.waves[wave].facts, member)[1]


@dataclass(frozen=True, slots=True)
class Voice:
    """文面と住所: the wordings, the answer page's address, the mark to leave room for, and where mail comes back.

    `has_replies`: some route brings back SMS in answer, so that a mail may name them.
    """

    wordings: Wordings
    base_url: str
    mark: str
    mailbox: Mailbox | None = None
    has_replies: bool = True

    def render(
        self,
        content: Content,
        *,
        channel: Channel,
        name: str,
        wave: int,
        token: str | None,
        own: str = "",
        may_reply_by_sms: bool = True,
    ) -> Mail:
        """Return one person's text; an SMS has no subject. `token` is None where nothing is asked.

        `own` is what its member alone is told. `may_reply_by_sms`: an SMS in answer to this one, or to those that go
        with this mail, comes back to us.
        """
        said = content.waves[wave]
        notice = Notice(
            facts=apart(said.facts, "")[0],
            name=name,
            code=content.code if token else None,
            link=f"{self.base_url.rstrip('/')}/r/{token}" if token else None,
            mark=self.mark,
            lines=lines_of(said.lines),
            may_reply_by_sms=may_reply_by_sms,
            may_reply_by_mail=self.mailbox is not None,
            own=own,
        )
        wording = self.wordings[content.kind]
        return wording.mail(notice) if channel is Channel.EMAIL else Mail("", wording.sms(notice))


class Texts:
    """文面の控え: texts put into words once for a wave and a channel; each person's name, link and own are filled in.

    Kept for one transaction only, for a wave may be told anew in other words.
    """

    def __init__(self, voice: Voice) -> None:
        self.voice = voice
        self._forms: dict[tuple[str, str, int, Channel, bool, bool, bool], Mail] = {}

    def render(
        self,
        content: Content,
        *,
        channel: Channel,
        name: str,
        wave: int,
        token: str | None,
        own: str = "",
        may_reply_by_sms: bool = True,
    ) -> Mail:
        """Return one person's text, as the voice would say it."""
        key = content.kind, content.topic, wave, channel, token is not None, may_reply_by_sms, bool(own)
        render = partial(self.voice.render, content, channel=channel, wave=wave, may_reply_by_sms=may_reply_by_sms)
        form = self._forms.get(key)
        if form is None:
            form = render(name=_NAME, token=_TOKEN if token else None, own=_OWN if own else "")
            self._forms[key] = form
        if _NAME in form.subject or (channel is Channel.SMS and _NAME in form.body):
            # Cut to a length that depends on the name
            return render(name=name, token=token, own=own)
        body = form.body.replace(_TOKEN, token) if token else form.body
        return Mail(form.subject, body.replace(_NAME, name).replace(_OWN, own))


_NAME = "\ue000"
"""Stands for the name; from the private use area, so that no text has it."""
_OWN = "\ue002"
"""Stands for what a member alone is told."""
_TOKEN = "\ue001" * 10
"""Stands for the token, as long as one."""


def contents(session: Session, alerts: Collection[str]) -> dict[str, Content]:
    """Return the alerts' contents by id."""
    found: dict[str, Content] = {}
    waves: dict[str, dict[int, Said]] = {}
    for row in session.execute(_CONTENTS, {"alerts": list(alerts)}):
        said = waves.setdefault(row.id, {})
        if row.wave is not None:
            said[row.wave] = Said(opened(session, row.facts), row.lines)
        found[row.id] = Content(row.kind, row.topic, row.code, said)
    return found


_IDS: BindParameter[Any] = bindparam("alerts", expanding=True)
_ASKED, _RAISED, _CODES = Question.__table__.c, Alert.__table__.c, ReplyCode.__table__.c
_CONTENTS = (
    select(_RAISED.id, _RAISED.kind, _RAISED.topic, _CODES.code, _ASKED.wave, _ASKED.facts, _ASKED.lines)
    .select_from(
        Alert.__table__.outerjoin(ReplyCode.__table__).outerjoin(Question.__table__, _ASKED.alert_id == _RAISED.id)
    )
    .where(_RAISED.id.in_(_IDS))
)
