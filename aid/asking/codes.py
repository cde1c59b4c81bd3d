"""要請コード: four characters that cannot be taken for one another, and a fifth that shows a slip of the pen.

A code is never letters alone, digits alone, or the one after the other: `PC20` is twenty PCs, `5KVA` a generator's
power. That leaves some 350,000 (18 bits); what makes guessing slow is that a code counts for one member, once, and
that few wrong ones are heard (`trust`).
"""

import re
import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 4
_RUNS = re.compile(r"[0-9]+|[A-Z]+")
_LEAST_RUNS = 3
_WEIGHTS = (1, 2, 3, 4)
_SHAPE = re.compile(rf"[{ALPHABET}]{{{LENGTH},{LENGTH + 1}}}")


def make() -> str:
    """Return a new code of four characters and its check character."""
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        if _is_mixed(code):
            return code + check_character(code)


def check_character(code: str) -> str:
    """Return the fifth character; by it any single wrong character and any swap of two is seen (31 is prime)."""
    weighted = sum(weight * ALPHABET.index(each) for weight, each in zip(_WEIGHTS, code, strict=True))
    return ALPHABET[weighted % len(ALPHABET)]


def is_code(text: str) -> bool:
    """Tell whether it has the shape of a code, with or without its fifth character; that one is not judged."""
    return _SHAPE.fullmatch(text) is not None and _is_mixed(text[:LENGTH])


def is_whole(text: str) -> bool:
    """Tell whether a code's fifth character, where there is one, is the right one."""
    return len(text) == LENGTH or check_character(text[:LENGTH]) == text[LENGTH]


def _is_mixed(code: str) -> bool:
    return len(_RUNS.findall(code)) >= _LEAST_RUNS
