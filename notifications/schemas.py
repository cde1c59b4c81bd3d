"""What this room takes and shows."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from foundation.fields import Count, Line, Paragraph, Ref, Schema, View
from foundation.paging import PageQuery
from notifications.events import DeliveryStatus, Via
from notifications.gateways.base import Channel
from notifications.health import Breaker
from notifications.replies import Choice

Quantities = Annotated[list[Count | None], Field(max_length=30)]
"""In the order of the question's lines; null or left out: all that was asked."""


class DeliveryView(View):
    """配信: one message to one person, and how far it came.

    `reason` of one that failed: the gateway's code, or `address`, `sealed`, `text` where it could not be made.
    """

    id: str
    topic: str
    member: str
    municipality: str | None
    person: str | None
    channel: Channel
    wave: int
    status: DeliveryStatus
    reason: str | None
    attempts: int
    raised_at: datetime
    finished_at: datetime | None
    received_at: datetime | None
    answered_at: datetime | None


class AnswerDraft(Schema):
    """回答: the decision and, line by line, how many now and how many more if asked.

    `received` says no more than that it was received and will be answered later.
    """

    decision: Choice
    quantities: Quantities = Field(default_factory=list)
    more: Quantities = Field(default_factory=list)
    reason: Paragraph | None = None


class AnswerView(View):
    """回答済みの内容."""

    decision: Choice
    quantities: list[int | None]
    more: list[int | None]
    reason: str | None
    via: Via
    at: datetime


class AnswerLineView(View):
    """回答の行: what is asked for, and how many."""

    label: str
    unit: str
    quantity: int


class AnswerFormView(View):
    """回答用紙: what the holder of a link is asked; state `open`, `received`, `answered` or `closed`.

    What was received is to be answered yet; what was answered may be changed.

    Of a closed one `text` is empty, `lines` too, and `code` and `answer` are null.
    """

    kind: str
    mode: str
    subject: str
    text: str
    name: str
    municipality: str | None
    lines: list[AnswerLineView]
    state: str
    code: str | None
    answer: AnswerView | None


class ReceiptView(View):
    """回答の受領: whether it counts, and what is said about it."""

    is_taken: bool
    code: str
    text: str


class InboundView(View):
    """要確認の返信: a message that the service could not place; `reason` is the code of why.

    `is_readable` is false where what is kept no longer opens: the sender or text that does not is empty then.
    """

    id: str
    at: datetime
    channel: Channel
    sender: str
    member: str | None
    municipality: str | None
    text: str
    is_readable: bool
    reason: str | None
    result: str
    note: str | None


class InboundResolution(Schema):
    """対応の記録: what a person did about it."""

    note: Annotated[Paragraph, Field(min_length=1)]


class SmsFields(View):
    """受信SMSの項目: what gateways call sender, text and their id of the message; the first that is there counts."""

    sender: str | None = Field(None, alias="from", description="送信者の番号 (sender's number)")
    sender_twilio: str | None = Field(None, alias="From")
    sender_msisdn: str | None = Field(None, alias="msisdn")
    to: str | None = Field(None, description="宛先の番号 (the number it was sent to; not read)")
    text: str | None = Field(None, description="本文 (text)")
    text_twilio: str | None = Field(None, alias="Body")
    event: str | None = Field(None, alias="id", description="提供者の番号 (counts once)")
    event_twilio: str | None = Field(None, alias="MessageSid")
    event_other: str | None = Field(None, alias="messageId")
    event_vonage: str | None = Field(None, alias="message_uuid")


class MailEnvelope(View):
    """受信メールの封筒: left out, the headers say it; only a tag that this service gave out counts in either."""

    sender: str | None = Field(None, alias="from", description="封筒の差出人。空は不達通知など (envelope sender)")
    to: str | None = Field(None, description="封筒の宛先。繰り返せます (envelope recipients)")


class ReceiptFields(View):
    """到達通知の項目: which message it is about, and what became of it; each provider has its own names for both.

    A form gateway's are what its address says.
    """

    attempt: str | None = Field(None, description="送信試行のid (the attempt's id)")
    type: str | None = Field(None, description="Kannel: 到達コード (bits)")
    answer: str | None = Field(None, description="Kannel: 通信事業者の応答 (the carrier's words)")
    message_sid: str | None = Field(None, alias="MessageSid", description="Twilio")
    message_status: str | None = Field(None, alias="MessageStatus", description="Twilio")
    error_code: str | None = Field(None, alias="ErrorCode", description="Twilio")
    message_uuid: str | None = Field(None, description="Vonage")
    client_ref: str | None = Field(None, description="Vonage")
    status: str | None = Field(None, description="Vonage, Karaden, JSON")
    id: str | None = Field(None, description="Karaden, JSON")
    sent_result: str | None = Field(None, description="Karaden")
    code: str | None = Field(None, description="JSON")


class GatewayTestDraft(Schema):
    """送信路の試験: where the message goes, a mail address or a mobile number, as the gateway needs."""

    address: Line


class TestTryView(View):
    """試験の試行: what the gateway said to one try, and what it reported of the phone since."""

    __test__ = False

    state: str
    code: str | None
    posted_at: datetime
    finished_at: datetime | None
    fate: str | None
    reported_at: datetime | None


class GatewayTestView(View):
    """送信路の試験の結果: how far the message has come; the address is not shown."""

    id: str
    gateway: str
    channel: Channel
    status: DeliveryStatus
    raised_at: datetime
    finished_at: datetime | None
    tries: list[TestTryView]


class MessagesQuery(PageQuery):
    """送信メッセージの絞り込み: a member by id or municipality code."""

    member: Ref | None = None


class MessageView(View):
    """送信メッセージ: one message as it was sent, rendered again from the record."""

    id: str
    at: datetime
    channel: Channel
    to: str
    name: str
    member: str
    municipality: str | None
    subject: str
    text: str


class GatewayView(View):
    """送信路: one gateway in the order of the setting, and what all workers together know of it.

    `health`: points, 100 is full, below 70 others of its channel are preferred. `breaker`: `closed`: messages go;
    `open`: none until `probe_at`; `half_open`: one is being tried. `held_until`: the provider asked to wait so long.
    `window`: at once, in one worker; `rate`: a second, in all; `in_flight`: with it now. `last_code`: its last error.
    """

    name: str
    channel: Channel
    weight: int | None
    rate: float | None
    window: int
    health: int
    breaker: Breaker
    probe_at: datetime | None
    held_until: datetime | None
    in_flight: int
    last_code: str | None
    last_error_at: datetime | None


class GatewaysView(View):
    """送信路の一覧: in order of preference, SMS first."""

    items: list[GatewayView]
