"""What operators are told: Japanese first, English second; counts and channels, nobody's name or address."""

from collections.abc import Sequence
from dataclasses import dataclass

from notifications import sms
from notifications.gateways.operators import Words
from notifications.watching.judging import Finding, TroubleKind

_WHERE = {"email": "メール", "sms": "SMS"}
_WHERE_EN = {"email": "mail", "sms": "SMS", "": "outbox"}
WORDS = {
    TroubleKind.UNTRIED: ("送信が始まりません", "nothing is being tried"),
    TroubleKind.FAILING: ("送信がすべて失敗しています", "every try fails"),
    TroubleKind.LEFT_BEHIND: ("15分以上待つ配信があります", "some have waited for 15 minutes or more"),
    TroubleKind.REFUSED: (
        "内容や方針を理由に拒まれて終わった配信があります",
        "some ended as refused by policy or content",
    ),
    TroubleKind.STALE_LEASE: ("止まった処理から配信を取り戻しました", "work of a stopped worker was taken back"),
    TroubleKind.OPEN_ATTEMPT: ("結果のない送信を締めました", "tries without a result were closed"),
    TroubleKind.MISSING_TIMER: ("次の照会の予約がなく、入れ直しました", "missing timers were set"),
    TroubleKind.UNHANDLED: ("受信の処理が滞っています", "messages that came in are not handled"),
    TroubleKind.COUNTS_DIFFER: ("配信の数が合いません", "the numbers of deliveries don't agree"),
    TroubleKind.CLOCK_BACK: (
        "サーバーの時計が戻り、予定を直しました",
        "the clock was put back, what waits was set anew",
    ),
    TroubleKind.BLIND: ("データベースを読めず、点検できません", "the database can't be read, nothing is checked"),
}


@dataclass(frozen=True, slots=True)
class Report:
    """運用者への知らせ: troubles that began or go on, and those that are over."""

    open: Sequence[Finding]
    cleared: Sequence[Finding]

    def words(self, base_url: str, mark: str) -> Words:
        """Return the news as a mail and an SMS; `mark` is what the gateways put in front."""
        what = "送信箱に異常があります" if self.open else "送信箱が回復しました"
        ja = [f"・{_ja(each)}（{each.count}件）" for each in self.open] + [
            f"・回復: {_ja(each)}" for each in self.cleared
        ]
        en = [f"- {_en(each)}: {each.count}" for each in self.open] + [
            f"- over: {_en(each)}" for each in self.cleared
        ]
        page = f"{base_url.rstrip('/')}/administration/outbox"
        paragraphs = [
            f"{what}。",
            "\n".join(ja),
            f"詳しくは {page} とサーバーの記録を見てください。同じ知らせは1時間に1通までです。",
            "--",
            "\n".join(en),
            "See docs/operating.md, Watching.",
        ]
        return Words(f"{sms.PREFIX}監視: {what}", "\n\n".join(paragraphs) + "\n", self._sms(mark))

    def _sms(self, mark: str) -> str:
        parts = [f"{_ja(each)}（{each.count}件）" for each in self.open]
        parts += [f"回復 {_ja(each)}" for each in self.cleared]
        return sms.compose_notice("監視: " + "、".join(parts), mark=mark)


def _ja(found: Finding) -> str:
    where = f"{_WHERE[found.place]}の" if found.place else ""
    return where + WORDS[found.kind][0]


def _en(found: Finding) -> str:
    return f"{_WHERE_EN[found.place]}: {WORDS[found.kind][1]}"
