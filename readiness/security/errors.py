"""What is refused in the year of information security, and what to do instead."""

from foundation.problems import Conflict, Invalid, NotFound


class YearNotFound(NotFound):
    """No such fiscal year, or it has not begun."""

    ja = "この年度はありません。今年度までの年度を西暦4桁で指定してください（例: 2026）。"
    en = "There is no such fiscal year; give one that has begun, in four digits (e.g. 2026)."


class SheetNotFound(NotFound):
    """No such sheet of the caller's own member."""

    ja = "自己点検票が見つかりません。一覧から選び直してください。"
    en = "There is no such self-check. Please choose one from the list."


class QuestionNotFound(NotFound):
    """The sheet has no such question."""

    ja = "この設問はありません。自己点検票の question から選んでください。"
    en = "There is no such question; choose a `question` of the sheet."


class FindingNotFound(NotFound):
    """No such finding of the caller's own member."""

    ja = "指摘が見つかりません。一覧から選び直してください。"
    en = "There is no such finding. Please choose one from the list."


class InvalidPolicy(Invalid):
    """The days of a policy don't fit each other."""


class InvalidSheet(Invalid):
    """The period of a sheet lies outside its year."""


class InvalidAnswer(Invalid):
    """An answer that needs a comment has none."""


class InvalidFinding(Invalid):
    """A finding names somebody or something that is not there, or a day that has passed."""


class UnknownTraining(Invalid):
    """The training is none of the member's groups."""


class NoPolicyYet(Conflict):
    """There is no policy that anybody could have read."""

    ja = "策定済みのポリシーが登録されていません。先に策定日を登録してください。"
    en = "No adopted policy is stated yet. Please state it with its date first."


class YearNotOpen(Conflict):
    """Only this fiscal year and the one before are worked on."""

    ja = "登録できるのは今年度と前年度の分だけです。"
    en = "Only the present fiscal year and the one before can be worked on."


class YearlyCheckExists(Conflict):
    """The year's own sheet was begun already."""

    ja = "この年度の定期の自己点検票はすでにあります。続きを記入するか、随時の点検として始めてください。"
    en = "This year's self-check exists already. Please go on with it, or begin an ad-hoc one."


class SheetFinished(Conflict):
    """A finished sheet stays as it is."""

    ja = "この自己点検票は完了しています。改めて点検するときは、随時の点検を始めてください。"
    en = "This self-check is finished. Please begin an ad-hoc one to check again."


class Unanswered(Conflict):
    """Questions are still open (fact: `count`)."""

    ja = "まだ{count}問に回答していません。すべてに回答してから完了してください。"
    en = "{count} questions are still open. Please answer all of them first."


class CheckNotFinished(Conflict):
    """The audit looks at a finished sheet."""

    ja = "この年度の自己点検票がまだ完了していません。完了してから監査を終えてください。"
    en = "This year's self-check is not finished yet; the audit comes after it."


class AuditConcluded(Conflict):
    """The year's audit is over."""

    ja = "この年度の監査は終わっています。"
    en = "This year's audit has been concluded already."


class AuditNotConcluded(Conflict):
    """The review looks back on an audit."""

    ja = "この年度の監査がまだ終わっていません。監査を終えてから見直しを登録してください。"
    en = "This year's audit is not concluded yet; the review comes after it."


class YearClosed(Conflict):
    """The review has closed the year."""

    ja = "この年度は見直しで締めています。次の年度の分として登録してください。"
    en = "This year was closed by its review. Please enter it for the next year."


class OwnWork(Conflict):
    """Nobody judges what they did themselves."""

    ja = "自分が完了したものは、自分では確認できません。ほかの監査担当に頼んでください。"
    en = "Nobody accepts their own work. Please ask another auditor."


class WrongFindingState(Conflict):
    """The act does not follow from how the finding stands (facts: `stands_ja`, `stands`)."""

    ja = "この指摘は「{stands_ja}」です。いまの状態を読み直してください。"
    en = "This finding is {stands}. Please read it again."


class ReviewNotWritten(Conflict):
    """There is no review to sign."""

    ja = "この年度の見直しがまだ登録されていません。登録してから承認してください。"
    en = "This year's review is not written yet; the approval comes after it."


class ReviewApproved(Conflict):
    """The review was signed already."""

    ja = "この年度の見直しは承認済みです。"
    en = "This year's review has been approved already."
