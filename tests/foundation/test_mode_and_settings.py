"""What an instance is and how it is set: told once, refused where it is wrong."""

import pytest

from foundation.database import Database
from foundation.mode import Mode, WrongModeError, settle
from foundation.settings import Settings, SettingsError, variable


async def test_a_new_database_is_live_unless_said(database: Database) -> None:
    assert await database.write(settle, None) is Mode.LIVE
    assert await database.write(settle, Mode.LIVE) is Mode.LIVE
    with pytest.raises(WrongModeError, match="YUIMARU_MODE=drill"):
        await database.write(settle, Mode.DRILL)


async def test_a_drill_stays_a_drill(database: Database) -> None:
    assert await database.write(settle, Mode.DRILL) is Mode.DRILL
    assert await database.write(settle, None) is Mode.DRILL
    with pytest.raises(WrongModeError, match="drill"):
        await database.write(settle, Mode.LIVE)
    assert (Mode.DRILL.mark, Mode.LIVE.mark) == ("【訓練】", "")


def test_settings_come_from_the_environment_alone() -> None:
    given = {
        "YUIMARU_MODE": "drill",
        "YUIMARU_MAIL_URLS": "smtp://a:25, smtp://b:25,",
        "PORT": "9000",
        "YUIMARU_SMS_URLS": "",
        "HOME": "/",
    }
    settings = Settings.from_environment(given)
    assert (settings.mode, settings.port) == (Mode.DRILL, 9000)
    assert settings.mail_urls == ("smtp://a:25", "smtp://b:25")
    assert settings.sms_urls == ("console:",), "an empty setting is one that isn't set"


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "http"), ("PORT", "70000"), ("YUIMARU_MODE", "訓練"), ("YUIMARU_BODY_LIMIT", "1")],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({name: value})


def test_every_setting_says_what_it_means() -> None:
    for field, info in Settings.model_fields.items():
        assert info.description, variable(field)
    assert (variable("port"), variable("mode")) == ("PORT", "YUIMARU_MODE")
