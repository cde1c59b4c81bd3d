"""Through the member's own provider and back: who gets in, who doesn't, and what happens when it is away."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jws
from sqlalchemy import select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from agreements.models import Member, Person
from foundation.audit import Audit
from foundation.settings import Settings
from service import keys
from service.identity.actions import issue_operator_token, issue_token
from service.identity.limits.delays import ANSWERS
from service.identity.models import PersonSession
from service.identity.providers.models import DirectoryLink, IdentityProvider
from tests.api_client import Service, settings_for
from tests.service.oidc_provider import CLIENT, SECRET, Provider, key, serving, signed
from tests.service.scim_door import administrator, directory
from tests.service.signing_in import as_session, me, sign_in, with_password, with_totp
from tests.service.test_scim import HANAKO
from tests.world import FUJISAWA, TAMA, TOME, World

DOMAIN = "demo.example"
"""Where all people of the world have their mail."""
DRAFT = {"client_id": CLIENT, "client_secret": SECRET, "two_factor_acr": ["mfa"]}


@pytest.fixture
def service_settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_for(database_url, tmp_path, oidc_hosts=("127.0.0.1",))


@pytest.fixture
async def world(service: Service) -> World:
    return await service.build()


@pytest.fixture
async def provider(service: Service) -> AsyncIterator[Provider]:
    async with serving(service.clock.now) as found:
        yield found


async def registered(
    service: Service, world: World, provider: Provider, *, member: str = TOME, domains: tuple[str, ...] = (DOMAIN,)
) -> str:
    """Register a provider for a member, and return its id."""
    token = await service.database.write(issue_operator_token)
    path = f"/api/members/{world.members[member]}/identity-providers"
    body = {**DRAFT, "issuer": provider.issuer, "domains": list(domains)}
    made = await as_session(service, token, "POST", path, json=body)
    assert made.status_code == 201, made.text
    found: str = made.json()["id"]
    assert made.json()["redirect_uri"] == f"http://testserver/signin/oidc/callback/{found}"
    return found


async def begin(service: Service, wanted: str, **more: Any) -> dict[str, Any]:
    begun = await service.http.post("/api/sign-in/oidc", json={"provider": wanted, **more})
    assert begun.status_code == 201, begun.text
    found: dict[str, Any] = begun.json()
    return found


async def back(service: Service, begun: dict[str, Any], query: dict[str, str], **more: Any) -> httpx.Response:
    """Come back to the address that the provider was given."""
    given = parse_qs(urlsplit(begun["url"]).query)["redirect_uri"][0]
    body = {"provider": given.rpartition("/")[2], **query, "browser": begun["browser"], **more}
    return await service.http.post("/api/sign-in/oidc/return", json=body)


async def through(service: Service, provider: Provider, wanted: str) -> httpx.Response:
    begun = await begin(service, wanted)
    return await back(service, begun, provider.authorise(begun["url"]))


def vouched(email: str, **more: Any) -> dict[str, Any]:
    return {"email": email, "email_verified": True, **more}


async def test_the_first_time_links_by_verified_mail_is_recorded_and_told(
    service: Service, world: World, provider: Provider
) -> None:
    wanted = await registered(service, world, provider)
    provider.claims = vouched(world.email(TOME))
    begun = await service.http.post("/api/sign-in/oidc", json={"email": "Nobody-At-All@Demo.Example"})
    assert begun.status_code == 201, "a domain is enough; nobody learns who is known"
    found = begun.json()
    assert found["host"] == provider.issuer.removeprefix("http://")
    assert SECRET not in begun.text
    signed_in = await back(service, found, provider.authorise(found["url"]))
    assert signed_in.status_code == 201, signed_in.text
    assert signed_in.json()["person"] == world.people[TOME, "disaster"]
    assert signed_in.json()["assurance"] == 1
    assert await me(service, signed_in.json()["token"]) == 200
    await service.deliver()
    mails = (await service.call("GET", "/api/messages", by=world.email(TOME))).json()["items"]
    assert any("所属団体の認証で、はじめてサインインがありました" in each["text"] for each in mails)
    acts = await service.database.read(_acts, world.members[TOME])
    assert acts[:3] == ["identity.provider_registered", "identity.directory_linked", "identity.signed_in"]
    # The second time the subject alone counts, whatever the address there is called by now
    provider.claims = {}
    again = await through(service, provider, wanted)
    assert again.json()["person"] == world.people[TOME, "disaster"]
    assert provider.asked.count("userinfo") == 0


def _acts(session: Session, member: str) -> list[str]:
    rows = session.scalars(select(Audit.act).where(Audit.chain == member).order_by(Audit.sequence))
    return list(rows)


async def test_its_session_is_one_like_others(service: Service, world: World, provider: Provider) -> None:
    wanted = await registered(service, world, provider)
    provider.claims = vouched(world.email(TOME), acr="mfa")
    found = (await through(service, provider, wanted)).json()
    assert found["assurance"] == 2
    listed = (await as_session(service, found["token"], "GET", "/api/me/sessions")).json()["items"]
    assert [each["method"] for each in listed] == ["oidc"]
    service.clock.advance(timedelta(minutes=31))
    assert await me(service, found["token"]) == 401, "idle"
    fresh = (await through(service, provider, wanted)).json()["token"]
    assert (await as_session(service, fresh, "DELETE", "/api/me/token")).status_code == 204
    assert await me(service, fresh) == 401


async def test_the_mail_may_come_from_the_userinfo_page(service: Service, world: World, provider: Provider) -> None:
    wanted = await registered(service, world, provider)
    provider.told = vouched(world.email(TOME), sub="somebody-else")
    assert (await through(service, provider, wanted)).status_code == 403
    provider.told["sub"] = "248289761001"
    assert (await through(service, provider, wanted)).status_code == 201


@pytest.mark.parametrize("doubt", ["unverified", "other member", "unknown", "no mail", "inactive"])
async def test_who_is_nobody_of_this_member_is_told_what_to_do(
    service: Service, world: World, provider: Provider, doubt: str
) -> None:
    wanted = await registered(service, world, provider)
    provider.claims = {
        "unverified": {"email": world.email(TOME), "email_verified": False},
        "other member": vouched(world.email(TAMA)),
        "unknown": vouched("nobody@demo.example"),
        "no mail": {},
        "inactive": vouched(world.email(TOME, "ict")),
    }[doubt]
    if doubt == "inactive":
        await service.database.write(_disable, world.people[TOME, "ict"])
    refused = await through(service, provider, wanted)
    assert refused.status_code == 403
    assert refused.json()["type"].endswith("person-unlinked")
    assert "招待メール" in refused.json()["detail"]
    assert await service.database.read(_links) == []
    assert "identity.oidc_refused" in await service.database.read(_acts, world.members[TOME])


def _links(session: Session) -> list[tuple[str, str]]:
    return [(each.issuer, each.subject) for each in session.scalars(select(DirectoryLink))]


async def test_the_same_subject_of_another_issuer_is_another_person(
    service: Service, world: World, provider: Provider
) -> None:
    """ASVS 6.8.1, also where another member's provider has the same issuer."""
    first = await registered(service, world, provider)
    provider.claims = vouched(world.email(TOME))
    assert (await through(service, provider, first)).status_code == 201
    provider.claims = {}
    same_issuer = await registered(service, world, provider, member=FUJISAWA, domains=())
    assert (await through(service, provider, same_issuer)).status_code == 403
    async with serving(service.clock.now) as other:
        elsewhere = await registered(service, world, other, domains=())
        assert (await through(service, other, elsewhere)).status_code == 403
        other.claims = {"iss": provider.issuer}
        refused = await through(service, other, elsewhere)
        assert refused.json()["type"].endswith("provider-refused"), "it can't speak for another issuer"


