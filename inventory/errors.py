"""What the inventory refuses, and what to do instead."""

from foundation.problems import Conflict, Forbidden, Gone, Invalid, NotFound


class CapabilityNotFound(NotFound):
    """It does not exist, or is not offered to any group of this person's member."""

    ja = "この支援可能内容は見つかりません。一覧から選び直してください。"
    en = "There is no such capability; please choose it from the list again."


class InvalidCapability(Invalid):
    """A field of a capability names something that is not there."""


class NotYourInventory(Forbidden):
    """Another member's capabilities are kept by itself, or by the coordinator of a group it is bound by."""

    ja = (
        "登録・変更できるのは自団体の支援可能内容です。"
        "ほかの団体の分は、その団体か協定グループの幹事に依頼してください。"
    )
    en = "You may keep your own member's capabilities only; ask that member or the group's coordinator."


class NotEnough(Conflict):
    """More is asked than is free (facts: `available`, `kind_ja`, `kind`)."""

    ja = "{kind_ja}で、いま提供できる数は{available}です。数量を{available}以下にしてください。"
    en = "Only {available} of {kind} can be given now; ask for {available} or less."


class NotHeld(Conflict):
    """More is to be committed than is held for it (fact: `held`)."""

    ja = "この申出のために確保されている数は{held}です。数量を{held}以下にするか、申出をやり直してもらってください。"
    en = "Only {held} are held for this offer; take {held} or less, or have the offer renewed."


class LessThanPromised(Conflict):
    """The quantity would fall under what is promised (facts: `promised`, `held`, `committed`)."""

    ja = (
        "すでに{promised}（申出中{held}、応援決定{committed}）を約束しています。"
        "数量を{promised}以上にするか、先に申出を取り下げてください。"
    )
    en = (
        "{promised} are promised already ({held} offered, {committed} committed); "
        "keep at least {promised}, or withdraw the offers first."
    )


class StillPromised(Conflict):
    """A capability that is promised to somebody can't be removed (facts: `promised`, `held`, `committed`)."""

    ja = (
        "{promised}（申出中{held}、応援決定{committed}）を約束しているため、削除できません。"
        "先に申出を取り下げるか、数量を{promised}に変更してください。"
    )
    en = (
        "{promised} are promised ({held} offered, {committed} committed), so this can't be removed; "
        "withdraw the offers first, or set the quantity to {promised}."
    )


class KeptByRecord(Conflict):
    """A capability that follows a piece of equipment in the inventory is changed there (fact: `record`)."""

    ja = "この数量は、台帳の機器の「貸出できる数」に連動しています。台帳の記録 {record} を変更してください。"
    en = "This quantity follows what can be lent of a piece of equipment; change inventory record {record} instead."


class NothingToTakeOut(Forbidden):
    """There is nothing in the inventory that this person may read."""

    ja = "出力できる記録がありません。秘密保持契約と、2つの要素でのサインインを確かめてください。"
    en = "There is nothing you may take out. See to the NDA, and sign in with two factors."


class RecordNotFound(NotFound):
    """It does not exist, or is not open to this person."""

    ja = "台帳の記録が見つかりません。一覧を読み直してください。"
    en = "There is no such inventory record. Please read the list again."


class InvalidRecord(Invalid):
    """A field of a record is wrong, unknown to its kind, or holds a secret."""


class InvalidReading(Invalid):
    """Another member's inventory is read for a group and a purpose; one of them lacks or is not so."""


class EmergencyAccessOver(Gone):
    """The reader's own emergency access has ended, or what it hung on has."""

    ja = "この緊急閲覧は終わっています。まだ必要なときは、緊急閲覧をもう一度求めてください。"
    en = "This emergency access has ended. Where it is still needed, please ask for another one."


class NotYourRecords(Forbidden):
    """An inventory is kept by its own member's people."""

    ja = "台帳を登録・変更できるのは、その団体の職員だけです。"
    en = "Only the member's own people keep its inventory."


class RecordRetired(Conflict):
    """What is retired is not changed any more."""

    ja = "この記録は廃止されています。変更する場合は、先に復活させてください。"
    en = "This record is retired. To change it, please restore it first."


class RecordNotRetired(Conflict):
    """It can't be restored."""

    ja = "この記録は廃止されていません。一覧を読み直してください。"
    en = "This record is not retired. Please read the list again."


