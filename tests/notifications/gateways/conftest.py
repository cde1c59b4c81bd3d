from collections.abc import AsyncIterator

import pytest

from tests.notifications.gateways.sinks import SmtpSink


@pytest.fixture
async def smtp_sink() -> AsyncIterator[SmtpSink]:
    sink = SmtpSink()
    await sink.start()
    yield sink
    await sink.stop()
