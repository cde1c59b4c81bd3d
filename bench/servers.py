"""The product's own processes, started as the operator's command starts them."""

from foundation import logs
from foundation.settings import Settings
from service import serve as serving


def serve(settings: Settings, with_worker: bool | None) -> None:
    """Serve (the process's main function); `with_worker` None leaves it to the engine."""
    logs.configure(settings.log_level)
    serving.serve(settings, print, with_worker=with_worker)


def work(settings: Settings) -> None:
    """Run a worker alone (the process's main function)."""
    logs.configure(settings.log_level)
    serving.work(settings)
