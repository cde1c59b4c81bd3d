"""Answers without a sign-in, gateways' calls, and what waits for a person."""

from starlette.responses import PlainTextResponse, Response

from foundation.calls import Call
from foundation.operations import operation
from foundation.paging import Page, PageQuery
from foundation.problems import TooLarge
from notifications import (
    actions,
    answers,
    hooks,
    inbound,
    messages,
    permissions,
    providers,
    proving,
    queries,
    receipts,
)
from notifications.errors import (
    AnswerRefused,
    GatewayNotFound,
    GatewayUnknown,
    InboundNotFound,
    InboundResolved,
    MessagesNotShown,
    QuestionClosed,
    QuestionNotFound,
)
from notifications.gateways.base import Gateway
from notifications.gateways.calling import Called
from notifications.gateways.opening import Gateways
from notifications.schemas import (
    AnswerDraft,
    AnswerFormView,
    GatewaysView,
    GatewayTestDraft,
    GatewayTestView,
    InboundResolution,
    InboundView,
    MailEnvelope,
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
    return await _receive(call, name, secret)


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
    """SMSの返信を受け取る (take in an SMS from a gateway that posts a form, or JSON with the same fields)."""
    return await _receive(call, name, secret)


@operation(
    "POST",
    "/hooks/mail/{secret}",
    permission=None,
    prefix="",
    problems=[GatewayNotFound, TooLarge],
    media_type="text/plain",
    fields=MailEnvelope,
)
async def receive_mail(call: Call, secret: str) -> Response:
    """メールを受け取る。本文はRFC 5322の形のまま (take in a raw mail; stored, then answered)."""
    state, query = call.state, call.request.query_params
    mailbox = hooks.check_mail(state.settings.mail_hook_secret, secret, state.gateways)
    await inbound.receive_mail(
        call.database,
        mailbox,
        await call.request.body(),
        sender=query.get("from"),
        recipients=query.getlist("to"),
    )
    state.wake()
    return PlainTextResponse("")


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
    return await _receive_receipts(call, name, secret)


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
    """SMSの到達通知を受け取る (take in receipts from a gateway that posts a form, or JSON: one or a list)."""
    return await _receive_receipts(call, name, secret)


async def _receive_receipts(call: Call, name: str, secret: str) -> Response:
    gateways = call.state.gateways
    gateway = hooks.check(gateways, name, secret)
    called = await _called(call)
    hooks.check_proof(gateway, called)
    routes = len(gateways.for_channel(gateway.channel))
    await receipts.receive(call.database, gateway.name, hooks.reports(gateway, called), routes=routes)
    return _silence()


async def _receive(call: Call, name: str, secret: str) -> Response:
    gateway = hooks.check(call.state.gateways, name, secret)
    called = await _called(call)
    hooks.check_proof(gateway, called)
    for item in called.items:
        await inbound.receive(call.database, hooks.arrived(gateway, {**called.fields, **item}))
    return _silence()


async def _called(call: Call) -> Called:
    """Read a provider's call; its address is the one that the provider was given, which is what some sign."""
    request = call.request
    words = request.scope["query_string"].decode("ascii", "replace")
    url = f"{call.state.settings.base_url.rstrip('/')}{request.url.path}{'?' * bool(words)}{words}"
    query, headers = dict(request.query_params), dict(request.headers)
    if request.method == "POST" and "json" in request.headers.get("content-type", ""):
        return hooks.called_with_json(url, query, headers, await request.body())
    form: dict[str, str] = {}
    if request.method == "POST":
        async with request.form(max_files=0, max_fields=100) as fields:
            form = {key: value for key, value in fields.items() if isinstance(value, str)}
    return hooks.called_by(url, query, headers, form)


def _silence() -> Response:
    """Answer 200 without a word: Kannel and Twilio would send any words here back to the phone."""
    return PlainTextResponse("", headers={"Cache-Control": "no-store"})


@operation(
    "POST",
    "/gateways/{name}/test",
    permission=permissions.TEST_GATEWAYS,
    body=GatewayTestDraft,
    returns=GatewayTestView,
    status=202,
    problems=[GatewayUnknown],
)
async def test_gateway(call: Call, name: str, draft: GatewayTestDraft) -> GatewayTestView:
    """送信路を試験する (send a test by one gateway; it goes the same way as any message)."""
    return await call.database.write(proving.begin, call.actor, _gateway(call, name), draft)


@operation(
    "GET",
    "/gateways/{name}/tests",
    permission=permissions.TEST_GATEWAYS,
    query=PageQuery,
    returns=Page[GatewayTestView],
    problems=[GatewayUnknown],
)
async def list_gateway_tests(call: Call, name: str, query: PageQuery) -> Page[GatewayTestView]:
    """送信路の試験の結果。新しい順 (what came of a gateway's tests, newest first)."""
    return await call.database.read(proving.tests_of, _gateway(call, name).name, query.cursor)


def _gateway(call: Call, name: str) -> Gateway:
    gateways: Gateways = call.state.gateways
    gateway = gateways.named(name)
    if gateway is None:
        raise GatewayUnknown
    return gateway


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
        messages.sent,
        call.actor,
        query,
        channels,
        state.wordings,
        state.settings.base_url,
        state.gateways.mailbox,
    )
