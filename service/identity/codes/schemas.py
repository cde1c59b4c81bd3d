"""Printed codes as they are shown once."""

from foundation.fields import Moment, View


class CodesView(View):
    """印刷コード: ten codes to print and keep, shown this once."""

    codes: list[str]
    made_at: Moment
