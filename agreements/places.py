"""Municipality codes as people enter them: a place of the directory, or a field error that names the remedy."""

from agreements import codes, directory
from agreements.directory import Municipality
from foundation.problems import FieldError, Invalid


def place_named(text: str, pointer: str = "/municipality") -> Municipality:
    """Return the municipality or prefecture with this code. Raises Invalid for a code that is none."""
    try:
        code = codes.parse(text)
    except codes.InvalidCodeError as error:
        raise Invalid(FieldError(pointer, "municipality-code", str(error), _in_english(error))) from None
    place = directory.find(code)
    if place is None:
        raise Invalid(
            FieldError(
                pointer,
                "municipality-unknown",
                f"団体コード {code} の自治体はありません。自治体一覧で調べてください。",
                f"There is no municipality with code {code}. Please look it up in the directory.",
            )
        )
    return place


def municipality_named(text: str, pointer: str = "/municipality") -> Municipality:
    """Return a municipality (not a prefecture). Raises Invalid."""
    place = place_named(text, pointer)
    if place.is_prefecture:
        raise Invalid(
            FieldError(
                pointer,
                "municipality-wanted",
                f"{place.name}は都道府県です。市区町村の団体コードを入力するか、種別を prefecture にしてください。",
                "This is a prefecture. Give a municipality's code, or the kind prefecture.",
            )
        )
    return place


def prefecture_named(text: str, pointer: str = "/municipality") -> Municipality:
    """Return a prefecture. Raises Invalid."""
    place = place_named(text, pointer)
    if not place.is_prefecture:
        raise Invalid(
            FieldError(
                pointer,
                "prefecture-wanted",
                f"{place.name}は市区町村です。都道府県の団体コードを入力するか、種別を member にしてください。",
                "This is a municipality. Give a prefecture's code, or the kind member.",
            )
        )
    return place


def _in_english(error: codes.InvalidCodeError) -> str:
    if isinstance(error, codes.WrongCheckDigitError):
        return f"The last digit is wrong: with these first five digits it is {error.expected}. Check the others too."
    remedy = getattr(error, "remedy", None)
    return f"Give six digits ({remedy})." if remedy else "Give six digits."