async def test_another_account_with_the_same_mail_takes_nobody_over(
    service: Service, world: World, provider: Provider
) -> None:
    wanted = await registered(service, world, provider)
    provider.claims = vouched(world.email(TOME))
    assert (await through(service, provider, wanted)).status_code == 201
    provider.claims = vouched(world.email(TOME), sub="a-newcomer-with-the-old-address")
    assert (await through(service, provider, wanted)).status_code == 403
    operator = await service.database.write(issue_operator_token)
    path = f"/api/identity-providers/{wanted}/links/{world.people[TOME, 'disaster']}"
    assert [(await as_session(service, operator, "DELETE", path)).status_code for _ in range(2)] == [204, 404]
    assert (await through(service, provider, wanted)).status_code == 201


@pytest.mark.parametrize("how", ["left", "moved"])
async def test_who_left_or_moved_is_not_let_in(service: Service, world: World, provider: Provider, how: str) -> None:
    wanted = await registered(service, world, provider)
    provider.claims = vouched(world.email(TOME, "ict"))
    token = (await through(service, provider, wanted)).json()["token"]
    person = world.people[TOME, "ict"]
    if how == "left":
        await service.database.write(_disable, person)
    else:
        await service.database.write(_move, person, world.members[TAMA])
    assert await me(service, token) == 401
    assert (await through(service, provider, wanted)).status_code == 403


