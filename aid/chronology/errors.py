"""Why an entry of the chronology is refused."""

from foundation.problems import Forbidden


class NotInThisGroup(Forbidden):
    """Only contacts of a group write into its record."""

    ja = "この協定グループのクロノロジーには記入できません。自団体が参加しているグループを指定してください。"
    en = "You may not write into this group's chronology. Please name a group your member takes part in."
