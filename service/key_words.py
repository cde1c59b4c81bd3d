"""The words of `yuimaru keys …` and what is asked of whoever types them."""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

from foundation.settings import Settings
from service.errors import RefusedError

Run = Callable[[Settings, argparse.Namespace], None]
Add = Callable[[Any, str, Run, str], argparse.ArgumentParser]


def add_keys(commands: Any, add: Add) -> None:
    """Add the commands to the operator's own."""
    keys = commands.add_parser("keys", help="鍵の交換・更新・消去", description="鍵の交換・更新・消去")
    acts = keys.add_subparsers(required=True, metavar="ACT", title="操作")
    add(acts, "show", _show, "データ鍵の状態（件数）を表示する")
    rotate = add(acts, "rotate", _rotate, "主鍵を新しくする（データ鍵をすべて包み直す。前の鍵は .old- として残る）")
    # Else somebody who types the words themselves after `--passphrase` is not stopped
    rotate.allow_abbrev = False
    rotate.add_argument(
        "--passphrase-file",
        metavar="FILE",
        help="鍵ファイルの代わりに、このファイル（- は端末から入力）の合言葉を主鍵にする",
    )
    reseal = add(acts, "reseal", _reseal, "構成団体のデータ鍵を新しくし、古い値を順に書き換える")
    reseal.add_argument("member", metavar="MEMBER", help="団体コードか id（受信メッセージは inbound）")
    erase = add(acts, "erase", _erase, "構成団体のデータ鍵を消去し、封印された値を二度と開けなくする（確認あり）")
    erase.add_argument("member", metavar="MEMBER", help="団体コードか id")


def _show(settings: Settings, _: argparse.Namespace) -> None:
    print(_carried_out(settings, "keys.show", {}), flush=True)


def _rotate(settings: Settings, arguments: argparse.Namespace) -> None:
    from foundation.sealing import passphrases  # noqa: PLC0415 — loaded only where it is needed

    wanted: dict[str, Any] = {}
    if arguments.passphrase_file:
        wanted["passphrase"] = passphrases.read_new(arguments.passphrase_file)
    print(_carried_out(settings, "keys.rotate", wanted), flush=True)


def _reseal(settings: Settings, arguments: argparse.Namespace) -> None:
    print(_carried_out(settings, "keys.reseal", {"member": arguments.member}), flush=True)


def _erase(settings: Settings, arguments: argparse.Namespace) -> None:
    owner = json.loads(_carried_out(settings, "keys.owner", {"member": arguments.member}))
    print(
        f"{owner['name']} の封印された値（電話番号、メールアドレス、ゲストIDの秘密など）がすべて失われます。\n"
        f"元に戻せません。続けるには {owner['confirmation']} と入力してください: ",
        end="",
        flush=True,
    )
    typed = sys.stdin.readline().strip()
    if not typed:
        raise RefusedError("入力がないため、何も消去していません。")
    print(_carried_out(settings, "keys.erase", {"member": arguments.member, "confirmation": typed}), flush=True)


def _carried_out(settings: Settings, command: str, wanted: dict[str, Any]) -> str:
    from service import operating  # noqa: PLC0415 — as above

    return asyncio.run(operating.carry_out(settings, command, wanted))
