"""`yuimaru`: the operator's command."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from foundation import logs
from foundation.database import AlreadyOpenError
from foundation.database.scope import RoleRefusedError
from foundation.mode import Mode, WrongModeError
from foundation.sealing import SealError
from foundation.settings import Settings, SettingsError, variable
from notifications.gateways.base import Gateway
from service.errors import RefusedError
from service.import_words import add_import
from service.key_words import add_keys
from service.simulating import add_simulate

OWNER_ONLY = 0o077
REFUSED = 2
"""The exit code of what was not carried out, like argparse's own; 1 is what a check says of a broken record."""
BREAKERS = {"closed": "送信できます", "open": "つながりません（10秒ごとに確認中）", "half_open": "つながるか確認中"}
LONG_WORK = 6 * 3600.0
"""Seconds that reading a whole record through a server may take."""
EXPECTED = (RefusedError, SettingsError, AlreadyOpenError, RoleRefusedError, WrongModeError, SealError)
"""What an operator can mend; everything else is a defect and shows where it happened."""


def main() -> None:
    """Carry out the command that the words after `yuimaru` name."""
    arguments = _parser().parse_args()
    # Database, key and sockets are the service's alone.
    os.umask(OWNER_ONLY)
    try:
        arguments.run(Settings.from_environment() if arguments.has_settings else Settings(), arguments)
    except EXPECTED as error:
        print(f"yuimaru: {error}", file=sys.stderr)
        sys.exit(REFUSED)
    except KeyboardInterrupt:
        sys.exit(130)


def _serve(settings: Settings, arguments: argparse.Namespace) -> None:
    # Imported here: the whole service takes longer to load than the other commands to run.
    from service.serve import serve  # noqa: PLC0415

    logs.configure(settings.log_level)
    serve(settings, _say, with_worker=True if arguments.worker else None)


def _work(settings: Settings, _: argparse.Namespace) -> None:
    from service.serve import work  # noqa: PLC0415 — as above

    logs.configure(settings.log_level)
    work(settings)


def _migrate(settings: Settings, _: argparse.Namespace) -> None:
    from service import operating  # noqa: PLC0415 — as above

    _say(asyncio.run(operating.migrate(settings)))


def _demo(settings: Settings, arguments: argparse.Namespace) -> None:
    from service import operating, resetting  # noqa: PLC0415 — as above

    if arguments.reset:
        _say(resetting.reset(settings))
    if settings.mode is Mode.LIVE:
        raise RefusedError("デモは訓練モードだけです。YUIMARU_MODE を外すか drill にしてください。")
    settings = settings.model_copy(update={"mode": Mode.DRILL})
    _say(asyncio.run(operating.migrate(settings)))
    _say(asyncio.run(operating.carry_out(settings, "demo", {})))


def _token(settings: Settings, arguments: argparse.Namespace) -> None:
    from service import operating  # noqa: PLC0415 — as above

    wanted: dict[str, Any] = {"assurance": arguments.assurance}
    if arguments.days is not None:
        wanted["days"] = arguments.days
    if not arguments.operator:
        wanted["email"] = arguments.email
    if arguments.revoke:
        wanted["revoke"] = True
    _say(asyncio.run(operating.carry_out(settings, "token", wanted)))


def _invite(settings: Settings, arguments: argparse.Namespace) -> None:
    from service import operating  # noqa: PLC0415 — as above

    wanted = {"email": arguments.email, "base_url": settings.base_url, "resets_factors": arguments.reset_factors}
    _say(asyncio.run(operating.carry_out(settings, "invite", wanted)))


def _verify(settings: Settings, arguments: argparse.Namespace) -> None:
    from service import operating  # noqa: PLC0415 — as above
    from service.record import reports  # noqa: PLC0415 — as above

    wanted = {"checkpoint": _checkpoint_in(arguments.checkpoint)} if arguments.checkpoint else {}
    report = asyncio.run(operating.carry_out(settings, "audit.verify", wanted, work=LONG_WORK))
    _say(report if arguments.json else reports.in_words(report))
    if not reports.is_whole(report):
        sys.exit(1)


