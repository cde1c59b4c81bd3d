"""Whose data: whatever an operation shows or changes of a member's goes through the room's `visible_to(actor)`."""

from foundation.operations import operations_in
from service.app import OPERATIONS
from service.identity import demo
from tests.architecture.reach import reached
from tests.architecture.sources import Function, Source, dotted, sources

PUBLIC = {
    "read_health": "no tenant data",
    "read_readiness": "no tenant data",
    "read_worker_health": "no tenant data",
    "read_metrics": "no tenant data",
    "sign_in_to_demo": "the demo's people are invented",
    "read_me": "the actor's own rows, found by the actor's own id",
    "sign_out": "ends the very token that the call came with",
    "sign_in_by_password": "shows nothing but whether the caller's own credentials are right",
    "sign_in_by_code": "shows nothing but whether the caller's own credentials are right",
    "offer_passkey_sign_in": "makes a fresh random value, and shows nothing else",
    "sign_in_by_passkey": "the passkey's own signature",
    "offer_passkey": "the actor's own rows, found by the actor's own id",
    "register_passkey": "the actor's own rows, found by the actor's own id",
    "remove_passkey": "the actor's own rows, found by the actor's own id",
    "accept_invitation": "the link's token names the one person",
    "list_sign_in_providers": "names of members and their providers' hosts, for who is about to sign in",
    "begin_oidc_sign_in": "where a mail domain's provider is; the address itself is not looked up",
    "finish_oidc_sign_in": "the provider's own signature names the one person of its member",
    "issue_client_token": "the program's own secret",
    "read_server_metadata": "a table of the product's own",
    "step_up": "the actor's own credentials",
    "list_sessions": "the actor's own rows, found by the actor's own id",
    "end_session": "the actor's own rows, found by the actor's own id",
    "end_other_sessions": "the actor's own rows, found by the actor's own id",
    "read_factors": "the actor's own rows, found by the actor's own id",
    "change_password": "the actor's own rows, found by the actor's own id",
    "begin_totp": "the actor's own rows, found by the actor's own id",
    "confirm_totp": "the actor's own rows, found by the actor's own id",
    "remove_totp": "the actor's own rows, found by the actor's own id",
    "make_codes": "the actor's own rows, found by the actor's own id",
    "set_pin": "the actor's own row at the terminal of the actor's own session",
    "list_terminal_people": "the terminal's token names the one browser; its people have signed in on it today",
    "switch_person": "the terminal's token and the person's own number",
    "view_question": "the link's token names the one delivery",
    "answer_question": "the link's token names the one delivery",
    "receive_sms": "stores what came in; nothing of it is shown",
    "receive_mail": "stores what came in; nothing of it is shown",
    "receive_sms_form": "stores what came in; nothing of it is shown",
    "receive_receipt": "notes on one delivery what became of it; nothing is shown",
    "receive_receipt_form": "notes on one delivery what became of it; nothing is shown",
    "list_gateways": "how the service's own providers are, for operators; nothing of a message",
    "test_gateway": "a message of the operator's own to an address of the operator's",
    "list_gateway_tests": "the operator's own tests; no address is shown",
    "read_outbox": "numbers of the whole service, no row of a member",
    "list_municipalities": "the country's own directory",
    "read_catalogue": "a table of the product's own",
    "list_record_kinds": "a table of the product's own",
    "list_missions": "a table of the product's own",
    "read_undertaking": "a text of the product's own",
    "create_group": "makes a group that nobody has a part in yet",
}
"""Operations that touch no row of a member, or find it by a credential, and why."""

JUDGES = {
    "aid.incidents.queries.is_concern_of": "tells whether the actor's groups have a say in it; shows no row",
    "aid.incidents.queries.is_opened_by_member_of": "tells whether it was a colleague; shows no row",
}
"""Queries that decide instead of showing, and why that is right."""

ROOMS_WITH_TENANTS = ("notifications", "agreements", "inventory", "aid", "readiness")
READERS = {f"session.{name}" for name in ("get", "scalars", "scalar", "execute")}


def test_every_operation_asks_what_the_actor_may_see() -> None:
    every = [*OPERATIONS, *operations_in(demo)]
    blind = {each.name for each in every if not _looks(f"{each.handler.__module__}.{each.name}")}
    assert blind == set(PUBLIC)


def test_every_query_given_an_actor_asks_what_it_may_see() -> None:
    blind = {
        f"{source.module}.{function.name}"
        for source in sources(*ROOMS_WITH_TENANTS)
        if source.path.name == "queries.py"
        for function in source.functions
        if not function.name.startswith("_") and {"session", "actor"} <= _parameters(function)
        if _selects(source.module, function.name) and not _looks(f"{source.module}.{function.name}")
    }
    assert blind == set(JUDGES)


def test_handlers_read_nothing_themselves() -> None:
    """A handler that builds its own statement would pass the room's queries by."""
    assert not [place for source in _handlers() for place in _reads(source)]


def _looks(name: str) -> bool:
    return any(each.endswith("visible_to") for each in reached(name))


def _selects(module: str, function: str) -> bool:
    """Tell whether a function of a module builds a statement, itself or by its neighbours there."""
    return "sqlalchemy.select" in reached(f"{module}.{function}", within=f"{module}.")


def _parameters(function: Function) -> set[str]:
    return {each.arg for each in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)}


def _handlers() -> list[Source]:
    return [source for source in sources(*ROOMS_WITH_TENANTS) if source.path.name in {"api.py", "schemas.py"}]


def _reads(source: Source) -> list[str]:
    if any(meaning.startswith("sqlalchemy.") and meaning.endswith(".select") for meaning in source.imports.values()):
        return [source.name]
    return [source.at(call) for call in source.calls if dotted(call.func) in READERS]
