import pytest

from notifications.phones import BadPhone, is_mobile, normalise


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("090-1234-5678", "+819012345678"),
        ("０９０－１２３４－５６７８", "+819012345678"),
        ("090ー1234ー5678", "+819012345678"),
        ("+81 90-1234-5678", "+819012345678"),
        ("+81 (0)90 1234 5678", "+819012345678"),
        (" 06012345678 ", "+816012345678"),
        ("0220-22-2111", "+81220222111"),
        ("(03)1234-5678", "+81312345678"),
        ("+1 202 555 0123", "+12025550123"),
        ("+818000000000", "+818000000000"),
        ("+818000099999", "+818000099999"),
    ],
)
def test_one_way_to_write_a_number(typed: str, number: str) -> None:
    assert normalise(typed) == number
    assert normalise(number) == number


@pytest.mark.parametrize(
    "typed",
    ["", "110", "0901234567", "090-1234-56789", "03-1234-5678 内線 12", "0120-ABC-DEF", "+99912345678", "1;2"],
)
def test_what_cannot_be_dialled_is_refused(typed: str) -> None:
    with pytest.raises(BadPhone):
        normalise(typed)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+819012345678", True),
        ("070-1234-5678", True),
        ("+816012345678", True),
        ("+818000000000", True),
        ("+818000099999", True),
        ("+818000100000", False),
        ("+81312345678", False),
        ("+81120123456", False),
        ("", False),
    ],
)
def test_who_can_get_an_sms(number: str, expected: bool) -> None:
    assert is_mobile(number) is expected
