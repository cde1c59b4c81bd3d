"""What is shown of a directory's tokens."""

from foundation.fields import Moment, View


class DirectoryTokenView(View):
    """ディレクトリのトークン: when it was made, when it ends, when it was last used (to the minute)."""

    id: str
    member: str
    made_by: str
    made_at: Moment
    ends_at: Moment
    used_at: Moment | None


class DirectoryTokenIssuedView(DirectoryTokenView):
    """発行したディレクトリのトークン: `token` is shown this once."""

    token: str


class DirectoryTokensView(View):
    """ディレクトリのトークンの一覧: those that count."""

    items: list[DirectoryTokenView]
