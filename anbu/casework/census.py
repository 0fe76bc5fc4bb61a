"""전수조사: of all households on a campaign's list, who was reached by which way, and who is still to be found."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from anbu.casework.roles import in_towns
from anbu.errors import NotFound
from anbu.store.campaigns import Attempt, Campaign
from anbu.store.models import Account, Resident

WAYS = ("machine", "person", "visit", "post")
LISTED = 200


@dataclass
class Line:
    """One town. `reached`: households by the way that reached them first; `underway`: by the task that waits."""

    town: str
    households: int = 0
    reached: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WAYS, 0))
    underway: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WAYS, 0))

    @property
    def found(self) -> int:
        return sum(self.reached.values())

    @property
    def missing(self) -> int:
        return self.households - self.found

    @property
    def nothing_planned(self) -> int:
        """Not reached, and nobody has a task to look for them."""
        return self.missing - sum(self.underway.values())


def campaigns(db: Session, limit: int = 100) -> list[Campaign]:
    """Campaigns that were begun, the newest first."""
    query = select(Campaign).where(Campaign.state != "draft").order_by(Campaign.created_at.desc()).limit(limit)
    return list(db.scalars(query))


def find_campaign(db: Session, campaign_id: str) -> Campaign:
    """Raises NotFound."""
    campaign = db.get(Campaign, campaign_id)
    if campaign is None or campaign.state == "draft":
        raise NotFound("그런 조사가 없어요.")
    return campaign


def census(db: Session, account: Account, campaign: Campaign) -> list[Line]:
    """A line a town, of the towns the account sees; every household is counted once."""
    here = (Attempt.campaign_id == campaign.id, in_towns(account, Resident.town))
    lines: dict[str, Line] = {}

    def line(town: str | None) -> Line:
        return lines.setdefault(town or "", Line(town or ""))

    everyone = select(Resident.town, func.count(Attempt.resident_id.distinct())).join(Resident).where(*here)
    for town, number in db.execute(everyone.group_by(Resident.town)):
        line(town).households = number
    for result in ("reached", None):
        ways = _first(here, result).subquery()
        query = select(ways.c.town, ways.c.by, func.count()).where(ways.c.nth == 1).group_by(ways.c.town, ways.c.by)
        for town, by, number in db.execute(query):
            (line(town).reached if result else line(town).underway)[by] = number
    return sorted(lines.values(), key=lambda found: found.town)


def _first(here: tuple, result: str | None):
    """For each household its first attempt with that result; None: the next planned one of those not reached."""
    order = Attempt.done_at if result else Attempt.due_at
    nth = func.row_number().over(partition_by=Attempt.resident_id, order_by=(order, Attempt.n)).label("nth")
    query = select(Resident.town, Attempt.by, nth).join(Resident, Resident.id == Attempt.resident_id).where(*here)
    if result:
        return query.where(Attempt.result == result)
    reached = select(Attempt.resident_id).where(here[0], Attempt.result == "reached")
    return query.where(Attempt.state != "done", Attempt.resident_id.not_in(reached))


def still_to_find(db: Session, account: Account, campaign: Campaign, limit: int = LISTED) -> list[Resident]:
    """Households nobody has reached yet."""
    on_list = select(Attempt.resident_id).where(Attempt.campaign_id == campaign.id)
    reached = on_list.where(Attempt.result == "reached")
    query = select(Resident).where(
        Resident.id.in_(on_list), Resident.id.not_in(reached), in_towns(account, Resident.town)
    )
    return list(db.scalars(query.order_by(Resident.town, Resident.id).limit(limit)))
