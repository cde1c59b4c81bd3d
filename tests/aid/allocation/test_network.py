"""The flow stays optimal through every change, by the certificate: no unit could go anywhere at a negative price."""

import hypothesis.strategies as st
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from aid.allocation.network import SOURCE, Network

COSTS = st.sampled_from([0, 7, 7]) | st.integers(0, 50)
UNITS = st.integers(0, 12)
DEAR = 1_000


class Model(RuleBasedStateMachine):
    """Stores fed by the source (some by way of a pool), and needs that take from stores or stay unmet."""

    def __init__(self) -> None:
        super().__init__()
        self.network = Network()
        self.stores: list[int] = []
        self.arcs: dict[int, tuple[int, int, int]] = {}
        self.needs: dict[int, int] = {}
        self.supplies: list[int] = []

    def _numbered(self, first: int, node: int, arcs: list[tuple[int, int, int]]) -> None:
        for position, (tail, _, cost) in enumerate(arcs):
            self.arcs[first + position] = (tail, node, cost)

    def _add(self, arcs: list[tuple[int, int, int]]) -> tuple[int, list[int]]:
        first = len(self.arcs)
        node = self.network.add_node(*arcs)
        self._numbered(first, node, arcs)
        return node, [first + position for position in range(len(arcs))]

    @rule(pieces=st.lists(st.tuples(UNITS, COSTS), min_size=1, max_size=3), pooled=st.booleans(), pool=UNITS)
    def add_store(self, pieces: list[tuple[int, int]], pooled: bool, pool: int) -> None:
        tail = SOURCE
        if pooled:
            tail, fed = self._add([(SOURCE, pool, 0), (SOURCE, pool, 7)])
            self.supplies += fed
        rising = sorted(cost for _, cost in pieces)
        node, fed = self._add([(tail, units, cost) for (units, _), cost in zip(pieces, rising, strict=True)])
        self.supplies += fed
        self.stores.append(node)

    @precondition(lambda self: self.stores)
    @rule(data=st.data(), quantity=st.integers(1, 15))
    def add_need(self, data: st.DataObject, quantity: int) -> None:
        chosen = data.draw(st.lists(st.sampled_from(self.stores), unique=True, max_size=6))
        ways = [(store, data.draw(UNITS), data.draw(COSTS)) for store in chosen]
        node, _ = self._add([(SOURCE, quantity, DEAR), (SOURCE, quantity, 2 * DEAR), *ways])
        self.network.fetch(node, quantity)
        self.needs[node] = quantity

    @precondition(lambda self: self.needs)
    @rule(data=st.data())
    def remove_need(self, data: st.DataObject) -> None:
        node = data.draw(st.sampled_from(sorted(self.needs)))
        self.network.remove_node(node)
        del self.needs[node]

    @precondition(lambda self: self.needs)
    @rule(data=st.data(), quantity=st.integers(1, 15))
    def change_need(self, data: st.DataObject, quantity: int) -> None:
        node = data.draw(st.sampled_from(sorted(self.needs)))
        had = self.needs[node]
        unmet = [arc for arc, (tail, head, _) in self.arcs.items() if head == node and tail == SOURCE]
        for arc in unmet:
            self.network.set_capacity(arc, max(quantity, had))
        self.network.fetch(node, max(quantity - had, 0))
        self.network.send_back(node, max(had - quantity, 0))
        self.needs[node] = quantity

    @precondition(lambda self: self.supplies)
    @rule(data=st.data(), capacity=UNITS)
    def change_supply(self, data: st.DataObject, capacity: int) -> None:
        self.network.set_capacity(data.draw(st.sampled_from(self.supplies)), capacity)

    @precondition(lambda self: self.needs and self.stores)
    @rule(data=st.data(), capacity=UNITS, cost=COSTS)
    def add_way(self, data: st.DataObject, capacity: int, cost: int) -> None:
        store, need = data.draw(st.sampled_from(self.stores)), data.draw(st.sampled_from(sorted(self.needs)))
        arc = self.network.add_arc(store, need, capacity, cost)
        self.arcs[arc] = (store, need, cost)

    @invariant()
    def carries_what_it_may(self) -> None:
        for arc in self.arcs:
            assert 0 <= self.network.flow(arc) <= self.network.capacity(arc)

    @invariant()
    def keeps_every_unit(self) -> None:
        balance = dict.fromkeys(range(len(self.network.price)), 0)
        for arc, (tail, head, _) in self.arcs.items():
            balance[tail] -= self.network.flow(arc)
            balance[head] += self.network.flow(arc)
        del balance[SOURCE]
        assert balance == {node: self.needs.get(node, 0) for node in balance}

    @invariant()
    def is_optimal(self) -> None:
        price = self.network.price
        for arc, (tail, head, cost) in self.arcs.items():
            reduced = cost + price[tail] - price[head]
            if self.network.flow(arc) < self.network.capacity(arc):
                assert reduced >= 0
            if self.network.flow(arc) > 0:
                assert reduced <= 0


TestNetwork = Model.TestCase
TestNetwork.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


@given(costs=st.permutations([3, 1, 2]))
def test_the_cheapest_is_taken_first(costs: list[int]) -> None:
    network = Network()
    stores = [network.add_node((SOURCE, 5, 0)) for _ in costs]
    need = network.add_node(
        (SOURCE, 12, DEAR), *((store, 5, cost) for store, cost in zip(stores, costs, strict=True))
    )
    network.fetch(need, 7)
    first_way = len(stores) + 1
    taken = {cost: network.flow(first_way + position) for position, cost in enumerate(costs)}
    assert taken == {1: 5, 2: 2, 3: 0}
