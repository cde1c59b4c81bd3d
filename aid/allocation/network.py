"""A minimum-cost flow that is kept optimal while it changes: exact, whole numbers, the standard library alone.

Every unit comes from the source. Each arc u → v has a capacity and a cost per unit; each node a price such that
`cost + price[u] - price[v] >= 0` wherever another unit could go. Such a flow is optimal (Ahuja, Magnanti, Orlin,
*Network Flows*, 1993, §9.3), and a price says what one more unit at its node would be worth. A change is made by
force and leaves a node with units too many or too few; those are sent to or fetched from the source by the cheapest
way.
"""

from heapq import heappop, heappush

SOURCE = 0


class Network:
    """輸送網: nodes and arcs are numbered as they are added; node 0 is the source."""

    def __init__(self) -> None:
        self.price = [0]
        self._arcs_of: list[list[int]] = [[]]
        # Arc i (even) and its reverse i ^ 1 stand side by side; what is left of the reverse is the flow
        self._head: list[int] = []
        self._left: list[int] = []
        self._cost: list[int] = []

    def add_node(self, *arcs: tuple[int, int, int]) -> int:
        """Add a node and the arcs that reach it, each (tail, capacity, cost); return its number.

        The arcs get the next numbers in the order given. Nothing flows yet.
        """
        node = len(self.price)
        self.price.append(min((self.price[tail] + cost for tail, _, cost in arcs), default=0))
        self._arcs_of.append([])
        for tail, capacity, cost in arcs:
            self.add_arc(tail, node, capacity, cost)
        return node

    def add_arc(self, tail: int, head: int, capacity: int, cost: int) -> int:
        """Add an arc between known nodes and return its number; the flow is optimal again afterwards."""
        arc = len(self._head)
        self._head += (head, tail)
        self._left += (0, 0)
        self._cost += (cost, -cost)
        self._arcs_of[tail].append(arc)
        self._arcs_of[head].append(arc + 1)
        self.set_capacity(arc, capacity)
        return arc

    def remove_node(self, node: int) -> None:
        """Take out a node that consumes; what it had goes to whoever gains most from it."""
        entering = [arc ^ 1 for arc in self._arcs_of[node]]
        had = [(self._head[arc ^ 1], self.flow(arc)) for arc in entering]
        for arc, (tail, _) in zip(entering, had, strict=True):
            self._left[arc] = self._left[arc ^ 1] = 0
            self._arcs_of[tail].remove(arc)
        self._arcs_of[node] = []
        for tail, units in had:
            self.send_back(tail, units)

    @property
    def next_arc(self) -> int:
        """The number that the next arc gets; the one after it gets two more."""
        return len(self._head)

    def flow(self, arc: int) -> int:
        """Return how many units an arc carries."""
        return self._left[arc ^ 1]

    def capacity(self, arc: int) -> int:
        """Return how many units an arc could carry."""
        return self._left[arc] + self._left[arc ^ 1]

    def set_capacity(self, arc: int, capacity: int) -> None:
        """Let an arc carry up to `capacity` units; what no longer fits goes another way."""
        tail, head = self._head[arc ^ 1], self._head[arc]
        flow = self._left[arc ^ 1]
        is_gain = self._cost[arc] + self.price[tail] - self.price[head] < 0
        wanted = capacity if is_gain else min(flow, capacity)
        self._left[arc], self._left[arc ^ 1] = capacity - wanted, wanted
        # More than wanted before comes back to the tail by whatever is cheapest, this arc itself included
        self._send(head, tail, wanted - flow)
        self._send(tail, head, flow - wanted)

    def fetch(self, node: int, units: int) -> None:
        """Bring units from the source to a node that consumes them, by the cheapest ways."""
        self._send(SOURCE, node, units)

    def send_back(self, node: int, units: int) -> None:
        """Send units that a node has too many back to the source, by the cheapest ways."""
        self._send(node, SOURCE, units)

    def _send(self, start: int, end: int, units: int) -> None:
        while units > 0 and start != end:
            way = self._cheapest(start, end)
            moved = min(units, *(self._left[arc] for arc in way))
            for arc in way:
                self._left[arc] -= moved
                self._left[arc ^ 1] += moved
            units -= moved

    def _cheapest(self, start: int, end: int) -> list[int]:
        """Find the cheapest way and correct the prices of the nodes passed; raises NoWayError.

        Dijkstra, backwards where it starts at the source: near the other end few nodes are cheaper. What it adds up,
        `cost + price - price`, is never negative where a unit could go.
        """
        price, left, cost, heads = self.price, self._left, self._cost, self._head
        turned, sign, first, last = (1, -1, end, start) if start == SOURCE else (0, 1, start, end)
        distance, by, done = {first: 0}, dict[int, int](), set[int]()
        heap = [(0, first)]
        while heap:
            so_far, node = heappop(heap)
            if node == last:
                break
            if node in done:
                continue
            done.add(node)
            for out in self._arcs_of[node]:
                other = heads[out]
                if not left[out ^ turned] or other in done:
                    continue
                there = so_far + cost[out ^ turned] + sign * (price[node] - price[other])
                if other not in distance or there < distance[other]:
                    distance[other], by[other] = there, out
                    heappush(heap, (there, other))
        else:
            raise NoWayError(start, end)
        for node in done:
            price[node] -= sign * (distance[last] - distance[node])
        way, node = [], last
        while node != first:
            way.append(by[node] ^ turned)
            node = heads[by[node] ^ 1]
        return way


class NoWayError(ArithmeticError):
    """行き場がない: a node holds units that nothing can take, or owes units that nothing can bring."""
