"""The Japanese words of the portal for the codes that the API gives."""

SEVERITIES = {
    "7": "震度7",
    "6+": "震度6強",
    "6-": "震度6弱",
    "5+": "震度5強",
    "5-": "震度5弱",
    "4": "震度4",
    "heavy": "大きな被害",
    "light": "軽い被害",
}
"""The worst first, as a board shows them."""

KINDS = {
    "earthquake": "地震",
    "tsunami": "津波",
    "flood": "洪水・大雨",
    "storm": "台風・暴風",
    "nuclear": "原子力災害",
    "cyber": "サイバー攻撃",
    "other": "その他の災害",
}
INCIDENTS = {"open": "対応中", "closed": "終了"}
REQUESTS = {"unverified": "未確認", "open": "募集中", "covered": "充足", "closed": "完了", "cancelled": "取消"}
OFFERS = {
    "offered": "応援可能",
    "provisional": "条件付き",
    "declined": "応援不可",
    "accepted": "応援決定",
    "released": "待機解除",
    "withdrawn": "辞退",
    "expired": "期限切れ",
}
DECISIONS = {"accept": "応援できます", "provisional": "条件付きで応援できます", "decline": "応援できません"}
PRIORITIES = {"1": "人命に関わる", "2": "至急", "3": "通常", "4": "急がない"}
CATEGORIES = {"equipment": "機器", "people": "人", "service": "役務・場所"}
CHANNELS = {"email": "メール", "sms": "SMS"}
VIAS = {
    "portal": "画面",
    "phone": "電話",
    "sms": "SMS",
    "mail": "メール",
    "proxy": "代理",
    "link": "リンク",
    "api": "API",
}
LANES = {
    "safety": "住民の安否確認",
    "certificates": "各種証明事務",
    "outside": "外部との連絡手段",
    "residents": "住民への情報提供",
    "notes": "備考",
}
SUBJECTS = {
    "hall": "庁舎",
    "power": "電源",
    "network": "ネットワーク",
    "systems": "システム",
    "data": "データ",
    "contact_phone": "固定電話",
    "contact_fax": "FAX",
    "contact_mobile": "携帯電話",
    "contact_mail": "メール",
    "contact_internet": "インターネット",
    "contact_lgwan": "LGWAN",
    "contact_satellite": "衛星電話",
    "contact_radio": "防災無線",
    "residents": "住民への情報提供",
    "vendors": "事業者",
}
FIELDS = {
    "kind": "品目",
    "quantity": "数",
    "more": "追加の数",
    "missions": "業務",
    "group": "協定グループ",
    "requester": "要請する団体",
    "priority": "優先度",
    "needed_by": "必要な日時",
    "place": "場所",
    "reason": "理由",
    "contact_phone": "電話番号",
}
STANDINGS = {
    "not_reached": "届いていません",
    "handed_over": "送信済み・未回答",
    "reached": "到達・未回答",
    "received": "受領済み・回答待ち",
    "answered": "回答済み",
}
"""How far a question came to a partner; whom to telephone stands first."""
DELIVERIES = {
    "queued": "送信待ち",
    "sending": "送信中",
    "accepted": "送信済み",
    "delivered": "到達",
    "failed": "未達",
    "superseded": "取りやめ",
    "expired": "期限切れ",
}
CALLS = {
    "calling": "これから電話する（電話中）",
    "reached": "話せた（回答待ち）",
    "no_answer": "応答なし",
    "will_call_back": "折り返し待ち",
    "said_yes": "応援できるとのこと",
    "said_no": "応援できないとのこと",
}
PHONES = {
    "fixed_phone": "固定電話",
    "mobile": "携帯電話",
    "sms": "携帯電話（SMS）",
    "satellite_phone": "衛星電話",
    "disaster_radio": "防災無線",
    "fax": "FAX",
}
FUNCTIONS = {"disaster": "防災", "ict": "情報"}
ATTACHED = {"nda": "秘密保持契約を結んだ人まで", "owner": "自団体だけ"}
MARKS = {"good": "○", "partly": "△", "bad": "×"}
POLICIES = {"none": "未策定", "drafting": "策定中", "adopted": "策定済み"}
WEIGHTS = {"high": "重大", "medium": "中", "low": "軽微"}
FINDINGS = {"open": "対応中", "done": "対応済み（確認待ち）", "accepted": "確認済み"}
CHANGES = {"created": "登録", "changed": "変更", "checked": "変更なしを確認", "retired": "廃止", "restored": "復活"}
DISCLOSURES = {
    "group": "協定グループに公開します",
    "nda": "",
    "owner": "自団体だけが見ます",
}
"""Who sees a field of the inventory; what is said of most is said once, above the form."""
