from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from tests.notifications.gateways.sinks import HttpSink, SmtpSink


@pytest.fixture
async def smtp_sink() -> AsyncIterator[SmtpSink]:
    sink = SmtpSink()
    await sink.start()
    yield sink
    await sink.stop()


@pytest.fixture
async def http_sink() -> AsyncIterator[HttpSink]:
    sink = HttpSink(answer=lambda _: web.Response(status=500))
    await sink.start()
    yield sink
    await sink.stop()
