"""Whether the service lives, is ready, and what it counts."""

import ipaddress
from datetime import datetime

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.responses import Response

from foundation import clock
from foundation.calls import Call
from foundation.fields import View
from foundation.operations import operation
from foundation.problems import Problem, Unauthorised, Unavailable
from notifications.watching import rounds
from notifications.watching.worker import is_late
from service.identity.gate import gate

PASSED_ON = {"forwarded", "via", "x-real-ip"}
"""Headers by which a proxy says that it passes a call on, beside X-Forwarded-…."""


class WorkerSilent(Unavailable):
    """No round of the watch over the outbox was completed lately."""

    ja = "送信の見回りが止まっています。yuimaru worker（組み込みの場合は serve）の動作と記録を確かめてください。"
    en = "The watch over the outbox has stopped. Please look at `yuimaru worker` (embedded: serve) and its log."


class HealthView(View):
    """稼働状況."""

    status: str
    mode: str


@operation("GET", "/healthz", prefix="", permission=None, returns=HealthView)
async def read_health(call: Call) -> HealthView:
    """プロセスの生存確認 (the process lives)."""
    return HealthView(status="ok", mode=call.state.mode)


@operation("GET", "/readyz", prefix="", permission=None, returns=HealthView)
async def read_readiness(call: Call) -> HealthView:
    """サービスの準備確認 (the database answers)."""
    try:
        await call.database.read(_ask)
    except Problem:
        raise
    except Exception as error:
        raise Unavailable from error
    return HealthView(status="ready", mode=call.state.mode)


class WorkerHealthView(HealthView):
    """見回りの状況: when a worker last completed its round."""

    round_at: datetime


@operation("GET", "/workerz", prefix="", permission=None, returns=WorkerHealthView, problems=[WorkerSilent])
async def read_worker_health(call: Call) -> WorkerHealthView:
    """常駐処理の生存確認 (a worker went round within the last two minutes)."""
    round_at = await call.database.read(last_round)
    return WorkerHealthView(status="working", mode=call.state.mode, round_at=round_at)


def last_round(session: Session) -> datetime:
    """Return when a worker last completed its round. Raises WorkerSilent where that is too long ago."""
    round_at = rounds.completed_at(session)
    if round_at is None or is_late(round_at, clock.now(session)):
        raise WorkerSilent
    return round_at


@operation("GET", "/metrics", prefix="", permission=None, media_type=CONTENT_TYPE_LATEST, problems=[Unauthorised])
async def read_metrics(call: Call) -> Response:
    """計測値 (Prometheus metrics): from this machine, or with a token."""
    if not _is_local(call) and await gate(call.request) is None:
        raise Unauthorised
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _ask(session: Session) -> None:
    session.execute(text("SELECT 1"))


def _is_local(call: Call) -> bool:
    """Tell whether the peer itself is this machine; what a proxy passes on is not."""
    client = call.request.client
    if client is None or any(each in PASSED_ON or each.startswith("x-forwarded-") for each in call.request.headers):
        return False
    try:
        return ipaddress.ip_address(client.host).is_loopback
    except ValueError:
        return False
