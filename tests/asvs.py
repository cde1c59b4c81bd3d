"""What OWASP ASVS 5.0.0 asks of a service like this one, in 62 lines that a test can show, and what no test shows.

A test that shows something of a line carries `@pytest.mark.asvs("<requirement>", …)`; docs/asvs.md is made from both.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """検証項目: requirements shown together. `unmet` is why no test shows it, `rest` what the tests leave open."""

    number: int
    requirements: tuple[str, ...]
    level: str
    en: str
    ja: str
    rest: str = ""
    unmet: str = ""


def _line(number: int, requirements: str, level: str, en: str, ja: str, *, rest: str = "", unmet: str = "") -> Line:
    return Line(number, tuple(requirements.split()), level, en, ja, rest, unmet)


LINES = (
    _line(
        1,
        "1.2.1 1.2.3",
        "1",
        "Stored text never becomes markup, script or another message",
        "保存された文が画面や通知を壊さない",
    ),
    _line(2, "1.2.4", "1", "No input reaches the database as SQL", "入力がSQLとして働かない"),
    _line(3, "1.2.10", "3", "No exported cell is a formula", "出力した表に数式がない"),
    _line(
        4,
        "1.3.6",
        "2",
        "Calls go to public or named hosts, and follow no redirect",
        "外向きの通信先を限り、転送に従わない",
    ),
    _line(
        5,
        "1.3.11",
        "2",
        "Line ends in input add no mail header and no recipient",
        "改行でメールの見出しや宛先を足せない",
    ),
    _line(
        6,
        "1.3.12",
        "3",
        "No regular expression runs away on hostile input",
        "正規表現が入力で暴走しない",
        rest="Expressions made within functions, and those of libraries, are not measured.",
    ),
    _line(
        7,
        "1.5.2",
        "2",
        "Nothing that comes in is unpickled or loaded as objects",
        "受け取ったものを物として復元しない",
    ),
    _line(
        8, "2.2.1 2.2.3", "1–2", "Every field is checked, also against its neighbours", "項目を単独でも組でも検査する"
    ),
    _line(9, "2.3.1", "1", "No step is skipped", "段階を飛ばせない"),
    _line(
        10,
        "2.3.3",
        "2",
        "What belongs together is one transaction, also when killed",
        "まとまりは一つの処理として残る",
    ),
    _line(11, "2.3.4", "2", "Two at once can't both get the last one", "最後の一つを二者が取れない"),
    _line(
        12,
        "2.3.5",
        "3",
        "A second person confirms emergency access",
        "緊急閲覧は二人目が確かめる",
        rest="Issuing a guest ID asks for two factors of one person, not for two people.",
    ),
    _line(
        13,
        "2.4.1",
        "2",
        "Who calls too often has to wait, nobody is locked out",
        "多すぎる呼び出しは待たせ、締め出さない",
        rest="Only sign-in, directories, programs and automatic replies have limits; the rest is the proxy's.",
    ),
    _line(
        14,
        "3.3.1 3.3.3 3.3.4",
        "1–2",
        "The session's cookie is bound to the host and out of reach",
        "セッションのクッキーを守る",
    ),
    _line(
        15,
        "3.4.1 3.4.2 3.4.3 3.4.4 3.4.5 3.4.6",
        "1–2",
        "Every answer carries the security headers",
        "すべての応答に保護の見出しがある",
    ),
    _line(
        16,
        "3.5.1 3.5.3",
        "1",
        "Other sites' forms are refused, and reading changes nothing",
        "他サイトの送信を断り、閲覧は何も変えない",
    ),
    _line(
        17, "4.1.1 4.1.4", "1–3", "Content types are right, unlisted methods are refused", "内容の種類と操作を限る"
    ),
    _line(18, "4.1.3", "2", "Forwarding headers count from the proxy alone", "転送の見出しはプロキシからだけ信じる"),
    _line(
        19,
        "5.2.1 5.2.2 5.2.3 5.2.4 5.2.5 5.2.6",
        "1–3",
        "Files are bounded and judged by content",
        "ファイルを大きさと中身で判定する",
    ),
    _line(20, "5.3.2 5.4.2", "1–2", "File names are made by the server", "ファイル名はサーバーが付ける"),
    _line(
        21,
        "6.2.1 6.2.4",
        "1–2",
        "Passwords are long and not common",
        "短い・よくあるパスワードを断る",
        rest="No test shows the absence of forced rotation; pasting is the browser's, nothing here hinders it.",
    ),
    _line(22, "6.3.1", "1", "Guessing is stopped, and its owner is told", "当て推量を止め、本人に知らせる"),
    _line(23, "6.3.3", "2", "Nothing under an NDA is read with one factor", "一要素では秘密を読めない"),
    _line(
        24,
        "6.3.8",
        "3",
        "Known and unknown people get the same answer in the same time",
        "登録の有無が応答から分からない",
    ),
    _line(
        25,
        "6.4.1",
        "1",
        "First secrets are random, single-use and end",
        "最初の秘密は一回限りで期限がある",
        rest="What lies in an envelope is made by its owner; the product can't see how.",
    ),
    _line(
        26,
        "6.4.4",
        "2",
        "A lost factor is replaced through a colleague, on the record",
        "失った要素は同僚を通じて取り直す",
    ),
    _line(27, "6.5.1 6.5.2 6.5.5", "2", "Codes count once and for a short time", "コードは一回、短時間だけ使える"),
    _line(
        28,
        "6.6.1 6.6.2 6.6.3",
        "2",
        "One-time codes by SMS are restricted",
        "SMSの使い捨てコードを限る",
        unmet="Doesn't apply: no code for signing in is sent by SMS. Reply codes answer a question, sign nobody in.",
    ),
    _line(
        29,
        "6.8.1 6.8.4",
        "2",
        "A subject counts for its issuer alone, and its factors are judged",
        "外部認証の同一人と強さを確かめる",
    ),
    _line(
        30, "7.1.1 7.3.1 7.3.2", "2", "Sessions end when idle and after a shift", "無操作と時間でセッションが終わる"
    ),
    _line(
        31,
        "7.1.2",
        "2",
        "The number of parallel sessions is defined and told",
        "同時サインイン数を定めて知らせる",
    ),
    _line(
        32,
        "7.2.4 7.4.1",
        "1",
        "Signing in and changing persons makes a new session and ends the old",
        "サインインごとに新しく、前のものは終わる",
    ),
    _line(33, "7.4.2", "1", "Disabling somebody ends all sessions at once", "停止した人はただちに締め出される"),
    _line(
        34,
        "7.5.1 7.5.2 7.5.3",
        "2–3",
        "Changing how one signs in asks again; sessions can be ended",
        "重要な変更は再認証を求める",
    ),
    _line(
        35, "8.1.1 8.2.1", "1", "Every operation has its row in the page of rights", "すべての操作に権限の行がある"
    ),
    _line(
        36,
        "8.2.2 8.4.1",
        "1–2",
        "Nobody reaches another member's things by swapping ids",
        "IDを替えても他団体に届かない",
    ),
    _line(37, "8.2.3", "2", "Fields are shown by who may see each", "項目ごとに見える人を限る"),
    _line(38, "8.3.2", "3", "What is revoked is refused at the next request", "取り消しは次の要求から効く"),
    _line(
        39,
        "9.1.1 9.1.2 9.1.3 9.2.1 9.2.2 9.2.3",
        "1–2",
        "Forged, expired and foreign tokens are refused",
        "偽造・期限切れのトークンを断る",
    ),
    _line(
        40,
        "10.1.1 10.2.1",
        "2",
        "PKCE and a state bound to the browser; tokens stay on the server",
        "PKCEと状態を検査する",
    ),
    _line(
        41,
        "10.5.1 10.5.2 10.5.3 10.5.4",
        "2",
        "Nonce, issuer, audience and subject are checked",
        "IDトークンの中身を検査する",
        rest="Logout tokens (10.5.5) are not offered.",
    ),
    _line(
        42,
        "11.3.2 11.3.4",
        "1–3",
        "Values are sealed with AES-GCM, no nonce twice",
        "認証付き暗号で封じ、ノンスを繰り返さない",
    ),
    _line(43, "11.4.2", "2", "Passwords are argon2id hashes", "パスワードはargon2idで残す"),
    _line(
        44,
        "11.5.1",
        "2",
        "Answer tokens have 128 bits",
        "回答の鍵は128ビット以上",
        unmet="Not met on purpose: they have 6–10 characters, to fit an SMS. Each answers a question, reads nothing "
        "else, ends with it, and is kept as a digest; slowing guesses at /r/ is the proxy's.",
    ),
    _line(
        45,
        "12.1.1 12.3.1",
        "1–2",
        "Every link is TLS 1.2 or newer",
        "通信はTLS 1.2以上",
        unmet="Met elsewhere: inbound TLS is the proxy's, that of the database is set in its URL. Outbound "
        "certificates are checked (tests/foundation/test_outward.py), gateways may be plain on the operator's word.",
    ),
    _line(
        46,
        "13.2.4",
        "2",
        "Only named rooms call out",
        "外へ通信する箇所を限る",
        rest="A contract on imports and judged addresses; the operating system's own allow list is the operator's.",
    ),
    _line(47, "13.3.1", "2", "No secret lies in the database, logs or error pages", "秘密を記録や画面に残さない"),
    _line(
        48,
        "13.4.2 13.4.5",
        "2",
        "No debug mode, no open documentation page or metrics",
        "デバッグと計測値を公開しない",
        rest="/openapi.json is open on purpose: it describes, and holds no data.",
    ),
    _line(
        49,
        "14.1.1 14.1.2",
        "2",
        "Every field has a class that says who sees it",
        "項目ごとの区分が扱いを決める",
        rest="Inventory fields and sealed columns have classes; a table by the municipal levels 1–3 does not exist.",
    ),
    _line(50, "14.2.1", "1", "No personal data and no session stands in an address", "URLに個人情報を載せない"),
    _line(
        51,
        "14.2.6",
        "3",
        "Mobile numbers are masked until asked for",
        "携帯番号を伏せて示す",
        unmet="Not met: the API's field is the number itself, by contract. It is shown to members of the same group "
        "alone, and each reading by others stands on the record.",
    ),
    _line(
        52,
        "14.2.7",
        "3",
        "What is over is deleted in time",
        "期限を過ぎたものを消す",
        rest="The record, requests and the chronology are kept without an end.",
    ),
    _line(
        53,
        "14.3.1 14.3.2 14.3.3",
        "1–2",
        "Leaving clears the browser; nothing is stored in it",
        "退出時に端末から消す",
    ),
    _line(
        54,
        "15.1.2 15.2.4",
        "2–3",
        "Dependencies are pinned by hash",
        "部品をハッシュで固定する",
        rest="No SBOM is made; the lock files are the list.",
    ),
    _line(
        55,
        "15.3.1 15.3.3",
        "1–2",
        "Unknown fields are refused, answers hold what is declared",
        "定めた項目だけを受け渡す",
    ),
    _line(
        56,
        "15.3.7",
        "2",
        "What is said twice is refused",
        "二重の項目を断る",
        rest="Gateways' hooks and directories (SCIM), whose protocols are theirs, take the last value.",
    ),
    _line(57, "15.4.2", "3", "Looking and acting are one step", "確認と実行を一度に行う"),
    _line(
        58,
        "16.1.1 16.2.1 16.2.2",
        "2",
        "Records say who, what and when, by one clock",
        "誰が何をいつしたかを残す",
        rest="The log inventory is docs/record.md; no test reads it.",
    ),
    _line(
        59,
        "16.3.1 16.3.2 16.3.3",
        "2",
        "Sign-ins, readings and exports stand in the record",
        "サインインと閲覧を記録する",
        rest="A refused call is counted and logged with its operation and status, not put into the record.",
    ),
    _line(
        60,
        "16.4.1 16.4.2",
        "2",
        "Input makes no log line, and every change of the record is found",
        "記録の改ざんを見つける",
    ),
    _line(61, "16.4.3", "2", "Checkpoints leave the machine", "検証値を機械の外に置く"),
    _line(
        62,
        "16.5.1 16.5.2 16.5.3 16.5.4",
        "2–3",
        "Errors tell nothing, one dependency down fails closed",
        "誤りは内情を明かさず閉じる",
    ),
)
BY_REQUIREMENT = {requirement: line for line in LINES for requirement in line.requirements}
