"""What this room refuses, and what to do then."""

from foundation.problems import Conflict, Forbidden, Invalid, NotFound


class GroupNotFound(NotFound):
    """The group does not exist, or the actor has no part in it."""

    ja = "協定グループが見つかりません。一覧から選び直してください。"
    en = "There is no such agreement group. Please choose one from the list."


class MemberNotFound(NotFound):
    """The member does not exist, or shares no group with the actor."""

    ja = "構成団体が見つかりません。団体コードか ID を確かめてください。"
    en = "There is no such member. Please check the municipality code or the id."


class PersonNotFound(NotFound):
    """The person does not exist, or works for a member out of the actor's sight."""

    ja = "担当者が見つかりません。ID を確かめてください。"
    en = "There is no such person. Please check the id."


class DeskNotFound(NotFound):
    """The desk does not exist, or belongs to a member out of the actor's sight."""

    ja = "窓口が見つかりません。ID を確かめてください。"
    en = "There is no such desk. Please check the id."


class ChannelNotFound(NotFound):
    """The channel is not one of this person's or desk's."""

    ja = "連絡手段が見つかりません。ID を確かめてください。"
    en = "There is no such channel. Please check the id."


class ContactNotFound(NotFound):
    """The contact is not one of this member's in this group."""

    ja = "協定担当者が見つかりません。一覧を読み直してください。"
    en = "There is no such contact. Please read the list again."


class TemporaryContactNotFound(NotFound):
    """The temporary contact does not exist, or is out of the actor's sight."""

    ja = "臨時連絡先が見つかりません。ID を確かめてください。"
    en = "There is no such temporary contact. Please check the id."


class BadStep(Conflict):
    """The wanted status does not follow the present one."""

    ja = "「{status}」から「{wanted}」へは進められません。進められる段階: {steps}"
    en = "This group can't go from {status_en} to {wanted_en}. Possible next: {steps_en}."


class NotReadyForForce(Conflict):
    """Terms or signatures are lacking."""

    ja = "まだ発効できません。不足しているもの: {lacks}"
    en = "This group can't come into force yet. Lacking: {lacks_en}."


class GroupEnded(Conflict):
    """An agreement that has ended is not changed any more."""

    ja = "この協定は終了しています。続ける場合は新しい協定グループを作ってください。"
    en = "This agreement has ended. To go on, please make a new group."


class NoTerms(Conflict):
    """No version of the agreement is adopted yet."""

    ja = "協定書と協定条件がまだ登録されていません。先に協定書の版を登録してください。"
    en = "This group has no agreement text with terms yet. Please add a version first."


class AlreadyMember(Conflict):
    """It takes part already."""

    ja = "この団体はすでにこの協定グループに参加しています。"
    en = "This body takes part in the group already."


class KindDiffers(Conflict):
    """It is known as another kind."""

    ja = "この団体は別の種別で登録されています。登録されている種別で追加してください。"
    en = "This body is registered as another kind. Please add it as that."


class MemberLeft(Conflict):
    """It has left the group."""

    ja = "この団体はこの協定グループから脱退しています。先にもう一度追加してください。"
    en = "This member has left the group. Please add it again first."


class CoordinatorStays(Conflict):
    """A coordinator hands over before it leaves."""

    ja = "幹事の団体は脱退できません。先に幹事を交代してください。"
    en = "The coordinator can't leave. Please hand over first."


class EmailTaken(Conflict):
    """Another person signs in with this mail address."""

    ja = "このメールアドレスはほかの担当者が使っています。別のアドレスを入力してください。"
    en = "Another person uses this mail address. Please give another one."


class OwnRoles(Forbidden):
    """Nobody gives roles to themselves, or takes their own away."""

    ja = "自分の役割は変えられません。ほかの管理者か運用者に依頼してください。"
    en = "You can't change your own roles. Please ask another administrator or the operator."


class RoleHolder(Forbidden):
    """The mail address by which a holder of a role signs in is changed by those who give roles."""

    ja = "役割のある方のメールアドレスを変えられるのは、その団体の管理者と運用者だけです。管理者に依頼してください。"
    en = "Only an administrator of that member and the operator change the mail address of who holds a role."


class NotAdministrator(Forbidden):
    """Roles are given inside one's own member."""

    ja = "役割を与えられるのは、その団体の管理者と運用者だけです。その団体の管理者に依頼してください。"
    en = "Only an administrator of that member and the operator give roles. Please ask one of them."


class PlaceTaken(Conflict):
    """Another contact stands at this place."""

    ja = "この担当区分のこの順位には、すでに別の担当者がいます。別の順位を指定してください。"
    en = "Another contact already has this place. Please give another order."


class LastContact(Conflict):
    """A member of a group in force keeps one contact of each function."""

    ja = "発効中の協定では、防災と情報の担当者がそれぞれ1人以上必要です。先に後任を登録してください。"
    en = "An agreement in force needs a contact for each function. Please designate a successor first."


class AlreadyConfirmed(Conflict):
    """It counts already."""

    ja = "この臨時連絡先は確認済みです。"
    en = "This temporary contact is confirmed already."


class NotIndependent(Forbidden):
    """Whoever confirms must be another than whoever entered it."""

    ja = "登録した人とは別の人が確認してください。他団体による確認は、同じ協定グループの第三の団体が行います。"
    en = "Somebody else than who entered it must confirm; as another member's, a third member of the same group."


class NdaNotFound(NotFound):
    """The NDA does not exist, or is out of the actor's sight."""

    ja = "秘密保持契約が見つかりません。一覧を読み直してください。"
    en = "There is no such non-disclosure agreement. Please read the list again."


class NoNdaText(Conflict):
    """The group has no text to sign yet."""

    ja = "この協定グループの秘密保持契約書がまだ登録されていません。幹事に登録を依頼してください。"
    en = "This group has no NDA text yet. Please ask the coordinator to add it."


class NdaTextChanged(Conflict):
    """Another version than the newest was confirmed (fact: `number`)."""

    ja = "秘密保持契約書は第{number}版が最新です。最新の版を読んでから、その版に署名してください。"
    en = "The newest text is version {number}. Please read it, then sign that version."


class InvalidNda(Invalid):
    """A day, a person or a note does not fit how the NDA is said to be signed."""


class NdaTakenAway(Conflict):
    """Somebody else ended the person's NDA: a new one is noted by somebody else, too."""

    ja = (
        "あなたの秘密保持契約は、ほかの担当者が終わらせています。必要なときは、署名した書面の登録を、"
        "幹事か自団体のほかの担当者に依頼してください。"
    )
    en = "Somebody else ended your NDA. If needed again, have a signed paper noted by the coordinator or a colleague."


class TooManyScans(Conflict):
    """A member has as many signed papers as are kept (fact: `most`)."""

    ja = (
        "署名した書面の写しは1団体{most}件までです。これ以上は、書面の保管場所を書いて登録してください (way: paper)。"
    )
    en = "A member keeps at most {most} scans of signed papers. Note further ones from paper (way: paper)."


class NdaRevoked(Conflict):
    """It has ended already."""

    ja = "この秘密保持契約はすでに終わっています。もう一度必要なときは、新しく署名してください。"
    en = "This NDA has been revoked already. If it is needed again, please sign a new one."
