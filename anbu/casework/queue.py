"""The queue: cases an account may see, most urgent first, page by page (keyset), each with its reason and quote."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timezone

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session, selectinload

from anbu.assessment.vocabulary import PRIORITIES
from anbu.casework.roles import in_towns
from anbu.errors import Refused
from anbu.store.models import (
    Account,
    Attempt,
    Campaign,
    Case,
    DoubleCheck,
    ReadingRow,
    Resident,
    Review,
    SignalRow,
    name_key,
    number_key,
)

PAGE = 50
STATES = ("open", "checking", "closed")


@dataclass(frozen=True)
class Filters:
    """What of the queue is asked for. Empty: everything that waits for a decision."""

    state: str = "open"
    holder: str = ""  # "" | mine | nobody
    town: str = ""
    priority: tuple[str, ...] = ()
    overdue: bool = False
    campaign: str = ""
    search: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str], priorities: Iterable[str] = ()) -> Filters:
        """From a query string; what cannot be meant is left out."""
        return cls(
            state=query.get("state") if query.get("state") in STATES else "open",
            holder=query.get("holder") if query.get("holder") in ("mine", "nobody") else "",
            town=(query.get("town") or "").strip()[:40],
            priority=tuple(p for p in PRIORITIES if p in set(priorities)),
            overdue=query.get("overdue") == "1",
            campaign=(query.get("campaign") or "")[:32],
            search=(query.get("search") or "").strip()[:60],
        )

    def as_query(self) -> dict:
        """The same as parameters, without what is not set. A searched name never goes into a URL."""
        given = {k: v for k, v in asdict(self).items() if v and k not in ("search", "priority")}
        if given.get("state") == "open":
            del given["state"]
        if given.get("overdue"):
            given["overdue"] = "1"
        return {**given, **({"priority": list(self.priority)} if self.priority else {})}

    @classmethod
    def stored(cls, value: dict) -> Filters:
        """From a saved view."""
        known = {f.name for f in fields(cls)}
        query = {k: v for k, v in value.items() if k in known}
        return cls.of({**query, "overdue": "1" if query.get("overdue") else ""}, query.get("priority") or ())


@dataclass(frozen=True)
class Row:
    """One line of the queue. `signal`: the quote is of a danger signal; `returned`: a double check sent it back."""

    case: Case
    who: str
    quote: str
    signal: bool
    returned: bool


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    following: str | None  # cursor of the next page
    counts: dict[str, int] = field(default_factory=dict)


def queue_page(
    db: Session, account: Account, filters: Filters, now: datetime, after: str | None = None, limit: int = PAGE
) -> Page:
    """A page of the queue. Raises Refused when `after` is no cursor of ours."""
    query = select(Case).where(*_criteria(account, filters, now))
    if after:
        query = query.where(_beyond(*read_cursor(after)))
    query = query.order_by(Case.priority, Case.due_at, Case.id).limit(limit + 1)
    name_only = selectinload(Case.resident).load_only(Resident.name)  # what is not shown is not decrypted
    cases = list(db.scalars(query.options(name_only, selectinload(Case.holder).load_only(Account.name))))
    following = cursor(cases[limit - 1]) if len(cases) > limit else None
    return Page(_rows(db, cases[:limit]), following)


def counts(db: Session, account: Account, now: datetime) -> dict[str, int]:
    """Numbers for the head of the page: open P0 nobody has taken, open, overdue, mine, waiting for a double check."""
    town = in_towns(account, Case.town)

    def count(*criteria) -> int:  # beyond a thousand the exact number helps nobody
        return db.scalar(
            select(func.count()).select_from(select(Case.id).where(town, *criteria).limit(1000).subquery())
        )

    is_open = Case.state == "open"
    return {
        "urgent": count(is_open, Case.priority == "P0", Case.holder_id.is_(None)),
        "open": count(is_open),
        "overdue": count(is_open, Case.due_at < now),
        "mine": count(is_open, Case.holder_id == account.id),
        "checking": count(Case.state == "checking"),
    }


def towns_of(db: Session, account: Account) -> list[str]:
    """The towns an account can filter by."""
    if not account.all_towns:
        return account.town_names
    return [t for t in db.scalars(select(Resident.town).distinct().order_by(Resident.town)) if t]


def campaigns(db: Session) -> list[Campaign]:
    """The latest campaigns, to filter by."""
    return list(db.scalars(select(Campaign).order_by(Campaign.created_at.desc()).limit(30)))


def cursor(case: Case) -> str:
    """Where a page ended, for a URL: nothing personal."""
    told = [case.priority, case.due_at.astimezone(timezone.utc).isoformat(), case.id]
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")


def read_cursor(text: str) -> tuple[str, datetime, str]:
    """The place a cursor names. Raises Refused."""
    try:
        priority, due, case_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        due = datetime.fromisoformat(due)
        if priority not in PRIORITIES or due.tzinfo is None or not isinstance(case_id, str):
            raise ValueError
        return priority, due, case_id
    except (ValueError, TypeError):
        raise Refused("목록의 다음 쪽을 찾지 못했어요. 대기열을 처음부터 다시 열어 주세요.") from None


def _beyond(priority: str, due: datetime, case_id: str):
    later = or_(Case.due_at > due, and_(Case.due_at == due, Case.id > case_id))
    return and_(Case.priority >= priority, or_(Case.priority > priority, later))


def _criteria(account: Account, filters: Filters, now: datetime) -> list:
    found = [in_towns(account, Case.town), Case.state == filters.state]
    if filters.holder == "mine":
        found.append(Case.holder_id == account.id)
    elif filters.holder == "nobody":
        found.append(Case.holder_id.is_(None))
    if filters.town:
        found.append(Case.town == filters.town)
    if filters.priority:
        found.append(Case.priority.in_(filters.priority))
    if filters.overdue:
        found.append(Case.due_at < now)
    if filters.campaign:
        found.append(exists().where(Attempt.call_id == Case.call_id, Attempt.campaign_id == filters.campaign))
    if filters.search:
        found.append(_matches(filters.search))
    return found


def _matches(search: str):
    """By whole name, last four digits, or the beginning of the case's id: names are not readable in the database."""
    if re.fullmatch(r"[0-9]{4}", search):
        return Case.resident_id.in_(select(Resident.id).where(Resident.tail_hash == number_key(search)))
    if re.fullmatch(r"[0-9a-f]{6,32}", search):
        return Case.id.startswith(search)
    return Case.resident_id.in_(select(Resident.id).where(Resident.name_hash == name_key(search)))