def _checkpoint_in(file: str) -> dict[str, Any]:
    """Return what a saved mail or text (`-`: standard input) says of an anchor. Raises RefusedError."""
    from foundation.audit import checkpoints  # noqa: PLC0415 — as above

    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise RefusedError(f"{file} を読めません（{error.strerror}）。ファイルを確かめてください。") from None
    try:
        kept = checkpoints.read_file(content)
    except checkpoints.NoCheckpointError:
        raise RefusedError(
            "控えを読み取れません。届いたメールの「番号」の行から、16桁4組のハッシュの行までを渡してください。"
        ) from None
    return {"number": kept.number, "hash": kept.hash.hex()}


def _settings(settings: Settings, _: argparse.Namespace) -> None:
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = ",".join(default) if isinstance(default, tuple) else "" if default is None else str(default)
        mark = " ←設定済み" if name in settings.model_fields_set else ""
        _say(f"{variable(name)}{mark}\n    {field.description}\n    既定 (default): {shown or '(なし)'}")


def _gateways(settings: Settings, _: argparse.Namespace) -> None:
    from notifications.gateways.opening import open_gateways  # noqa: PLC0415 — as above
    from service import operating  # noqa: PLC0415 — as above

    operating.check(settings)
    gateways = open_gateways(settings.mail_urls, settings.sms_urls, mail_from=settings.mail_from, mark="")
    views = _known_views(settings)
    _say(f"メール（差出人 {settings.mail_from}、上から優先）")
    _list(settings.mail_urls, gateways.mail, views)
    _say("SMS（上から優先）")
    _list(settings.sms_urls, gateways.sms, views)


def _test_gateway(settings: Settings, arguments: argparse.Namespace) -> None:
    from service import operating  # noqa: PLC0415 — as above

    wanted = {"gateway": arguments.name, "address": arguments.address}
    _say(asyncio.run(operating.carry_out(settings, "gateways.test", wanted)))


def _known_views(settings: Settings) -> dict[str, Any]:
    """Return what the database knows of each gateway; nothing before there is one."""
    from service import operating  # noqa: PLC0415 — as above

    try:
        said = json.loads(asyncio.run(operating.carry_out(settings, "gateways", {})))
    except RefusedError as error:
        _say(f"状態は表示できません: {error}")
        return {}
    return {view["name"]: view for view in said["items"]}


def _list(urls: tuple[str, ...], gateways: tuple[Gateway, ...], views: Mapping[str, Any]) -> None:
    for url, gateway in zip(urls, gateways, strict=True):
        hook = f"、受信 /hooks/sms/{gateway.name}/***/mo" if gateway.hook_secret else ""
        weight = "" if gateway.weight is None else f"、重み {gateway.weight}"
        rate = "" if gateway.rate is None else f"、毎秒 {gateway.rate:g} 通"
        _say(f"  {gateway.name}: {_without_secrets(url)}、同時 {gateway.window} 通{rate}{weight}{hook}")
        if view := views.get(gateway.name):
            _say(f"    {_state(view)}")


def _state(view: Mapping[str, Any]) -> str:
    held = f"、{view['held_until']} まで待機（相手の指定）" if view["held_until"] else ""
    error = f"、最後の異常 {view['last_code']}（{view['last_error_at']}）" if view["last_error_at"] else ""
    return f"{BREAKERS[view['breaker']]}、健全度 {view['health']}/100、送信中 {view['in_flight']} 通{held}{error}"


def _without_secrets(url: str) -> str:
    parts = urlsplit(url)
    where = f"//{parts.netloc.rpartition('@')[2]}" if parts.netloc else ""
    return f"{parts.scheme}:{where}"


def _story(settings: Settings, arguments: argparse.Namespace) -> None:
    from service.story import play  # noqa: PLC0415 — as above

    play(arguments.url or _address(settings), arguments.hook, _say)


