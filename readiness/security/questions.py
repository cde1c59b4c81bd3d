"""What the self-check asks, and what the record says to each question before anybody answers it.

A suggestion is no answer: a named person gives that, and says why where it is better than the numbers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

Numbers = Mapping[str, int]


class CheckMark(StrEnum):
    """点検の記号: kept, kept in part, not kept."""

    GOOD = "good"
    PARTLY = "partly"
    BAD = "bad"

    @property
    def label(self) -> str:
        return {"good": "○", "partly": "△", "bad": "×"}[self.value]


class Question(StrEnum):
    """自己点検の設問: what is looked at each year."""

    OWN_ID = "own_id"
    PASSWORDS = "passwords"
    SWITCHING = "switching"
    TERMINALS = "terminals"
    LEAVERS = "leavers"
    READERS = "readers"
    LOOKED_AT = "looked_at"
    DELIVERIES = "deliveries"
    GUESTS = "guests"
    RESTORE = "restore"
    INVENTORY = "inventory"
    POLICY = "policy"
    RECORD = "record"


@dataclass(frozen=True, slots=True)
class Asked:
    """設問の文: the question, what was found (with the numbers by name), and what the numbers suggest."""

    ja: str
    en: str
    found_ja: str
    found_en: str
    suggest: Callable[[Numbers], CheckMark | None]


def suggested(question: Question, numbers: Numbers) -> CheckMark | None:
    """Return what the numbers suggest; None where they say nothing, or only a person can tell."""
    return ASKED[question].suggest(numbers)


def needs_comment(mark: CheckMark, suggestion: CheckMark | None) -> bool:
    """Tell whether an answer has to be explained: what is not kept, and what the numbers see as worse."""
    order = list(CheckMark)
    return mark is not CheckMark.GOOD or (suggestion is not None and order.index(suggestion) > order.index(mark))


def _graded(*, bad: bool, partly: bool) -> CheckMark:
    return CheckMark.BAD if bad else CheckMark.PARTLY if partly else CheckMark.GOOD


def _own_id(n: Numbers) -> CheckMark | None:
    """One person who makes all sign-ins of several is what the record of a shared sign-in looks like."""
    if not n["sign_ins"]:
        return None
    return _graded(bad=n["people"] > 1 and n["signed_in"] == 1, partly=n["signed_in"] < n["people"])


def _passwords(n: Numbers) -> CheckMark | None:
    if not n["sign_ins"]:
        return None
    return _graded(bad=not n["two_factors"], partly=bool(n["one_factor"]))


def _switching(n: Numbers) -> CheckMark:
    return _graded(bad=bool(n["terminals"]) and not n["switches"], partly=bool(n["never_switched"]))


def _terminals(n: Numbers) -> CheckMark:
    return _graded(bad=False, partly=n["pin_refused"] >= GUESSES)


def _leavers(n: Numbers) -> CheckMark:
    return _graded(bad=bool(n["with_rights"]), partly=bool(n["idle"]))


def _readers(n: Numbers) -> CheckMark:
    return _graded(bad=False, partly=bool(n["without_nda"]))


def _looked_at(n: Numbers) -> CheckMark | None:
    return None if n["readings"] else CheckMark.GOOD


def _deliveries(n: Numbers) -> CheckMark:
    lost = n["failed"] + n["expired"]
    return _graded(bad=lost * 5 > n["deliveries"], partly=bool(lost or n["waiting"]))


def _guests(n: Numbers) -> CheckMark:
    return _graded(bad=bool(n["not_revoked"]), partly=bool(n["awaiting_rotation"]))


def _restore(n: Numbers) -> CheckMark | None:
    if not n["systems"]:
        return None
    return _graded(bad=not n["within_year"], partly=n["within_year"] < n["systems"])


def _inventory(n: Numbers) -> CheckMark | None:
    return _graded(bad=n["old"] * 2 >= n["records"], partly=bool(n["old"])) if n["records"] else None


def _policy(n: Numbers) -> CheckMark:
    return _graded(bad=not n["adopted"], partly=n["readers"] < n["people"])


def _record(n: Numbers) -> CheckMark:
    return _graded(bad=bool(n["faults"]), partly=False)


GUESSES = 5
"""Wrong numbers at shared terminals in the period, from which on somebody should ask who tries."""
ASKED: Mapping[Question, Asked] = {
    Question.OWN_ID: Asked(
        "担当者はそれぞれ自分のIDでサインインしていますか。",
        "Does everybody sign in under their own ID?",
        "有効な担当者{people}人のうち{signed_in}人がサインイン（計{sign_ins}回、1人で最多{most}回）",
        "{signed_in} of {people} active people signed in ({sign_ins} times, {most} by one person)",
        _own_id,
    ),
    Question.PASSWORDS: Asked(
        "パスワードを教え合わず、2つの要素でサインインしていますか。",
        "Are passwords kept to oneself, and two factors used?",
        "サインイン{sign_ins}回（PINを除く）のうち2要素{two_factors}回、1要素{one_factor}回、失敗{refused}回",
        "of {sign_ins} sign-ins (without PINs) {two_factors} by two factors, {one_factor} by one; {refused} refused",
        _passwords,
    ),
    Question.SWITCHING: Asked(
        "共用端末では、交代のたびに担当者を切り替えていますか。",
        "Do people take turns at shared terminals under their own names?",
        "使われた共用端末{terminals}台、PINによる交代{switches}回、交代が一度もない端末{never_switched}台",
        "{terminals} shared terminals in use, {switches} changes by PIN, {never_switched} without any change",
        _switching,
    ),
    Question.TERMINALS: Asked(
        "共用端末は必要な台数だけで、だれが使うかを把握していますか。",
        "Are there only as many shared terminals as needed, and is it known who uses them?",
        "新しく登録{registered}台、使われた{terminals}台、1台を使った人数は最多{most_people}人、PINの誤り{pin_refused}回",
        "{registered} registered, {terminals} in use, at most {most_people} people on one, {pin_refused} wrong PINs",
        _terminals,
    ),
    Question.LEAVERS: Asked(
        "異動・退職した人のIDと権限を、もれなく止めていますか。",
        "Are the IDs and rights of people who left all ended?",
        "無効にした担当者で役割・協定担当者・秘密保持契約が残る人{with_rights}人、1年間サインインのない人{idle}人",
        "{with_rights} disabled people with rights left; {idle} active people have not signed in for a year",
        _leavers,
    ),
    Question.READERS: Asked(
        "ほかの団体の台帳を見た人は、いまも秘密保持契約が有効ですか。",
        "Do those who read other members' inventories still have an NDA in force?",
        "秘密保持契約による閲覧{readings}回（検討{planning}、訓練{drill}、災害{incident}）、閲覧者{readers}人、"
        "いま契約が切れている人{without_nda}人。ほかに緊急閲覧{emergency}回",
        "{readings} readings under an NDA (planning {planning}, drill {drill}, incident {incident}) by {readers} "
        "people, {without_nda} of them without one today; {emergency} more by emergency access",
        _readers,
    ),
    Question.LOOKED_AT: Asked(
        "自団体の台帳をだれが何のために見たかを確かめ、心当たりのない閲覧はありませんか。",
        "Has it been looked at who read our inventory and why, and is every reading accounted for?",
        "ほかの団体からの閲覧{readings}回（うち秘密保持契約による{under_nda}回、緊急閲覧{emergency}回）、"
        "{members}団体{readers}人",
        "{readings} readings by others ({under_nda} under an NDA, {emergency} by emergency access): {readers} people "
        "of {members} members",
        _looked_at,
    ),
    Question.DELIVERIES: Asked(
        "届かない連絡先や、未対応の受信を放置していませんか。",
        "Is nothing left undelivered or unread?",
        "自団体あての配信{deliveries}件、うち失敗{failed}件、期限切れ{expired}件、対応待ちの受信{waiting}件",
        "{deliveries} deliveries to us, {failed} failed, {expired} expired; {waiting} messages wait for a person",
        _deliveries,
    ),
    Question.GUESTS: Asked(
        "利用の終わったゲストIDは、すべて停止して更新しましたか。",
        "Are all guest IDs revoked and renewed after their use?",
        "ゲストID{prepared}個、利用中{in_use}個、停止しないまま期限切れ{not_revoked}個、更新待ち{awaiting_rotation}個",
        "{prepared} guest IDs, {in_use} in use, {not_revoked} ran out unrevoked, {awaiting_rotation} to be renewed",
        _guests,
    ),
    Question.RESTORE: Asked(
        "バックアップから戻せることを、この1年に試しましたか。",
        "Has a restore from backup been tried within the year?",
        "台帳の業務システム{systems}件のうち、復元試験が1年以内{within_year}件、それより前{earlier}件、記録なし{never}件",
        "of {systems} systems {within_year} tested within a year, {earlier} earlier, {never} without a date",
        _restore,
    ),
    Question.INVENTORY: Asked(
        "台帳を1年以内に確かめましたか。",
        "Has the inventory been checked within the year?",
        "台帳の記録{records}件のうち、1年を超えて確認のないもの{old}件",
        "{old} of {records} records have not been checked for over a year",
        _inventory,
    ),
    Question.POLICY: Asked(
        "情報セキュリティポリシーがあり、全員が読みましたか。",
        "Is there an information-security policy, and has everybody read it?",
        "策定済みの版{adopted}件、いまの版を読んだと記録した人は{people}人のうち{readers}人",
        "{adopted} policy adopted; {readers} of {people} people have noted that they read the present version",
        _policy,
    ),
    Question.RECORD: Asked(
        "自団体の監査記録に、書き換えや欠けはありませんか。",
        "Is the member's own record whole?",
        "自団体の鎖{rows}行を検算、異常{faults}件",
        "{rows} rows of the own chain recomputed, {faults} faults",
        _record,
    ),
}
