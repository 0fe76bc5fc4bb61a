"""The shared rate: every request of every worker takes the next free moment from one row, under its lock.

A moment is good only until LATE_S after it: a worker that was held up must take another. So moments are
(1 + LATE_S) / rate apart, and no second ever sees more requests than the rate.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from anbu.settings import settings
from anbu.store.campaigns import Bucket
from anbu.store.insert import insert_new

ACCOUNT = "account"
LATE_S = 0.1
SOON_S = 3.0


def take_moment(
    db: Session, campaign_id: str, per_second: float, now: datetime, lead_s: float = 0.0
) -> tuple[datetime, bool]:
    """The next moment at which both the account and the campaign may send a request; → it, and whether it was taken.

    One that is farther off than SOON_S is not taken: what is checked now would be old by then. lead_s: not before that
    long from now, for a worker that needs the time to commit.
    """
    rates = {ACCOUNT: settings().calls_per_second, campaign_id: per_second}
    buckets = {b.name: b for b in _locked(db, rates)}
    if len(buckets) < len(rates):
        insert_new(db, Bucket, [{"name": name} for name in rates])
        buckets = {b.name: b for b in _locked(db, rates)}
    earliest = now + timedelta(seconds=lead_s)
    moment = max(earliest, *(b.next_free or now for b in buckets.values()))
    if moment > now + timedelta(seconds=SOON_S):
        return moment, False
    for name, bucket in buckets.items():
        bucket.next_free = moment + timedelta(seconds=(1 + LATE_S) / rates[name])
    return moment, True


def hold_back(db: Session, seconds: float, now: datetime) -> None:
    """The line says it takes no more just now: nobody asks again for a while."""
    for bucket in _locked(db, [ACCOUNT]):
        bucket.next_free = max(bucket.next_free or now, now + timedelta(seconds=seconds))


def is_late(moment: datetime, now: datetime) -> bool:
    """Whether a taken moment has passed and another one is needed."""
    return now > moment + timedelta(seconds=LATE_S)


def _locked(db: Session, names) -> list[Bucket]:
    query = select(Bucket).where(Bucket.name.in_(list(names))).order_by(Bucket.name).with_for_update()
    return db.scalars(query.execution_options(populate_existing=True)).all()