def _disable(session: Session, person: str) -> None:
    session.get_one(Person, person).is_active = False


def _move(session: Session, person: str, member: str) -> None:
    session.get_one(Person, person).member = session.get_one(Member, member)


async def test_an_attempt_counts_once_in_one_browser_for_ten_minutes(
    service: Service, world: World, provider: Provider
) -> None:
    wanted = await registered(service, world, provider)
    provider.claims = vouched(world.email(TOME))
    begun, other = await begin(service, wanted), await begin(service, wanted)
    query = provider.authorise(begun["url"])
    assert (await back(service, other, query)).status_code == 410, "another browser"
    assert (await back(service, begun, query)).status_code == 410, "used up by the former"
    begun = await begin(service, wanted)
    query = provider.authorise(begun["url"])
    assert (await back(service, begun, {**query, "state": "x" * 43})).status_code == 410, "a state that nobody began"
    assert (await back(service, begun, query)).status_code == 201
    assert (await back(service, begun, query)).status_code == 410, "replayed"
    begun = await begin(service, wanted)
    query = provider.authorise(begun["url"])
    service.clock.advance(timedelta(minutes=10))
    assert (await back(service, begun, query)).status_code == 410


async def test_a_code_counts_once_and_for_its_own_attempt(service: Service, world: World, provider: Provider) -> None:
    wanted = await registered(service, world, provider)
    provider.claims = vouched(world.email(TOME))
    first, second = await begin(service, wanted), await begin(service, wanted)
    stolen = provider.authorise(first["url"])["code"]
    refused = await back(service, second, {**provider.authorise(second["url"]), "code": stolen})
    assert refused.json()["type"].endswith("provider-refused"), "PKCE: the verifier is the other attempt's"
    third = await begin(service, wanted)
    replayed = await back(service, third, {**provider.authorise(third["url"]), "code": stolen})
    assert replayed.json()["type"].endswith("provider-refused")


async def test_what_the_provider_sends_must_hold(service: Service, world: World, provider: Provider) -> None:
    wanted = await registered(service, world, provider)
    good = vouched(world.email(TOME))
    for wrong in ({"nonce": "another"}, {"aud": "another"}, {"exp": 1}):
        provider.claims = {**good, **wrong}
        assert (await through(service, provider, wanted)).json()["type"].endswith("provider-refused"), wrong
    provider.claims, provider.sign = good, lambda claims: signed(claims, key())
    assert (await through(service, provider, wanted)).status_code == 403
    provider.sign = None
    for query in ({"error": "access_denied"}, {"code": "unknown"}):
        begun = await begin(service, wanted)
        state = provider.authorise(begun["url"])["state"]
        assert (await back(service, begun, {"state": state, **query})).status_code == 403
    begun = await begin(service, wanted)
    query = {**provider.authorise(begun["url"]), "iss": "https://another.example"}
    assert (await back(service, begun, query)).status_code == 403, "RFC 9207: an answer of another issuer"
    assert (await through(service, provider, wanted)).status_code == 201


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
    assert "identity.oidc_refused" in await service.database.read(_acts, world.members[TAMA])


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
    acts = await service.database.read(_acts, world.members[TOME])
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
    assert await service.database.read(_links) == []


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


