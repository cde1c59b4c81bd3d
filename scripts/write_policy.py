"""Write docs/policy.md from service/policy.py; run it whenever an act, a principal or an operation changes."""

from collections.abc import Iterable
from pathlib import Path

from service.app import OPERATIONS
from service.policy import ALL, APPROVER, NAMES, OPEN, PAGE, REACHES

TARGET = Path(__file__).parents[1] / "docs" / "policy.md"
TEXT = """\
# だれが何をできるか (who may do what)

This page is made from `service/policy.py` by `scripts/write_policy.py`. The tenancy tests call every operation as
every principal and hold the answers against it.

各欄は、その立場の人の行為がどこまで及ぶかを表します。「グループ」は、同じ協定グループに自ら署名して参加している団体まで
です（協定の発効中に限ります）。「自団体」には、自団体に宛てられたものを含みます。見えないものは、存在しないものと同じ
答え（404）になります。

{page}

発効前と終了後のグループでは、幹事は協定の準備（構成団体、協定書、段階）だけを行えます。

承認者の役割を持つ人は、自団体について次のことも行えます: {approver}。

## 行為ごとの操作 (operations by act)

{operations}

## サインインのいらない操作 (open to anyone)

{open}
"""


def rendered() -> str:
    """Return the page as it is kept."""
    at = {act: [f"`{each.method} {each.path}`" for each in OPERATIONS if each.permission == act] for act in PAGE}
    return TEXT.format(
        page=_table(
            ["行為", *NAMES.values()],
            ([ALL[act], *map(REACHES.__getitem__, reaches)] for act, reaches in PAGE.items()),
        ),
        approver="、".join(ALL[act] for act in PAGE if act in APPROVER),
        operations=_table(["行為", "操作"], ([ALL[act], " ".join(paths)] for act, paths in at.items() if paths)),
        open=_table(
            ["操作", "資格"],
            ([f"`{each.method} {each.path}`", OPEN[each.name]] for each in OPERATIONS if each.permission is None),
        ),
    )


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])


if __name__ == "__main__":
    TARGET.write_text(rendered(), encoding="utf-8")
