"""What is known of a group in a disaster: read once for as many requests as one transaction looks at."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from typing import TypeAlias

from sqlalchemy.orm import Session

from agreements import askable
from agreements.queries import BoundMember
from agreements.terms import Payer
from aid.incidents import queries as incidents
from aid.incidents.queries import Impact
from aid.ranking.candidates import RankingTerms
from aid.ranking.scoring import Roll
from aid.severity import IncidentKind
from aid.waves.history import UNKNOWN, History, histories_in
from foundation import clock
from inventory import stock
from inventory.records import likeness
from inventory.records.kinds import Facet
from inventory.records.likeness import Likeness, Named
from inventory.stock import Load, Stock

SameFor: TypeAlias = tuple[str, tuple[str, ...], frozenset[str], frozenset[str], Payer, int, RankingTerms]
"""What a roll is the same for: the kind, those instead of it, who is silent, who is under an NDA, who pays, for how
many days, and the limits and weights."""


class Known:
    """グループの事実: each is read when it is first needed, and not again.

    For one transaction that looks first and acts then: what it changes itself is not seen. `rolls` are those that
    were made of it for some line, to be taken for others.
    """

    def __init__(self, session: Session, incident: str, group: str) -> None:
        self._session, self._incident, self._group = session, incident, group
        self._stocks: dict[str, dict[str, Stock]] = {}
        self._loads: dict[bool, Mapping[str, Load]] = {}
        self._silent: dict[int, frozenset[str]] = {}
        self._sharing: dict[str, frozenset[str]] = {}
        self._systems: dict[Named, Likeness | None] = {}
        self.rolls: dict[SameFor, Roll] = {}

    @property
    def bound(self) -> Sequence[BoundMember]:
        """The bound members of the group."""
        return self._members[0]

    @property
    def unbound(self) -> Sequence[BoundMember]:
        """The members that are not bound: they are asked for nothing."""
        return self._members[1]

    @cached_property
    def _members(self) -> tuple[Sequence[BoundMember], Sequence[BoundMember]]:
        return askable.members_in(self._session, self._group)

    @cached_property
    def impact(self) -> Impact:
        """The footprint, and what the members themselves said last."""
        return incidents.footprint(self._session, self._incident, self._group)

    @cached_property
    def histories(self) -> Mapping[str, History]:
        """How the bound members answered before."""
        found = histories_in(self._session, self._group)
        return {each.member: found.get(each.member, UNKNOWN) for each in self.bound}

    @cached_property
    def under_nda(self) -> frozenset[str]:
        """The members of which somebody is bound by an NDA."""
        return frozenset(askable.members_under_nda(self._session, self._group))

    def stocks(self, kinds: Collection[str]) -> dict[str, Mapping[str, Stock]]:
        """Return what there is of some kinds, by kind and member; one read of those that were not read yet."""
        if new := set(kinds) - self._stocks.keys():
            self._stocks |= {kind: {} for kind in new}
            bound = {each.member for each in self.bound}
            for each in stock.stock_of_all(self._session, self._group, sorted(new)):
                if each.member in bound:
                    self._stocks[each.kind][each.member] = each
        return {kind: self._stocks[kind] for kind in sorted(kinds)}

    def loads(self, *, of_people: bool) -> Mapping[str, Load]:
        """Return what members have committed of their people, or of their things and services."""
        if of_people not in self._loads:
            self._loads[of_people] = stock.loads(self._session, of_people=of_people)
        return self._loads[of_people]

    def silent(self, days: int) -> frozenset[str]:
        """Return the members that no address has reached for so many days."""
        if days not in self._silent:
            since = clock.now(self._session) - timedelta(days=days)
            self._silent[days] = frozenset(askable.silent_members(self._session, self._group, since))
        return self._silent[days]

    def compare(self, requesters: Collection[str], systems: Collection[Named]) -> None:
        """Read at once what some requesters and systems, that were not compared yet, have in common with others."""
        if new := set(requesters) - self._sharing.keys():
            self._sharing |= likeness.sharing_with(self._session, sorted(new), self._facets)
        if unseen := set(systems) - self._systems.keys():
            self._systems |= likeness.like_systems(self._session, unseen)

    def in_data_centre(self, requester: str) -> frozenset[str]:
        """Return who shares a data centre with a requester; nobody in a cyber attack, where more than that counts."""
        return frozenset() if self.is_cyber else self._shared_with(requester)

    def exposed(self, requester: str) -> frozenset[str]:
        """Return who shares a vendor, package or data centre with a requester or any victim of a cyber attack."""
        return self._shared_with(requester) | self._shared_with_hit if self.is_cyber else frozenset()

    def like(self, named: Named) -> Likeness | None:
        """Return who is like a member in a system of its own; None where nothing can be compared."""
        self.compare((), [named])
        return self._systems[named]

    @property
    def is_cyber(self) -> bool:
        """Whether this is a cyber attack: then whoever has much in common with a victim may be hit next."""
        return self.impact.footprint.kind is IncidentKind.CYBER

    @property
    def _facets(self) -> list[Facet]:
        return list(Facet) if self.is_cyber else [Facet.DATA_CENTRE]

    def _shared_with(self, requester: str) -> frozenset[str]:
        self.compare([requester], ())
        return self._sharing[requester]

    @cached_property
    def _shared_with_hit(self) -> frozenset[str]:
        hit = [each.member for each in self.bound if self.impact.is_hit(each.member, each.municipality)]
        return frozenset(likeness.sharing(self._session, hit, list(Facet))) if hit else frozenset()
