"""What all workers together know of each provider: a row per gateway, read at every turn and seldom written."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Float, Row, Select, UpdateBase, bindparam, case, func, select, update
from sqlalchemy.orm import Session

from foundation import clock
from foundation.database.base import UtcDateTime
from foundation.database.statements import insert_or_skip, table_of
from foundation.ids import least_id
from notifications import health
from notifications.gateways.base import Gateway, Outcome, Verdict
from notifications.health import Breaker, Condition, Handed, Trial
from notifications.models import Attempt, Delivery, Provider
from notifications.schemas import GatewaysView, GatewayView

JUDGE_EVERY = timedelta(minutes=1)
RECEIPT_AFTER = timedelta(minutes=3)
"""A receipt that takes longer counts as late, and so does none."""
_LOOK_BACK = timedelta(minutes=20)
_LONGEST_CODE = 40
_LOOKED_AT = 1000
NEW = Condition()

Known = Mapping[str, Row[Any]]


def settle(session: Session, names: Collection[str]) -> None:
    """Make the rows of gateways that have none."""
    insert_or_skip(session, Provider, *({"name": name} for name in sorted(names)))


def look(session: Session) -> Known:
    """Return the rows of all providers by name."""
    return {row.name: row for row in session.execute(_look())}


def condition_of(row: Row[Any] | None) -> Condition:
    """Return what a row says; a gateway without one is as good as new."""
    if row is None:
        return NEW
    return Condition(
        row.health,
        row.lowered_at,
        row.failures,
        Breaker(row.breaker),
        row.probe_at,
        row.held_until,
        row.last_code,
        row.last_error_at,
    )


def shut(session: Session, known: Known) -> set[str]:
    """Return the gateways that are not to be tried now, but for probes."""
    now = clock.now(session)
    return {name for name, row in known.items() if not condition_of(row).is_open_to(now)}


def hear(session: Session, known: Known, trials: Mapping[str, Sequence[Trial]]) -> Known:
    """Note what providers did with messages; return what is known then. Where all is well nothing is written."""
    now = clock.now(session)
    news = _news(known, trials, now)
    if not news:
        return known
    hold(session, news)
    for name in news:
        # Read anew behind the lock: another worker may have seen more meanwhile
        condition, lately = condition_of(_locked(session, name)), _lately(session, name, len(trials[name]), now)
        _keep(session, name, health.after(condition, trials[name], now, lately))
    return look(session)


def hold(session: Session, names: Collection[str]) -> None:
    """Lock providers, made where there are none, in the order of their names.

    Whoever locks more than one in a transaction does it here first: two workers never wait for each other then.
    """
    settle(session, names)
    session.execute(_holding(), {"the_names": list(names)})


def hold_for(session: Session, known: Known, trials: Mapping[str, Sequence[Trial]], limited: Collection[str]) -> None:
    """Hold what a worker's turn will lock: providers of which there is news, and those whose tokens it counts."""
    names = {*_news(known, trials, clock.now(session)), *limited}
    if len(names) > 1:
        hold(session, names)


def take_probe(session: Session, name: str) -> Condition | None:
    """Lock a provider whose probe is due, and return its condition; None where another worker probes."""
    row = session.execute(_locking(skips=True), {"the_name": name}).one_or_none()
    condition = condition_of(row)
    return condition if row is not None and condition.is_probe_due(clock.now(session)) else None


def begin_probe(session: Session, name: str, condition: Condition) -> None:
    """Note that the probe is under way."""
    _keep(session, name, condition.probing(clock.now(session)))


def refill(session: Session, name: str, rate: float) -> float:
    """Lock the tokens of a gateway, fill them up by its rate, and return how many there are."""
    settle(session, [name])
    now, row = clock.now(session), _locked(session, name)
    there = health.refilled(row.tokens, row.refilled_at, rate=rate, now=now)
    if row.refilled_at is None or there != row.tokens or now < row.refilled_at:
        session.execute(_refilling(), {"the_name": name, "new_tokens": there, "new_refilled_at": now})
    return there


