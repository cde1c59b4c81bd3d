"""Why an act on a plan is refused."""

from foundation.problems import Conflict, NotFound


class PlanNotFound(NotFound):
    """There is no such plan, or none that the actor may see."""

    ja = "計画が見つかりません。災害と協定グループを確かめてください。"
    en = "There is no such plan. Please check the incident and the group."


class PlanningNotBegun(Conflict):
    """The requests of this group in this disaster are not planned together (yet)."""

    ja = "このグループの要請は、まだまとめて計画していません。協定条件の件数に達すると始まります。"
    en = "The requests of this group are not planned together yet; that begins with the number in the terms."


class RuleNotFound(NotFound):
    """There is no such rule for this request."""

    ja = "計画への指示が見つかりません。計画の画面を開き直してください。"
    en = "There is no such rule for this request. Please open the plan again."


class RuleStands(Conflict):
    """The same line and partner, or the request's order, has a rule already."""

    ja = "同じ対象への指示がすでにあります。先にその指示を取り消してください。"
    en = "There is a rule for this already. Please end that one first."
