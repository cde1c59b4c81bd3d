"""What goes in and out where a member says whether its inventory may be read in an emergency."""

from datetime import datetime

from foundation.fields import Schema, View


class EmergencyPermissionDraft(Schema):
    """緊急閲覧の承諾の指定: holds from the next call on."""

    is_allowed: bool


class EmergencyPermissionView(View):
    """緊急閲覧の承諾: in one group, whose agreement has to know emergency access (`is_in_terms`).

    Where the terms drop it, or the member leaves, the word ends, and has to be given anew.
    """

    group: str
    name: str
    is_in_terms: bool
    is_allowed: bool
    changed_by: str | None
    changed_at: datetime | None


class EmergencyPermissionsView(View):
    """緊急閲覧の承諾の一覧: one for each group that binds the own member."""

    member: str
    items: list[EmergencyPermissionView]
