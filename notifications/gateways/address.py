"""One gateway's address in the settings, taken apart; what is wrong with it is said without its secrets."""

import re
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

_MOST_AT_ONCE = 256
_HEAVIEST = 100
_MOST_A_SECOND = 10_000.0
_LONGEST_VALIDITY = 72
_LEAST_UNITS, _MOST_UNITS = 70, 2000
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HOST = re.compile(r"[A-Za-z0-9._:-]+")
_PATH = re.compile(r"[A-Za-z0-9._~%/-]*")
_WITH_PATH = {"form+http", "form+https", "json+http", "json+https", "karaden"}


class Address:
    """One address of a setting, taken apart; its errors name the place and repeat nothing secret."""

    def __init__(self, place: str, url: str) -> None:
        self._place = place
        try:
            parts = urlsplit(url)
            self.port = parts.port
        except ValueError:
            parts = None
        # An unescaped / # ? in a password cuts the address short: what follows must not be repeated
        if parts is None or parts.fragment or (parts.path.strip("/") and not _has_path(parts)):
            raise self.fault("not a URL (in names and passwords write / # ? @ : as %2F %23 %3F %40 %3A)")
        self.scheme = parts.scheme
        self.path = parts.path.rstrip("/")
        self.username = unquote(parts.username) if parts.username else None
        self.password = unquote(parts.password) if parts.password else None
        self._hostname = parts.hostname
        # A plus stands for itself (`from=+81…`), not for a space as in a form
        self._unread = dict(parse_qsl(parts.query.replace("+", "%2B"), keep_blank_values=True))
        self._known: set[str] = set()

    def fault(self, what: str) -> ValueError:
        return ValueError(f"{self._place}: {what}")

    def text(self, key: str) -> str | None:
        self._known.add(key)
        return self._unread.pop(key, None) or None

    def secret(self) -> str | None:
        """Return the secret in the path of this gateway's calls to us; what a path can't hold is refused here."""
        value = self.text("hook_secret")
        if value is not None and not _SECRET.fullmatch(value):
            raise self.fault("hook_secret= must be 1 to 64 letters, digits, - and _")
        return value

    def required(self, key: str) -> str:
        value = self.text(key)
        if value is None:
            raise self.fault(f"{key}= is missing")
        return value

    def host(self) -> str:
        if not self._hostname or not _HOST.fullmatch(self._hostname):
            raise self.fault("the host is missing or no host")
        return self._hostname

    def http_host(self) -> str:
        host = self.host()
        return f"[{host}]" if ":" in host else host

    def credentials(self) -> tuple[str, str]:
        if not self.username or not self.password:
            raise self.fault("user:password@ is missing before the host")
        return self.username, self.password

    def window(self, default: int) -> int:
        return self._whole("window", 1, _MOST_AT_ONCE, default) or default

    def weight(self) -> int | None:
        """Return how gladly the route is taken, 0 to 100; None where nothing is said."""
        return self._whole("weight", 0, _HEAVIEST, None)

    def rate(self) -> float | None:
        """Return the most messages a second, None where nothing is said."""
        value = self.text("rate")
        if value is None:
            return None
        if not re.fullmatch(r"[0-9]{1,5}(?:\.[0-9]{1,3})?", value) or not 0 < float(value) <= _MOST_A_SECOND:
            raise self.fault(f"rate= is messages a second, above 0 and up to {_MOST_A_SECOND:.0f}")
        return float(value)

    def validity(self) -> int | None:
        """Return the seconds for which the provider shall try a phone; the address says hours."""
        hours = self._whole("validity", 1, _LONGEST_VALIDITY, None)
        return None if hours is None else hours * 3600

    def units(self, default: int) -> int:
        """Return the longest text that the contract allows, in UTF-16 units."""
        return self._whole("most_units", _LEAST_UNITS, _MOST_UNITS, default) or default

    def is_set(self, key: str, *, default: bool = False) -> bool:
        """Return a choice that is written as 1 or 0."""
        value = self.text(key)
        if value not in {None, "0", "1"}:
            raise self.fault(f"{key}= is 1 or 0")
        return default if value is None else value == "1"

    def words(self, key: str) -> frozenset[str]:
        """Return a list whose words stand between `|`."""
        return frozenset(filter(None, (self.text(key) or "").split("|")))

    def others(self, prefix: str) -> dict[str, str]:
        """Return the parameters whose names begin so, without that beginning."""
        self._known.add(f"{prefix}…")
        found = [key for key in self._unread if key.startswith(prefix)]
        return {key.removeprefix(prefix): self._unread.pop(key) for key in found}

    def base(self) -> str:
        """Return scheme (https unless `scheme=http`), host and port, as an HTTP client wants them."""
        scheme = self.text("scheme") or "https"
        if scheme not in {"http", "https"}:
            raise self.fault("scheme= is http or https")
        return self.at(scheme)

    def at(self, scheme: str) -> str:
        port = f":{self.port}" if self.port else ""
        return f"{scheme}://{self.http_host()}{port}"

    def _whole(self, key: str, least: int, most: int, default: int | None) -> int | None:
        value = self.text(key)
        if value is None:
            return default
        if not (value.isascii() and value.isdigit() and len(value) < 6 and least <= int(value) <= most):  # noqa: PLR2004 — fits an int
            raise self.fault(f"{key}= is a number from {least} to {most}")
        return int(value)

    def refuse_unread(self) -> None:
        """Raise for parameters that nobody asked about: a misspelt one would be ignored in silence."""
        if self._unread:
            raise self.fault(f"a parameter is none of {', '.join(sorted(self._known))}")


def _has_path(parts: SplitResult) -> bool:
    """Tell whether what follows the host is a path, and not the end of a password."""
    return parts.scheme in _WITH_PATH and _PATH.fullmatch(parts.path) is not None
