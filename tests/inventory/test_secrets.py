"""What people paste without thinking is refused; what they have to write down is not."""

from time import perf_counter

import pytest

from inventory.secrets import Secret, looks_like

LIMIT = 0.5
"""Seconds for a text 25 times as long as any field takes."""
KEY = "-----BEGIN " + "RSA PRIVATE KEY-----\nMIIEow…"
RANDOM = "q7Zx9Lk2Vb4Nw8Rt6Yp3Hd5Js1Fg0Mc" + "aQeUiOzT"
HEX = "9f86d081884c7d659a2feaa0c55ad015" + "a3bf4f1b2b0b822cd15d6c15b0f00a08"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (KEY, Secret.PRIVATE_KEY),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", Secret.PRIVATE_KEY),
        ("PuTTY-User-Key-File-3: ssh-ed25519", Secret.PRIVATE_KEY),
        ("管理者 password=Fuji#2024", Secret.PASSWORD),
        ("Password: hunter22", Secret.PASSWORD),
        ("パスワード：Komatsu-1234", Secret.PASSWORD),
        ("パスワードは「abcd1234」です", Secret.PASSWORD),
        ("ルータの共有鍵: s3cr3tkey", Secret.PASSWORD),
        ("暗証番号 : 4821", Secret.PASSWORD),
        ("api_key = 12ab34cd", Secret.PASSWORD),
        ("PSK: wifi-guest-2026", Secret.PASSWORD),
        ("ｐａｓｓｗｏｒｄ：Abcd1234", Secret.PASSWORD),
        ("PW: Abcd1234!", Secret.PASSWORD),
        ("PASS: Abcd1234", Secret.PASSWORD),
        ("管理者パスワードは、abcd1234", Secret.PASSWORD),
        ("パスワード（管理者）：Abcd1234", Secret.PASSWORD),
        ("パスワード→Abcd1234", Secret.PASSWORD),
        ("パスワード\nAbcd1234", Secret.PASSWORD),
        ("パスワード：９８７６Ａｂ", Secret.PASSWORD),
        ("パスワードはabcd1234です", Secret.PASSWORD),
        ("パスワード Abcd1234", Secret.PASSWORD),
        ("管理者パスワード　Ａｂｃｄ１２３４", Secret.PASSWORD),
        ("ID admin パスワード Abcd1234 管理者用", Secret.PASSWORD),
        ("PW P@ssw0rd1", Secret.PASSWORD),
        ("password hunter2024", Secret.PASSWORD),
        ("パスワード「Fuji-san-3776」", Secret.PASSWORD),
        ("初期パスワード Komatsu1234です", Secret.PASSWORD),
        ("ftp://backup:p4ssw0rd@192.0.2.10/data", Secret.PASSWORD),
        ("AKIA" + "IOSFODNN7EXAMPLE", Secret.ACCESS_KEY),
        ("ghp_" + "a" * 36, Secret.ACCESS_KEY),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.x", Secret.ACCESS_KEY),
        ("sk-" + "proj-abc123DEF456ghi789JKL012mno345PQR", Secret.ACCESS_KEY),
        ("enable secret 5 $1$mERr$hx5rVt7rPNoS4wqbXKX7m0", Secret.PASSWORD),
        ("enable password 7 094F471A1A0A", Secret.PASSWORD),
        ("username admin password 7 094F471A1A0A", Secret.PASSWORD),
        ("username admin privilege 15 secret 9 $9$abc", Secret.PASSWORD),
        ("crypto pre-shared-key ascii abcDEFghi", Secret.PASSWORD),
        ("snmp-server community komatsu-ro RO", Secret.PASSWORD),
        ("SNMPコミュニティ名：s3cr3tstr", Secret.PASSWORD),
        ("SNMP community: komatsu", Secret.PASSWORD),
        ("WPA2キー：X8kd92ksLs", Secret.PASSWORD),
        ("認証キー：X8kd92ksLs", Secret.PASSWORD),
        ("暗号化キー: 9f8a7b6c", Secret.PASSWORD),
        ("無線LANキーは「komatsu2026」です", Secret.PASSWORD),
        ("パスワード: あいうえお1234", Secret.PASSWORD),
        (f"トークン {RANDOM}", Secret.TOKEN),
        (HEX, Secret.TOKEN),
        ("k3v9x2m7q4w8z1n6p5r0t3y8u2a7s4d9f1g6", Secret.TOKEN),
    ],
)
def test_secrets_are_recognised(text: str, found: Secret) -> None:
    assert looks_like(text) is found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "情報政策課 サーバ室 ラック3 U12",
        "パスワードは情報課長が保管（封筒 No.12）",
        "パスワード：情報政策課の金庫、封筒 7",
        "パスワード: 別途管理",
        "password: see envelope no. 3",
        "パスワードはCISOが管理",
        "パスワードはKeePassで管理",
        "パスワード: https://wiki.example/に記載",
        "パスワード: https://wiki.example/page",
        "BYPASS: 1234",
        "管理者パスワードの封筒番号 2026-014",
        "PIN: なし",
        "機種 FMV-A7511/H Windows 11 Pro 23H2",
        "住民情報システム V7.2.10 (build 20260401)",
        "CSV、XML、中間標準レイアウト(v3.4)、PDF/A",
        "https://www.example.lg.jp/soshiki/joho/index.html?id=123456789012345678901234567890",
        "0761-24-8131、内線 2201、衛星 8816-1234-5678",
        "2026-04-01 から 2031-03-31 まで",
        "/backup/daily/resident_record/2026/06/01/full_export_of_all_tables.csv",
        "550e8400-e29b-41d4-a716-446655440000",
        "契約番号 20260401-000000000000000000000000000001",
        "Oracle_Database_Standard_Edition_2_Processor_Licence_limited_to_two_sockets",
        "外字 JIS X 0213:2012、IVS(Adobe-Japan1)、字形 6,355",
        "公開鍵 (SHA-1) の指紋は別紙",
        "パスワード KeePass2024 で管理",
        "パスワード Windows10 と共通の方針",
        "パスワード 2026-04-01 に変更済み",
        "パスワード 90日ごとの変更は廃止",
        "パスワード 15文字以上、使い回し禁止",
        "パスワード 封筒No.12 (金庫)",
        "パスワード ENV-2026-014 の封筒",
        "パスワード ESXi-8.0 以降は証明書",
        "パスワード password-list2026.xlsx は廃止した",
        "パスワード joho@city.example.lg.jp に問い合わせ",
        "パスワード 管理台帳 A4ファイル3冊",
        "パスワード //server01/kanri/readme.txt を参照",
        "管理者パスワードは年1回、情報課長とCISOの2人で変更",
        "パスワード なし (ICカードのみ)",
        "ルータ RTX1220 パスワード 情報課で保管",
        "PASS 方式の印鑑登録システム",
        "住民記録の PW 変更は SE2名の立会い",
        "共有鍵 方式は廃止、証明書 (EAP-TLS) に移行",
        "password rotation every 12months, see policy",
        "サーバ室の暗証番号 総務課で管理",
        "無線LAN PSK 廃止 2025年3月",
        "マスターキー：総務課で保管",
        "認証キーは金庫",
        "認証キー：情報政策課の金庫、封筒 7",
        "暗号化キー: KeePass2で管理",
        "暗号化キー: AES-256",
        "WPA2キー：封筒No.12",
        "SNMPコミュニティ名：機器台帳を参照",
        "SNMP community: see envelope no. 3",
        "enable secret は情報課長が保管",
        "username は職員番号、password は別途通知",
        "pre-shared-key は拠点ごとに変更",
        "キー：A棟2階の鍵箱 No.14",
        "パスワード: べんり帳2026年版の別紙",
        "共有キーは廃止し、証明書 (EAP-TLS) に移行",
        "task-project-2026-network-renewal-plan",
    ],
)
def test_what_an_inventory_has_to_say_is_not_refused(text: str) -> None:
    assert looks_like(text) is None


def test_a_hostile_text_is_judged_in_no_time() -> None:
    """A regular expression that runs away would hold the writer."""
    for text in (
        "password" * 12_000,
        "a" * 100_000,
        "=" * 100_000,
        "x://" * 25_000,
        "パスワード " * 16_000,
        "パスワード\n" * 16_000,
        "PW(" * 30_000,
        "PASS " * 20_000,
        "PW " + "a" * 100_000,
        "WPA2キー" * 12_000,
        "認証キー:" + "a" * 100_000,
        "パスワード:" + "あ" * 100_000,
        "username a " * 10_000,
        "enable secret " * 8_000,
    ):
        began = perf_counter()
        looks_like(text)
        assert perf_counter() - began < LIMIT
