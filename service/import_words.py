"""The words of `yuimaru import …`."""

import argparse
import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from foundation.settings import Settings

Run = Callable[[Settings, argparse.Namespace], None]
Add = Callable[[Any, str, Run, str], argparse.ArgumentParser]
WORK = 600.0
"""Seconds that an import may take through a server."""


def add_import(commands: Any, add: Add) -> None:
    """Add the command to the operator's own."""
    imports = commands.add_parser("import", help="ファイルから取り込む", description="ファイルから取り込む")
    acts = imports.add_subparsers(required=True, metavar="WHAT", title="取り込むもの")
    capabilities = add(acts, "capabilities", _capabilities, "多数の団体の支援可能内容を CSV から取り込む")
    capabilities.add_argument(
        "file",
        metavar="FILE",
        help="見出しは 団体コード,品目,数量,準備時間,最大日数,仕様,条件。誤りがあれば1行も書き込みません",
    )


def _capabilities(settings: Settings, arguments: argparse.Namespace) -> None:
    # Imported here: the whole service takes longer to load than the other commands to run.
    from service import operating  # noqa: PLC0415

    wanted = {"path": str(Path(arguments.file).resolve())}
    said = asyncio.run(operating.carry_out(settings, "import.capabilities", wanted, work=WORK))
    print(said, flush=True)
