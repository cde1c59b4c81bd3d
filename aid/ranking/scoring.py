"""One partner against one need: why it is left out, or its score by the best that it could do.

Half of that is the same whoever asks for a kind under the same terms: it is put on an entry, which a round of
planning makes once for hundreds of lines, and a single request for its own.
"""

from collections.abc import Iterable
from operator import attrgetter, itemgetter
from typing import NamedTuple, Self, TypeAlias

from aid.ranking import points, traits
from aid.ranking.candidates import Partner
from aid.ranking.explaining import Judgement
from aid.ranking.filtering import Case, lacking, refused, too_late
from aid.ranking.points import Choice
from aid.ranking.reasons import Reason


class Entry(NamedTuple):
    """登載: what holds of a partner for every line of a kind: why it is left out, or what it could give.

    With a refusal there may be something that stands in for what it has not. `order` decides at equal points.
    """

    partner: Partner
    order: tuple[bool, str, str]
    refusal: Reason | None
    choices: tuple[Choice, ...]


Scored: TypeAlias = tuple[int, Partner, Choice]
"""採点済み: the score of a partner, and what it would give."""


class Roll(NamedTuple):
    """名簿: all entries for a kind, in the order that decides at equal points: who may help, and who can't."""

    able: tuple[Entry, ...]
    refused: tuple[tuple[Partner, Reason], ...]
    entries: tuple[Entry, ...]

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Self:
        """Put entries in order, and tell apart who can't help whoever asks."""
        every = tuple(sorted(entries, key=attrgetter("order")))
        able = tuple(each for each in every if each.choices)
        refused = ((each.partner, each.refusal) for each in every if not each.choices)
        return cls(able, tuple((partner, reason) for partner, reason in refused if reason is not None), every)


def entered(partner: Partner, case: Case) -> Entry:
    """Return what holds of a partner wherever the requester is, and however much it needs of what and until when."""
    order, wanted = (partner.code is None, partner.code or "", partner.member), case.need.kind
    refusal = refused(partner, case)
    if refusal is not None:
        return Entry(partner, order, refusal, ())
    found = [points.choice(partner, partner, wanted, traits.WHOLE, case)] if partner.available > 0 else []
    for each in partner.instead:
        fit = traits.fit(wanted, each.kind)
        if fit >= case.terms.least_fit and each.available > 0:
            found.append(points.choice(partner, each, each.kind, fit, case))
    return Entry(partner, order, None if partner.available > 0 else lacking(partner, wanted), tuple(found))


def judge(entry: Entry, case: Case) -> Reason | Judgement:
    """Return why a partner is left out, or its score: by what was asked for, or by what stands in for it."""
    best = _best(entry, case) if entry.choices else None
    if best is not None:
        return Judgement(entry.partner, best[1], case, best[0])
    return entry.refusal or _late(entry, case)


def scored(roll: Roll, case: Case, requester: str) -> tuple[list[Scored], list[tuple[Partner, Reason]]]:
    """Judge all but the requester: who could help, best first, and who is left out and why."""
    found: list[Scored] = []
    refused = [each for each in roll.refused if each[0].member != requester]
    for entry in roll.able:
        if entry.partner.member == requester:
            continue
        best = _best(entry, case)
        if best is not None:
            found.append((best[0], entry.partner, best[1]))
        else:
            refused.append((entry.partner, entry.refusal or _late(entry, case)))
    # Whoever has equal points stays in the order of the roll
    found.sort(key=itemgetter(0))
    return found, refused


def _best(entry: Entry, case: Case) -> tuple[int, Choice] | None:
    """Return the fewest points that a partner could help with in time, and with what; at equal points the first."""
    leg, latest, best = points.leg_to(entry.partner, case), case.latest, None
    for choice in entry.choices:
        if latest is None or choice.lead + leg.minutes <= latest:
            score = points.score(choice, leg, case)
            if best is None or score < best[0]:
                best = score, choice
    return best


def _late(entry: Entry, case: Case) -> Reason:
    """Say that the first of what a partner has would come too late."""
    return too_late(entry.choices[0].lead + points.leg_to(entry.partner, case).minutes)
