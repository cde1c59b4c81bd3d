"""Through the member's own provider and back: who gets in, who doesn't, and what happens when it is away."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.models import Member, Person
from foundation.audit import Audit
from foundation.settings import Settings
from service.identity.actions import issue_operator_token
from service.identity.models import PersonSession
from service.identity.providers.models import DirectoryLink, IdentityProvider
from tests.api_client import Service, settings_for
from tests.service.oidc_provider import CLIENT, SECRET, Provider, key, serving, signed
from tests.service.signing_in import as_session, me, sign_in, with_password
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
    acts = await service.database.read(acts_of, world.members[TOME])
    assert acts[:3] == ["identity.provider_registered", "identity.directory_linked", "identity.signed_in"]
    # The second time the subject alone counts, whatever the address there is called by now
    provider.claims = {}
    again = await through(service, provider, wanted)
    assert again.json()["person"] == world.people[TOME, "disaster"]
    assert provider.asked.count("userinfo") == 0


def acts_of(session: Session, member: str) -> list[str]:
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
    assert await service.database.read(links_in) == []
    assert "identity.oidc_refused" in await service.database.read(acts_of, world.members[TOME])


def links_in(session: Session) -> list[tuple[str, str]]:
    return [(each.issuer, each.subject) for each in session.scalars(select(DirectoryLink))]


@pytest.mark.asvs("6.8.1", "6.8.4")
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


@pytest.mark.asvs("10.1.1", "10.2.1")
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


@pytest.mark.asvs("10.1.1", "10.2.1")
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


@pytest.mark.asvs("10.5.1", "10.5.2", "10.5.3", "10.5.4")
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


@pytest.mark.asvs("16.5.1", "16.5.2", "16.5.3", "16.5.4")
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
