"""What the operator's commands do once a database is open: beside a running server it is the server that does it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, ValidationError

from foundation.audit.checkpoints import Checkpoint
from foundation.fields import Line, Schema
from foundation.problems import Language, Problem
from foundation.sealing import SealError
from notifications import providers
from service import demo
from service import gateway_commands as gateways
from service import import_commands as imports
from service import key_commands as keys
from service.errors import RefusedError
from service.house import House
from service.identity.actions import DAYS, issue_operator_token, issue_token, revoke_tokens
from service.identity.invitations.actions import invite_by_email
from service.record import reports


class Nothing(Schema):
    """引数なし."""


class TokenWanted(Schema):
    """トークンの発行: for the person with this mail address, or for the operator where there is none."""

    email: Line | None = None
    assurance: Annotated[int, Field(ge=1, le=2)] = 1
    days: Annotated[int, Field(ge=1, le=3660)] = DAYS
    revoke: bool = False


class InvitationWanted(Schema):
    """サインインの招待: by mail to the person with this address; `base_url` is where the link leads."""

    email: Line
    base_url: Line
    resets_factors: bool = False


class CheckpointKept(Schema):
    """控え: an anchor's number and its hash in hexadecimal digits."""

    number: Annotated[int, Field(ge=0, lt=10**15)]
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class VerificationWanted(Schema):
    """監査記録の検査: against a checkpoint, if there is one."""

    checkpoint: CheckpointKept | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """運用コマンド: one that needs the database; what it returns is printed."""

    arguments: type[Schema]
    run: Callable[[House, Any], Awaitable[str]]


async def _token(house: House, wanted: TokenWanted) -> str:
    if wanted.revoke:
        if wanted.email is None:
            raise RefusedError("--revoke には担当者のメールアドレスが必要です。")
        ended = await house.database.write(revoke_tokens, wanted.email)
        return f"{ended}件のトークンを無効にしました。"
    if wanted.email is None:
        return await house.database.write(issue_operator_token, days=wanted.days)
    return await house.database.write(issue_token, wanted.email, assurance=wanted.assurance, days=wanted.days)


async def _invite(house: House, wanted: InvitationWanted) -> str:
    await house.database.write(invite_by_email, wanted.email, wanted.base_url, resets_factors=wanted.resets_factors)
    return "招待メールを送信待ちに入れました（72時間、一度だけ有効）。"


async def _gateways(house: House, _: Nothing) -> str:
    gateways = house.gateways
    return (await house.database.read(providers.views, gateways.sms + gateways.mail)).model_dump_json()


async def _demo(house: House, _: Nothing) -> str:
    is_new = await house.database.write(demo.load, house.mode)
    return "デモデータを読み込みました。" if is_new else "デモデータは読み込み済みです。"


async def _migrate(house: House, _: Nothing) -> str:
    # Whoever has a house open has found it migrated.
    return f"データベースは最新です（{house.mode}）。"


async def _verify(house: House, wanted: VerificationWanted) -> str:
    kept = wanted.checkpoint
    return await house.database.read(
        reports.verify, Checkpoint(kept.number, bytes.fromhex(kept.hash)) if kept else None
    )


COMMANDS: Mapping[str, Command] = {
    "token": Command(TokenWanted, _token),
    "invite": Command(InvitationWanted, _invite),
    "gateways": Command(Nothing, _gateways),
    "demo": Command(Nothing, _demo),
    "audit.verify": Command(VerificationWanted, _verify),
    "migrate": Command(Nothing, _migrate),
    "gateways.test": Command(gateways.GatewayTestWanted, gateways.test),
    "import.capabilities": Command(imports.FileWanted, imports.capabilities),
    "keys.show": Command(Nothing, keys.show),
    "keys.rotate": Command(keys.Rotation, keys.rotate),
    "keys.reseal": Command(keys.OwnerWanted, keys.reseal),
    "keys.owner": Command(keys.OwnerWanted, keys.show_owner),
    "keys.erase": Command(keys.Erasure, keys.erase),
}


async def run(house: House, name: str, arguments: Mapping[str, Any]) -> str:
    """Carry out a command by its name. Raises RefusedError."""
    command = COMMANDS.get(name)
    if command is None:
        raise RefusedError(f"このサーバは {name} を実行できません。サーバとコマンドの版をそろえてください。")
    try:
        return await command.run(house, command.arguments.model_validate(arguments))
    except ValidationError as error:
        raise RefusedError(_faults(error)) from None
    except Problem as problem:
        raise RefusedError(problem.detail(Language.JA)) from None
    except SealError as error:
        raise RefusedError(str(error)) from None


def _faults(error: ValidationError) -> str:
    wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
    return f"引数に誤りがあります (wrong argument): {wrong}"