async def test_new_keys_are_asked_for_once(service: Service, world: World, provider: Provider) -> None:
    wanted = await registered(service, world, provider)
    provider.claims = vouched(world.email(TOME))
    begun = await begin(service, wanted)
    provider.rotate()
    assert (await back(service, begun, provider.authorise(begun["url"]))).status_code == 201
    assert provider.asked == ["discovery", "jwks", "token", "jwks"]
    provider.sign = lambda claims: signed(claims, key("third"))
    assert (await through(service, provider, wanted)).status_code == 403
    assert provider.asked.count("jwks") == 3, "asked once more, and not again for the same token"


async def test_a_provider_that_is_away_keeps_nobody_out(service: Service, world: World, provider: Provider) -> None:
    password = (await with_password(service, world))["token"]
    async with serving(service.clock.now) as leaving:
        wanted = await registered(service, world, leaving)
        leaving.claims = vouched(world.email(TOME))
        kept = (await through(service, leaving, wanted)).json()["token"]
        begun = await begin(service, wanted)
        query = leaving.authorise(begun["url"])
    assert [await me(service, kept), await me(service, password)] == [200, 200]
    down = await back(service, begun, query)
    assert down.status_code == 503
    assert "パスワード、パスキー、印刷コード" in down.json()["detail"]
    service.clock.advance(timedelta(minutes=6))
    for _ in range(2):
        away = await service.http.post("/api/sign-in/oidc", json={"provider": wanted})
        assert away.status_code == 503, "noticed before the browser is sent to a page that is not there"
    assert (await sign_in(service, world.email(TOME))).status_code == 201
    failed = await service.database.read(lambda session: session.get_one(IdentityProvider, wanted).failed_at)
    assert failed == service.clock.now()


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://another.example"},
        {"token_endpoint": "http://10.0.0.1/token"},
        {"token_endpoint": None},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://169.254.169.254/"},
    ],
    ids=str,
)
async def test_a_provider_that_sends_us_elsewhere_is_none(
    service: Service, world: World, provider: Provider, metadata: dict[str, Any]
) -> None:
    wanted = await registered(service, world, provider)
    provider.metadata = metadata
    assert (await service.http.post("/api/sign-in/oidc", json={"provider": wanted})).status_code == 503


async def test_unknown_domains_and_switched_off_providers_lead_nowhere(
    service: Service, world: World, provider: Provider
) -> None:
    wanted = await registered(service, world, provider, domains=())
    listed = (await service.http.get("/api/sign-in/oidc")).json()["items"]
    assert [each["id"] for each in listed] == [wanted]
    for body in ({"email": world.email(TOME)}, {"email": "no address"}, {}, {"provider": "unknown"}):
        answer = await service.http.post("/api/sign-in/oidc", json=body)
        assert answer.status_code == 404, body
        assert answer.json()["type"].endswith("no-provider")
    operator = await service.database.write(issue_operator_token)
    off = await as_session(
        service, operator, "PATCH", f"/api/identity-providers/{wanted}", json={"is_enabled": False}
    )
    assert off.status_code == 200
    assert (await service.http.get("/api/sign-in/oidc")).json()["items"] == []
    assert (await service.http.post("/api/sign-in/oidc", json={"provider": wanted})).status_code == 404


async def test_at_a_shared_terminal_it_is_a_full_sign_in(service: Service, world: World, provider: Provider) -> None:
    wanted = await registered(service, world, provider)
    provider.claims = vouched(world.email(TOME))
    begun = await begin(service, wanted, shared=True)
    found = (await back(service, begun, provider.authorise(begun["url"]))).json()
    assert found["terminal"]
    begun = await begin(service, wanted)
    again = await back(service, begun, provider.authorise(begun["url"]), terminal=found["terminal"])
    assert again.json()["terminal"] is None
    assert await service.database.read(_terminals) == 1


def _terminals(session: Session) -> int:
    return len(set(session.scalars(select(PersonSession.terminal_id))))
