"""The record on a page: for an auditor, filtered, as a file; for nobody else."""

from service.identity.actions import issue_operator_token
from tests.portal.conftest import Portal
from tests.world import FUJISAWA, TOME


async def test_an_auditor_reads_and_takes_out_the_record(portal: Portal) -> None:
    service, world = portal.service, portal.world
    person = world.people[TOME, "disaster"]
    operator = {"Authorization": f"Bearer {await service.database.write(issue_operator_token)}"}
    path = f"/api/people/{person}/roles"
    given = await service.call("PUT", path, headers=operator, json={"roles": ["auditor"]})
    assert given.status_code == 200, given.text
    await portal.sign_in(TOME)
    await portal.open("/record?from=2026年1月1日&act=agreements")
    assert "agreements.roles" in portal.text, portal.text
    await portal.open("/record/export?act=agreements")
    assert portal.page.headers["content-type"].startswith("text/csv")
    assert "agreements.roles" in portal.text


async def test_a_contact_without_the_role_is_refused(portal: Portal) -> None:
    await portal.sign_in(FUJISAWA)
    await portal.open("/record")
    assert portal.page.status_code == 403
