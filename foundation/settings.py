"""The settings: one frozen object, made by the only reader of the environment."""

import os
from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from foundation.mode import Mode

PREFIX = "YUIMARU_"
UNPREFIXED = {"port": "PORT"}


def _listed(value: object) -> object:
    """Split a comma-separated setting."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Listed = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class SettingsError(RuntimeError):
    """A setting is wrong; the message names it."""


class Settings(BaseModel):
    """設定: everything that an operator may set, with meaning and default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database_url: str = Field(
        "sqlite:///./var/yuimaru.db", description="データベース (sqlite:///… か postgresql://…、複数ホスト可)"
    )
    mode: Mode | None = Field(
        None,
        description="live か drill。データベース作成時に記録され、以後は変えられません (作成時の既定 live)",
    )
    base_url: str = Field(
        "http://127.0.0.1:8000", description="利用者から見たこのサービスの URL (回答リンクに使います)"
    )
    key_file: str = Field("", description="主鍵のファイル。なければ作成 (既定: データベースの隣の yuimaru.key)")
    key_passphrase_file: str = Field(
        "",
        description="主鍵を合言葉から作るときの、合言葉のファイル (/dev/fd/N も可、- は端末から入力)",
    )
    mail_urls: Listed = Field(("console:",), description="メールの送信先 smtp://… をコンマ区切りで、先頭を優先")
    sms_urls: Listed = Field(
        ("console:",), description="SMSの送信先 kannel://… twilio://… をコンマ区切りで、先頭を優先"
    )
    mail_from: str = Field("yuimaru@localhost", description="メールの差出人アドレス")
    mail_inbound: str = Field(
        "",
        description="返信と不達通知を受け取るアドレス 例 yuimaru@in.example.lg.jp (既定: 受け取りません)",
    )
    mail_hook_secret: str = Field("", description="POST /hooks/mail/… でメールを受け取るときの合言葉 (英数字と - _)")
    lmtp: str = Field("", description="メールを LMTP で受け取る 127.0.0.1:24 かソケットのパス (既定: 受け取りません)")
    operator_urls: Listed = Field(
        (), description="送信箱の異常を知らせる運用者の宛先 mailto:… sms:+81… apprise:URL をコンマ区切りで"
    )
    heartbeat_file: str = Field("", description="見回りが無事に終わるたびに書き直すファイル (外部の監視用)")
    heartbeat_url: str = Field("", description="見回りが無事に終わるたびに呼び出す URL (外部の監視用)")
    host: str = Field("127.0.0.1", description="待ち受けるアドレス")
    port: int = Field(8000, ge=0, le=65535, description="待ち受けるポート")
    body_limit: int = Field(262_144, ge=1024, description="受け取る本文の上限 (バイト)")
    attachment_limit: int = Field(10_485_760, ge=1024, description="添付ファイル1つの上限 (バイト)")
    attachment_count: int = Field(500, ge=1, description="1団体の添付ファイルの数の上限 (版を含む)")
    attachment_total: int = Field(524_288_000, ge=1024, description="1団体の添付ファイルの合計の上限 (バイト)")
    trusted_proxy: str = Field(
        "", description="前段のプロキシの IP アドレス。そこからの X-Forwarded-For だけを接続元として信じます"
    )
    oidc_hosts: Listed = Field(
        (),
        description="庁内・LGWANのアドレスを持つ、団体の認証基盤 (OIDC) のホスト名をコンマ区切りで",
    )
    directory_hosts: Listed = Field(
        (),
        description="構成団体のディレクトリのうち、内部のアドレスでも呼び出してよいホスト名をコンマ区切りで",
    )
    is_demo: bool = Field(False, description="デモ用サインインを有効にするか (drill のみ)")
    font_path: str = Field("", description="PDF の日本語フォントのフォルダー (既定: サーバーにあるもの)")
    log_level: str = Field("INFO", description="ログの詳しさ (DEBUG INFO WARNING ERROR)")

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach the service by TLS."""
        return self.base_url.startswith("https://")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read the settings. Raises SettingsError that names the setting and what is wrong with it."""
        names = {variable(field): field for field in cls.model_fields}
        given = {field: environment[name] for name, field in names.items() if environment.get(name)}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            wrong = "; ".join(f"{variable(str(each['loc'][0]))}: {each['msg']}" for each in error.errors())
            raise SettingsError(f"設定に誤りがあります (wrong setting): {wrong}") from None


def variable(field: str) -> str:
    """Return the environment variable of a setting."""
    return UNPREFIXED.get(field, PREFIX + field.upper())
