"""Running a stateful model against a real database: its steps write from a thread, as many writers do."""

import asyncio
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from foundation.database import Database


async def run_model(
    model: type[RuleBasedStateMachine],
    database: Database,
    *,
    examples: int = 15,
    steps: int = 20,
    shrinks: bool = True,
    derandomizes: bool = False,
    **own: Any,
) -> None:
    """Run the model's examples; `own` are further attributes that it finds beside `run`.

    `shrinks` False: a failure that is wanted needs no shortest story. `derandomizes`: the draws are always the same.
    """
    loop = asyncio.get_running_loop()

    def run(fn: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(database.write(fn, *arguments, **named), loop).result()

    machine = type(f"{model.__name__}OnOneEngine", (model,), {"run": staticmethod(run), **own})
    limits = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=derandomizes,
        database=None,
        phases=[each for each in Phase if shrinks or each is Phase.generate],
        report_multiple_bugs=shrinks,
        suppress_health_check=list(HealthCheck),
    )
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=limits)
