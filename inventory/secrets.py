"""No place for secrets: which texts look like a password or a key, so that the inventory can refuse them.

The inventory says who holds a secret, never the secret. What is refused here is what people paste without thinking;
somebody who wants to hide a password in a sentence can.
"""

import re
import unicodedata
from collections import Counter
from enum import StrEnum
from itertools import pairwise
from math import log2


class Secret(StrEnum):
    """秘密らしい文字列: what a text looks like."""

    PRIVATE_KEY = "private_key"
    PASSWORD = "password"  # noqa: S105 — the name of a kind, no secret
    ACCESS_KEY = "access_key"
    TOKEN = "token"  # noqa: S105 — the name of a kind, no secret

    @property
    def ja(self) -> str:
        return _NAMES[self]


_NAMES = {
    Secret.PRIVATE_KEY: "秘密鍵",
    Secret.PASSWORD: "パスワード",
    Secret.ACCESS_KEY: "アクセスキー",
    Secret.TOKEN: "鍵やトークンのような長い文字列",
}
_PEM = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----|PuTTY-User-Key-File-")
# A word for a password, a mark that gives a value, and a value; 「パスワード：情報課長が保管」 gives none, nor does
# 「パスワードはKeePassで管理」, where the sentence goes on.
_GIVEN = re.compile(
    r"(?:password|passwd|passphrase|pwd|secret|api[_-]?key|パスワード|パスフレーズ|暗証番号|共有鍵|事前共有鍵"
    r"|(?<![A-Za-z0-9])(?:PSK|PIN|PW|PASS)(?![A-Za-z0-9]))"
    r"[ \t]{0,8}(?:\([^()\n]{0,20}\))?[ \t]{0,8}"
    r"(?:(?:[:=→⇒]|は[、,]?)[ \t]{0,8}[\"'「]?(?P<value>[!-~]{4,200}+)(?!(?!です|でした)[ぁ-ヿ一-鿿])"
    r"|\r?\n[ \t]{0,8}(?P<below>(?=[!-~]{0,200}[0-9])(?=[!-~]{0,200}[A-Za-z])[!-~]{6,200}+)[ \t]{0,8}(?:\r?\n|\Z))",
    re.IGNORECASE,
)
# The word with nothing but a space before the value: 「パスワード Abcd1234」. A sentence that goes on in hiragana
# speaks of something else: 「パスワード KeePass2024 で管理」.
_BESIDE = re.compile(
    r"(?:password|passwd|passphrase|pwd|パスワード|パスフレーズ|暗証番号|共有鍵|事前共有鍵"
    r"|(?<![A-Za-z0-9])(?:PSK|PW|PASS)(?![A-Za-z0-9]))"
    r"(?:[ \t]{1,8}[\"'「]?|「)(?P<value>[!-~]{8,200}+)(?![ \t]{0,4}(?!です|でした)[ぁ-ゖ])",
    re.IGNORECASE,
)
# A word for a key of a network, a mark, and a value with a digit or of mixed letters: 「マスターキー：総務課で保管」
# gives none. Names of communities are short and plain words, so any will do.
_NETWORK_KEY = re.compile(
    r"(?:(?:WPA[0-9]?|WEP|認証|暗号化?|共有|無線(?:LAN)?|Wi-?Fi|ネットワーク|セキュリティ)[ \t]{0,4}(?:キー|鍵)"
    r"|pre-?shared-?key|暗号鍵)"
    r"[ \t]{0,8}(?:[:=→⇒]|は[、,]?)[ \t]{0,8}[\"'「]?"
    r"(?P<key>(?=[!-~]{0,200}[0-9])[!-~]{6,200}+)(?!(?!です|でした)[ぁ-ヿ一-鿿])"
    r"|SNMP[ \t]{0,4}(?:コミュニティ|community)(?:[ \t]{0,4}(?:名|string|文字列))?[ \t]{0,8}[:=→⇒][ \t]{0,8}"
    r"[\"'「]?(?P<community>[!-~]{4,64}+)(?!(?!です|でした)[ぁ-ヿ一-鿿])",
    re.IGNORECASE,
)
# A value in which Japanese and digits are written without a break: 「パスワード: あいうえお1234」.
_KANA = re.compile(
    r"(?:password|パスワード|パスフレーズ)[ \t]{0,8}[:=→⇒][ \t]{0,8}[\"'「]?[ぁ-ゖァ-ヺー]{2,20}+[0-9]{3,12}(?![0-9])"
    r"[」\"']?[ \t]*(?:$|[、。,])",
    re.IGNORECASE | re.MULTILINE,
)
# As network devices write them into their configurations: a kind of encryption, then the value.
_DEVICE = re.compile(
    r"\benable (?:secret|password)(?: (?:level )?[0-9]{1,2}){0,2} (?=[!-~]{0,99}[0-9$])[!-~]{5,200}"
    r"|\busername [!-~]{1,64} (?:privilege [0-9]{1,2} )?(?:password|secret) (?:[0-9] )?"
    r"(?=[!-~]{0,99}[0-9$])[!-~]{5,200}"
    r"|\b(?:pre-shared-key|wpa-psk) (?:ascii|text|hex|hexadecimal)(?:[ \t]+[0-9])? [!-~]{5,200}"
    r"|\bsnmp-server community [!-~]{4,64}"
    r"|\$(?:1|5|6|8|9|2[aby]|y|apr1)\$[./A-Za-z0-9]{1,40}\$[./A-Za-z0-9]{8,}",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"[A-Za-z]+[-_.]?v?\d{1,2}(?:\.\d+)*"  # a product and its version: Windows10, ESXi-8.0
    r"|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"  # a host or a file: list2026.xlsx
    r"|[!-~]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"  # a mail address
    r"|[!-.0-\[\]-~]*[/\\][!-~]*+"  # a path, a date, a model with a stroke
)
_IN_URL = re.compile(r"[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{1,64}:(?P<value>[^\s/@]{1,64})@", re.IGNORECASE)
_ACCESS_KEYS = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{30,}|xox[abprs]-[A-Za-z0-9-]{10,}"
    r"|sk-(?:proj|ant|live|svcacct)-[A-Za-z0-9_-]{20,}|glpat-[A-Za-z0-9_-]{20}|AIza[A-Za-z0-9_-]{35}|eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,})"
)
_RUN = re.compile(r"[A-Za-z0-9+/_=-]{32,}")
_HEX = re.compile(r"[0-9a-fA-F]+")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_DIGITS = re.compile(r"[0-9-]+")
DENSE = 4.0
"""Bits that a character carries in random letters and digits of such length."""
DENSE_HEX = 3.0
RESTLESS = 0.3
"""How often random text passes between small, large and digit (0.4 to 0.6); words and model names stay below."""
SHORTEST = 8
"""Of what stands beside its word with nothing but a space between: shorter is as often a number of something."""
REMARKS = frozenset(
    {
        "none",
        "n/a",
        "see",
        "held",
        "kept",
        "unknown",
        "changed",
        "yes",
        "true",
        "false",
        "https",
        "ldap",
        "aes-128",
        "aes-256",
    }
)
"""With what a remark begins instead of a password."""


