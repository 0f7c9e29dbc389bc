"""When the clients' sessions are open, and when they end. Pure: UTC seconds in, UTC seconds out.

schedule = schedule_of(config.schedule)          # None = always open
at = hours(schedule, now_s)
at.is_open, at.change_s                          # until when
resets_between(schedule, since_s, now_s)         # have the counters gone back to 1 meanwhile?
"""

from dataclasses import dataclass

from internaliser.config.rules import DAY_S, day_end_s, open_days, open_length_s
from internaliser.config.sections import ScheduleSection

AROUND_DAYS = 15  # looked at before and after: no hours and no closed time are longer than a week
THURSDAY = 3  # the first day of 1970, with Monday 0


@dataclass(frozen=True, slots=True)
class Schedule:
    """The hours of a week. `resets`: the days that the counters go back to 1 at the end of."""

    days: tuple[int, ...]
    open_s: int
    length_s: int
    resets: frozenset[int]
    announce_s: int


@dataclass(frozen=True, slots=True)
class Span:
    """Open from `start_s` up to `end_s`, which is closed already."""

    start_s: int
    end_s: int
    resets: bool


@dataclass(frozen=True, slots=True)
class Hours:
    """How it stands at one time. `change_s`: the next end while open, the next opening while not.

    `announce_s` is when the next end is announced, None while closed or when none is.
    """

    is_open: bool
    change_s: int
    announce_s: int | None
    resets: bool  # at the next end
    ended_s: int  # the last end that has come


def schedule_of(section: ScheduleSection) -> Schedule | None:
    """The schedule of a checked configuration; None = always open."""
    open_s, close_s = day_end_s(section.open_utc), day_end_s(section.close_utc)
    days = open_days(section.days)
    if open_s is None or close_s is None or days is None:
        return None
    resets = {"never": (), "daily": days, "weekly": days[-1:]}[section.reset]
    length_s = open_length_s(open_s, close_s)
    return Schedule(days, open_s, length_s, frozenset(resets), section.announce_s)


def hours(schedule: Schedule, now_s: int) -> Hours:
    """How it stands at `now_s`."""
    found = _spans(schedule, now_s)
    ended_s = max(span.end_s for span in found if span.end_s <= now_s)
    next_one = min((span for span in found if span.end_s > now_s), key=lambda span: span.end_s)
    if next_one.start_s > now_s:
        return Hours(False, next_one.start_s, None, next_one.resets, ended_s)
    announce_s = max(next_one.end_s - schedule.announce_s, next_one.start_s)
    return Hours(
        True,
        next_one.end_s,
        announce_s if schedule.announce_s else None,
        next_one.resets,
        ended_s,
    )


def resets_between(schedule: Schedule, since_s: int, now_s: int) -> bool:
    """Has an end after `since_s`, up to `now_s`, set the counters back to 1?"""
    return any(span.resets and since_s < span.end_s <= now_s for span in _spans(schedule, now_s))


def _spans(schedule: Schedule, now_s: int) -> list[Span]:
    """The hours around `now_s` in order; those that touch are one unless a reset parts them."""
    found: list[Span] = []
    today = now_s // DAY_S
    for day in range(today - AROUND_DAYS, today + AROUND_DAYS + 1):
        weekday = (day + THURSDAY) % 7
        if weekday not in schedule.days:
            continue
        start_s = day * DAY_S + schedule.open_s
        if found and found[-1].end_s == start_s and not found[-1].resets:
            start_s = found.pop().start_s
        end_s = day * DAY_S + schedule.open_s + schedule.length_s
        found.append(Span(start_s, end_s, weekday in schedule.resets))
    return found
