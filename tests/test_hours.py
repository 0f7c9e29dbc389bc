"""Hours: weekends, nights, weeks that never close in between, and what resets when."""

import random
from datetime import UTC, datetime

import pytest

from internaliser.config.sections import ScheduleSection
from internaliser.hours import Schedule, hours, resets_between, schedule_of

DAY_S = 86_400


def at(text: str) -> int:
    """Seconds of "DD HH:MM" in November 2026; the 2nd is a Monday."""
    return int(datetime.strptime(f"2026-11-{text} +0000", "%Y-%m-%d %H:%M %z").timestamp())


def made(days: str, opens: str, closes: str, reset: str = "never", announce_s: int = 0) -> Schedule:
    section = ScheduleSection(days, opens, closes, reset, announce_s)  # type: ignore[arg-type]
    schedule = schedule_of(section)
    assert schedule is not None
    return schedule


OFFICE = made("mon-fri", "08:00", "17:00", "daily", 600)
NIGHT = made("sun-thu", "22:00", "06:00", "weekly")
WEEK = made("sun-thu", "22:00", "22:00", "weekly", 600)
ROUND = made("mon-sun", "00:00", "00:00", "daily")


def test_without_times_there_are_no_hours() -> None:
    assert schedule_of(ScheduleSection()) is None


@pytest.mark.parametrize(
    ("schedule", "now", "is_open", "change", "ended"),
    [
        (OFFICE, "06 07:59", False, "06 08:00", "05 17:00"),
        (OFFICE, "06 08:00", True, "06 17:00", "05 17:00"),
        (OFFICE, "06 16:59", True, "06 17:00", "05 17:00"),
        (OFFICE, "06 17:00", False, "09 08:00", "06 17:00"),  # over the weekend
        (OFFICE, "08 12:00", False, "09 08:00", "06 17:00"),
        (NIGHT, "03 00:00", True, "03 06:00", "02 06:00"),  # over midnight
        (NIGHT, "06 05:00", True, "06 06:00", "05 06:00"),
        (NIGHT, "06 06:00", False, "08 22:00", "06 06:00"),
        (WEEK, "04 22:00", True, "06 22:00", "30 22:00"),  # days that touch are one session
        (WEEK, "06 22:00", False, "08 22:00", "06 22:00"),
        (ROUND, "04 12:00", True, "05 00:00", "04 00:00"),  # but for the reset between them
    ],
)
def test_how_it_stands(
    schedule: Schedule, now: str, is_open: bool, change: str, ended: str
) -> None:
    found = hours(schedule, at(now))
    wanted_end = at(ended) if ended != "30 22:00" else at("01 22:00") - 2 * DAY_S
    assert (found.is_open, found.change_s, found.ended_s) == (is_open, at(change), wanted_end)


def test_an_end_is_announced_before_it_and_only_while_open() -> None:
    assert hours(OFFICE, at("06 09:00")).announce_s == at("06 16:50")
    assert hours(OFFICE, at("06 18:00")).announce_s is None
    assert hours(NIGHT, at("06 05:00")).announce_s is None  # it announces nothing


@pytest.mark.parametrize(
    ("schedule", "since", "now", "resets"),
    [
        (OFFICE, "06 17:00", "09 16:59", False),
        (OFFICE, "06 16:59", "06 17:00", True),
        (NIGHT, "02 22:00", "06 05:59", False),  # four nights of the week
        (NIGHT, "02 22:00", "06 06:00", True),
        (NIGHT, "01 10:00", "29 10:00", True),  # however long ago
    ],
)
def test_which_ends_reset(schedule: Schedule, since: str, now: str, resets: bool) -> None:
    assert resets_between(schedule, at(since), at(now)) is resets


@pytest.mark.parametrize("seed", range(20))
def test_minute_by_minute_the_hours_are_what_the_calendar_says(seed: int) -> None:
    chance = random.Random(seed)
    days = sorted(chance.sample(range(7), chance.randint(1, 7)))
    opens, closes = (60 * chance.randrange(1440) for _ in "ab")
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    reset = chance.choice(["daily", "weekly"])
    text = [f"{time // 3600:02}:{time % 3600 // 60:02}" for time in (opens, closes)]
    schedule = made(",".join(names[day] for day in days), *text, reset)

    def is_open(now_s: int) -> bool:
        now = datetime.fromtimestamp(now_s, UTC)
        second = now_s % DAY_S
        today, yesterday = now.weekday() in days, (now.weekday() - 1) % 7 in days
        if opens < closes:
            return today and opens <= second < closes
        return (today and second >= opens) or (yesterday and second < closes)

    for now_s in range(at("02 00:00"), at("16 00:00"), 60 * chance.choice([7, 11, 13])):
        found = hours(schedule, now_s)
        assert found.is_open == is_open(now_s)
        assert found.ended_s <= now_s < found.change_s
        after = hours(schedule, found.change_s)
        assert after.is_open != found.is_open or after.ended_s == found.change_s
        assert resets_between(schedule, now_s, now_s + 8 * DAY_S)
        if found.is_open:
            assert after.ended_s == found.change_s
            ends = resets_between(schedule, found.change_s - 1, found.change_s)
            assert ends == found.resets
