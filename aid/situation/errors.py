"""Why a situation report is refused."""

from foundation.problems import Forbidden


class NotYoursToReport(Forbidden):
    """A member's state is reported by its own contacts, or by contacts of a member of the same group."""

    ja = "この団体の被災状況は報告できません。報告できるのは、その団体か同じ協定グループの団体の担当者です。"
    en = "You may not report for this member; its own contacts and those of its agreement group may."
