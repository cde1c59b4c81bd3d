"""The directory's protocol held against scim2-tester, in process, on both engines."""

import asyncio
import random
from typing import Any

import httpx
import pytest
from scim2_client import BaseSyncSCIMClient
from scim2_tester import Status, check_server, filling
from scim2_tester.utils import CheckResult

from tests.api_client import Service
from tests.service.scim_door import Directory, directory
from tests.world import TOME

drawn = filling.get_random_example_value
FAILED = {Status.ERROR, Status.CRITICAL}


class Client(BaseSyncSCIMClient):
    """The tester waits for each answer; the service lives in this test's loop."""

    def __init__(self, at: Directory, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._at, self._loop = at, loop

    def request(self, method: str, url: str, **kwargs: Any) -> httpx.Response:
        path = "/" + url.removeprefix("http://testserver/scim/v2").lstrip("/")
        calling = self._at.call(method, path, **kwargs)
        return asyncio.run_coroutine_threadsafe(calling, self._loop).result(timeout=10)

    def _parse_json(self, response: Any) -> Any:
        return response.json()

    def _stays_under_base_url(self, endpoint: str) -> bool:  # noqa: ARG002 — the interface
        return True


def example(path: Any) -> Any:
    """The tester draws ten digits for a telephone; the service takes numbers that can receive an SMS."""
    binding = path.resolve()
    is_phone = binding is not None and binding.target_field_name == "value" and "phone" in binding.urn.lower()
    is_phone = is_phone or (binding is not None and binding.target_model.__name__ == "PhoneNumbers")
    found = drawn(path)
    return f"+819012{random.randrange(10**6):06d}" if found is None and is_phone else found


async def test_the_tester_finds_no_fault(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "get_random_example_value", example)
    at = await directory(service, await service.build(), TOME)
    client = Client(at, asyncio.get_running_loop())
    results: list[CheckResult] = await asyncio.to_thread(check_server, client)
    failed = [f"{each.status.name} {each.title}: {each.reason}" for each in results if each.status in FAILED]
    assert not failed, "\n".join(failed)
    assert sum(each.status is Status.SUCCESS for each in results) > 60
