"""The stage of the tenancy tests: everybody who may call, and things that belong to somebody.

Group G is where the things are. Nobody of group H has a part in it. Everybody of group K has left it.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

from notifications.mailbox.tags import Mailbox
from tests.api_client import Service
from tests.tenancy.access import provider, tokens_of_all
from tests.tenancy.asking import answer_token, answering, asking, inbound, make
from tests.tenancy.callers import ALONE, Caller, Relation, who_calls
from tests.tenancy.groups import address, forget_who_entered, found, people_of
from tests.tenancy.guests import guests
from tests.tenancy.keeping import attached, emergencies, scanned, year_of_security

NOBODY = "01900000-0000-7000-8000-000000000000"
"""An id that nothing has."""
ASKING = ("owner", "coordinator", "deputy")
"""Whose things are asked for that have requests of their own."""


@dataclass(frozen=True)
class Scene:
    """The stage, set once: how everybody signs in, and what belongs to whom, by the names that paths give it."""

    service: Service
    tokens: dict[str, str]
    things: dict[str, dict[str, Any]]

    def headers(self, caller: Caller, relation: Relation) -> dict[str, str]:
        """Return the credentials of a caller."""
        return (
            {}
            if caller is Caller.ANONYMOUS
            else {"Authorization": f"Bearer {self.tokens[who_calls(caller, relation)]}"}
        )

    def asked_for(self, caller: Caller, relation: Relation) -> dict[str, Any]:
        """Return whose things the caller asks for: its own member's, or those of the owner in group G."""
        found = self.things[caller.value if relation is Relation.OWN and caller in ALONE else "owner"]
        return defaultdict(lambda: NOBODY, found)


def take_mail_in(service: Service) -> None:
    """Open the mail hook, by the secret of the others."""
    state = service.app.state
    state.settings = state.settings.model_copy(update={"mail_hook_secret": "secret"})
    state.gateways = replace(state.gateways, mailbox=Mailbox("yuimaru", "in.demo.example"))


async def set_stage(service: Service) -> Scene:
    """Found the groups and let everybody in group G have something."""
    take_mail_in(service)
    ids = await service.database.write(found)
    tokens = await service.database.write(tokens_of_all)
    service.tokens.update(tokens)
    things = {part: {**await _things(service, ids, part), "gateway": "console"} for part in ("owner", *ALONE)}
    for part in (*ASKING, "associate"):
        things[part] |= await answering(service, ids, part)
    for part in ("owner", *ALONE):
        by, draft = address("G", part, "disaster"), {"kind": "system", "fields": {"name": "住民情報システム"}}
        things[part]["record"] = await make(service, by, f"/api/inventory/{ids[f'G.{part}']}/records", draft)
        things[part] |= await service.database.write(guests, ids, part)
        things[part] |= await service.database.write(year_of_security, ids[f"G.{part}"], things[part]["person"])
        things[part]["attachment"] = await attached(service, by, ids[f"G.{part}"], things[part]["record"])
        await service.database.write(scanned, ids, part)
    things = {part: found | await service.database.write(provider, ids, part) for part, found in things.items()}
    for part in ASKING:
        things[part] |= await asking(service, ids, part, things[part]["incident"])
        things[part] |= await service.database.write(emergencies, ids, part, things[part])
    await service.database.write(forget_who_entered)
    await service.deliver()
    for part in (*ASKING, "associate"):
        things[part]["id"] = await inbound(service, part, ids[f"G.{part}"], ids["G"])
        things[part]["token"] = await service.database.read(answer_token, ids[f"G.{part}"])
    things["invited"]["token"] = things["owner"]["token"]
    return Scene(service, tokens | {"answer_token": things["owner"]["token"]}, things)


async def _things(service: Service, ids: dict[str, str], part: str) -> dict[str, Any]:
    """Return what every member has: people, desks, contacts and something to give."""
    member, group, by = ids[f"G.{part}"], ids["G"], address("G", part, "disaster")
    people = await service.database.read(people_of, member)
    desk = await make(service, by, f"/api/members/{member}/desks", {"name": "当直室"})
    phone = {"kind": "fixed_phone", "address": "0466251111"}
    stock = {"municipality": member, "kind": "printer", "quantity": 5, "lead_time_hours": 4}
    return {
        "name": "console",
        "year": "2026",
        "secret": "secret",
        "group": group,
        "code": member,
        "coordinator": ids["G.coordinator"],
        "bound": ids["G.bound"],
        "nda": ids[f"{part}.nda"],
        "person": people["ict"],
        "staff": people["staff"],
        "channel": await make(service, by, f"/api/people/{people['ict']}/channels", phone),
        "desk": desk,
        "desk_channel": await make(service, by, f"/api/desks/{desk}/channels", phone),
        "contact": people["ict_contact"],
        "capability": await make(service, by, "/api/capabilities", stock),
    }
