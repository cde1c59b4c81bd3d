"""Why a card is refused."""

from foundation.problems import NotFound


class CardHolderNotFound(NotFound):
    """No such contact of the own member."""

    ja = "自団体の協定担当者が見つかりません。担当者の一覧を開き直して確かめてください。"
    en = "There is no such contact of your member. Please open the list again."
