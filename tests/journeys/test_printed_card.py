"""A card for asking by message, on paper: what is printed there works."""

import re
from io import BytesIO

from pypdf import PdfReader

from tests.api_client import Service
from tests.journeys.asking import get
from tests.journeys.test_asking_by_message import codes, requests, text
from tests.world import KOMATSU, TOME


async def test_a_card_is_made_as_a_pdf_and_its_example_asks(service: Service) -> None:
    world = await service.build()
    former = await codes(service, world)
    body = {"items": [{"number": 1, "name": "登米市役所 迫庁舎"}]}
    assert (await service.call("PUT", "/api/request-places", by=world.email(TOME), json=body)).status_code == 200
    path = f"/api/people/{world.people[TOME, 'disaster']}/request-card/document"
    assert (await service.call("POST", path, by=world.email(KOMATSU))).status_code == 404
    answer = await service.call("POST", path, by=world.email(TOME))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    page = PdfReader(BytesIO(answer.content)).pages[0]
    assert [round(float(each)) for each in page.mediabox[2:]] == [595, 842], "A4"
    words = " ".join("".join(each.extract_text() for each in PdfReader(BytesIO(answer.content)).pages).split())
    for part in ("042129", "登米市", "迫庁舎", "監査番号", "【訓練】"):
        assert part in words
    printed = re.findall(r"□ ([0-9A-Z]{5})", words)
    assert len(set(printed)) == 12
    assert not set(printed) & set(former)
    (example,) = re.findall(r"OUEN 042129 G2 T0 L1 [0-9A-Z]{5}", words)
    await text(service, example, world.mobile(TOME))
    (request,) = await requests(service, world)
    assert (request["status"], request["place"]) == ("open", "登米市役所 迫庁舎")
    (item,) = [
        each
        for each in (await get(service, "/api/request-cards", by=world.email(TOME)))["items"]
        if each["person"] == world.people[TOME, "disaster"]
    ]
    assert item["left"] == 11
