"""What goes in and out about a member's own directory; its token only ever goes in."""

from typing import Annotated

from pydantic import Field, StringConstraints

from foundation.fields import Moment, Schema, View
from inventory.directory.standing import AccountState, TaskState, Trouble

Url = Annotated[str, StringConstraints(min_length=8, max_length=300, pattern=r"^https?://[!-~]+$")]
Token = Annotated[str, StringConstraints(min_length=8, max_length=4000, pattern=r"^[!-~]+$")]


class DirectoryDraft(Schema):
    """接続先の登録: the root of the directory's SCIM 2.0 service; the token may be left out where it stays."""

    base_url: Url = Field(json_schema_extra={"examples": ["https://directory.example.lg.jp/scim/v2"]})
    token: Token | None = None
    is_on: bool = True


class DirectoryView(View):
    """自団体のディレクトリ: without its token. `test_code` None with a `tested_at`: the last test went well."""

    member: str
    base_url: str
    is_on: bool
    changed_by: str
    changed_at: Moment
    tested_at: Moment | None
    test_code: Trouble | None
    test_text: str | None
    waiting: int
    version: int


class DirectoryAccountView(View):
    """ディレクトリ上のアカウント: the last that was asked of the directory about a guest ID, and what came of it."""

    id: str
    guest: str
    account: str
    wanted: AccountState
    state: TaskState
    made_at: Moment
    tries: int
    tried_at: Moment | None
    due_at: Moment | None
    confirmed_at: Moment | None
    error_code: Trouble | None
    text: str


class DirectoryTasksView(View):
    """ディレクトリへの依頼の一覧: what is not confirmed first, then the newest."""

    items: list[DirectoryAccountView]
    waiting: int
