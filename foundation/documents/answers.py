"""A file as an answer: under a name that says what it is, and never kept on the way."""

from urllib.parse import quote

from starlette.responses import Response

from foundation.documents.watermark import Watermark

PDF = "application/pdf"


def file_response(content: bytes, media_type: str, plain: str, title: str, mark: Watermark) -> Response:
    """Return a file to be saved: `plain` is its name in ASCII with the ending, `title` the one that people read.

    In a drill the name begins with its mark.
    """
    ending = plain.rpartition(".")[2]
    name = quote(f"{mark.mark}{title}.{ending}", safe="")
    headers = {
        "Content-Type": media_type,
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{name}",
        "Cache-Control": "no-store",
    }
    return Response(content, headers=headers)
