"""What somebody promises on the spot before reading another member's inventory in an emergency (誓約)."""

from collections.abc import Mapping

VERSION = 1
"""The number of the text that is accepted today; earlier ones stay readable."""
TEXTS: Mapping[int, str] = {
    1: (
        "私は、応援のために必要な範囲に限って、この団体の台帳を閲覧します。\n"
        "1. 知り得たことを、応援の目的以外に使わず、第三者に漏らしません。応援が終わった後も同じです。\n"
        "2. 画面や内容の写しを、必要な間だけ、必要な人にだけ渡し、応援が終わったら消去します。\n"
        "3. 閲覧した人、日時、理由、項目が記録され、相手の団体に直ちに知らされることを承知しています。\n"
        "4. 相手の団体が終了を求めたときは、直ちに閲覧をやめます。"
    ),
}
