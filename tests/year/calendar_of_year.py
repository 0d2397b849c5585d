"""The calendar of one year: who asks when, and when which system is down, from a seed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from tests.year.repertoire import REPERTOIRE
from tests.year.stories import Act, Kind, Story, days
from tests.year.town import Archive, Town, Window

YEAR = 2036
"""A leap year, and far enough ahead that no machine's clock has passed it: the engine can only skip forward."""

ZONE = ZoneInfo("America/Los_Angeles")
FIRST_DAY = datetime(YEAR, 1, 1, tzinfo=ZONE)
DAYS = (datetime(YEAR + 1, 1, 1, tzinfo=ZONE) - FIRST_DAY).days
FILLER = "asks for a copy"


@dataclass(frozen=True)
class Calendar:
    """All that will happen."""

    stories: tuple[Story, ...]
    outages: dict[str, tuple[Window, ...]]
    """By system's name."""
    engine_down: tuple[Window, ...]

    @property
    def requests(self) -> int:
        """How many requests the year sees."""
        return sum(story.requests for story in self.stories)


def calendar(seed: int, requests: int) -> Calendar:
    """A year of so many requests, each kind of story told at least once."""
    chance = Random(seed)  # noqa: S311 - a script, no secret
    named = _told(chance, requests)
    chance.shuffle(named)
    _appeals_within_the_year(named)
    arrivals = sorted(_moment(chance) for _ in named)
    stories = tuple(
        Story(number, name, at, kind, patience=days(chance, 0, 3))
        for number, (at, (name, kind)) in enumerate(zip(arrivals, named, strict=True), start=1)
    )
    outages = {
        name: _windows(chance, times, 6) for name, times in {"crm": 3, "news": 4, "books": 3, "studio": 2}.items()
    }
    return Calendar(stories=stories, outages=outages, engine_down=_windows(chance, 3, 1.5))


def furnish(town: Town, year: Calendar) -> None:
    """Give everybody their records, and systems their bad days."""
    for story in year.stories:
        home, customer = story.kind.household, story.customer
        if home.known:
            town.known(customer)
        for age in home.invoice_years:
            town.invoiced(customer, _created(story.at, age))
        if home.designs:
            town.designed_for(customer)
        if home.namesake:
            town.named(customer)
    for system in town.systems:
        system.outages = list(year.outages.get(system.config.name, ()))
        for story in year.stories:
            _trouble(system, story)


def _trouble(system: Archive, story: Story) -> None:
    name, home = system.config.name, story.kind.household
    if home.stuck and home.stuck[0] == name:
        system.stuck[story.number] = story.at - timedelta(days=1), story.at + home.stuck[1]
    if home.refused == name:
        system.refused.add(story.number)
    if home.slow == name:
        system.slow.add(story.number)


def _told(chance: Random, requests: int) -> list[tuple[str, Kind]]:
    """Every kind once, then by weight, until there are so many requests."""
    total = sum(weight for _, weight in REPERTOIRE.values())
    names = list(REPERTOIRE)
    for name, (_, weight) in REPERTOIRE.items():
        names += [name] * max(0, weight * requests // total - 1)
    told: list[tuple[str, Kind]] = []
    left = requests
    for name in names:
        kind = REPERTOIRE[name][0](chance)
        size = Story(0, name, FIRST_DAY, kind, timedelta(0)).requests
        if size <= left:
            told.append((name, kind))
            left -= size
    return told + [(FILLER, REPERTOIRE[FILLER][0](chance)) for _ in range(left)]


def _appeals_within_the_year(named: list[tuple[str, Kind]]) -> None:
    """An appeal comes two months after what it appeals: none of those begin in autumn."""
    late = range(len(named) * 3 // 4, len(named))
    early = iter(range(len(named)))
    for place in late:
        while _appeals(named[place][1]):
            other = next(early)
            named[place], named[other] = named[other], named[place]


def _appeals(kind: Kind) -> bool:
    return any(deed.act is Act.APPEAL for deed in kind.deeds)


def _moment(chance: Random) -> datetime:
    """At any hour: some write at night, and a day is another one elsewhere then."""
    day = date(YEAR, 1, 1) + timedelta(days=chance.randrange(DAYS))
    hour = chance.choice((*range(8, 20), *range(24)))
    return datetime.combine(day, time(hour, chance.randrange(60)), ZONE).astimezone(UTC)


def _windows(chance: Random, times: int, longest: float) -> tuple[Window, ...]:
    starts = sorted(_moment(chance) for _ in range(times))
    return tuple((start, start + days(chance, 0.2, longest)) for start in starts)


def _created(asked: datetime, age: int) -> date:
    """So long ago; of the oldest, the seven years end within four months."""
    ago = timedelta(days=365 * age + (265 if age == 6 else 0))
    return (asked - ago).date()
