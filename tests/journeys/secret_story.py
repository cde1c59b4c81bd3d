"""A story in which everything secret happens once; what was secret in it is handed back, to be looked for."""

import base64
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from notifications import codes
from notifications.models import Delivery
from tests.agreements.secrecy import with_two_factors
from tests.api_client import Service
from tests.inventory.recording import SYSTEM, bound_reader, keep, read
from tests.journeys.asking import post
from tests.journeys.test_guest_ids import PAPER, SECRET, Stage, stage
from tests.service.scim_door import directory
from tests.service.signing_in import GOOD, as_session, code_now, invited, sign_in, with_totp
from tests.world import FUJISAWA, KOMATSU, TOME

NEWCOMER = {
    "name": "与那嶺 さくら子",
    "kana": "ヨナミネ サクラコ",
    "email": "sakurako.yonamine@city.example.lg.jp",
    "mobile": "090-7777-1234",
    "department": "情報政策課",
}
PHONE = "080-3333-4444"
TEMPORARY = "090-1111-2222"
SAID = "至急ごれんらくください ようごせんせいより"
LEAST = 8
"""Characters: what is shorter stands somewhere by chance."""


@dataclass
class Secrets:
    """What nobody may find: by what it is, the value as a person knows it."""

    at: Stage
    sealed: dict[str, str] = field(default_factory=dict)
    plain: dict[str, str] = field(default_factory=dict)
    """Kept readable in the database (names, inventories), but never in a log."""


async def play(service: Service) -> Secrets:
    """Live through everything and return what was secret."""
    at = await stage(service)
    found = Secrets(at)
    await _people(service, found)
    await _signing_in(service, found)
    await _asking(service, found)
    await _inventory(service, found)
    await _guests(found)
    await _answers(service, found)
    await _directory(service, found)
    return found


async def _people(service: Service, found: Secrets) -> None:
    world, owner = found.at.world, found.at.owner
    for code in world.members:
        for function in ("disaster", "ict"):
            found.sealed[f"mail {code} {function}"] = world.email(code, function)
            found.sealed[f"mobile {code} {function}"] = world.mobile(code, function)
            found.plain[f"name {code} {function}"] = f"{function}1.{code}"
    await post(service, "/api/people", by=owner, expect=201, municipality=TOME, **NEWCOMER)
    found.sealed |= {"new mail": NEWCOMER["email"], "new mobile": NEWCOMER["mobile"]}
    found.plain |= {"new name": NEWCOMER["name"], "new kana": NEWCOMER["kana"]}
    draft = {"incident": world.incident, "channel": "sms", "address": TEMPORARY, "label": "仮庁舎の受付"}
    made = await post(service, f"/api/members/{TOME}/temporary-contacts", by=owner, expect=201, **draft)
    path = f"/api/temporary-contacts/{made['id']}/confirmation"
    await post(service, path, by=world.email(TOME, "ict"), how="call_back")
    found.sealed["temporary number"] = TEMPORARY


async def _signing_in(service: Service, found: Secrets) -> None:
    world = found.at.world
    found.sealed["invitation"] = await invited(service, world)
    accepted = await service.http.post(
        "/api/invitations", json={"token": found.sealed["invitation"], "password": GOOD}
    )
    found.sealed |= {"password": GOOD, "session": accepted.json()["token"]}
    found.sealed["totp"], session = await with_totp(service, accepted.json()["token"])
    found.sealed["two factors"] = session
    made = (await as_session(service, session, "POST", "/api/me/codes")).json()["codes"]
    found.sealed |= {f"printed {number}": code for number, code in enumerate(made)}
    code = code_now(service, found.sealed["totp"], 1)
    shared = await sign_in(service, world.email(TOME), code=code, shared=True)
    assert shared.status_code == 201, shared.text
    found.sealed |= {"shared session": shared.json()["token"], "terminal": shared.json()["terminal"]}
    for wrong in ("うその あいことば です", GOOD + "x"):
        assert (await sign_in(service, world.email(TOME), wrong)).status_code == 401
        found.sealed[f"wrong password {len(wrong)}"] = wrong
    found.at.service.tokens.pop(world.email(TOME))
    await with_two_factors(service, world.email(TOME))
    found.sealed |= {f"API token {email}": token for email, token in service.tokens.items()}


async def _asking(service: Service, found: Secrets) -> None:
    world = found.at.world
    draft: dict[str, Any] = {
        "incident": world.incident,
        "group": world.group,
        "requester": TOME,
        "lines": [{"kind": "pc", "quantity": 60}],
        "contact_phone": PHONE,
    }
    for _ in range(2):
        answer = await service.call(
            "POST", "/api/requests", by=found.at.owner, json=draft, headers={"Idempotency-Key": "once"}
        )
        assert (answer.status_code, answer.json()["contact_phone"]) == (201, PHONE)
    found.sealed["contact phone"] = PHONE
    await service.deliver()


