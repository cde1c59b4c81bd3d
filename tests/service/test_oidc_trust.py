"""What a provider, or who registered it, may not do to others: their codes, their names, their other ways in."""

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jws
from structlog.testing import capture_logs

from service import keys
from service.identity.actions import issue_operator_token, issue_token
from service.identity.limits.delays import ANSWERS
from tests.api_client import Service
from tests.service.oidc_provider import Provider, serving
from tests.service.scim_door import administrator, directory
from tests.service.signing_in import as_session, sign_in, with_password, with_totp
from tests.service.test_oidc import (
    DOMAIN,
    DRAFT,
    acts_of,
    back,
    begin,
    links_in,
    provider,
    registered,
    service_settings,
    through,
    vouched,
    world,
)
from tests.service.test_scim import HANAKO
from tests.world import TAMA, TOME, World

__all__ = ["provider", "service_settings", "world"]


async def test_bad_answers_slow_this_way_down_and_no_other(
    service: Service, world: World, provider: Provider
) -> None:
    wanted = await registered(service, world, provider)
    for _ in range(ANSWERS.free):
        begun = await begin(service, wanted)
        state = provider.authorise(begun["url"])["state"]
        refused = await back(service, begun, {"state": state, "error": "access_denied"})
        assert refused.status_code == 403, refused.text
    assert (await service.http.post("/api/sign-in/oidc", json={"provider": wanted})).status_code == 429
    shown = {"email": world.email(TOME), "code": "AAAA-BBBB-CCCC"}
    assert (await service.http.post("/api/sign-in/code", json=shown)).status_code == 401
    assert (await sign_in(service, world.email(TOME))).status_code == 401
    service.clock.advance(ANSWERS.most)
    await begin(service, wanted)


async def test_coming_late_is_no_guess(service: Service, world: World, provider: Provider) -> None:
    wanted = await registered(service, world, provider)
    for _ in range(ANSWERS.free + 2):
        body = {"provider": wanted, "state": "x" * 43, "browser": "y" * 43, "code": "z"}
        assert (await service.http.post("/api/sign-in/oidc/return", json=body)).status_code == 410
    assert (await sign_in(service, world.email(TOME))).status_code == 401


async def test_one_provider_gets_no_code_of_another(service: Service, world: World, provider: Provider) -> None:
    """The mix-up (RFC 9700 4.4): somebody who begins at one is sent on to another by the first one's page."""
    async with serving(service.clock.now) as evil:
        honest = await registered(service, world, provider)
        other = await registered(service, world, evil, member=TAMA, domains=())
        provider.claims = vouched(world.email(TOME))
        mine, victims = await begin(service, honest), await begin(service, other)
        state = parse_qs(urlsplit(victims["url"]).query)["state"][0]
        own_state = parse_qs(urlsplit(mine["url"]).query)["state"][0]
        handed_on = provider.authorise(mine["url"].replace(own_state, state))
        # The honest one sends the browser to the address that it has in its own register.
        refused = await back(service, victims, {**handed_on, "provider": honest})
        assert refused.status_code == 410
        assert "token" not in evil.asked, "the code went to nobody"
        again = await back(service, victims, handed_on)
        assert again.status_code == 410, "used up"
    assert "identity.oidc_refused" in await service.database.read(acts_of, world.members[TAMA])


async def test_a_redirect_address_is_good_for_its_own_provider_alone(
    service: Service, world: World, provider: Provider
) -> None:
    """One that names another's page as its own sends people there with a redirect address that is not registered."""
    async with serving(service.clock.now) as evil:
        evil.metadata = {"authorization_endpoint": f"{provider.issuer}/authorize"}
        honest = await registered(service, world, provider)
        other = await registered(service, world, evil, member=TAMA, domains=())
        sent = [(await begin(service, each))["url"] for each in (honest, other)]
    addresses = {parse_qs(urlsplit(each).query)["redirect_uri"][0].rpartition("/")[2] for each in sent}
    assert addresses == {honest, other}


async def test_who_was_let_go_and_entered_again_comes_in(service: Service, world: World, provider: Provider) -> None:
    wanted = await registered(service, world, provider, domains=("tome.example",))
    tome = await directory(service, world, TOME)
    provider.claims = vouched("hanako@tome.example")
    former = (await tome.create("hanako@tome.example", **HANAKO))["id"]
    assert (await through(service, provider, wanted)).status_code == 201
    assert (await tome.call("DELETE", f"/Users/{former}")).status_code == 204
    assert (await through(service, provider, wanted)).status_code == 403
    newly = (await tome.create("hanako@tome.example", **HANAKO))["id"]
    again = await through(service, provider, wanted)
    assert again.status_code == 201, again.text
    assert (again.json()["person"], newly != former) == (newly, True)
    acts = await service.database.read(acts_of, world.members[TOME])
    assert acts.count("identity.directory_linked") == 2
    assert acts.count("identity.directory_unlinked") == 1


