"""What is refused about a directory's tokens."""

from foundation.problems import Conflict, NotFound


class DirectoryTokenNotFound(NotFound):
    """It is none of the member's, or has ended."""

    ja = "ディレクトリのトークンが見つかりません。一覧を読み直してください。"
    en = "There is no such directory token. Please read the list again."


class TooManyDirectoryTokens(Conflict):
    """One in use and its successor are enough."""

    ja = "有効なトークンがすでに2つあります。使っていないものを終わらせてから、発行してください。"
    en = "Two tokens count already. Please end the one that is no longer used, then make another."