def _rows(db: Session, cases: list[Case]) -> list[Row]:
    calls = [c.call_id for c in cases]
    quotes = _first_quotes(db, SignalRow, calls, SignalRow.state != "denied", SignalRow.id)
    bare = [c for c in calls if c not in quotes]
    graver = (ReadingRow.level.desc(), ReadingRow.id)
    words = {c: (quote, True) for c, quote in quotes.items()}
    words |= {c: (q, False) for c, q in _first_quotes(db, ReadingRow, bare, ReadingRow.level > 0, *graver).items()}
    returned = set(
        db.scalars(
            select(Review.case_id)
            .join(DoubleCheck)
            .where(Review.case_id.in_([c.id for c in cases if c.state == "open"]), Review.state == "returned")
        )
    )
    return [
        Row(c, c.resident.name if c.resident else "모르는 분", *words.get(c.call_id, ("", False)), c.id in returned)
        for c in cases
    ]


def _first_quotes(db: Session, table, calls: list[str], which, *order) -> dict[str, str]:
    """The first quote of each call. One a call is read: every one of them has to be decrypted."""
    if not calls:
        return {}
    nth = func.row_number().over(partition_by=table.call_id, order_by=order)
    quoted = select(table.call_id, table.quote, nth.label("nth")).where(
        table.call_id.in_(calls), which, table.quote.isnot(None)
    )
    first = quoted.subquery()
    return dict(db.execute(select(first.c.call_id, first.c.quote).where(first.c.nth == 1)).all())
