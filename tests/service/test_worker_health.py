from datetime import timedelta

from notifications.watching import rounds
from service.staffing import staff
from service.worker import Worker
from tests.api_client import Service


async def test_workerz_says_when_a_worker_last_went_round(service: Service) -> None:
    silent = await service.call("GET", "/workerz")
    assert silent.status_code == 503
    await service.database.write(rounds.begin, "w1")
    await service.database.write(rounds.complete, [], (), None)
    answer = await service.call("GET", "/workerz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "working"
    service.clock.advance(timedelta(seconds=121))
    assert (await service.call("GET", "/workerz")).status_code == 503


async def test_the_staff_of_a_process_has_a_watchman(service: Service) -> None:
    class Shown:
        database = service.database
        gateways = service.app.state.gateways
        wordings = service.app.state.wordings
        mode = service.app.state.mode

    worker = staff(Shown, service.app.state.settings)  # type: ignore[arg-type]  # what a house holds, without opening one
    assert isinstance(worker, Worker)
    assert worker._watchman is not None
    # Nobody runs yet, no operator is named: all is well all the same
    assert await worker._watchman.round()
