"""Builds agreements/data/*.csv from an unpacked or packed wheel of the PyPI package japancode.

python scripts/build_directory.py path/to/japancode-0.1.0-py3-none-any.whl
"""

import argparse
import csv
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from agreements import codes  # noqa: E402  # the script runs without the project being installed

DATA = ROOT / "agreements" / "data"
COLUMNS = ("code", "prefecture", "name", "kana", "latitude", "longitude")
MUNICIPALITIES = 1741
PREFECTURES = 47

# The prefectural office stands in the municipality with the prefecture's lowest code, but for these three.
SEATS = {"13": "131041", "35": "352039", "40": "401307"}

# Prefectural offices more than 2 km from the hall of the city they stand in.
OFFICES = {
    "060003": (38.240437, 140.363634),
    "080004": (36.341813, 140.446793),
    "170003": (36.594682, 136.625573),
    "210005": (35.391227, 136.722291),
    "290009": (34.685333, 135.832744),
    "400009": (33.606785, 130.418314),
    "430005": (32.789828, 130.741667),
    "460001": (31.560148, 130.557981),
}

# 双葉町: the package still has the office of the evacuation years, in いわき市.
HALLS = {"075469": (37.449167, 141.0125)}

Row = dict[str, str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path, help="the wheel, or the folder it was unpacked to")
    wheel: Path = parser.parse_args().wheel
    municipalities = municipality_rows(load(wheel, "municipalities"))
    prefectures = prefecture_rows(load(wheel, "prefectures"), municipalities)
    check(municipalities, MUNICIPALITIES)
    check(prefectures, PREFECTURES)
    write(DATA / "municipalities.csv", municipalities)
    write(DATA / "prefectures.csv", prefectures)


def load(wheel: Path, table: str) -> list[dict[str, Any]]:
    inside = f"japancode/data/{table}.json"
    if wheel.is_dir():
        return list(json.loads((wheel / inside).read_text(encoding="utf-8")))
    with zipfile.ZipFile(wheel) as archive:
        return list(json.loads(archive.read(inside)))


def municipality_rows(records: list[dict[str, Any]]) -> list[Row]:
    # a ward of a designated city is written 「札幌市 中央区」; the special wards of Tokyo have no space
    rows = [municipality_row(record) for record in records if " " not in record["city"]]
    return sorted(rows, key=lambda row: row["code"])


def municipality_row(record: dict[str, Any]) -> Row:
    code = record["lgcode"].zfill(codes.FULL_LENGTH)
    position = HALLS.get(code, (record["lat"], record["lng"]))
    return row_of(code, record["pref"], record["city"], record["citykana"], position)


def prefecture_rows(records: list[dict[str, Any]], municipalities: list[Row]) -> list[Row]:
    rows = [prefecture_row(record, municipalities) for record in records]
    return sorted(rows, key=lambda row: row["code"])


def prefecture_row(record: dict[str, Any], municipalities: list[Row]) -> Row:
    code = record["lgcode"].zfill(codes.FULL_LENGTH)
    own = {row["code"]: row for row in municipalities if row["code"].startswith(code[:2])}
    seat = own[SEATS.get(code[:2], min(own))]
    position = OFFICES.get(code, (float(seat["latitude"]), float(seat["longitude"])))
    return row_of(code, record["pref"], record["pref"], record["prefkana"], position)


def row_of(code: str, prefecture: str, name: str, kana: str, position: tuple[float, float]) -> Row:
    latitude, longitude = (f"{degrees:.6f}" for degrees in position)  # six decimals: 0.1 m
    return dict(zip(COLUMNS, (code, prefecture, name, kana, latitude, longitude), strict=True))


def check(rows: list[Row], expected: int) -> None:
    """Refuses to write a table with a wrong count, a code that is wrong or twice, or an empty field."""
    wrong = [row for row in rows if not codes.is_valid(row["code"]) or not all(row.values())]
    unique = {row["code"] for row in rows}
    if wrong or len(rows) != expected or len(unique) != expected:
        sys.exit(f"{len(rows)} rows, {len(unique)} codes, {expected} wanted; wrong: {wrong}")


def write(path: Path, rows: list[Row]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{path.relative_to(ROOT)}: {len(rows)}")


if __name__ == "__main__":
    main()