def looks_like(text: str) -> Secret | None:
    """Return what kind of secret a text seems to hold, or None."""
    text = unicodedata.normalize("NFKC", text)
    if _PEM.search(text):
        return Secret.PRIVATE_KEY
    if _ACCESS_KEYS.search(text):
        return Secret.ACCESS_KEY
    if _gives_password(text):
        return Secret.PASSWORD
    if any(_is_random(found.group()) for found in _RUN.finditer(_UUID.sub(" ", text))):
        return Secret.TOKEN
    return None


def _gives_password(text: str) -> bool:
    return (
        any(each.search(text) for each in (_IN_URL, _KANA, _DEVICE))
        or any(_is_value(found["value"] or found["below"]) for found in _GIVEN.finditer(text))
        or any(map(_is_in_a_network, _NETWORK_KEY.finditer(text)))
        or any(_stands_alone(found["value"]) for found in _BESIDE.finditer(text))
    )


def _is_value(value: str) -> bool:
    """Tell a password from the beginning of a remark: `password: none`, `see envelope no. 3`, `https://…`."""
    word = value.strip("\"'.,;()").lower()
    return word not in REMARKS and not word.startswith(("https://", "http://"))


def _is_in_a_network(found: re.Match[str]) -> bool:
    """Tell a network's key or community from a remark and from a name."""
    if found["community"] is not None:
        return _is_value(found["community"])
    return _is_value(found["key"]) and not _NAMED.fullmatch(found["key"].strip("\"'.,;:()「」"))


def _stands_alone(value: str) -> bool:
    """Tell a password beside its word from a name: small letters and digits in one, and no product, host or path."""
    word = value.strip("\"'.,;:()「」")
    is_mixed = any(each.islower() for each in word) and any(each.isdigit() for each in word)
    return is_mixed and len(word) >= SHORTEST and not _NAMED.fullmatch(word)


def _is_random(run: str) -> bool:
    """Tell whether a long run of letters and digits is one that a machine drew."""
    if _DIGITS.fullmatch(run):
        return False
    if _HEX.fullmatch(run):
        return _bits(run.lower()) >= DENSE_HEX
    changes = sum(_class(one) != _class(other) for one, other in pairwise(run) if (one + other).isalnum())
    return changes / len(run) >= RESTLESS and _bits(run) >= DENSE


def _class(character: str) -> str:
    return "digit" if character.isdigit() else "upper" if character.isupper() else "lower"


def _bits(text: str) -> float:
    """Return Shannon's bits per character."""
    return -sum(count / len(text) * log2(count / len(text)) for count in Counter(text).values())