async def test_an_administrator_alone_becomes_no_colleague(
    service: Service, world: World, provider: Provider
) -> None:
    by = await administrator(service, world, TOME)
    draft = {**DRAFT, "issuer": provider.issuer, "two_factor_amr": ["any"]}
    made = await service.call("POST", f"/api/members/{TOME}/identity-providers", by=by, json=draft)
    assert made.status_code == 201, made.text
    provider.claims = vouched(world.email(TOME), amr=["any"])
    refused = await through(service, provider, made.json()["id"])
    assert refused.json()["type"].endswith("person-unlinked")
    assert await service.database.read(links_in) == []


async def test_without_a_domain_the_own_open_session_links_and_one_factor_counts(
    service: Service, world: World, provider: Provider
) -> None:
    wanted = await registered(service, world, provider, domains=())
    provider.claims = vouched(world.email(TOME), acr="mfa")
    colleague = (await with_password(service, world, "ict"))["token"]
    assert (await _coming_with(service, provider, wanted, colleague)).status_code == 403, "a colleague's session"
    own = (await with_password(service, world))["token"]
    linked = await _coming_with(service, provider, wanted, own)
    assert linked.status_code == 201, linked.text
    assert (linked.json()["person"], linked.json()["assurance"]) == (world.people[TOME, "disaster"], 1)
    assert (await through(service, provider, wanted)).json()["assurance"] == 1
    operator = await service.database.write(issue_operator_token)
    path = f"/api/identity-providers/{wanted}"
    given = await as_session(service, operator, "PATCH", path, json={"domains": [DOMAIN]})
    assert given.status_code == 200
    assert (await through(service, provider, wanted)).json()["assurance"] == 2


async def test_who_has_a_second_factor_shows_it_before_linking(
    service: Service, world: World, provider: Provider
) -> None:
    wanted = await registered(service, world, provider, domains=())
    provider.claims = vouched(world.email(TOME))
    _, two = await with_totp(service, (await with_password(service, world))["token"])
    api_token = await service.database.write(issue_token, world.email(TOME), assurance=2)
    refused = await _coming_with(service, provider, wanted, api_token)
    assert refused.json()["type"].endswith("step-up-needed"), "an API token makes no way to sign in"
    assert (await _coming_with(service, provider, wanted, two)).status_code == 201


async def _coming_with(service: Service, provider: Provider, wanted: str, token: str) -> httpx.Response:
    begun = await begin(service, wanted)
    body = {"provider": wanted, **provider.authorise(begun["url"]), "browser": begun["browser"]}
    return await as_session(service, token, "POST", "/api/sign-in/oidc/return", json=body)


async def test_all_who_begin_at_once_ask_the_provider_once(
    service: Service, world: World, provider: Provider
) -> None:
    wanted = await registered(service, world, provider)
    begun = await asyncio.gather(*(begin(service, wanted) for _ in range(20)))
    assert len({each["browser"] for each in begun}) == 20
    assert provider.asked == ["discovery", "jwks"]


async def test_of_an_erased_member_nothing_is_offered(service: Service, world: World, provider: Provider) -> None:
    wanted = await registered(service, world, provider)
    await service.database.write(keys.erase, TOME, TOME)
    assert (await service.http.get("/api/sign-in/oidc")).json()["items"] == []
    for body in ({"provider": wanted}, {"email": world.email(TOME)}):
        assert (await service.http.post("/api/sign-in/oidc", json=body)).status_code == 404, body


@pytest.mark.parametrize("listed", [5, "client_secret_post", {}, None, [5, ["x"]], []], ids=str)
async def test_odd_methods_are_the_usual_one(
    service: Service, world: World, provider: Provider, listed: object
) -> None:
    wanted = await registered(service, world, provider)
    provider.metadata = {"token_endpoint_auth_methods_supported": listed}
    provider.claims = vouched(world.email(TOME))
    assert (await through(service, provider, wanted)).status_code == 201


async def test_odd_keys_are_passed_over(service: Service, world: World, provider: Provider) -> None:
    wanted = await registered(service, world, provider)
    provider.claims = vouched(world.email(TOME))
    usual = provider.published[0]
    provider.published = [{"kty": ["EC"]}, {**usual, "kid": ["first"]}, usual]
    assert (await through(service, provider, wanted)).status_code == 201


async def test_half_a_letter_is_no_address(service: Service, world: World, provider: Provider) -> None:
    wanted = await registered(service, world, provider)

    def odd(claims: dict[str, Any]) -> str:
        # The library that signs would refuse it; a provider's need not.
        text = json.dumps({**claims, **vouched("\ud800@demo.example")}).encode()
        return jws.serialize_compact({"alg": "ES256", "kid": provider.key.kid}, text, provider.key, ["ES256"])

    provider.sign = odd
    assert (await through(service, provider, wanted)).json()["type"].endswith("person-unlinked")


async def test_a_providers_own_words_stay_out_of_the_log(service: Service, world: World, provider: Provider) -> None:
    wanted = await registered(service, world, provider)
    with capture_logs() as logs:
        for provider.refusal in ("x" * 5000, "invalid_client"):
            assert (await through(service, provider, wanted)).status_code == 403
    said = [each["error"] for each in logs if each["event"] == "provider_refused"]
    assert said == ["other", "invalid_client"]
    assert "xxx" not in str(logs)
