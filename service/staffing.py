"""Who works in a process: the worker with its courier, doorway, directories and watchman, as the settings say."""

from foundation.settings import Settings
from inventory.directory.worker import DirectoryWorker
from notifications.gateways.beating import Beat
from notifications.gateways.operators import operators
from notifications.watching.worker import Pulse, Station, Watchman
from notifications.worker import Courier
from service.house import House, doorway
from service.wiring import UPKEEP
from service.worker import Worker, worker_name


def staff(house: House, settings: Settings) -> Worker:
    """Return the worker of this process, ready to run."""
    name, pulse = worker_name(), Pulse()
    courier = Courier(house.database, house.gateways, house.wordings, base_url=settings.base_url, worker_name=name)
    station = Station(
        gateways=house.gateways,
        operators=operators(settings.operator_urls, mark=house.mode.mark),
        beat=Beat(settings.heartbeat_file, settings.heartbeat_url),
        base_url=settings.base_url,
        mark=house.mode.mark,
        upkeep=UPKEEP,
    )
    return Worker(
        house.database,
        courier,
        name,
        DirectoryWorker(house.database, name, settings.directory_hosts),
        doorway=doorway(settings, house),
        watchman=Watchman(house.database, station, name, pulse),
        pulse=pulse,
    )
