"""What goes in and out where a member says whether its inventory may be read in an emergency."""

from datetime import datetime

from foundation.fields import Schema, View


class EmergencyPermissionDraft(Schema):
    """緊急閲覧の承諾の指定: holds from the next call on."""

    is_allowed: bool


class EmergencyPermissionView(View):
    """緊急閲覧の承諾: in one group. It counts only where `is_in_terms`: the agreement knows emergency access."""

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
