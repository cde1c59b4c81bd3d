"""What happens to an allocation in a day, made up from a seed: needs come and go, stores and pools change."""

from dataclasses import replace
from random import Random

from aid.allocation.optimum import Allocation
from aid.allocation.problem import Need, Pool, Problem, Store, Way

WORTH = (25, 333, 500)


class Played:
    """An allocation that lives through events, and the problem that it should be the answer to."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._allocation = Allocation()
        self._pools: dict[str, Pool] = {}
        self._stores: dict[str, Store] = {}
        self._needs: dict[str, Need] = {}
        self._numbered = 0
        for number in range(self._random.randint(0, 3)):
            self._add_pool(Pool(f"pool-{number}", self._random.randint(0, 6), self._random.randint(0, 2)))
        for number in range(self._random.randint(1, 7)):
            self._add_store(f"store-{number}")

    @property
    def problem(self) -> Problem:
        return Problem.of(list(self._pools.values()), list(self._stores.values()), list(self._needs.values()))

    @property
    def units(self) -> dict[tuple[str, str], int]:
        return self._allocation.units()

    def event(self) -> None:
        drawn = self._random.random()
        if drawn < 0.5 or not self._needs:
            self._need_comes()
        elif drawn < 0.7:
            self._need_goes()
        elif drawn < 0.95 or not self._pools:
            self._store_changes()
        else:
            self._pool_changes()

    def _add_pool(self, pool: Pool) -> None:
        self._pools[pool.key] = pool
        self._allocation.add_pool(pool)

    def _add_store(self, key: str) -> None:
        pool = self._random.choice([None, *self._pools])
        store = Store(key, self._random.randint(0, 9), self._random.choice(WORTH), pool, self._random.randint(0, 3))
        self._stores[key] = store
        self._allocation.add_store(store)

    def _need_comes(self) -> None:
        random = self._random
        chosen = random.sample(sorted(self._stores), random.randint(0, len(self._stores)))
        ways = tuple(Way(store, random.randint(0, 9_000)) for store in chosen)
        self._numbered += 1
        key, quantity, priority = f"need-{self._numbered}", random.randint(1, 9), random.randint(1, 4)
        need = Need(key, quantity, priority, random.choice(WORTH), ways, random.choice((0, 0, 2)))
        self._needs[key] = need
        self._allocation.add_need(need)

    def _need_goes(self) -> None:
        key = self._random.choice(sorted(self._needs))
        del self._needs[key]
        self._allocation.remove_need(key)

    def _store_changes(self) -> None:
        store = self._stores[self._random.choice(sorted(self._stores))]
        given = self._random.choice((0, 1, store.free))
        changes = (
            replace(store, free=store.free - min(given, store.free), given=store.given + given),
            replace(store, free=0),
            replace(store, free=self._random.randint(0, 12)),
        )
        changed = self._random.choice(changes)
        self._stores[store.key] = changed
        self._allocation.change_store(changed)

    def _pool_changes(self) -> None:
        pool = self._pools[self._random.choice(sorted(self._pools))]
        changed = replace(pool, free=self._random.randint(0, 8), away=self._random.randint(0, 3))
        self._pools[pool.key] = changed
        self._allocation.change_pool(changed)
