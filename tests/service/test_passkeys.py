"""Passkeys: an answer counts once, is judged outside the transaction, and only with the device's own check."""

import asyncio
from typing import Any

import pytest

from service.identity.passkeys import ceremonies
from tests.api_client import Service
from tests.service.passkeys import PRESENT, Device, registered
from tests.service.signing_in import me, with_password


async def with_passkey(service: Service) -> Device:
    """Register a device for a contact of 登米市."""
    return await registered(service, (await with_password(service, await service.build()))["token"])


async def answered(service: Service, device: Device, **more: Any) -> dict[str, Any]:
    asked = (await service.http.post("/api/sign-in/passkey/options")).json()
    return {"challenge": asked["challenge"], "credential": device.signed(asked["options"]), **more}


async def test_a_passkey_signs_in_once_by_two_factors(service: Service) -> None:
    device = await with_passkey(service)
    body = await answered(service, device)
    answers = await asyncio.gather(*(service.http.post("/api/sign-in/passkey", json=body) for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [201, 401, 401, 401]
    (signed_in,) = [each.json() for each in answers if each.status_code == 201]
    assert signed_in["assurance"] == 2
    assert await me(service, signed_in["token"]) == 200


async def test_two_answers_of_one_count_are_a_copied_key(service: Service) -> None:
    device = await with_passkey(service)
    first = await answered(service, device)
    device.count -= 1
    second = await answered(service, device)
    sent = [await service.http.post("/api/sign-in/passkey", json=each) for each in (first, second)]
    assert [each.status_code for each in sent] == [201, 401]


async def test_a_wrong_answer_uses_up_its_challenge(service: Service) -> None:
    device = await with_passkey(service)
    body = await answered(service, device)
    wrong = {**body, "credential": (await answered(service, device))["credential"]}
    assert (await service.http.post("/api/sign-in/passkey", json=wrong)).status_code == 401
    assert (await service.http.post("/api/sign-in/passkey", json=body)).status_code == 401
    device.flags = PRESENT
    unchecked = await answered(service, device)
    assert (await service.http.post("/api/sign-in/passkey", json=unchecked)).status_code == 401


async def test_nothing_is_judged_inside_a_transaction(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a signature is judged another write goes through: nobody waits for it."""
    device = await with_passkey(service)
    body = await answered(service, device)
    loop, judge = asyncio.get_running_loop(), ceremonies.sign_count_after

    def slow(*arguments: Any) -> int | None:
        writing = asyncio.run_coroutine_threadsafe(service.http.post("/api/sign-in/passkey/options"), loop)
        assert writing.result(10).status_code == 201
        return judge(*arguments)

    monkeypatch.setattr(ceremonies, "sign_count_after", slow)
    assert (await service.http.post("/api/sign-in/passkey", json=body)).status_code == 201
