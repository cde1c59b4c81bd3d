import pytest

from agreements.addresses import BadAddressError, normalise
from agreements.models import ChannelKind


@pytest.mark.parametrize(
    "address",
    [
        "disaster1.042129@demo.example",
        "taro..a@docomo.ne.jp",
        ".hanako.@ezweb.ne.jp",
        "防災@例え.jp",
        "a" * 242 + "@city.lg.jp",
    ],
)
def test_mail_addresses_that_carriers_gave_out_are_kept(address: str) -> None:
    assert normalise(ChannelKind.EMAIL, address) == address


def test_full_width_and_surrounding_space_are_typing_habits() -> None:
    assert normalise(ChannelKind.EMAIL, " bousai＠city.tome.miyagi.jp　") == "bousai@city.tome.miyagi.jp"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        "a@",
        "@b",
        "a@b@c",
        "a b@c.jp",
        "a@b\r\nBcc: x@y.jp",
        "a\x00@b.jp",
        "a\u202e@b.jp",
        "a" * 244 + "@city.lg.jp",
    ],
)
def test_what_is_no_mail_address_is_refused(address: str) -> None:
    with pytest.raises(BadAddressError, match="メールアドレス"):
        normalise(ChannelKind.EMAIL, address)


def test_numbers_become_e164() -> None:
    assert normalise(ChannelKind.SMS, "０９０－１２３４－５６７８") == "+819012345678"
    assert normalise(ChannelKind.FAX, "0220-22-2111") == "+81220222111"


def test_sms_goes_to_mobiles_only() -> None:
    with pytest.raises(BadAddressError, match="SMS"):
        normalise(ChannelKind.SMS, "0220-22-2111")


def test_a_number_that_is_none_is_refused_in_both_languages() -> None:
    with pytest.raises(BadAddressError, match="電話番号") as refused:
        normalise(ChannelKind.MOBILE, "12")
    assert "telephone" in refused.value.en


def test_radio_and_satellite_have_numbers_of_their_own() -> None:
    assert normalise(ChannelKind.DISASTER_RADIO, " 8-212-5011 ") == "8-212-5011"
    assert normalise(ChannelKind.SATELLITE_PHONE, "8816-1234-5678") == "8816-1234-5678"
