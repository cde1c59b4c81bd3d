"""A live instance: what begins with 訓練 is no request."""

from pathlib import Path

import pytest

from foundation.settings import Settings
from tests.api_client import Service, settings_for
from tests.journeys.asking import get
from tests.world import FUJISAWA, TOME


@pytest.fixture
def service_settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_for(database_url, tmp_path, mode="live", is_demo=False)


@pytest.mark.parametrize("mark", ["訓練 ", "【訓練】", "（訓練です）"])
async def test_a_drills_message_that_strays_to_a_live_instance_is_for_a_person(service: Service, mark: str) -> None:
    world = await service.build()
    fields = {"from": world.mobile(TOME), "to": "1", "text": f"{mark}要請 発電機2台"}
    assert (await service.http.get("/hooks/sms/console/secret/mo", params=fields)).status_code == 200
    assert (await get(service, "/api/requests", by=world.email(FUJISAWA)))["items"] == []
    (item,) = (await get(service, "/api/asked-messages", by=world.email(FUJISAWA)))["items"]
    assert (item["message"]["reason"], item["problem"]) == ("asking-drill", "「訓練」で始まっています")
