"""A request card on A4: whose it is, how a message is written, the codes to cross out, places and letters."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from agreements.marks import watermark_of
from aid.asking import cards
from aid.asking.schemas import IssuedCardView
from foundation import audit
from foundation.actor import Actor
from foundation.clock import JAPAN
from foundation.documents.pdf import Paper, Section, Table, pdf
from foundation.documents.watermark import Watermark

PRINTED = "aid.request_card_printed"
_IN_A_ROW = 4


@dataclass(frozen=True, slots=True)
class PrintedCard:
    """印刷する要請カード: what stands on it, and the mark of who took it out."""

    paper: Paper
    mark: Watermark

    def made(self) -> bytes:
        """Return the file, with no transaction open. Raises NoJapaneseFont."""
        return pdf(self.paper, self.mark)


def issue(session: Session, actor: Actor, person: str) -> PrintedCard:
    """Make a person's card to be printed; the codes of the former one are void. Raises CardHolderNotFound."""
    card = cards.issue(session, actor, person)
    number = audit.new_number(session)
    audit.record(session, actor, PRINTED, f"person:{person}", chain=actor.member, number=number)
    return PrintedCard(paper(card), watermark_of(session, actor, number))


def paper(card: IssuedCardView) -> Paper:
    """Return what stands on a card."""
    of = f"団体コード {card.municipality}　" if card.municipality else ""
    lines = [
        f"{card.member_name}　{of}{card.name}　発行 {card.issued_at.astimezone(JAPAN):%Y-%m-%d %H:%M}",
        "前のカードのコードは無効です。切り取って財布や名札に入れ、使ったコードは線で消してください。",
    ]
    sections = [
        Section("書き方（SMS1通、またはメールの1行目）", [Table("要請と取消し", list(_ways(card)))]),
        Section("コード（1回ずつ）", [Table("□に印を付けて使う", list(_codes(card)))]),
        Section("記号", [Table("場所と品目", list(_words(card)))]),
    ]
    return Paper("要請カード", lines, sections)


def _ways(card: IssuedCardView) -> Iterator[tuple[str, str]]:
    yield "記号で", card.example
    yield "言葉で", f"要請 発電機2台 今日 本庁舎 {card.codes[0]}"
    yield "順", "OUEN 団体コード 品目と数 いつまで（T0 今日・T1 明日・T2 明後日・T3 3日以内）場所（L番号）コード"
    yield "取消し", "取消 要請番号 コード（要請した電話から）"
    yield "変更", "幹事団体へ電話、または画面から"
    yield "コードなし", "「未確認」になります。コードだけを送るか、幹事団体からの電話を待ってください。"


def _codes(card: IssuedCardView) -> Iterator[tuple[str, str]]:
    for start in range(0, len(card.codes), _IN_A_ROW):
        row = card.codes[start : start + _IN_A_ROW]
        yield f"{start + 1}～{start + len(row)}", "　　".join(f"□ {code}" for code in row)


def _words(card: IssuedCardView) -> Iterator[tuple[str, str]]:
    for place in card.places:
        yield f"L{place.number}", place.name
    yield "品目", "　".join(f"{word.letters} {word.name_ja}" for word in card.letters)
