"""Whether the service lives, is ready, and what it counts."""

import ipaddress

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.responses import Response

from foundation.calls import Call
from foundation.fields import View
from foundation.operations import operation
from foundation.problems import Problem, Unauthorised, Unavailable
from service.identity.gate import gate

PASSED_ON = {"forwarded", "via", "x-real-ip"}
"""Headers by which a proxy says that it passes a call on, beside X-Forwarded-…."""


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
