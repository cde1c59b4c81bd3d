"""The outbox for operators and coordinators: what waits, what is stuck and why, what the watch found."""

from starlette.responses import Response

from service.portal.visit import Visit

TROUBLES = {
    "untried": "送信が始まりません",
    "failing": "送信がすべて失敗しています",
    "left-behind": "15分以上待つ配信があります",
    "stale-lease": "止まった処理から配信を取り戻しました",
    "open-attempt": "結果のない送信を締めました",
    "missing-timer": "次の照会の予約がなく、入れ直しました",
    "unhandled": "受信の処理が滞っています",
    "counts-differ": "配信の数が合いません",
    "blind": "データベースを読めず、点検できません",
}
STATUSES = {
    "queued": "送信待ち",
    "sending": "送信中",
    "accepted": "送信済み",
    "delivered": "到達",
    "failed": "送信できず",
    "superseded": "送信前に取消",
    "expired": "期限切れ",
}
OUTCOMES = {
    "accepted": "受付",
    "temporary": "一時的な失敗",
    "permanent": "送信できず",
    "unknown": "不明",
    None: "送信中",
}


async def show(visit: Visit) -> Response:
    return visit.render(
        "administration_outbox.html",
        title="送信箱の状況",
        viewer=await visit.viewer(),
        outbox=await visit.api.get("/outbox"),
        troubles=TROUBLES,
        statuses=STATUSES,
        outcomes=OUTCOMES,
    )
