"""Refusals that several subjects of this room share."""

from foundation.problems import Conflict, NotFound


class IncidentNotFound(NotFound):
    """There is no such incident."""

    ja = "この災害は見つかりません。災害の一覧から選び直してください。"
    en = "There is no such incident. Please choose one from the list."


class IncidentClosed(Conflict):
    """The incident is over: nothing new is asked or reported in it."""

    ja = "この災害の対応は終了しています。続きがあれば、新しい災害として登録してください。"
    en = "This incident is closed. If there is more, please open a new one."