def _address(settings: Settings) -> str:
    has_own_port = "port" in settings.model_fields_set and "base_url" not in settings.model_fields_set
    return f"http://127.0.0.1:{settings.port}" if has_own_port else settings.base_url


def _say(text: str) -> None:
    print(text, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="yuimaru",
        description="結まーる: 自治体間の災害時ICT相互応援。設定は環境変数で行います (yuimaru settings)。",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", title="コマンド")
    serve = _command(commands, "serve", _serve, "サービスを起動する（組み込みデータベースでは配信も行う）")
    serve.add_argument("--worker", action="store_true", help="PostgreSQL でも同じプロセスで配信を行う")
    _command(commands, "worker", _work, "配信だけを行う（PostgreSQL 用、サーバと別のプロセス）")
    _command(commands, "migrate", _migrate, "データベースを作成し、最新の版にする")
    _command(commands, "settings", _settings, "設定の一覧（意味と既定値）")
    _add_token(commands)
    invite = _command(commands, "invite", _invite, "担当者にサインインの招待メールを送る")
    invite.add_argument("email", metavar="EMAIL", help="担当者のメールアドレス")
    invite.add_argument("--reset-factors", action="store_true", help="認証アプリ・パスキー・印刷コードも無効にする")
    _add_audit(commands)
    add_keys(commands, _command)
    add_import(commands, _command)
    _add_gateways(commands)
    demo = _command(commands, "demo", _demo, "デモデータを読み込む（訓練モードのみ。何度実行しても増えない）")
    demo.add_argument("--reset", action="store_true", help="既定の場所のデモを消してから読み込む")
    _add_story(commands)
    add_simulate(commands, _command)
    return parser


def _add_token(commands: Any) -> None:
    token = _command(commands, "token", _token, "APIトークンを発行し、トークンだけを表示する")
    whose = token.add_mutually_exclusive_group(required=True)
    whose.add_argument("email", nargs="?", metavar="EMAIL", help="担当者のメールアドレス")
    whose.add_argument("--operator", action="store_true", help="運用者のトークン")
    token.add_argument("--assurance", type=int, choices=(1, 2), default=1, help="2: 二要素とみなす（既定 1）")
    token.add_argument("--revoke", action="store_true", help="発行せず、その人のトークンをすべて無効にする")
    token.add_argument("--days", type=int, metavar="N", help="有効日数（既定 30）")


def _add_gateways(commands: Any) -> None:
    gateways = _command(commands, "gateways", _gateways, "メールとSMSの送信先の一覧（パスワードは表示しない）と試験")
    acts = gateways.add_subparsers(metavar="ACT", title="操作")
    test = _command(acts, "test", _test_gateway, "1つの送信路から、ふだんと同じ経路で試験の1通を送る")
    test.add_argument("name", metavar="NAME", help="送信路の名前")
    test.add_argument("address", metavar="ADDRESS", help="宛先（メールアドレスまたは携帯電話の番号）")


def _add_audit(commands: Any) -> None:
    audit = commands.add_parser("audit", help="監査記録の検査", description="監査記録の検査")
    acts = audit.add_subparsers(required=True, metavar="ACT", title="操作")
    verify = _command(
        acts,
        "verify",
        _verify,
        "監査記録が書き換えられていないことを確かめる（異常があれば終了コード1、検査できなければ2）",
    )
    verify.add_argument("--checkpoint", metavar="FILE", help="メールで届いた控え（- は標準入力）とも照合する")
    verify.add_argument("--json", action="store_true", help="結果をJSONで表示する")


def _add_story(commands: Any) -> None:
    story = _command(commands, "story", _story, "稼働中のデモで、要請から応援決定までを通して行う")
    story.add_argument("--url", help="サービスのアドレス（既定 YUIMARU_BASE_URL）")
    story.add_argument("--hook", default="console/demo", metavar="NAME/SECRET", help="SMS受信の送信先と秘密")


def _command(
    commands: Any, name: str, run: Callable[[Settings, argparse.Namespace], None], says: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=says, description=says)
    parser.set_defaults(run=run, has_settings=True)
    return parser
