"""The acts that this room knows; who may do them is decided in `service/policy.py`."""

from foundation.actor import Permission

VIEW_INCIDENTS = Permission("aid.view_incidents")
VIEW_AID = Permission("aid.view")
VIEW_MATCHES = Permission("aid.view_matches")
VIEW_OFFERS = Permission("aid.view_offers")
OPEN_INCIDENT = Permission("aid.open_incident")
AMEND_INCIDENT = Permission("aid.amend_incident")
CLOSE_INCIDENT = Permission("aid.close_incident")
REPORT_SITUATION = Permission("aid.report_situation")
ASK = Permission("aid.ask")
ASK_BY_PROXY = Permission("aid.ask_by_proxy")
ANSWER = Permission("aid.answer")
ACCEPT = Permission("aid.accept")
COORDINATE = Permission("aid.coordinate")
SEE_PLAN = Permission("aid.see_plan")
TELEPHONE = Permission("aid.telephone")
WRITE_CHRONOLOGY = Permission("aid.write_chronology")
KEEP_CARDS = Permission("aid.keep_request_cards")
SEE_ACCESS = Permission("aid.see_emergency_access")
ASK_ACCESS = Permission("aid.ask_emergency_access")
CONFIRM_ACCESS = Permission("aid.confirm_emergency_access")
END_ACCESS = Permission("aid.end_emergency_access")
REVIEW_ACCESS = Permission("aid.review_emergency_access")

ALL: dict[Permission, str] = {
    VIEW_INCIDENTS: "災害とその被災範囲を見る",
    VIEW_AID: "応援要請、被災状況、クロノロジーを見る",
    VIEW_MATCHES: "応援できる団体の順位と理由を見る",
    VIEW_OFFERS: "応援申出と、通知が届いたかどうかを見る",
    OPEN_INCIDENT: "災害を登録する",
    AMEND_INCIDENT: "登録した災害の被災範囲を直す",
    CLOSE_INCIDENT: "災害の対応を終了する",
    REPORT_SITUATION: "自団体の被災状況を報告し、同じ協定グループの団体に代わって報告する",
    ASK: "自団体の応援要請を出し、変更し、終える",
    ASK_BY_PROXY: "同じ協定グループの団体に代わって応援要請を出す",
    ANSWER: "自団体への照会に回答し、応援を申し出て、辞退する",
    ACCEPT: "自団体の要請に対する申出を受け入れる（応援決定）",
    COORDINATE: "協定グループの幹事・副幹事として、要請と申出の全体を見て調整する",
    SEE_PLAN: "計画（照会の案、不足とその理由）のうち、自団体の要請についての部分を見る",
    TELEPHONE: "自団体の要請について、照会した団体の電話番号の一覧を見て、架電を記録する",
    WRITE_CHRONOLOGY: "クロノロジーに手書きで記入する",
    KEEP_CARDS: "自団体の要請カード（コードと受入場所）を作り、直す",
    SEE_ACCESS: "協定グループの緊急閲覧の経過を見る",
    ASK_ACCESS: "自団体が応援を決定した団体の台帳の緊急閲覧を求め、閲覧する",
    CONFIRM_ACCESS: "ほかの団体が求めた緊急閲覧を、2人目として確認する",
    END_ACCESS: "自団体の台帳の、または自団体の担当者の緊急閲覧を終わらせる",
    REVIEW_ACCESS: "終わった緊急閲覧を点検して、結果を記録する",
}
