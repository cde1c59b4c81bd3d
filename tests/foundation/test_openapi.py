"""The document says what the operations are, and no more."""

from typing import Any

from jsonschema import Draft202012Validator

from foundation.openapi import document
from tests.foundation.floor import OPERATIONS


def described(path: str, method: str) -> dict[str, Any]:
    found: dict[str, Any] = document(OPERATIONS, title="床", version="1")["paths"][path][method]
    return found


def test_all_operations_are_in_it() -> None:
    whole = document(OPERATIONS, title="床", version="1")
    assert whole["openapi"] == "3.1.0"
    assert {(path, method) for path, methods in whole["paths"].items() for method in methods} == {
        ("/api/things/{thing}", "post"),
        ("/api/things/{thing}", "get"),
        ("/api/things/{thing}", "patch"),
        ("/api/keys", "get"),
        ("/api/open", "get"),
    }
    for schema in whole["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_refusal_of_the_floor_is_said() -> None:
    assert set(described("/api/things/{thing}", "post")["responses"]) == {
        *("201", "401", "403", "404", "409", "413", "415", "422", "503")
    }
    assert set(described("/api/things/{thing}", "patch")["responses"]) >= {"200", "412"}
    assert set(described("/api/keys", "get")["responses"]) == {"200", "401", "403", "422", "503"}
    assert set(described("/api/open", "get")["responses"]) == {"200", "503"}


def test_headers_and_queries_are_parameters() -> None:
    def names(path: str, method: str) -> dict[str, str]:
        return {each["name"]: each["in"] for each in described(path, method)["parameters"]}

    assert names("/api/things/{thing}", "post") == {"thing": "path", "Idempotency-Key": "header"}
    assert names("/api/things/{thing}", "patch") == {"thing": "path", "If-Match": "header"}
    assert names("/api/keys", "get") == {"cursor": "query", "size": "query"}


def test_what_is_open_to_anyone_says_so() -> None:
    assert described("/api/open", "get")["security"] == []
    assert described("/api/keys", "get")["security"] == [{"bearer": []}]


def test_the_summary_is_the_handler_s_first_line() -> None:
    assert described("/api/keys", "get")["summary"] == "一覧 (list)."
