"""A minimum-cost flow that is kept optimal while it changes: exact, whole numbers, the standard library alone.

Every unit comes from the source. Each arc u → v has a capacity and a cost per unit; each node a price such that
`cost + price[u] - price[v] >= 0` wherever another unit could go. Such a flow is optimal (Ahuja, Magnanti, Orlin,
*Network Flows*, 1993, §9.3), and a price says what one more unit at its node would be worth. A change is made by
force and leaves a node with units too many or too few; those are sent to or fetched from the source by the cheapest
way.
"""

from heapq import heappop, heappush
from itertools import chain, count

SOURCE = 0
_FAR = 1 << 62

Hop = tuple[int, int, int]
"""What a unit costs on an arc, the node at its other end, and the arc: `arc` where it then carries one more, `~arc`
where one less."""


class Network:
    """輸送網: nodes and arcs are numbered from 0 as they are added; node 0 is the source."""

    def __init__(self) -> None:
        self.price = [0]
        self._tail: list[int] = []
        self._head: list[int] = []
        self._cost: list[int] = []
        self._left: list[int] = []
        self._flow: list[int] = []
        # Of each node, by arc: the arcs that enter and leave it, and how to take back what they carry
        self._entering: list[dict[int, Hop]] = [{}]
        self._leaving: list[dict[int, Hop]] = [{}]
        self._carried_in: list[dict[int, Hop]] = [{}]
        self._carried_out: list[dict[int, Hop]] = [{}]
        self._from_source: list[list[int]] = [[]]

    def add_node(self, *arcs: tuple[int, int, int]) -> int:
        """Add a node and the arcs that reach it, each (tail, capacity, cost); return its number.

        The arcs get the next numbers in the order given. Nothing flows yet.
        """
        node = len(self.price)
        self.price.append(min((self.price[tail] + cost for tail, _, cost in arcs), default=0))
        for by_node in (self._entering, self._leaving, self._carried_in, self._carried_out):
            by_node.append({})
        self._from_source.append([])
        for tail, capacity, cost in arcs:
            self._left[self._new_arc(tail, node, cost)] = capacity
        return node

    def add_arc(self, tail: int, head: int, capacity: int, cost: int) -> int:
        """Add an arc between known nodes and return its number; the flow is optimal again afterwards."""
        arc = self._new_arc(tail, head, cost)
        self.set_capacity(arc, capacity)
        return arc

    def remove_node(self, node: int) -> None:
        """Take out a node that consumes; what it had goes to whoever gains most from it."""
        had = [(self._tail[arc], self._flow[arc]) for arc in self._carried_in[node]]
        for arc in self._entering[node]:
            self._leaving[self._tail[arc]].pop(arc)
            self._carried_out[self._tail[arc]].pop(arc, None)
            self._left[arc] = self._flow[arc] = 0
        self._entering[node], self._carried_in[node], self._from_source[node] = {}, {}, []
        for tail, units in had:
            self._send(tail, SOURCE, units)

    @property
    def next_arc(self) -> int:
        """The number that the next arc gets."""
        return len(self._head)

    def flow(self, arc: int) -> int:
        """Return how many units an arc carries."""
        return self._flow[arc]

    def capacity(self, arc: int) -> int:
        """Return how many units an arc could carry."""
        return self._left[arc] + self._flow[arc]

    def set_capacity(self, arc: int, capacity: int) -> None:
        """Let an arc carry up to `capacity` units; what no longer fits goes another way."""
        tail, head, flow = self._tail[arc], self._head[arc], self._flow[arc]
        is_gain = self._cost[arc] + self.price[tail] - self.price[head] < 0
        wanted = capacity if is_gain else min(flow, capacity)
        self._left[arc] = capacity - flow
        self._carry(arc, wanted - flow)
        # More than wanted before comes back to the tail by whatever is cheapest, this arc itself included
        self._send(head, tail, wanted - flow)
        self._send(tail, head, flow - wanted)

    def fetch(self, node: int, units: int) -> None:
        """Bring units from the source to a node that consumes them, by the cheapest ways."""
        self._send(SOURCE, node, units)

    def send_back(self, node: int, units: int) -> None:
        """Send units that a node has too many back to the source, by the cheapest ways."""
        self._send(node, SOURCE, units)

    def _new_arc(self, tail: int, head: int, cost: int) -> int:
        arc = len(self._head)
        self._tail.append(tail)
        self._head.append(head)
        self._cost.append(cost)
        self._left.append(0)
        self._flow.append(0)
        self._leaving[tail][arc] = cost, head, arc
        self._entering[head][arc] = cost, tail, arc
        if tail == SOURCE:
            self._from_source[head].append(arc)
        return arc

    def _carry(self, arc: int, more: int) -> None:
        """Let an arc carry more units, or fewer."""
        if not more:
            return
        tail, head = self._tail[arc], self._head[arc]
        self._left[arc] -= more
        self._flow[arc] += more
        if not self._flow[arc]:
            del self._carried_out[tail][arc], self._carried_in[head][arc]
        elif arc not in self._carried_in[head]:
            self._carried_out[tail][arc] = -self._cost[arc], head, ~arc
            self._carried_in[head][arc] = -self._cost[arc], tail, ~arc

    def _send(self, start: int, end: int, units: int) -> None:
        """Send units by the cheapest ways; raises NoWayError.

        All that costs the same goes at once: prices are corrected only where no way is left that costs nothing more.
        """
        while units > 0 and start != end:
            moved = self._push(start, end, units)
            units -= moved
            if not moved:
                self._reprice(start, end)

    def _push(self, start: int, end: int, units: int) -> int:
        """Send what units can go by the shortest of the ways that cost nothing at these prices; return how many did.

        Hop by hop, back from where there is no way on (Dinic 1970), the first found first. 0: there is no such way.
        """
        first, last, _ = _direction(start, end)
        onward, node, wanted, passed = self._layers(start, end), first, units, list[tuple[int, int]]()
        while wanted:
            hops = onward.get(node, [])
            if node == last:
                wanted -= self._carry_along([hop for _, hop in passed], wanted)
                node, passed = first, []
            elif hops and self._room(hops[-1][1]):
                passed.append((node, hops[-1][1]))
                node = hops[-1][0]
            elif hops:
                hops.pop()
            elif passed:
                node, _ = passed.pop()
                onward[node].pop()
            else:
                break
        return units - wanted

    def _layers(self, start: int, end: int) -> dict[int, list[tuple[int, int]]]:
        """Return where the ways that cost nothing lead, node by node, the last found first, no farther than needed.

        Each hop leads one layer on, so that no way goes in circles; a node is in the layer where it is first reached.
        """
        first, last, sign = _direction(start, end)
        plain, undoing = self._hops(sign)
        price, left = self.price, self._left
        onward, layer_of, layer, depth = dict[int, list[tuple[int, int]]](), {first: 0}, [first], 0
        while layer and last not in layer_of:
            depth, before, layer = depth + 1, layer, []
            for node in before:
                found, own = [], sign * price[node]
                for cost, other, arc in chain(plain[node].values(), undoing[node].values()):
                    if cost + sign * price[other] == own and (arc < 0 or left[arc]):
                        if other not in layer_of:
                            layer_of[other] = depth
                            layer.append(other)
                        if layer_of[other] == depth:
                            found.append((other, arc))
                onward[node] = found[::-1]
        return onward

    def _carry_along(self, hops: list[int], most: int) -> int:
        moved = min(most, *(self._room(hop) for hop in hops))
        for hop in hops:
            self._carry(hop if hop >= 0 else ~hop, moved if hop >= 0 else -moved)
        return moved

    def _room(self, hop: int) -> int:
        return self._left[hop] if hop >= 0 else self._flow[~hop]

    def _hops(self, sign: int) -> tuple[list[dict[int, Hop]], list[dict[int, Hop]]]:
        """Return by node what carries one more and what carries one less, backwards for a positive sign."""
        return (self._entering, self._carried_out) if sign > 0 else (self._leaving, self._carried_in)

    def _reprice(self, start: int, end: int) -> None:
        """Correct the prices of the nodes on the way, so that the cheapest ways cost nothing; raises NoWayError.

        Dijkstra, backwards where it starts at the source: near the other end few nodes are cheaper. What it adds up,
        `cost + price - price`, is never negative where a unit could go.
        """
        first, last, sign = _direction(start, end)
        plain, undoing = self._hops(sign)
        price, left, turn = self.price, self._left, count(1)
        distance, done, heap, bound = {first: 0}, list[int](), [(0, 0, first)], _FAR
        while heap and heap[0][0] < bound:
            so_far, _, node = heappop(heap)
            if so_far > distance[node]:
                continue
            done.append(node)
            base = so_far - sign * price[node]
            for cost, other, arc in chain(plain[node].values(), undoing[node].values()):
                there = base + cost + sign * price[other]
                if there < bound and there < distance.get(other, _FAR) and (arc < 0 or left[arc]):
                    distance[other] = there
                    heappush(heap, (there, next(turn), other))
                    bound = min(bound, self._end_behind(other, there, last, sign))
        if bound == _FAR:
            raise NoWayError(start, end)
        for node in done:
            price[node] += sign * (bound - distance[node])

    def _end_behind(self, node: int, so_far: int, last: int, sign: int) -> int:
        """Return how far the last node is at most, now that this one is reached: what is farther need not be seen.

        The way may end right behind this node, for most nodes are fed by the source.
        """
        if node == last:
            return so_far
        if last == SOURCE:
            room = self._left if sign > 0 else self._flow
            for arc in self._from_source[node][::sign]:
                if room[arc]:
                    return so_far + sign * (self._cost[arc] + self.price[SOURCE] - self.price[node])
        return _FAR


def _direction(start: int, end: int) -> tuple[int, int, int]:
    """Return where a search begins and ends: backwards (1) from where units go that come from the source, else -1."""
    return (end, start, 1) if start == SOURCE else (start, end, -1)


class NoWayError(ArithmeticError):
    """行き場がない: a node holds units that nothing can take, or owes units that nothing can bring."""
