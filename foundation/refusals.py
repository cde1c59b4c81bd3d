"""Wrong input in words: every error that Pydantic finds becomes a sentence that says what to enter instead."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from foundation.problems import FieldError

SENTENCES = {
    "missing": ("必須です。入力してください。", "This is required."),
    "extra_forbidden": (
        "この項目はありません。項目名を確かめてください。",
        "There is no such field; check its name.",
    ),
    "string_type": ("文字列で入力してください。", "Give a text."),
    "string_too_short": (
        "{min_length}文字以上で入力してください。",
        "Give at least {min_length} characters.",
    ),
    "string_too_long": ("{max_length}文字以内で入力してください。", "Give at most {max_length} characters."),
    "string_pattern_mismatch": (
        "形式が違います。半角の英数字か、制御文字を含まない文字で入力してください。",
        "This does not have the right form; use half-width letters and digits, without control characters.",
    ),
    "int_type": ("半角の整数で入力してください (例: 50)。", "Give a whole number, e.g. 50."),
    "int_parsing": ("半角の整数で入力してください (例: 50)。", "Give a whole number, e.g. 50."),
    "int_from_float": ("小数ではなく整数で入力してください。", "Give a whole number."),
    "float_type": ("半角の数で入力してください。", "Give a number."),
    "bool_type": ("true か false で入力してください。", "Give true or false."),
    "greater_than_equal": ("{ge}以上で入力してください。", "Give {ge} or more."),
    "less_than_equal": ("{le}以下で入力してください。", "Give {le} or less."),
    "too_short": ("{min_length}件以上入力してください。", "Give at least {min_length}."),
    "too_long": ("{max_length}件以内で入力してください。", "Give at most {max_length}."),
    "enum": ("次のいずれかを選んでください: {expected}", "Choose one of: {expected}"),
    "literal_error": ("次のいずれかを選んでください: {expected}", "Choose one of: {expected}"),
    "timezone_aware": (
        "日時には時差を付けてください (例: 2011-03-11T15:00:00+09:00)。",
        "Give the offset as well, e.g. 2011-03-11T15:00:00+09:00.",
    ),
    "json_invalid": (
        "JSON として読めません。文字コード(UTF-8)と書式を確かめてください。",
        "This is not valid JSON in UTF-8.",
    ),
    "model_type": ("オブジェクト ({{…}}) で入力してください。", "Give an object."),
    "model_attributes_type": ("オブジェクト ({{…}}) で入力してください。", "Give an object."),
    "list_type": ("配列 ([…]) で入力してください。", "Give a list."),
    "dict_type": ("オブジェクト ({{…}}) で入力してください。", "Give an object."),
}
INSTANT = (
    "日時は 2011-03-11T15:00:00+09:00 の形で、2000年から2099年までで入力してください。",
    "Give an instant like 2011-03-11T15:00:00+09:00, of this century.",
)
DAY = (
    "日付は 2011-03-11 の形で、2000年から2099年までで入力してください。",
    "Give a day like 2011-03-11, of this century.",
)
UNKNOWN = (
    "値が正しくありません。説明書の書き方に合わせてください。",
    "This value is not right; see the document of the API.",
)


def field_errors(error: ValidationError, *, under: str = "") -> tuple[FieldError, ...]:
    """Return every error of a validation as a pointer and a sentence; the input itself is never repeated."""
    found = error.errors(include_url=False, include_input=False)
    return tuple(_field_error(each, under) for each in found)


def _field_error(error: Any, under: str) -> FieldError:
    kind = str(error["type"])
    ja, en = _sentences(kind)
    facts = {str(key): _plain(value) for key, value in error.get("ctx", {}).items()}
    pointer = under + "".join(_steps(error["loc"]))
    return FieldError(
        pointer or "/", kind.replace("_", "-"), ja.format_map(_Lenient(facts)), en.format_map(_Lenient(facts))
    )


def _plain(value: object) -> object:
    """Say 20 instead of 20.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _sentences(kind: str) -> tuple[str, str]:
    if kind in SENTENCES:
        return SENTENCES[kind]
    if kind.startswith(("datetime", "timezone")):
        return INSTANT
    return DAY if kind.startswith("date") else UNKNOWN


def _steps(location: tuple[Any, ...]) -> Iterator[str]:
    for step in location:
        yield "/" + str(step).replace("~", "~0").replace("/", "~1")


class _Lenient(dict[str, Any]):
    """Facts of a sentence; one that is lacking shows as a dash instead of failing the refusal."""

    def __missing__(self, key: str) -> str:
        return "—"
