"""全国地方公共団体コード: five digits (JIS X 0401 for two, JIS X 0402 for all five) and a check digit."""

WEIGHTS = (6, 5, 4, 3, 2)
BASE_LENGTH = len(WEIGHTS)
FULL_LENGTH = BASE_LENGTH + 1
FULL_WIDTH_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")


class InvalidCodeError(ValueError):
    """団体コードの誤り: the message is Japanese, for the person who typed the code."""


class NotSixDigitsError(InvalidCodeError):
    """桁数の誤り: `remedy` is the six-digit code where five digits were given, else None."""

    def __init__(self, code: str) -> None:
        self.remedy = code + check_digit(code) if _is_digits(code, BASE_LENGTH) else None
        message = "団体コードは6桁の数字で入力してください"
        if self.remedy is not None:
            message += f"（5桁の {code} は、検査数字を付けると {self.remedy} です）"
        super().__init__(f"{message}。")


class WrongCheckDigitError(InvalidCodeError):
    """検査数字の誤り: `expected` is the check digit that the first five digits ask for."""

    def __init__(self, code: str) -> None:
        base = code[:BASE_LENGTH]
        self.expected = check_digit(base)
        super().__init__(
            f"団体コード {code} の検査数字（6桁目）が違います。"
            f"先頭の5桁が {base} で正しければ {base}{self.expected} です。ほかの桁も確かめてください。"
        )


def normalise(text: str) -> str:
    """Full-width digits become ASCII; white space around and inside (also the full-width one) goes."""
    return "".join(text.split()).translate(FULL_WIDTH_DIGITS)


def check_digit(base: str) -> str:
    """The sixth digit for the first five: the last digit of 11 - (weighted sum mod 11).

    The remainders 0 and 10 both give "1", so a slip that turns one into the other stays unseen.
    """
    if not _is_digits(base, BASE_LENGTH):
        raise ValueError(f"five ASCII digits wanted, got {base!r}")
    weighted = sum(int(digit) * weight for digit, weight in zip(base, WEIGHTS, strict=True))
    return str((11 - weighted % 11) % 10)


def is_valid(code: str) -> bool:
    """Whether it is six ASCII digits with the right check digit; whether the place exists is not asked."""
    return _is_digits(code, FULL_LENGTH) and check_digit(code[:BASE_LENGTH]) == code[BASE_LENGTH]


def parse(text: str) -> str:
    """The six digits a person meant; raises NotSixDigitsError or WrongCheckDigitError with the remedy."""
    code = normalise(text)
    if not _is_digits(code, FULL_LENGTH):
        raise NotSixDigitsError(code)
    if not is_valid(code):
        raise WrongCheckDigitError(code)
    return code


def _is_digits(text: str, length: int) -> bool:
    # isdecimal alone lets Arabic and other digits pass
    return len(text) == length and text.isascii() and text.isdecimal()