class TooManyRecords(Conflict):
    """A member has as many records as are kept (fact: `most`)."""

    ja = "台帳の記録は1団体{most}件までです。使わない記録を整理してください。"
    en = "A member keeps at most {most} records. Please tidy up those no longer in use."


class GuestPoolNotFound(NotFound):
    """It does not exist, or is another member's."""

    ja = "ゲストIDの区分が見つかりません。一覧を読み直してください。"
    en = "There is no such pool of guest IDs. Please read the list again."


class GuestIdNotFound(NotFound):
    """It does not exist, or is neither the own member's nor meant for one of its helpers."""

    ja = "ゲストIDが見つかりません。一覧を読み直してください。"
    en = "There is no such guest ID. Please read the list again."


class InvalidGuest(Invalid):
    """A field about guest IDs does not fit."""


class GuestLabelTaken(Conflict):
    """A pool has a guest ID of that name."""

    ja = "この名前のゲストIDは、この区分にすでにあります。別の名前にしてください。"
    en = "This pool has a guest ID of that name already. Please choose another name."


class TooManyGuestIds(Conflict):
    """A member has as many as are kept (fact: `most`)."""

    ja = "ここに登録できるのは{most}件までです。使わないものを整理してください。"
    en = "No more than {most} are kept here. Please tidy up those no longer in use."


class WrongGuestState(Conflict):
    """A guest ID stands so that this can't be done (facts: `stands_ja`, `stands`, `needed_ja`, `needed`)."""

    ja = (
        "このゲストIDはいま「{stands_ja}」です。この操作は「{needed_ja}」のときにできます。一覧を読み直してください。"
    )
    en = "This guest ID is {stands}; this can be done when it is {needed}. Please read the list again."


class PoolRetired(Conflict):
    """Nothing is prepared, reserved or renewed in a retired pool."""

    ja = "このゲストIDの区分は廃止されています。別の区分を使ってください。"
    en = "This pool of guest IDs is retired. Please use another one."


class GuestsStillOut(Conflict):
    """A pool is retired when nobody has an ID of it (fact: `many`)."""

    ja = "割当済み・利用中のゲストIDが{many}件あります。停止してから廃止してください。"
    en = "{many} guest IDs are reserved or in use. Please revoke them first."


class NotCommittedToYou(Conflict):
    """A guest ID is for helpers that another member has committed to the owner."""

    ja = "自団体への応援決定が見つかりません。ゲストIDは、応援が決まった団体の応援者にだけ割り当てられます。"
    en = "There is no such commitment to your member; guest IDs are for helpers of a member that has committed aid."


class GuestIdGivenBefore(Conflict):
    """Within one commitment a guest ID stays one person's."""

    ja = "このゲストIDは、同じ応援でほかの人に発行されています。別のゲストIDを割り当ててください。"
    en = "This guest ID was issued to somebody else for the same aid. Please reserve another one."


class PrerequisitesMissing(Conflict):
    """What the pool demands of a helper is not confirmed (facts: `missing_ja`, `missing`)."""

    ja = "発行の前に、{missing_ja}を確認してください。"
    en = "Before it is issued, please confirm: {missing}."


class AttachmentNotFound(NotFound):
    """It does not exist, or is not open to this person."""

    ja = "添付ファイルが見つかりません。一覧を読み直してください。"
    en = "There is no such attachment. Please read the list again."


class InvalidAttachment(Invalid):
    """A field about an attachment is wrong, or holds a secret."""


class AttachmentRetired(Conflict):
    """What is retired is not changed any more."""

    ja = "この添付ファイルは廃止されています。必要な場合は、新しく登録してください。"
    en = "This attachment is retired. If it is needed, please upload it anew."


class TooManyAttachments(Conflict):
    """A member has as many versions as are kept (fact: `most`)."""

    ja = "添付ファイルは版を含めて1団体{most}件までです。増やす必要があるときは、運用者に相談してください。"
    en = "A member keeps at most {most} files, versions included. If more are needed, please ask the operator."


class AttachmentsTooLarge(Conflict):
    """A member's files have as many bytes as are kept (facts: `most`, `left`, in megabytes)."""

    ja = "添付ファイルは合計{most} MBまでで、残りは{left} MBです。ファイルを小さくするか、運用者に相談してください。"
    en = "A member's files have at most {most} MB in all, {left} MB are left; make it smaller, or ask the operator."
