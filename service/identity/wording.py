"""The mails about signing in: Japanese first, English second."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from foundation.clock import JAPAN
from notifications import sms
from notifications.wording import Mail, Notice, Wording

INVITATION = "identity.invitation"
NOTICE = "identity.notice"
WEEKDAYS = "月火水木金土日"


@dataclass(frozen=True, slots=True)
class Told:
    """知らせの文: what happened to somebody's sign-in, and what to do if they did not do it themselves."""

    ja: str
    en: str


TOLD: Mapping[str, Told] = {
    "guessed": Told(
        "あなたのアカウントで、誤ったサインインが続いています。しばらく受け付けを遅らせています。"
        "あなたがいつも使う場所からは、今までどおりサインインできます。",
        "Somebody keeps failing to sign in as you. Attempts are slowed down; you still can where you did before.",
    ),
    "codes-guessed": Told(
        "あなたの正しいパスワードか、開いたままのサインインを使って、誤った確認コードの入力が続いています。"
        "パスワードを知られたおそれがあります。すぐにパスワードを変更し、"
        "「サインインの管理」でほかのサインインを終わらせてください。",
        "Somebody with your password or an open session of yours keeps entering wrong codes. "
        "Please change your password now and end your other sessions.",
    ),
    "factors-reset": Told(
        "招待により、認証アプリ、パスキー、印刷コードの登録がすべて取り消されました。",
        "By an invitation your authenticator app, passkeys and printed codes were all given up.",
    ),
    "mail": Told(
        "サインインに使うメールアドレスが変更されます。これはこれまでのアドレスへのお知らせです。",
        "The mail address by which you sign in is being changed. This goes to the former one.",
    ),
    "password": Told("パスワードが設定・変更されました。", "Your password was set or changed."),
    "totp-added": Told("認証アプリが登録されました。", "An authenticator app was registered."),
    "totp-removed": Told("認証アプリの登録が削除されました。", "Your authenticator app was removed."),
    "codes": Told(
        "印刷コードが新しく作られました。前のコードは使えません。",
        "New printed codes were made; the former ones no longer count.",
    ),
    "client-guessed": Told(
        "あなたが責任者の連携プログラムで、誤った秘密による接続が続いています。しばらく受け付けを遅らせています。",
        "Somebody keeps calling as a program that you answer for, with a wrong secret. Attempts are slowed down.",
    ),
    "directory-linked": Told(
        "所属団体の認証で、はじめてサインインがありました。これからは団体の認証でもサインインできます。",
        "Somebody signed in as you through your member's identity provider for the first time; it counts now.",
    ),
    "directory-token": Told(
        "あなたの団体のディレクトリ（SCIM）のトークンが、発行した人の異動・停止により使えなくなりました。"
        "担当者の同期が止まっています。管理者は「団体の管理」で新しいトークンを発行し、ディレクトリに入れてください。",
        "Your member's directory token (SCIM) ended with the leaving of who had made it, and people are no longer "
        "kept in step. Please have an administrator make another and put it into the directory.",
    ),
    "sessions-in-parallel": Told(
        "ほかに2か所以上でサインインしたまま、新しいサインインがありました。"
        "使っていないものは「サインインの管理」で終わらせてください。",
        "There was another sign-in while you were signed in at two or more other places. "
        "Please end those that you do not use.",
    ),
    "passkey-added": Told("パスキーが登録されました。", "A passkey was registered."),
    "passkey-removed": Told("パスキーの登録が削除されました。", "A passkey was removed."),
}
UNASKED_JA = "覚えがないときは、すぐに幹事団体か運用者に電話で知らせてください。"
UNASKED_EN = "If this was not you, please call the coordinator or the operator at once."


class InvitationWording:
    """招待の文面: the link stands alone on its line."""

    def mail(self, notice: Notice) -> Mail:
        facts = notice.facts
        until = datetime.fromisoformat(facts["ends_at"]).astimezone(JAPAN)
        day = f"{until.year}年{until.month}月{until.day}日({WEEKDAYS[until.weekday()]}) {until:%H:%M}"
        body = (
            f"{notice.name} 様\n\n"
            "自治体ICT相互応援「結まーる」に、あなたのサインインを用意しました。\n"
            "次のページを開き、パスワードを決めてください。\n\n"
            f"{facts['link']}\n\n"
            f"期限: {day}（日本時間）。一度だけ使えます。\n"
            "このメールに覚えがないときは、開かずに、同じ団体の協定担当者に知らせてください。\n\n"
            "--\n"
            "Please open this page and choose a password. It works once, until "
            f"{until:%Y-%m-%d %H:%M} (Japan time).\n"
        )
        return Mail(f"{sms.PREFIX}サインインのご案内", body)

    def sms(self, notice: Notice) -> str:
        return sms.compose_notice("サインインのご案内をメールで送りました。", mark=notice.mark)


class NoticeWording:
    """サインインの知らせの文面: something changed in how a person signs in."""

    def mail(self, notice: Notice) -> Mail:
        told = _told(notice.facts)
        body = f"{notice.name} 様\n\n{told.ja}\n{UNASKED_JA}\n\n--\n{told.en}\n{UNASKED_EN}\n"
        return Mail(f"{sms.PREFIX}サインインについてのお知らせ", body)

    def sms(self, notice: Notice) -> str:
        return sms.compose_notice(_told(notice.facts).ja, mark=notice.mark)


def _told(facts: Mapping[str, Any]) -> Told:
    return TOLD[str(facts["what"])]


WORDINGS: Mapping[str, Wording] = {INVITATION: InvitationWording(), NOTICE: NoticeWording()}
