import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements import codes

bases = st.text("0123456789", min_size=5, max_size=5)


def remainder(base: str) -> int:
    return sum(int(digit) * weight for digit, weight in zip(base, (6, 5, 4, 3, 2), strict=True)) % 11


def replaced(code: str, position: int, digit: str) -> str:
    return code[:position] + digit + code[position + 1 :]


@pytest.mark.parametrize("code", ["011002", "042129", "090000", "130001", "131041", "202011", "434248"])
def test_real_codes_pass(code: str) -> None:
    assert codes.is_valid(code)
    assert codes.check_digit(code[:5]) == code[5]


@pytest.mark.parametrize("text", ["０４２１２９", " 042129 ", "042129\n", "０４２ 129", "\u3000042129"])
def test_parse_takes_what_people_type(text: str) -> None:
    assert codes.parse(text) == "042129"


@pytest.mark.parametrize("text", ["", "0421", "0421290", "04212a", "٠٤٢١٢٩", "-42129", "四二一二九", "④②①②⑨0"])
def test_what_is_not_six_digits_is_refused(text: str) -> None:
    with pytest.raises(codes.NotSixDigitsError, match="6桁の数字") as refusal:
        codes.parse(text)
    assert refusal.value.remedy is None


@pytest.mark.parametrize("text", ["04212", "０４２１２"])
def test_five_digits_are_refused_with_the_sixth(text: str) -> None:
    with pytest.raises(codes.NotSixDigitsError, match="042129") as refusal:
        codes.parse(text)
    assert refusal.value.remedy == "042129"


def test_wrong_check_digit_is_refused_with_the_right_one() -> None:
    with pytest.raises(codes.WrongCheckDigitError, match="042129") as refusal:
        codes.parse("042120")
    assert refusal.value.expected == "9"
    assert isinstance(refusal.value, codes.InvalidCodeError)
    assert isinstance(refusal.value, ValueError)


@pytest.mark.parametrize("base", ["", "0421", "042129", "0421x", "٠٤٢١٢"])
def test_check_digit_wants_five_digits(base: str) -> None:
    with pytest.raises(ValueError, match="five ASCII digits"):
        codes.check_digit(base)


@given(bases)
def test_every_base_has_exactly_one_check_digit(base: str) -> None:
    assert [digit for digit in "0123456789" if codes.is_valid(base + digit)] == [codes.check_digit(base)]


@given(bases)
def test_only_remainders_0_and_10_share_a_check_digit(base: str) -> None:
    assert codes.check_digit(base) == {0: "1", 1: "0", 10: "1"}.get(remainder(base), str(11 - remainder(base)))


@given(bases, st.integers(0, 5), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_seen_unless_the_remainder_swaps_0_and_10(base: str, at: int, digit: str) -> None:
    right = base + codes.check_digit(base)
    wrong = replaced(right, at, digit)
    swaps = {remainder(right[:5]), remainder(wrong[:5])} == {0, 10}
    assert codes.is_valid(wrong) is (wrong == right or swaps)


@given(bases, st.integers(0, 3))
def test_swapped_neighbours_are_seen_with_the_same_exception(base: str, at: int) -> None:
    right = base + codes.check_digit(base)
    wrong = right[:at] + right[at + 1] + right[at] + right[at + 2 :]
    swaps = {remainder(right[:5]), remainder(wrong[:5])} == {0, 10}
    assert codes.is_valid(wrong) is (wrong == right or swaps)


def test_a_slip_that_stays_unseen_exists() -> None:
    # 00000 leaves 0 and 00005 leaves 10: both ask for 1
    assert codes.is_valid("000001")
    assert codes.is_valid("000051")


@given(st.text(max_size=12) | st.from_regex("[0-9０-９]{5,6}", fullmatch=True))
def test_parse_returns_a_valid_code_or_refuses_with_a_sentence(text: str) -> None:
    try:
        code = codes.parse(text)
    except codes.InvalidCodeError as refusal:
        sentence = str(refusal)
    else:
        sentence = f"{code}。" if codes.is_valid(code) else ""
    assert sentence.endswith("。")
