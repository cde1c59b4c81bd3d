"""What is refused about a member's own directory."""

from foundation.problems import Invalid, NotFound


class DirectoryNotFound(NotFound):
    """None is registered for the actor's member."""

    ja = "自団体のディレクトリはまだ登録されていません。先に接続先を登録してください。"
    en = "No directory is registered for your member. Please register one first."


class InvalidDirectory(Invalid):
    """Its address can't be called, or its token is lacking."""
