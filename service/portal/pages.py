"""All pages of the portal, and its one style sheet."""

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from foundation.settings import Settings
from service.portal import (
    pages_account,
    pages_answers,
    pages_asked,
    pages_asking,
    pages_cards,
    pages_guests,
    pages_incidents,
    pages_matching,
    pages_messages,
    pages_ndas,
    pages_oidc,
    pages_plan,
    pages_reach,
    pages_reachability,
    pages_record,
    pages_requests,
    pages_sign_in,
    pages_start,
    pages_switch,
)
from service.portal.administration import directory, people, programs, providers
from service.portal.inventory import attachments, emergency, files, keeping, reading, sharing
from service.portal.rendering import HERE
from service.portal.security import findings, sheets, year
from service.portal.visit import page

SCRIPT = HERE / "static" / "passkey.js"
STYLE = HERE / "static" / "yuimaru.css"
STYLE_HEADERS = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}


def portal_routes(settings: Settings) -> list[BaseRoute]:
    """Return the portal's routes, to be added to those of the API."""
    return [
        page(settings, "/", pages_start.show),
        page(settings, "/signin", pages_start.show_form, pages_start.sign_in),
        page(settings, "/signin/passkey", post=pages_sign_in.sign_in_by_passkey),
        page(settings, "/signin/oidc", post=pages_oidc.begin),
        page(settings, "/signin/oidc/callback/{provider}", pages_oidc.finish),
        page(settings, "/signin/passkey/options", post=pages_sign_in.offer_passkey),
        page(settings, "/i/{token}", pages_sign_in.show_invitation, pages_sign_in.accept_invitation),
        page(settings, "/switch", pages_switch.show, pages_switch.switch),
        page(settings, "/account", pages_account.show),
        page(settings, "/account/{act}", post=pages_account.act),
        page(settings, "/signout", post=pages_start.sign_out),
        page(settings, "/incidents", pages_incidents.list_incidents),
        page(settings, "/incidents/{incident}", pages_incidents.show_incident),
        page(settings, "/incidents/{incident}/ask", pages_asking.show_form, pages_asking.file),
        *_plan_pages(settings),
        *_request_pages(settings),
        *_inventory_pages(settings),
        *_security_pages(settings),
        *_administration_pages(settings),
        *_guest_pages(settings),
        page(settings, "/reachability", pages_reachability.show, pages_reachability.start),
        page(settings, "/record", pages_record.show),
        page(settings, "/record/export", pages_record.take_out),
        page(settings, "/ndas", pages_ndas.show, pages_ndas.sign),
        page(settings, "/ndas/revocation", post=pages_ndas.revoke),
        page(settings, "/ndas/scan", post=pages_ndas.sign_on_paper, takes_file=True),
        page(settings, "/ndas/{nda}/scan", pages_ndas.open_scan),
        page(settings, "/asked", pages_asked.show),
        page(settings, "/asked/{message}", post=pages_asked.resolve),
        page(settings, "/cards", pages_cards.show, pages_cards.keep_places),
        page(settings, "/cards/{person}", post=pages_cards.issue),
        page(settings, "/cards/{person}/document", post=pages_cards.take_document),
        page(settings, "/messages", pages_messages.show_messages),
        page(settings, "/r/{token}", pages_answers.show_question, pages_answers.answer_question),
        Route("/static/passkey.js", _script, middleware=[Middleware(GZipMiddleware)]),
        Route("/static/yuimaru.css", _style, middleware=[Middleware(GZipMiddleware)]),
    ]


def _plan_pages(settings: Settings) -> list[BaseRoute]:
    plan = "/incidents/{incident}/plan/{group}"
    return [
        page(settings, plan, pages_plan.show),
        page(settings, plan + "/hold", post=pages_plan.hold),
        page(settings, plan + "/rules", post=pages_plan.add_rule),
        page(settings, plan + "/rules/{request}/{rule}/end", post=pages_plan.end_rule),
    ]


