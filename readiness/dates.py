"""Dates as people in Japan write them: Japan time, the weekday beside the day, years by era and 年度."""

from datetime import datetime

from foundation.clock import JAPAN, fiscal_year

WEEKDAYS = "月火水木金土日"
REIWA = 2018
"""令和 counts from 2019, the year after."""


def in_japanese(instant: datetime) -> str:
    """Return e.g. 2026年7月10日(金) 14:00."""
    local = instant.astimezone(JAPAN)
    day = f"{local.year}年{local.month}月{local.day}日({WEEKDAYS[local.weekday()]})"
    return f"{day} {local:%H:%M}"


def in_english(instant: datetime) -> str:
    """Return e.g. Fri 10 Jul 2026, 14:00 (Japan time)."""
    local = instant.astimezone(JAPAN)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} (Japan time)"


def fiscal_year_of(instant: datetime) -> int:
    """Return the fiscal year in which an instant lies in Japan."""
    return fiscal_year(instant.astimezone(JAPAN).date())


def fiscal_year_in_japanese(year: int) -> str:
    """Return e.g. 令和8年度(2026年度); before 令和 the western year alone."""
    era = year - REIWA
    if era < 1:
        return f"{year}年度"
    return f"令和{'元' if era == 1 else era}年度({year}年度)"
