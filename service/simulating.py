"""The words of `yuimaru simulate` and what it prints: a played day of a disaster, policies side by side."""

import argparse
import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foundation.settings import Settings
from service.errors import RefusedError

if TYPE_CHECKING:
    from aid.simulation.playing import Played
    from aid.simulation.world import World

Run = Callable[[Settings, argparse.Namespace], None]
Add = Callable[[Any, str, Run, str], argparse.ArgumentParser]
SCALES = (30, 300, 1741)
AREAS = ("nankai", "tohoku-2011")
POLICIES = {
    "plan": "全体の計画（今後の要請を見込む）",
    "plan-without-forecast": "全体の計画（見込みなし）",
    "waves": "要請ごとの一斉照会",
    "nearest-five": "近い順に5団体ずつ",
    "one-by-one": "1件ずつ電話",
    "mail-to-all": "全団体にメール",
}
REAL = "real"
SHOWN = {**POLICIES, REAL: "実際のプログラム（要請ごとの一斉照会）"}
WORDS = {
    "unmet": "満たせなかった割合（優先度で重みづけ）",
    "unmet_clairvoyant": "すべてを先に知っていた場合の、満たせない割合",
    "urgent_wait_p50_h": "優先度1が満たされるまで（時間、中央値）",
    "urgent_wait_p90_h": "優先度1が満たされるまで（時間、90%の要請）",
    "wait_p50_h": "満たされるまで（時間、中央値）",
    "wait_p90_h": "満たされるまで（時間、90%の要請）",
    "messages": "通知の数",
    "messages_per_unit": "1単位あたりの通知",
    "double_commitments": "二重の約束（単位）",
    "declined_units": "断った申し出（単位）",
    "busiest_partner_messages": "最も多く受けた団体の通知",
    "objective_ratio": "割当の費用と最適値の比",
}


def add_simulate(commands: Any, add: Add) -> None:
    """Add the command to the operator's own."""
    simulate = add(commands, "simulate", _simulate, "架空の災害の一日を再現し、応援の集め方を比べる（DBは使わない）")
    # It opens no database and no gateway: what is set wrong for them must not stop it
    simulate.set_defaults(has_settings=False)
    where = simulate.add_mutually_exclusive_group()
    where.add_argument("--scale", type=int, choices=SCALES, default=30, help="団体数（既定 30）")
    where.add_argument("--world", metavar="FILE", help="世界ファイル（JSON）を読み込む")
    simulate.add_argument("--area", choices=AREAS, default="nankai", help="被災範囲（既定 nankai）")
    simulate.add_argument("--seed", type=int, default=1, metavar="N", help="乱数の種（既定 1）")
    simulate.add_argument(
        "--real",
        action="store_true",
        help="模型ではなく実際のプログラムで行う（一時的なデータベースとメモリ内の送信路を使う）",
    )
    simulate.add_argument("--policy", choices=POLICIES, default="plan", help="応援の集め方（既定 plan）")
    simulate.add_argument("--json", action="store_true", help="結果をJSONで表示する")
    simulate.add_argument("--log", metavar="FILE", help="照会・回答・決定を時刻つきで書き出す（JSON）")
    simulate.add_argument("--report", metavar="FOLDER", help="図（SVG）と結果の表をフォルダに書き出す")
    simulate.add_argument("--beside", action="append", choices=POLICIES, default=[], help="報告で並べて比べる集め方")
    simulate.add_argument("--save-world", metavar="FILE", help="使った世界を世界ファイルに書き出す")


def _simulate(_: Settings, arguments: argparse.Namespace) -> None:
    # Imported here: other commands need none of it.
    from aid.simulation import playing, presenting, writing  # noqa: PLC0415

    world = _world(arguments)
    every = playing.play(world, *dict.fromkeys([*([] if arguments.real else [arguments.policy]), *arguments.beside]))
    policy = REAL if arguments.real else arguments.policy
    if arguments.real:
        every = _played_for_real(world) | every
    played = every[policy]
    if arguments.save_world:
        _write(Path(arguments.save_world), writing.world_text(world))
    if arguments.log:
        _write(Path(arguments.log), writing.log_text(world, policy, played.ledger.log))
    if arguments.report:
        for name, text in presenting.report(world, every, SHOWN, WORDS).items():
            _write(Path(arguments.report) / name, text)
    about = {"world": world.name, "seed": world.seed, "policy": policy}
    if arguments.json:
        print(json.dumps(about | played.figures, ensure_ascii=False), flush=True)
    else:
        print(_in_words(world, policy, played.figures), flush=True)


def _played_for_real(world: "World") -> "dict[str, Played]":
    from aid.simulation import playing  # noqa: PLC0415 — as above
    from aid.simulation.candidates import Candidates  # noqa: PLC0415 — as above
    from service import simulation  # noqa: PLC0415 — as above

    day = asyncio.run(simulation.run(world))
    return playing.measured(Candidates(world), {REAL: day.ledger})


def _in_words(world: "World", policy: str, figures: Mapping[str, float | int | None]) -> str:
    hit = sum(member.severity is not None for member in world.members)
    whole = f"{len(world.members)}団体、うち揺れた団体 {hit}、要請 {len(world.requests)}件"
    head = f"{world.name}（種 {world.seed}）: {whole}"
    rows = [f"  {WORDS[name]}: {'—' if value is None else format(value, ',')}" for name, value in figures.items()]
    return "\n".join([head, f"集め方: {SHOWN[policy]}", *rows])


def _world(arguments: argparse.Namespace) -> "World":
    from aid.simulation import footprints, making, reading  # noqa: PLC0415 — as above

    if arguments.world is None:
        return making.make(arguments.scale, arguments.seed, footprints.Area(arguments.area))
    try:
        return reading.read_world(Path(arguments.world).read_text(encoding="utf-8"))
    except OSError as error:
        raise RefusedError(
            f"{arguments.world} を読めません（{error.strerror}）。ファイルを確かめてください。"
        ) from None
    except UnicodeDecodeError:
        raise RefusedError(f"{arguments.world} はUTF-8ではありません。UTF-8で保存してください。") from None
    except reading.WorldFileError as error:
        raise RefusedError(f"{arguments.world}: {error}") from None


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RefusedError(f"{file} に書けません（{error.strerror}）。場所を確かめてください。") from None