async def _inventory(service: Service, found: Secrets) -> None:
    world = found.at.world
    await keep(service, world, code=KOMATSU)
    by = await bound_reader(service, world, FUJISAWA)
    answer = await read(service, world, by, code=KOMATSU)
    assert answer.status_code == 200, answer.text
    found.plain |= {f"record {name}": str(value) for name, value in SYSTEM.items() if "架空" in str(value)}


async def _guests(found: Secrets) -> None:
    found.sealed["guest secret"] = SECRET
    await found.at.reserve(0)
    issued = await found.at.act(0, "issue", **PAPER)
    assert issued["secret"] == SECRET
    found.sealed["next guest secret"] = "tsuginokagi-2027"
    await found.at.act(0, "revocation")
    await found.at.act(0, "rotation", secret=found.sealed["next guest secret"])


async def _answers(service: Service, found: Secrets) -> None:
    world = found.at.world
    numbers = {"asked": world.mobile(KOMATSU), "stranger": "+819066660001"}
    for name, number in numbers.items():
        query = {"from": number, "to": "1", "text": f"{SAID} {name}", "id": name}
        assert (await service.http.get("/hooks/sms/console/secret/mo", params=query)).status_code == 200
        found.sealed |= {f"sender {name}": number, f"text {name}": f"{SAID} {name}"}
    await service.deliver()
    tokens = await service.database.read(
        lambda session: [
            codes.token_of(session, each)
            for each in session.scalars(select(Delivery.id).where(Delivery.token_digest.is_not(None)))
        ]
    )
    found.sealed |= {f"answer token {number}": token for number, token in enumerate(tokens)}


async def _directory(service: Service, found: Secrets) -> None:
    """One of two people whom the member's directory entered leaves again."""
    tome = await directory(service, found.at.world, TOME)
    found.sealed["directory token"] = tome.token
    for name in ("yamada.ichiro", "uehara.nanami"):
        user_name, mail = f"{name}@shimin.example", f"{name}.bosai@shimin.example"
        made = await tome.create(user_name, emails=[{"value": mail, "type": "work"}])
        found.sealed |= {f"user name {name}": user_name, f"mail of {name}": mail}
    assert (await tome.call("DELETE", f"/Users/{made['id']}")).status_code == 204


def spellings(text: str) -> Iterator[str]:
    """Yield how a value may be written: as it is, half and full width, a telephone number in its usual ways."""
    number = re.sub(r"\D", "", text)
    ways = {text, text.casefold(), unicodedata.normalize("NFKC", text), _wide(text)}
    if re.fullmatch(r"[+\d-]+", text) and len(number) >= LEAST:
        national = re.sub(r"^81", "0", number)
        international = re.sub(r"^0", "81", national)
        dashed = f"{national[:3]}-{national[3:7]}-{national[7:]}"
        ways |= {national, international, dashed, _wide(national), _wide(dashed), national[1:]}
    yield from ways


def encodings(text: str) -> Iterator[bytes]:
    """Yield the bytes by which a text may stand in a file."""
    for charset in ("utf-8", "utf-16-le", "utf-16-be", "cp932"):
        try:
            plain = text.encode(charset)
        except UnicodeEncodeError:
            continue
        yield plain
        yield plain.hex().encode()
        yield plain.hex().upper().encode()
        yield from _base64(plain)
    yield text.encode("ascii", "backslashreplace")


def _base64(plain: bytes) -> Iterator[bytes]:
    """At each of three offsets, without the characters that its neighbours decide."""
    for offset in range(3):
        whole = base64.b64encode(bytes(offset) + plain)
        start = (offset * 8 + 5) // 6
        inner = whole[start : (offset + len(plain)) * 8 // 6]
        yield inner
        yield inner.replace(b"+", b"-").replace(b"/", b"_")


def _wide(text: str) -> str:
    return "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text)


def found_in(content: bytes, secrets: dict[str, str]) -> list[str]:
    """Return the names of the secrets that stand in some bytes, however they are written."""
    beginnings: dict[bytes, list[tuple[str, bytes]]] = {}
    for name, secret in secrets.items():
        for form in _forms(secret):
            beginnings.setdefault(form[:LEAST], []).append((name, form))
    lower = content.lower()
    found = {
        name
        for place in range(len(lower) - LEAST + 1)
        for name, form in beginnings.get(lower[place : place + LEAST], ())
        if lower.startswith(form, place)
    }
    return sorted(found)


def _forms(secret: str) -> set[bytes]:
    """Return all bytes to look for; thousands of them, so the content is gone through once for all."""
    long = (each for each in spellings(secret) if len(each) >= LEAST)
    return {form.lower() for each in long for form in encodings(each)}
