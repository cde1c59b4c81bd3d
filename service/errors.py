"""What the operator's commands refuse."""


class RefusedError(RuntimeError):
    """A command was not carried out; the message tells the operator why and what to do."""