def spend(session: Session, name: str, count: int) -> None:
    """Take tokens for messages that were claimed; a probe or retry may take the last one early."""
    session.execute(_spending(), {"the_name": name, "count": count})


def judge(session: Session, gateways: Sequence[Gateway]) -> None:
    """Lower those whose messages are taken and don't arrive while others' do; once a minute, whoever comes first."""
    now = clock.now(session)
    reporting = [gateway.name for gateway in gateways if gateway.capabilities.has_receipts]
    if not reporting or not _claims_judgement(session, reporting, now):
        return
    handed = _handed(session, now)
    for name in sorted(reporting):
        others = [handed[other] for other in reporting if other != name and other in handed]
        if health.is_doubtful(handed.get(name, Handed()), others):
            lowered = health.lowered(condition_of(_locked(session, name)), now)
            _keep(session, name, lowered)


def in_flight(session: Session) -> Mapping[str, int]:
    """Return how many messages are with each gateway, by any worker."""
    rows = session.execute(
        select(Attempt.gateway, func.count())
        .join(Delivery, (Delivery.id == Attempt.delivery_id) & (Delivery.attempt == Attempt.number))
        .where(Delivery.state == "leased", Attempt.state == "posting")
        .group_by(Attempt.gateway)
    )
    return {gateway: count for gateway, count in rows}  # noqa: C416 — rows are no pairs to a type checker


def views(session: Session, gateways: Sequence[Gateway]) -> GatewaysView:
    """Return what operators see of the gateways; nothing of it is secret."""
    now, known, flying = clock.now(session), look(session), in_flight(session)
    return GatewaysView(
        items=[
            _view(gateway, condition_of(known.get(gateway.name)), flying.get(gateway.name, 0), now)
            for gateway in gateways
        ]
    )


def _view(gateway: Gateway, condition: Condition, flying: int, now: datetime) -> GatewayView:
    return GatewayView(
        name=gateway.name,
        channel=gateway.channel,
        weight=gateway.weight,
        rate=gateway.rate,
        window=gateway.window,
        health=condition.points(now),
        breaker=condition.breaker,
        probe_at=condition.probe_at,
        held_until=condition.held_until if condition.is_held(now) else None,
        in_flight=flying,
        last_code=condition.last_code,
        last_error_at=condition.last_error_at,
    )


def _lately(session: Session, name: str, count: int, now: datetime) -> list[Trial]:
    """Return a provider's last results, where the `count` new ones are too few to be judged by themselves."""
    if count >= health.ENOUGH_TRIALS:
        return []
    rows = session.execute(_lasting(), {"the_name": name, "since": now - health.WINDOW, "now": now}).all()
    return [
        Trial(Outcome(Verdict(row.state), code=row.code), (row.finished_at - row.posted_at).total_seconds())
        for row in reversed(rows)
    ]


def _news(known: Known, trials: Mapping[str, Sequence[Trial]], now: datetime) -> list[str]:
    return [name for name in sorted(trials) if _changes(known.get(name), trials[name], now)]


def _changes(row: Row[Any] | None, trials: Sequence[Trial], now: datetime) -> bool:
    condition = condition_of(row)
    return health.after(condition, trials, now) != condition


def _locked(session: Session, name: str) -> Row[Any]:
    return session.execute(_locking(skips=False), {"the_name": name}).one()


def _keep(session: Session, name: str, condition: Condition) -> None:
    code = condition.last_code
    kept = replace(condition, last_code=code[:_LONGEST_CODE] if code else None)
    values = {f"new_{column}": value for column, value in asdict(kept).items()}
    session.execute(_keeping(), {"the_name": name, **values})


