"""Texts put into words once say to each person what the voice would have said."""

import pytest

from notifications import sms
from notifications.gateways.base import Channel
from notifications.rendering import Content, Said, Texts, Voice
from notifications.wording import OWN, Mail, Notice

CONTENT = Content("request", "r1", "4821", {1: Said({"what": "パソコン"}, ()), 2: Said({"what": "プリンター"}, ())})


class Naming:
    """A wording that names the person everywhere, in an SMS cut to its length."""

    def __init__(self) -> None:
        self.asked = 0

    def mail(self, notice: Notice) -> Mail:
        self.asked += 1
        return Mail(str(notice.facts["what"]), f"{notice.name} 様\n{notice.code}\n{notice.link}\n")

    def sms(self, notice: Notice) -> str:
        return sms.compose_notice(f"{notice.name} {notice.facts['what'] * 15}", notice.link, mark=notice.mark)


@pytest.mark.parametrize("channel", Channel)
def test_each_gets_their_own_name_link_and_wave(channel: Channel) -> None:
    voice = Voice({"request": Naming()}, "https://oen.example", "【訓練】")
    texts = Texts(voice)
    for wave in (1, 2, 1):
        for name, token in (("髙橋", "0123456789"), ("五十嵐 さくら" * 4, "zzzzzzzzzz"), ("佐藤", None)):
            said = texts.render(CONTENT, channel=channel, name=name, wave=wave, token=token)
            assert said == voice.render(CONTENT, channel=channel, name=name, wave=wave, token=token)


def test_a_mail_is_put_into_words_once_for_all() -> None:
    wording = Naming()
    texts = Texts(Voice({"request": wording}, "https://oen.example", ""))
    for number in range(9):
        texts.render(CONTENT, channel=Channel.EMAIL, name=f"担当{number}", wave=1, token="0123456789")
    assert wording.asked == 1


class Confiding:
    """A wording that says what is for one member alone, and all that it was given."""

    def mail(self, notice: Notice) -> Mail:
        return Mail("応援要請", f"{notice.name}\n{notice.own}\n{dict(notice.facts)}\n")

    def sms(self, notice: Notice) -> str:
        return sms.compose_notice("応援要請", mark=notice.mark)


def test_what_is_for_one_member_alone_is_told_to_no_other() -> None:
    facts = {"what": "パソコン", OWN: {"a": "約10km", "b": "約20km"}}
    texts = Texts(Voice({"request": Confiding()}, "https://oen.example", ""))
    content = Content("request", "r1", "4821", {1: Said(facts, ())})
    for member, own in (("a", "約10km"), ("b", "約20km"), ("c", ""), ("a", "約10km")):
        said = texts.render(
            content, channel=Channel.EMAIL, name="担当", wave=1, token=None, own=content.own(1, member)
        )
        assert said.body == f"担当\n{own}\n{{'what': 'パソコン'}}\n"
