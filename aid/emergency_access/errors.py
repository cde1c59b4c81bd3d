"""Why an emergency access is refused."""

from aid.errors import IncidentClosed as IncidentClosed
from foundation.problems import Conflict, Forbidden, NotFound


class AccessNotFound(NotFound):
    """No such emergency access, or none of a group of this person's."""

    ja = "緊急閲覧が見つかりません。一覧を読み直してください。"
    en = "There is no such emergency access. Please read the list again."


class NoCommitmentOfYours(NotFound):
    """Who asks has promised no aid by such a commitment, or it has ended."""

    ja = "自団体の応援決定が見つかりません。緊急閲覧は、応援が決まっている相手の団体についてだけ求められます。"
    en = "Your member has no such commitment; emergency access is for a member to which yours has committed aid."


class NotInTerms(Conflict):
    """The group's agreement does not know emergency access."""

    ja = "この協定グループの協定条件では、緊急閲覧は認められていません。相手の団体に電話で問い合わせてください。"
    en = "This group's terms know no emergency access. Please call the other member."


class OwnerHasNotAllowed(Conflict):
    """The owner has not allowed it; it may still do so, by itself."""

    ja = "相手の団体は緊急閲覧を承諾していません。相手の団体に連絡し、承諾を依頼してください。"
    en = "The other member has not allowed emergency access. Please ask it to do so."


class UndertakingChanged(Conflict):
    """Another text than today's was accepted (fact: `version`)."""

    ja = "誓約の文が第{version}版に改まっています。読み直して、もう一度同意してください。"
    en = "The undertaking is now version {version}. Please read it and accept it again."


class AccessAlreadyAsked(Conflict):
    """The person has one already for this owner in this incident."""

    ja = "この団体の緊急閲覧は、すでに求めているか閲覧中です。一覧で経過を確かめてください。"
    en = "You have asked for this already, or are reading. Please see the list."


class WrongAccessState(Conflict):
    """It stands so that this can't be done (facts: `stands_ja`, `stands`)."""

    ja = "この緊急閲覧はいま「{stands_ja}」なので、この操作はできません。読み直してください。"
    en = "This emergency access is {stands}; this can't be done now. Please read it again."


class AccessLostGround(Conflict):
    """What it hangs on is gone: the incident, the aid, or the owner's word (facts: `cause_ja`, `cause`)."""

    ja = "この緊急閲覧は始められません（{cause_ja}）。必要なら、もう一度求めてもらってください。"
    en = "This emergency access can't begin any more ({cause}). Where needed, have it asked for again."


class OwnAccess(Forbidden):
    """The second person belongs to another member than who asks."""

    ja = "緊急閲覧の確認は、求めた団体とは別の団体の担当者が行います。"
    en = "An emergency access is confirmed by somebody of another member than who asked for it."


class NotYoursToEnd(Forbidden):
    """The owner of the inventory ends it, or the member that reads."""

    ja = "緊急閲覧を終わらせることができるのは、台帳の団体と、閲覧している団体です。"
    en = "An emergency access is ended by the owner of the inventory or by the member that reads."


class NotYoursToReview(Forbidden):
    """The owner or a coordinator reviews it, never the member that has read."""

    ja = "緊急閲覧の点検は、台帳の団体か幹事・副幹事が行います。閲覧した団体は行えません。"
    en = "The owner or a coordinator reviews an emergency access, never the member that has read."
