"""The commands `yuimaru keys …`, as whoever has the database open carries them out."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

from pydantic import Field

from foundation.fields import Line, Schema
from foundation.sealing import Keyring, keyfile, passphrases
from foundation.sealing.masters import Master
from service import keys
from service.errors import RefusedError
from service.house import House


class Rotation(Schema):
    """主鍵の交換: to a new key file or, where one is given, to a key that follows from a passphrase."""

    passphrase: Annotated[str, Field(min_length=passphrases.LEAST, max_length=passphrases.MOST)] | None = None


class OwnerWanted(Schema):
    """鍵の持ち主の指定: a member by its code or id, or one of the owners that are no members."""

    member: Line


class Erasure(Schema):
    """鍵の消去: which member, and what the operator typed to confirm it."""

    member: Line
    confirmation: Line


async def rotate(house: House, wanted: Rotation) -> str:
    """Exchange the master key; at every moment either the former file or the new one opens the database."""
    keyring = house.database.surroundings.keyring
    assert isinstance(keyring, Keyring)
    file = keyring.masters.file
    if file is None:
        if wanted.passphrase is None:
            raise RefusedError("主鍵のファイルの場所が分かりません。YUIMARU_KEY_FILE を指定してください。")
        return await _rotate_to_passphrase(house, wanted.passphrase, None)
    with keyfile.exchange(file):
        if wanted.passphrase is not None:
            return await _rotate_to_passphrase(house, wanted.passphrase, file)
        return await _rotate_to_file(house, file)


async def _rotate_to_passphrase(house: House, passphrase: str, file: Path | None) -> str:
    count = await house.database.write(keys.rotate_to_passphrase, passphrase)
    if file is not None:
        await asyncio.to_thread(keyfile.retire, file)
    return f"主鍵を合言葉に替えました（データ鍵{count}件）。次の起動から YUIMARU_KEY_PASSPHRASE_FILE が要ります。"


async def _rotate_to_file(house: House, file: Path) -> str:
    master = Master.of(await asyncio.to_thread(keyfile.lay_beside, file))
    count = await house.database.write(keys.rotate, master)
    await asyncio.to_thread(keyfile.put_in_place, file, master.id)
    return (
        f"主鍵を交換しました（データ鍵{count}件、新しい鍵 {master.id}）。{file} の控えを取り直してください。"
        "前の鍵は .old- の付いたファイルに残っています。以前の控えが不要になったら消してください。"
    )


async def reseal(house: House, wanted: OwnerWanted) -> str:
    """Renew a member's data key."""
    version = await house.database.write(keys.reseal, wanted.member)
    return f"データ鍵の版{version}を使い始めました。5分後から常駐処理が古い値を書き換え、終わると前の版を消します。"


async def show_owner(house: House, wanted: OwnerWanted) -> str:
    """Say whose keys a word means, before they are erased."""
    owner = await house.database.read(keys.owner_of, wanted.member)
    return json.dumps({"name": owner.name, "confirmation": owner.confirmation}, ensure_ascii=False)


async def erase(house: House, wanted: Erasure) -> str:
    """Destroy a member's data keys."""
    lost = await house.database.write(keys.erase, wanted.member, wanted.confirmation)
    is_clean = await house.database.shred("data_keys")
    kept = "控え（バックアップ）" if is_clean else "データベースのログと控え（バックアップ）"
    count = sum(lost.values())
    return f"鍵を消去しました。{count}件の値は二度と開けません。{kept}に残るものは docs/security.md を見てください。"


async def show(house: House, _: Schema) -> str:
    """Say how the keys stand."""
    states = await house.database.read(keys.states)
    return f"使用中 {states['in_use']}、書き換え中 {states['rewriting']}、消去済み {states['erased']}"
