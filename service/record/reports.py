"""What a check of the record found, as JSON and in words."""

import json
from typing import Any

from sqlalchemy.orm import Session

from agreements import queries as agreements
from foundation.audit import SERVICE
from foundation.audit.chain import instant
from foundation.audit.checkpoints import Checkpoint
from foundation.audit.faults import Fault, FaultKind
from foundation.audit.verifying import Verification
from foundation.audit.verifying import verify as verified
from service.record.checkpoints import first_broken

WORDS = {
    FaultKind.EDITED: ("書き換えられています", "edited"),
    FaultKind.MISSING: ("抜けています", "missing"),
    FaultKind.INSERTED: ("差し込まれています", "inserted"),
    FaultKind.REORDERED: ("順番が変えられています", "reordered"),
    FaultKind.TRUNCATED: ("末尾が失われています", "cut off"),
    FaultKind.HEAD: ("先頭の記録 (audit_heads) が鎖と合いません", "the head does not fit the chain"),
    FaultKind.ANCHOR: ("封印 (audit_anchors) と合いません", "does not fit the anchors"),
    FaultKind.CHECKPOINT: (
        "送付済みの控えと合いません: 封印が消されたか、作り直されています",
        "not what was mailed as a checkpoint: anchors taken away or made anew",
    ),
    FaultKind.ROLLED_BACK: (
        "控えと合いません: 古い状態に戻されています",
        "not what the checkpoint says: rolled back",
    ),
}


def verify(session: Session, checkpoint: Checkpoint | None = None) -> str:
    """Check the record and return the report as JSON."""
    found = verified(session, checkpoint)
    broken = first_broken(session)
    if broken is not None:
        found.add(Fault(FaultKind.CHECKPOINT, anchor=broken))
    return json.dumps(_report(session, found), ensure_ascii=False)


def is_whole(report: str) -> bool:
    """Tell whether a report found nothing wrong."""
    return bool(json.loads(report)["whole"])


def in_words(report: str) -> str:
    """Return a report as an operator reads it."""
    found = json.loads(report)
    counted = f"行 {found['rows']}、鎖 {found['chains']}、封印 {found['anchors']}"
    newest = found["newest"]
    lines = [f"最新の封印: 番号 {newest['number']}、{newest['at']}、{newest['hash']}"] if newest else []
    lines += [_in_notice(found["unsealed"])] if found["unsealed"] else []
    if found["whole"]:
        return "\n".join([f"監査記録に異常はありません（{counted}）。 (the record is whole)", *lines])
    lines = [f"監査記録に{found['found']}件の異常があります（{counted}）。 (the record is broken)", *lines]
    lines += [_in_words(each) for each in found["faults"]]
    if found["found"] > len(found["faults"]):
        lines.append(f"ほか{found['found'] - len(found['faults'])}件")
    return "\n".join([*lines, "次にすること: docs/record.md の「When it is broken」"])


def _in_notice(unsealed: dict[str, Any]) -> str:
    return (
        f"ご注意: {unsealed['since']} からの記録（鎖 {unsealed['chains']}）に封印がありません。配信 (worker) が"
        "動いていたなら、封印が消されています。 (not anchored: no worker ran, or anchors were taken away)"
    )


def _report(session: Session, found: Verification) -> dict[str, Any]:
    newest = found.newest
    names = agreements.name_of_members(session, {fault.chain for fault in found.faults if fault.chain})
    return {
        "whole": found.is_whole,
        "rows": found.rows,
        "chains": found.chains,
        "anchors": found.anchors,
        "newest": newest
        and {"number": newest.number, "at": newest.at and instant(newest.at), "hash": newest.hash.hex()},
        "unsealed": {"chains": found.unsealed, "since": found.unsealed_since} if found.unsealed else None,
        "found": found.faults_in_all,
        "faults": [_told(each, names) for each in found.faults],
    }


def _told(fault: Fault, names: dict[str, tuple[str | None, str]]) -> dict[str, Any]:
    name = "サービス" if fault.chain == SERVICE else names[fault.chain][1] if fault.chain in names else None
    return {
        "kind": fault.kind.value,
        "chain": fault.chain,
        "name": name,
        "sequence": fault.sequence,
        "until": fault.until,
        "anchor": fault.anchor,
    }


def _in_words(fault: dict[str, Any]) -> str:
    ja, en = WORDS[FaultKind(fault["kind"])]
    where = []
    if fault["chain"] is not None:
        where.append(f"鎖 {fault['chain']}" + (f"（{fault['name']}）" if fault["name"] else ""))
    if fault["sequence"] is not None:
        where.append(f"番号 {fault['sequence']}" + (f"〜{fault['until']}" if fault["until"] else ""))
    if fault["anchor"] is not None:
        where.append(f"封印 {fault['anchor']}")
    return f"- {'、'.join(where)}: {ja} ({en})"