def _claims_judgement(session: Session, names: Sequence[str], now: datetime) -> bool:
    """Tell whether a minute has passed since anybody judged; if so, it begins anew."""
    settle(session, names)
    is_due = Provider.judged_at.is_(None) | (Provider.judged_at <= now - JUDGE_EVERY)
    if session.scalar(select(Provider.name).where(Provider.name.in_(names), is_due).limit(1)) is None:
        return False
    hold(session, names)
    claimed = session.execute(
        update(Provider)
        .where(Provider.name.in_(names), is_due)
        .values(judged_at=now)
        .returning(Provider.name)
        .execution_options(synchronize_session=False)
    ).all()
    return bool(claimed)


def _handed(session: Session, now: datetime) -> Mapping[str, Handed]:
    """Count what was taken over between twenty and three minutes ago: all, the failed, the late or not reported."""
    rows = session.execute(
        select(
            Attempt.gateway,
            Attempt.finished_at.label("accepted_at"),
            (Delivery.attempt > Attempt.number).label("is_tried_again"),
            Delivery.state,
            Delivery.finished_at,
        )
        .join(Delivery, Delivery.id == Attempt.delivery_id)
        .where(
            Attempt.id >= least_id(now - 2 * _LOOK_BACK),
            Attempt.state == "accepted",
            Attempt.finished_at.between(now - _LOOK_BACK, now - RECEIPT_AFTER),
        )
    )
    handed: dict[str, Handed] = {}
    for row in rows:
        own = handed.get(row.gateway, Handed())
        has_failed = row.state == "failed" or row.is_tried_again
        is_late = row.state != "delivered" or row.finished_at - row.accepted_at > RECEIPT_AFTER
        handed[row.gateway] = Handed(
            own.accepted + 1, own.failed + has_failed, own.late + (is_late and not has_failed)
        )
    return handed


_PROVIDERS = table_of(Provider)
_ATTEMPTS = table_of(Attempt)
_NAME: Any = bindparam("the_name")


@cache
def _look() -> Select[Any]:
    return select(_PROVIDERS)


@cache
def _locking(*, skips: bool) -> Select[Any]:
    return select(_PROVIDERS).where(_PROVIDERS.c.name == _NAME).with_for_update(skip_locked=skips)


@cache
def _lasting() -> Select[Any]:
    table = _ATTEMPTS.c
    columns = (table.id, table.gateway, table.state, table.code, table.posted_at, table.finished_at)
    within = table.posted_at.between(bindparam("since", type_=UtcDateTime), bindparam("now", type_=UtcDateTime))
    # No index knows the gateway: so many of any are looked at, and no more. Among those of one instant the id decides
    lately = select(*columns).where(within).order_by(table.posted_at.desc(), table.id.desc())
    some = lately.limit(_LOOKED_AT).subquery()
    is_over = some.c.finished_at.is_not(None) & (some.c.gateway == _NAME)
    return select(some).where(is_over).order_by(some.c.posted_at.desc(), some.c.id.desc()).limit(health.ENOUGH_TRIALS)


@cache
def _holding() -> Select[Any]:
    name = _PROVIDERS.c.name
    held = select(name).where(name.in_(bindparam("the_names", expanding=True)))
    return held.order_by(name).with_for_update()


@cache
def _keeping() -> UpdateBase:
    new = {name: bindparam(f"new_{name}", type_=_PROVIDERS.c[name].type) for name in Condition.__dataclass_fields__}
    return update(_PROVIDERS).where(_PROVIDERS.c.name == _NAME).values(**new)


@cache
def _refilling() -> UpdateBase:
    there: Any = bindparam("new_tokens", type_=Float)
    at = bindparam("new_refilled_at", type_=UtcDateTime)
    return update(_PROVIDERS).where(_PROVIDERS.c.name == _NAME).values(tokens=there, refilled_at=at)


@cache
def _spending() -> UpdateBase:
    count: Any = bindparam("count", type_=Float)
    left = case((_PROVIDERS.c.tokens > count, _PROVIDERS.c.tokens - count), else_=0.0)
    return update(_PROVIDERS).where(_PROVIDERS.c.name == _NAME).values(tokens=left)
