"""How each operation is called about somebody's things, and how to see that it reached them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aid import permissions as aid
from foundation.actor import Permission
from inventory import permissions as inventory
from readiness import permissions as readiness
from service.policy import Principal, Reach

Things = Mapping[str, Any]
Body = Callable[[Things], dict[str, Any]]


def _nothing(_things: Things) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Row:
    """One operation. `names` renames path parameters to things; `shows` is the thing to look for in a list.

    `acts` are further permissions that widen it; `reach` corrects the page where one operation is narrower or
    wider than its act, with the reason beside it.
    """

    body: Body = _nothing
    query: Body = _nothing
    names: Mapping[str, str] = field(default_factory=dict)
    shows: str | None = None
    acts: tuple[Permission, ...] = ()
    reach: Mapping[Principal, Reach] = field(default_factory=dict)


DAY = "2026-06-01"
PERIOD = {"starts_at": "2026-06-01T10:00:00+09:00", "until_at": "2026-06-08T10:00:00+09:00"}
REASON: Body = lambda _: {"reason": "試験"}  # noqa: E731 — the body of five operations
CHANNEL: Body = lambda _: {"kind": "fixed_phone", "address": "0466250000"}  # noqa: E731 — of two


READING: Body = lambda t: {"group": t["group"], "purpose": "planning"}  # noqa: E731 — the grounds of four operations

A_UPS = "a2luZCxxdWFudGl0eSxsZWFkX3RpbWVfaG91cnMKdXBzLDEsMQo="
"""A CSV file in Base64: one UPS, ready in an hour."""

NO_TOKEN = dict.fromkeys(Principal, Reach.NONE)
"""The callers here have API tokens, which set up no way to sign in (sessions do: tests/service/test_sign_in.py)."""

ROWS: Mapping[str, Row] = {
    "read_health": Row(),
    "read_readiness": Row(),
    "read_worker_health": Row(),
    "read_metrics": Row(),
    "read_me": Row(),
    # An operator reads the service's own record and no member's
    "read_audit": Row(shows="capability", reach={Principal.OPERATOR: Reach.NONE}),
    "export_audit": Row(
        query=lambda _: {"format": "jsonl"}, shows="capability", reach={Principal.OPERATOR: Reach.NONE}
    ),
    "sign_out": Row(),
    "sign_in_by_password": Row(),
    "sign_in_by_code": Row(),
    "sign_in_by_passkey": Row(),
    "offer_passkey_sign_in": Row(),
    "step_up": Row(),
    "list_sign_in_providers": Row(),
    "begin_oidc_sign_in": Row(),
    "finish_oidc_sign_in": Row(),
    "list_identity_providers": Row(shows="provider"),
    "register_identity_provider": Row(
        body=lambda _: {"issuer": "https://other.example", "client_id": "yuimaru", "client_secret": "secret"}
    ),
    "change_identity_provider": Row(body=lambda _: {"two_factor_amr": ["mfa"]}),
    "remove_identity_provider": Row(),
    "unlink_person": Row(),
    "list_clients": Row(shows="client"),
    "register_client": Row(body=lambda _: {"name": "台帳連携", "scopes": ["inventory.read"]}),
    "change_client": Row(body=lambda _: {"name": "別の名前"}),
    "rotate_client_secret": Row(),
    "issue_client_token": Row(),
    "read_server_metadata": Row(),
    # A colleague: nobody invites themselves
    "invite_person": Row(names={"person": "staff"}),
    "accept_invitation": Row(),
    "list_sessions": Row(),
    "end_session": Row(),
    "end_other_sessions": Row(),
    "read_factors": Row(),
    "change_password": Row(),
    "begin_totp": Row(reach=NO_TOKEN),
    "confirm_totp": Row(),
    "remove_totp": Row(),
    "make_codes": Row(reach=NO_TOKEN),
    "offer_passkey": Row(reach=NO_TOKEN),
    "register_passkey": Row(),
    "remove_passkey": Row(),
    "set_pin": Row(),
    "list_terminal_people": Row(),
    "switch_person": Row(),
    "list_municipalities": Row(),
    # Where one's own office works now is no secret to its staff
    "read_seat": Row(reach={Principal.STAFF: Reach.OWN, Principal.ADMINISTRATOR: Reach.OWN}),
    "move_seat": Row(body=lambda _: {"name": "仮庁舎", "municipality": "172031"}),
    "list_groups": Row(shows="group"),
    "create_group": Row(body=lambda _: {"name": "新しいグループ"}),
    "read_group": Row(),
    "change_group": Row(body=lambda _: {"purpose": "改訂"}),
    "step_group": Row(body=lambda _: {"status": "ended"}),
    "change_coordinator": Row(body=lambda t: {"coordinator": t["code"]}),
    "list_versions": Row(),
    "add_version": Row(body=lambda _: {"text": "第1条"}),
    "list_members": Row(shows="code"),
    "add_member": Row(body=lambda _: {"municipality": "472018"}),
    "read_member": Row(),
    "sign_agreement": Row(body=lambda _: {"signatory_name": "某", "signatory_title": "市長", "signed_on": DAY}),
    "leave_group": Row(),
    "list_people": Row(query=lambda t: {"member": t["code"]}, shows="person"),
    "add_person": Row(body=lambda t: {"name": "某", "member": t["code"]}),
    "read_person": Row(),
    "change_person": Row(body=lambda _: {"department": "情報課"}),
    "give_roles": Row(body=lambda _: {"roles": ["auditor"]}),
    "list_channels_of_person": Row(shows="channel"),
    "add_channel_to_person": Row(body=CHANNEL),
    "remove_channel_from_person": Row(),
    "list_desks": Row(shows="desk"),
    "add_desk": Row(body=lambda _: {"name": "夜間窓口"}),
    "list_channels_of_desk": Row(shows="desk_channel"),
    "add_channel_to_desk": Row(body=CHANNEL),
    "remove_channel_from_desk": Row(names={"channel": "desk_channel"}),
    # Who is only invited, or takes part without a vote, sees of others the desks; who is no contact, no group
    "list_contacts": Row(
        shows="contact",
        reach={
            Principal.INVITED: Reach.OWN,
            Principal.ASSOCIATE: Reach.OWN,
            Principal.ADMINISTRATOR: Reach.NONE,
            Principal.CLIENT: Reach.OWN,
        },
    ),
    "designate_contact": Row(body=lambda t: {"person": t["staff"], "function": "ict"}),
    "dismiss_contact": Row(),
    "list_temporary_contacts": Row(shows="temporary"),
    "enter_temporary_contact": Row(
        body=lambda t: {"incident": t["incident"], "group": t["group"], "channel": "sms", "address": "08000099901"}
    ),
    "confirm_temporary_contact": Row(names={"contact": "temporary"}, body=lambda _: {"how": "call_back"}),
    "list_nda_versions": Row(),
    "adopt_nda_version": Row(body=lambda _: {"text": "第1条"}),
    # Who takes part without a vote sees its own people's, who is only invited none
    "list_ndas": Row(
        shows="nda",
        reach={Principal.INVITED: Reach.NONE, Principal.ASSOCIATE: Reach.OWN, Principal.CLIENT: Reach.OWN},
    ),
    "sign_nda": Row(
        body=lambda t: {"version": 1, "way": "paper", "person": t["staff"], "signed_on": DAY, "note": "書庫"}
    ),
    "sign_nda_by_scan": Row(body=lambda t: {"version": 1, "person": t["staff"], "signed_on": DAY}),
    "open_nda_scan": Row(),
    "list_own_ndas": Row(reach=dict.fromkeys(set(Principal) - {Principal.AUDITOR}, Reach.SELF)),
    "revoke_nda": Row(body=REASON),
    "list_record_kinds": Row(),
    "list_records": Row(query=READING, shows="record", acts=(inventory.SEE_SHARED,)),
    "create_record": Row(body=lambda _: {"kind": "site", "fields": {"name": "本庁舎"}}),
    "read_inventory_record": Row(query=READING, acts=(inventory.SEE_SHARED,)),
    "change_record": Row(body=lambda _: {"fields": {"vendor": "別の会社"}}),
    "list_record_revisions": Row(query=READING, acts=(inventory.SEE_SHARED,)),
    "check_record": Row(),
    "retire_record": Row(),
    "restore_record": Row(),
    "check_inventory": Row(),
    "export_inventory": Row(query=lambda _: {"kind": "system"}),
    "take_out_inventory": Row(query=lambda t: {**READING(t), "format": "xlsx"}, acts=(inventory.SEE_SHARED,)),
    "import_inventory": Row(body=lambda _: {"kind": "site", "content": "bmFtZQ=="}),
    "list_attachments": Row(query=READING, shows="attachment", acts=(inventory.SEE_SHARED,)),
    "attach_file": Row(body=lambda _: {"title": "構成図", "disclosure": "nda"}),
    "read_attachment": Row(query=READING, acts=(inventory.SEE_SHARED,)),
    "open_attachment": Row(query=READING, acts=(inventory.SEE_SHARED,)),
    "replace_attachment": Row(),
    "change_attachment": Row(body=lambda _: {"disclosure": "owner"}),
    "retire_attachment": Row(),
    "list_disclosures": Row(),
    "list_sharing": Row(),
    "share_inventory": Row(body=lambda _: {"is_shared": True}),
    "read_directory": Row(shows="code"),
    "put_directory": Row(
        body=lambda _: {"base_url": "https://directory.example/scim/v2", "token": "token-of-a-directory"},
        shows="code",
    ),
    "try_directory": Row(shows="code"),
    "remove_directory": Row(),
    "list_directory_tasks": Row(shows="directory_task"),
    "list_directory_tokens": Row(shows="directory_token"),
    "issue_directory_token": Row(shows="code"),
    "end_directory_token": Row(names={"token": "directory_token"}),
    "list_emergency_permissions": Row(),
    "allow_emergency_access": Row(body=lambda _: {"is_allowed": True}),
    "list_guest_pools": Row(shows="pool"),
    "create_guest_pool": Row(body=lambda t: {"name": "住民記録の閲覧", "record": t["record"]}),
    "read_guest_pool": Row(),
    "change_guest_pool": Row(body=lambda _: {"instructions": "初回に変更しない"}),
    "retire_guest_pool": Row(),
    "reconcile_guest_pool": Row(),
    "list_guest_ids": Row(shows="guest"),
    "prepare_guest_id": Row(body=lambda _: {"label": "guest-9", "envelope": "封筒9番"}),
    "reserve_guest_id": Row(body=lambda t: {"commitment": t["commitment"], "helper": "応援 花子", **PERIOD}),
    "issue_guest_id": Row(body=lambda _: {"undertaking": "書庫"}),
    "receive_guest_id": Row(names={"guest": "received_guest"}, body=lambda _: {"helper": "応援 太郎"}),
    "revoke_guest_id": Row(),
    "revoke_guest_ids": Row(body=lambda t: {"commitment": t["commitment"]}, shows="guest"),
    "hand_over_guest_id": Row(
        body=lambda t: {
            "returned_by": "応援 太郎",
            "next": t["guest"],
            "helper": "応援 花子",
            "until_at": PERIOD["until_at"],
        }
    ),
    "rotate_guest_id": Row(body=lambda _: {"envelope": "封筒8番"}),
    "list_received_guest_ids": Row(shows="received_guest"),
    "read_catalogue": Row(),
    "list_capabilities": Row(query=lambda t: {"municipality": t["code"]}, shows="capability"),
    "declare_capability": Row(
        body=lambda t: {"municipality": t["code"], "kind": "ups", "quantity": 1, "lead_time_hours": 1},
        acts=(inventory.KEEP_FOR_OTHERS,),
    ),
    "import_capabilities": Row(
        body=lambda t: {"municipality": t["code"], "content": A_UPS},
        acts=(inventory.KEEP_FOR_OTHERS,),
    ),
    "read_capability": Row(),
    "change_capability": Row(body=lambda _: {"quantity": 4}, acts=(inventory.KEEP_FOR_OTHERS,)),
    "remove_capability": Row(acts=(inventory.KEEP_FOR_OTHERS,)),
    "list_incidents": Row(shows="incident"),
    "open_incident": Row(
        body=lambda _: {"name": "地震", "kind": "earthquake", "occurred_at": "2026-06-01T10:00:00+09:00"}
    ),
    "show_incident": Row(),
    "amend_footprint": Row(body=lambda _: {"affected": [{"municipality": "172031", "severity": "5-"}]}),
    "close_incident": Row(body=REASON),
    # Who takes part without a vote is asked, and reports nothing
    "list_situation": Row(shows="code", reach={Principal.ASSOCIATE: Reach.NONE}),
    "report_situation": Row(body=lambda t: {"municipality": t["code"], "can_help": False}),
    "list_missions": Row(),
    "file_request": Row(
        body=lambda t: {
            "incident": t["incident"],
            "group": t["group"],
            "requester": t["code"],
            "lines": [{"kind": "ups", "quantity": 1}],
        },
        acts=(aid.ASK_BY_PROXY,),
    ),
    "list_requests": Row(shows="request"),
    "read_request": Row(),
    "read_matches": Row(),
    "list_deliveries": Row(shows="asked"),
    "read_reach": Row(shows="asked"),
    "receive_request": Row(
        names={"request": "others_request"}, body=lambda t: {"municipality": t["code"]}, acts=(aid.COORDINATE,)
    ),
    "read_telephone_list": Row(acts=(aid.COORDINATE,)),
    "record_call": Row(names={"member": "asked"}, body=lambda _: {"outcome": "no_answer"}, acts=(aid.COORDINATE,)),
    "confirm_request": Row(
        names={"request": "unconfirmed"}, body=lambda _: {"how": "call_back"}, acts=(aid.ASK_BY_PROXY,)
    ),
    "amend_request": Row(body=lambda _: {"reason": "増員", "place": "本庁"}, acts=(aid.COORDINATE,)),
    "make_offer": Row(
        names={"request": "others_request"},
        body=lambda t: {
            "municipality": t["code"],
            "decision": "accept",
            "lines": [{"line": t["others_line"], "quantity": 1}],
        },
        acts=(aid.COORDINATE,),
    ),
    "list_offers": Row(names={"request": "others_request"}, shows="offer"),
    "read_offer": Row(),
    "accept_offer": Row(
        names={"offer": "received"},
        body=lambda t: {"lines": [{"line": t["line"], "quantity": 1}]},
        acts=(aid.COORDINATE,),
    ),
    "withdraw_offer": Row(body=REASON),
    "cancel_request": Row(body=REASON, acts=(aid.COORDINATE,)),
    "close_request": Row(body=REASON, acts=(aid.COORDINATE,)),
    "read_undertaking": Row(),
    "list_emergency_accesses": Row(shows="access"),
    "ask_emergency_access": Row(
        body=lambda t: {"commitment": t["given"], "reason": "復旧の手順を確かめるため", "undertaking": 1}
    ),
    "read_emergency_access": Row(),
    "confirm_emergency_access": Row(),
    "end_emergency_access": Row(),
    "review_emergency_access": Row(body=lambda _: {"note": "理由の範囲内だった"}),
    "list_chronology": Row(query=lambda t: {"request": t["request"]}, shows="request"),
    "write_chronology": Row(body=lambda t: {"lane": "notes", "text": "連絡", "group": t["group"]}),
    "stream_events": Row(),
    "view_question": Row(),
    "answer_question": Row(body=lambda _: {"decision": "decline"}),
    "receive_sms": Row(),
    "receive_sms_form": Row(),
    "receive_mail": Row(),
    "receive_receipt": Row(),
    "receive_receipt_form": Row(),
    "test_gateway": Row(body=lambda _: {"address": "+818000000009"}, names={"name": "gateway"}),
    "list_gateway_tests": Row(names={"name": "gateway"}),
    "list_inbound": Row(shows="id"),
    "list_gateways": Row(),
    "list_asked_messages": Row(shows="id"),
    "list_request_cards": Row(shows="person"),
    "issue_request_card": Row(),
    # Names no member: it can only be about one's own
    "keep_request_places": Row(
        body=lambda _: {"items": [{"number": 1, "name": "本庁舎"}]},
        reach=dict.fromkeys((Principal.CONTACT, Principal.DEPUTY, Principal.COORDINATOR), Reach.SELF),
    ),
    "resolve_inbound": Row(body=lambda _: {"note": "電話した"}),
    "list_messages": Row(),
    "read_outbox": Row(),
    "list_trainings": Row(shows="training"),
    "announce_training": Row(
        body=lambda t: {
            "group": t["group"],
            "title": "研修",
            "kind": "annual",
            "starts_at": "2026-07-01T10:00:00+09:00",
            "place": "会議室",
        }
    ),
    "read_training": Row(),
    "register_for_training": Row(body=lambda t: {"person": t["person"]}, acts=(readiness.RECORD_ATTENDANCE,)),
    "record_attendance": Row(body=lambda t: {"person": t["person"], "attended": True}),
    "read_policy": Row(),
    "state_policy": Row(body=lambda _: {"stage": "drafting"}),
    "confirm_policy_reading": Row(),
    "list_self_checks": Row(shows="sheet"),
    "start_self_check": Row(body=lambda _: {"fiscal_year": 2026, "kind": "ad_hoc"}),
    "read_self_check": Row(),
    "refill_self_check": Row(),
    "answer_self_check": Row(body=lambda _: {"mark": "partly", "comment": "試験"}),
    "finish_self_check": Row(),
    "export_self_check": Row(),
    "list_findings": Row(shows="finding"),
    "raise_finding": Row(
        body=lambda t: {
            "fiscal_year": 2026,
            "text": "共用のID",
            "severity": "high",
            "owner": t["person"],
            "due_on": "2026-07-01",
        }
    ),
    "complete_finding": Row(body=lambda _: {"note": "直した", "evidence": "文書1号"}),
    "accept_finding": Row(),
    "return_finding": Row(body=lambda _: {"note": "まだ"}),
    "read_security_cycle": Row(),
    "conclude_audit": Row(body=lambda _: {"note": "おおむね良好"}),
    "write_review": Row(body=lambda _: {"note": "見直した"}),
    # The approver's alone; that is a role on top of these (tests/journeys/test_security_cycle.py)
    "approve_review": Row(),
    "link_follow_up_training": Row(body=lambda t: {"training": t["training"]}),
    "list_security_status": Row(shows="code"),
    "read_reachability": Row(),
    "start_reachability_test": Row(),
    "list_reachability": Row(shows="code"),
}
