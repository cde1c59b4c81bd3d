"""What comes of telephoning a partner, and how long somebody counts as being on the telephone."""

from datetime import datetime, timedelta

from aid.labels import Labelled

LONGEST_CALL = timedelta(minutes=10)
"""After this long a call that nobody has ended is taken for over: the caller was called away."""


class CallOutcome(Labelled):
    """架電の結果: `calling` keeps others from telephoning the same partner at the same time."""

    CALLING = "calling", "電話中"
    REACHED = "reached", "話せた（回答待ち）"
    NO_ANSWER = "no_answer", "応答なし"
    WILL_CALL_BACK = "will_call_back", "折り返し待ち"
    SAID_YES = "said_yes", "応援できるとのこと"
    SAID_NO = "said_no", "応援できないとのこと"


def is_calling(outcome: CallOutcome, called_at: datetime, now: datetime) -> bool:
    """Tell whether the last call to a partner still goes on."""
    return outcome is CallOutcome.CALLING and now < called_at + LONGEST_CALL
