"""Where the service may be sent on somebody's word."""

import pytest

from foundation import egress
from foundation.egress import Egress, EgressRefusedError, is_public

PUBLIC = "93.184.215.14"


async def addresses_of(url: str, opened: tuple[str, ...]) -> list[str]:
    return await Egress(frozenset(opened), may_be_plain=True).addresses_of(url)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    known: dict[str, list[str]] = {"directory.example": [PUBLIC], "inside.example": ["10.1.2.3"]}

    async def look_up(host: str) -> list[str]:
        return known.get(host, [])

    monkeypatch.setattr(egress, "_addresses", look_up)
    return known


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "127.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "ff02::1",
    ],
)
@pytest.mark.asvs("1.3.6", "13.2.4")
async def test_no_name_leads_inside(names: dict[str, list[str]], address: str) -> None:
    names["directory.example"] = [PUBLIC, address]
    with pytest.raises(EgressRefusedError, match="address-refused"):
        await addresses_of("https://directory.example/scim/v2", ())


async def test_the_operator_opens_a_host_by_name(names: dict[str, list[str]]) -> None:
    found = await addresses_of("https://inside.example/scim/v2", ("inside.example",))
    assert found == ["10.1.2.3"]
    assert await addresses_of("https://directory.example/scim", ()) == [PUBLIC]


@pytest.mark.parametrize(
    ("url", "opened"), [("Inside.EXAMPLE", "inside.example"), ("inside.example", "Inside.Example.")]
)
async def test_a_host_is_the_same_however_it_is_written(names: dict[str, list[str]], url: str, opened: str) -> None:
    assert await addresses_of(f"https://{url}/scim", (opened,)) == ["10.1.2.3"]


async def test_a_name_that_no_resolver_takes_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise UnicodeError

    monkeypatch.setattr("socket.getaddrinfo", refuse)
    with pytest.raises(EgressRefusedError, match="unknown-host"):
        await addresses_of("https://directory.example/", ())


async def test_without_tls_only_this_machine_is_called(names: dict[str, list[str]]) -> None:
    names["local.example"] = ["127.0.0.1"]
    assert await addresses_of("http://local.example/", ("local.example",)) == ["127.0.0.1"]
    for url, opened in [("http://inside.example/", "inside.example"), ("http://directory.example/", "")]:
        with pytest.raises(EgressRefusedError, match="not-https"):
            await addresses_of(url, (opened,))


@pytest.mark.parametrize(
    "url",
    [
        "https://",
        "https:///path",
        "https://user@directory.example/",
        "https://directory.example:0/",
        "https://directory.example:99999/",
        "https://directory.example/#a",
        "https://directory.example\\@inside.example/",
        "https://ディレクトリ.example/",
        "https://[::1/",
        "https://directory..example/",
        "https://.directory.example/",
        f"https://{'a' * 64}.example/",
        "https://" + "a." * 130 + "example/",
    ],
)
async def test_an_address_that_two_readers_might_read_differently_is_refused(
    names: dict[str, list[str]], url: str
) -> None:
    with pytest.raises(EgressRefusedError, match="url"):
        await addresses_of(url, ())


async def test_a_name_that_nobody_knows(names: dict[str, list[str]]) -> None:
    with pytest.raises(EgressRefusedError, match="unknown-host"):
        await addresses_of("https://nowhere.example/", ())


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "192.168.0.1", "fe80::1", "fc00::1", "2002:0a00:0001::1", "100.64.0.1", "not an address"]
)
def test_what_lies_inside_or_carries_it_is_not_public(address: str) -> None:
    assert not is_public(address)
    assert is_public(PUBLIC)
