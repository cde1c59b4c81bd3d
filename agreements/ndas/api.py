"""NDAs over the API."""

from starlette.responses import Response

from agreements import permissions
from agreements.errors import (
    GroupEnded,
    GroupNotFound,
    InvalidNda,
    NdaNotFound,
    NdaRevoked,
    NdaTakenAway,
    NdaTextChanged,
    NoNdaText,
    NoTerms,
    PersonNotFound,
    TooManyScans,
)
from agreements.ndas import actions, queries
from agreements.ndas.schemas import (
    NdaDraft,
    NdaQuery,
    NdaScanDraft,
    NdaVersionDraft,
    NdaVersionView,
    NdaView,
    RevocationDraft,
)
from foundation.calls import Call
from foundation.documents.errors import DocumentTooSlow, NoJapaneseFont, TooManyDocuments, UnreadableDocument
from foundation.documents.intake import UnfitFile, take_in_scan
from foundation.documents.judging.verdict import ContentKind
from foundation.documents.marking import CannotBeMarked, check_marking, handed_out
from foundation.downloads import download
from foundation.operations import operation
from foundation.paging import Page, PageQuery
from foundation.problems import StepUpNeeded
from foundation.uploads import Upload

SIGN_REFUSED = (
    GroupNotFound,
    PersonNotFound,
    NoNdaText,
    NdaTextChanged,
    NdaTakenAway,
    NoTerms,
    InvalidNda,
    StepUpNeeded,
)
SCANS = ", ".join(each.media_type for each in (ContentKind.PDF, ContentKind.PNG, ContentKind.JPEG))


@operation(
    "GET",
    "/groups/{group}/nda-versions",
    permission=permissions.SEE,
    query=PageQuery,
    returns=Page[NdaVersionView],
    problems=[GroupNotFound],
)
async def list_nda_versions(call: Call, group: str, query: PageQuery) -> Page[NdaVersionView]:
    """秘密保持契約書の版の一覧 (the versions of a group's NDA text)."""
    return await call.database.read(queries.list_versions, call.actor, group, query.cursor)


@operation(
    "POST",
    "/groups/{group}/nda-versions",
    permission=permissions.COORDINATE,
    body=NdaVersionDraft,
    returns=NdaVersionView,
    status=201,
    problems=[GroupNotFound, GroupEnded],
)
async def adopt_nda_version(call: Call, group: str, draft: NdaVersionDraft) -> NdaVersionView:
    """秘密保持契約書の版を登録する (adopt a version of the NDA text)."""
    return await call.database.write(actions.adopt, call.actor, group, draft)


@operation(
    "GET",
    "/groups/{group}/ndas",
    permission=permissions.SEE,
    query=NdaQuery,
    returns=Page[NdaView],
    problems=[GroupNotFound],
)
async def list_ndas(call: Call, group: str, query: NdaQuery) -> Page[NdaView]:
    """秘密保持契約の一覧 (who of which member has signed for a group)."""
    return await call.database.read(queries.list_of_group, call.actor, group, query)


@operation(
    "POST",
    "/groups/{group}/ndas",
    permission=permissions.SIGN_NDA,
    body=NdaDraft,
    returns=NdaView,
    status=201,
    problems=SIGN_REFUSED,
)
async def sign_nda(call: Call, group: str, draft: NdaDraft) -> NdaView:
    """秘密保持契約に署名する・書面の署名を登録する (sign an NDA, or note one signed on paper)."""
    return await call.database.write(actions.sign, call.actor, group, draft)


@operation(
    "POST",
    "/groups/{group}/ndas/scans",
    permission=permissions.SIGN_NDA,
    body=NdaScanDraft,
    returns=NdaView,
    status=201,
    problems=[*SIGN_REFUSED, TooManyScans, UnfitFile, TooManyDocuments, DocumentTooSlow],
)
async def sign_nda_by_scan(call: Call, group: str, draft: NdaScanDraft, file: Upload) -> NdaView:
    """署名した秘密保持契約書の写しを登録する (upload the signed paper, one's own or a colleague's)."""
    await call.database.read(queries.check_signing, call.actor, group)
    taken = await take_in_scan(file, call.state.settings.attachment_limit, call.actor.member)
    return await call.database.write(actions.sign_by_scan, call.actor, group, draft, taken)


@operation(
    "GET",
    "/ndas/{nda}/scan",
    permission=permissions.SIGN_NDA,
    media_type=SCANS,
    problems=[NdaNotFound, CannotBeMarked, UnreadableDocument, NoJapaneseFont, TooManyDocuments, DocumentTooSlow],
)
async def open_nda_scan(call: Call, nda: str) -> Response:
    """署名した秘密保持契約書の写しを開く (the signed paper; for the coordinator with a mark)."""
    if await call.database.read(queries.is_marked, call.actor, nda):
        await check_marking()
    scan = await call.database.disclose(queries.open_scan, call.actor, nda)
    kind, content = await handed_out(scan.kind, scan.content, scan.mark)
    title = f"{call.state.mode.mark}秘密保持契約書_{scan.person}"
    return download(content, kind.media_type, title=title, plain="nda", extension=kind.extension)


@operation("GET", "/me/ndas", permission=permissions.SEE, query=PageQuery, returns=Page[NdaView])
async def list_own_ndas(call: Call, query: PageQuery) -> Page[NdaView]:
    """自分の秘密保持契約 (the NDAs that one has signed)."""
    return await call.database.read(queries.list_own, call.actor, query.cursor)


@operation(
    "POST",
    "/ndas/{nda}/revocation",
    permission=permissions.REVOKE_NDA,
    body=RevocationDraft,
    returns=NdaView,
    problems=[NdaNotFound, NdaRevoked],
)
async def revoke_nda(call: Call, nda: str, draft: RevocationDraft) -> NdaView:
    """秘密保持契約を終わらせる (end an NDA from now on)."""
    return await call.database.write(actions.revoke, call.actor, nda, draft)
