"""A played day on the real code: actions, database, timers and outbox, on a clock that jumps to what is due."""

from service.simulation.running import run as run
