"""Answers without a sign-in, gateways' calls, and what waits for a person."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import PlainTextResponse, Response

from foundation.calls import Call
from foundation.operations import operation
from foundation.paging import Page, PageQuery
from notifications import actions, answers, hooks, inbound, messages, permissions, providers, queries, receipts
from notifications.errors import (
    AnswerRefused,
    GatewayNotFound,
    InboundNotFound,
    InboundResolved,
    MessagesNotShown,
    QuestionClosed,
    QuestionNotFound,
)
from notifications.schemas import (
    AnswerDraft,
    AnswerFormView,
    GatewaysView,
    InboundResolution,
    InboundView,
    MessagesQuery,
    MessageView,
    ReceiptFields,
    ReceiptView,
    SmsFields,
)


@operation("GET", "/answers/{token}", permission=None, returns=AnswerFormView, problems=[QuestionNotFound])
async def view_question(call: Call, token: str) -> AnswerFormView:
    """回答用リンクの内容を見る。何も変更しない (show what a link asks; changes nothing)."""
    return await call.database.read(answers.form, call.state.wordings, token, call.language)


@operation(
    "POST",
    "/answers/{token}",
    permission=None,
    body=AnswerDraft,
    returns=ReceiptView,
    problems=[QuestionNotFound, QuestionClosed, AnswerRefused],
)
async def answer_question(call: Call, token: str, draft: AnswerDraft) -> ReceiptView:
    """回答用リンクから回答する (answer by link); a refused or late answer is kept all the same."""
    receipt = await call.database.write(answers.answer_link, token, draft, call.language)
    # Only now, after the commit: raised inside, the problem would undo the row that keeps the answer
    if receipt.code == QuestionClosed.code():
        raise QuestionClosed
    if not receipt.is_taken:
        raise AnswerRefused(ja=receipt.text, en=receipt.text)
    return receipt


@operation(
    "GET",
    "/hooks/sms/{name}/{secret}/mo",
    permission=None,
    prefix="",
    problems=[GatewayNotFound],
    media_type="text/plain",
    fields=SmsFields,
)
async def receive_sms(call: Call, name: str, secret: str) -> Response:
    """SMSの返信を受け取る (take in an SMS from a gateway that calls by GET)."""
    return await _receive(call, name, secret, call.request.query_params)


@operation(
    "POST",
    "/hooks/sms/{name}/{secret}/mo",
    permission=None,
    prefix="",
    problems=[GatewayNotFound],
    media_type="text/plain",
    fields=SmsFields,
)
async def receive_sms_form(call: Call, name: str, secret: str) -> Response:
    """SMSの返信を受け取る (take in an SMS from a gateway that posts a form)."""
    hooks.check(call.state.gateways, name, secret)
    async with call.request.form(max_files=0, max_fields=100) as form:
        return await _receive(call, name, secret, {**call.request.query_params, **form})


@operation(
    "GET",
    "/hooks/sms/{name}/{secret}/receipt",
    permission=None,
    prefix="",
    problems=[GatewayNotFound],
    media_type="text/plain",
    fields=ReceiptFields,
)
async def receive_receipt(call: Call, name: str, secret: str) -> Response:
    """SMSの到達通知を受け取る (take in a delivery receipt from a gateway that calls by GET)."""
    return await _note_receipt(call, name, secret, call.request.query_params)


@operation(
    "POST",
    "/hooks/sms/{name}/{secret}/receipt",
    permission=None,
    prefix="",
    problems=[GatewayNotFound],
    media_type="text/plain",
    fields=ReceiptFields,
)
async def receive_receipt_form(call: Call, name: str, secret: str) -> Response:
    """SMSの到達通知を受け取る (take in a delivery receipt from a gateway that posts a form)."""
    hooks.check(call.state.gateways, name, secret)
    async with call.request.form(max_files=0, max_fields=100) as form:
        return await _note_receipt(call, name, secret, {**call.request.query_params, **form})


async def _note_receipt(call: Call, name: str, secret: str, fields: Mapping[str, Any]) -> Response:
    gateway = hooks.check(call.state.gateways, name, secret)
    attempt, word = hooks.receipt(fields)
    await call.database.write(receipts.note, gateway.name, attempt, word)
    return _silence()


async def _receive(call: Call, name: str, secret: str, fields: Mapping[str, Any]) -> Response:
    gateway = hooks.check(call.state.gateways, name, secret)
    await inbound.receive(call.database, hooks.arrived(gateway, fields))
    return _silence()


def _silence() -> Response:
    """Answer 200 without a word: Kannel and Twilio would send any words here back to the phone."""
    return PlainTextResponse("", headers={"Cache-Control": "no-store"})


@operation("GET", "/inbound", permission=permissions.READ_INBOUND, query=PageQuery, returns=Page[InboundView])
async def list_inbound(call: Call, query: PageQuery) -> Page[InboundView]:
    """自動で処理できなかった返信の一覧 (replies that wait for a person)."""
    return await call.database.disclose(queries.inbound_waiting, call.actor, query.cursor)


@operation(
    "POST",
    "/inbound/{id}/resolution",
    permission=permissions.RESOLVE_INBOUND,
    body=InboundResolution,
    returns=InboundView,
    problems=[InboundNotFound, InboundResolved],
)
async def resolve_inbound(call: Call, id: str, resolution: InboundResolution) -> InboundView:  # noqa: A002 — the path's name
    """返信に対応済みの記録を付ける (note what was done about a reply)."""
    return await call.database.write(actions.resolve_inbound, call.actor, id, resolution)


@operation("GET", "/gateways", permission=permissions.SEE_GATEWAYS, returns=GatewaysView)
async def list_gateways(call: Call) -> GatewaysView:
    """メールとSMSの送信路とその状態の一覧 (the gateways and how they are)."""
    gateways = call.state.gateways
    return await call.database.read(providers.views, gateways.sms + gateways.mail)


@operation(
    "GET",
    "/messages",
    permission=permissions.VIEW_MESSAGES,
    query=MessagesQuery,
    returns=Page[MessageView],
    problems=[MessagesNotShown],
)
async def list_messages(call: Call, query: MessagesQuery) -> Page[MessageView]:
    """デモで送信されたメッセージの一覧。新しい順 (messages of a demo, newest first)."""
    state = call.state
    channels = messages.console_channels(state.settings)
    return await call.database.read(
        messages.sent, call.actor, query, channels, state.wordings, state.settings.base_url
    )
