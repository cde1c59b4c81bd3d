"""Why an act on an incident is refused."""

from aid.errors import IncidentClosed as IncidentClosed
from aid.errors import IncidentNotFound as IncidentNotFound
from foundation.problems import Conflict, Forbidden


class RequestsStillOpen(Conflict):
    """An incident with open requests is not closed over their heads."""

    ja = "まだ終わっていない要請が{count}件あります。完了または取り消してから、災害を終了してください。"
    en = "Requests still open: {count}. Please close or cancel them, then close the incident."


class OthersStillAsking(Conflict):
    """As `RequestsStillOpen`, of requests that the actor may know nothing of."""

    ja = "ほかの協定グループの要請がまだ終わっていません。終わってから、災害を終了してください。"
    en = "Another agreement group still has requests open. Please close the incident when they are done."


class NotYoursToAmend(Forbidden):
    """Only who opened it, a coordinator of a group whose matter it is, or an operator amends or closes it."""

    ja = "被災範囲の変更と災害の終了は、登録した人か幹事・副幹事が行います。幹事に連絡してください。"
    en = "The footprint is amended and the incident closed by who opened it or by a coordinator; please tell them."