def _request_pages(settings: Settings) -> list[BaseRoute]:
    one = "/requests/{request}"
    offer = one + "/offers/{offer}"
    return [
        page(settings, one, pages_requests.show_request),
        page(settings, one + "/matches", pages_matching.show_matches),
        page(settings, one + "/answer", pages_answers.show_answer_form, pages_answers.answer_signed_in),
        page(settings, one + "/receipt", post=pages_reach.receive),
        page(settings, one + "/telephone-list", pages_reach.show_telephone_list),
        page(settings, one + "/telephone-list/{member}/calls", post=pages_reach.record_call),
        page(settings, one + "/confirmation", post=pages_requests.confirm),
        page(settings, one + "/cancellation", post=pages_requests.cancel),
        page(settings, one + "/closure", post=pages_requests.close),
        page(settings, offer + "/acceptance", post=pages_requests.accept),
        page(settings, offer + "/withdrawal", post=pages_requests.withdraw),
    ]


def _guest_pages(settings: Settings) -> list[BaseRoute]:
    return [
        page(settings, "/guests", pages_guests.show_pools, pages_guests.found_pool),
        page(settings, "/guests/{pool}", pages_guests.show_pool, pages_guests.add),
        page(settings, "/guests/{pool}/{guest}/{act}", post=pages_guests.act),
        page(settings, "/guests-received", pages_guests.show_received),
        page(settings, "/guests-received/{guest}", post=pages_guests.receive),
    ]


def _inventory_pages(settings: Settings) -> list[BaseRoute]:
    one = "/inventory/{code}"
    record = one + "/records/{record}"
    attached = record + "/attachments/{attachment}"
    return [
        page(settings, "/inventory", reading.show_own),
        page(settings, "/inventory-of-others", sharing.show_others, sharing.open_other),
        page(settings, one, reading.show_all),
        page(settings, one + "/new/{kind}", keeping.show_new, keeping.create),
        page(settings, one + "/checks", post=keeping.check_all),
        page(settings, one + "/files", files.show, files.take_in),
        page(settings, one + "/export", files.take_out),
        page(settings, one + "/document", files.take_document),
        page(settings, one + "/readers", sharing.show_readers),
        page(settings, one + "/sharing", post=sharing.share),
        page(settings, one + "/emergency-permission", post=sharing.allow),
        page(settings, "/emergency-accesses", emergency.show, emergency.ask),
        page(settings, "/emergency-accesses/{access}/{act}", post=emergency.act),
        page(settings, record, reading.show_one),
        page(settings, record + "/attachments", post=attachments.attach, takes_file=True),
        page(settings, attached + "/versions", post=attachments.replace, takes_file=True),
        page(settings, attached + "/{act}", post=attachments.act),
        page(settings, one + "/attachments/{attachment}/file", attachments.open_file),
        page(settings, record + "/change", keeping.show_change, keeping.change),
        page(settings, record + "/{act}", post=keeping.act),
    ]


def _security_pages(settings: Settings) -> list[BaseRoute]:
    one = "/security/{year}"
    sheet = one + "/sheets/{sheet}"
    return [
        page(settings, "/security", year.show_present),
        page(settings, one, year.show),
        page(settings, one + "/findings", post=findings.raise_one),
        page(settings, one + "/findings/{finding}/{act}", post=findings.act),
        page(settings, sheet, sheets.show),
        page(settings, sheet + "/answers/{question}", post=sheets.answer),
        page(settings, sheet + "/export", sheets.take_out),
        page(settings, sheet + "/{act}", post=sheets.act),
        page(settings, one + "/{act}", post=year.act),
    ]


def _administration_pages(settings: Settings) -> list[BaseRoute]:
    one = "/administration"
    return [
        page(settings, one, people.show),
        page(settings, one + "/people/{person}/invitation", post=people.invite),
        page(settings, one + "/people/{person}/address", post=people.mend),
        page(settings, one + "/providers", providers.show, providers.register),
        page(settings, one + "/providers/{provider}/{act}", post=providers.act),
        page(settings, one + "/programs", programs.show, programs.register),
        page(settings, one + "/programs/{program}/{act}", post=programs.act),
        page(settings, one + "/directory", directory.show),
        page(settings, one + "/directory/{act}", post=directory.act),
    ]


async def _script(_request: Request) -> Response:
    return FileResponse(SCRIPT, media_type="text/javascript", headers=STYLE_HEADERS)


async def _style(_request: Request) -> Response:
    return FileResponse(STYLE, media_type="text/css", headers=STYLE_HEADERS)
