"""Snapshot and changes in the order the venue's rule asks for; every loss is found and mended."""

import random
from decimal import Decimal

import pytest

from internaliser.market.diff_sync import DiffSync, SyncLimits, SyncResult
from internaliser.market.sync_rules import BINANCE, OKX, SyncRule
from internaliser.market.venue_book import VenueBook
from internaliser.model.enums import Side
from internaliser.model.fields import record_fields

BUY, SELL = Side.SIDE_BUY, Side.SIDE_SELL
S = 1_000_000_000
BIDS, ASKS = [["1.00", "3"]], [["1.02", "3"]]
LIMITS = SyncLimits(
    buffer_max=4,
    snapshot_timeout_ns=10 * S,
    resync_min_ns=1 * S,
    resync_max_ns=8 * S,
    join_max_ns=5 * S,
    repeats_max=8,
    stale_after_ns=30 * S,
    crossed_max_ns=1 * S,
)
IGNORED, BUFFERED, APPLIED, CHANGED, STALE, GAP, REFUSED = SyncResult


def closed_sync(rule: SyncRule = BINANCE) -> DiffSync:
    tick = Decimal("0.01")
    return DiffSync(VenueBook(tick, Decimal("1"), 100, tick), rule, LIMITS)


def open_sync(rule: SyncRule = BINANCE) -> DiffSync:
    sync = closed_sync(rule)
    sync.on_open(0)
    return sync


def synced(last_id: int = 10, rule: SyncRule = BINANCE) -> DiffSync:
    sync = open_sync(rule)
    assert sync.on_snapshot(last_id, BIDS, ASKS, 0) is CHANGED
    return sync


def bids_of(sync: DiffSync) -> list[tuple[int, int]]:
    return sync.book.levels(BUY)


# Joining


def test_changes_wait_for_the_snapshot_and_those_it_holds_are_dropped() -> None:
    sync = open_sync()
    diffs = [(8, 9, "9"), (10, 10, "10"), (11, 12, "12"), (13, 13, "13")]
    told = [sync.on_diff(one, two, [["0.99", qty]], [], 1) for one, two, qty in diffs]
    assert told == [BUFFERED] * 4
    assert not sync.is_fresh(1)
    assert sync.on_snapshot(10, BIDS, ASKS, 2) is CHANGED
    assert bids_of(sync) == [(100, 3), (99, 13)]
    assert (sync.last_id, sync.why, sync.is_fresh(2)) == (13, "", True)


@pytest.mark.parametrize("first_id", [5, 10, 11])
def test_the_first_change_may_overlap_the_snapshot(first_id: int) -> None:
    sync = open_sync()
    sync.on_diff(first_id, 12, [["0.99", "1"]], [], 0)
    assert sync.on_snapshot(10, BIDS, ASKS, 0) is CHANGED
    assert sync.last_id == 12


def test_a_snapshot_older_than_the_first_change_is_not_enough_and_a_second_one_is() -> None:
    sync = open_sync()
    sync.on_diff(12, 12, [["0.99", "1"]], [], 1)
    sync.on_diff(13, 13, [["0.98", "1"]], [], 1)
    sync.on_snapshot_requested(1)
    assert sync.on_snapshot(10, BIDS, ASKS, 2) is GAP
    assert sync.why == "change 12-12 does not follow 10"
    assert (bids_of(sync), sync.needs_snapshot(2)) == ([], True)
    assert sync.on_snapshot(12, BIDS, ASKS, 3) is CHANGED
    assert (sync.last_id, bids_of(sync)) == (13, [(100, 3), (98, 1)])


def test_a_gap_among_the_waiting_changes_needs_a_snapshot_after_it() -> None:
    sync = open_sync()
    sync.on_diff(11, 11, [], [], 0)
    sync.on_diff(13, 13, [["0.99", "1"]], [], 0)
    assert sync.on_snapshot(10, BIDS, ASKS, 0) is GAP
    assert sync.on_snapshot(12, BIDS, ASKS, 0) is CHANGED
    assert sync.last_id == 13


def test_of_too_many_waiting_changes_the_oldest_go_and_the_gap_is_found() -> None:
    sync = open_sync()
    for number in range(11, 17):
        sync.on_diff(number, number, [], [], 0)
    assert sync.on_snapshot(10, BIDS, ASKS, 0) is GAP
    assert sync.on_snapshot(12, BIDS, ASKS, 0) is CHANGED


def test_nothing_is_taken_before_the_stream_is_open_or_after_it_ended() -> None:
    sync = closed_sync()
    assert sync.on_diff(11, 11, [], [], 0) is IGNORED
    assert sync.on_snapshot(10, BIDS, ASKS, 0) is IGNORED
    assert not sync.needs_snapshot(0)
    sync = synced()
    sync.on_close()
    assert (bids_of(sync), sync.is_fresh(0), sync.needs_snapshot(99 * S)) == ([], False, False)
    assert sync.on_diff(11, 11, [], [], 0) is IGNORED


def test_opening_again_forgets_what_waited() -> None:
    sync = open_sync()
    sync.on_diff(50, 50, [["9.99", "1"]], [], 0)
    sync.on_open(1)
    assert sync.on_snapshot(10, BIDS, ASKS, 1) is CHANGED
    assert sync.last_id == 10


# Following


def test_a_change_that_no_view_shows_is_applied_silently() -> None:
    sync = synced()
    assert sync.on_diff(11, 11, [["0.99", "5"]], [], 1) is CHANGED
    assert sync.on_diff(12, 12, [["0.99", "5"]], [], 1) is APPLIED
    assert sync.on_diff(13, 13, [], [], 1) is APPLIED
    assert sync.last_id == 13


def test_a_missing_change_empties_the_book_and_the_next_snapshot_mends_it() -> None:
    sync = synced()
    assert sync.on_diff(12, 14, [["0.99", "5"]], [], 9 * S) is GAP
    assert sync.why == "change 12-14 does not follow 10"
    assert (bids_of(sync), sync.is_fresh(9 * S), sync.gap_count) == ([], False, 1)
    assert sync.needs_snapshot(9 * S)
    assert sync.on_diff(15, 15, [["0.98", "5"]], [], 9 * S) is BUFFERED
    assert sync.on_snapshot(13, BIDS, ASKS, 10 * S) is CHANGED
    assert bids_of(sync) == [(100, 3), (99, 5), (98, 5)]
    assert sync.last_id == 15


def test_a_change_that_makes_no_sense_empties_the_book() -> None:
    sync = synced()
    assert sync.on_diff(11, 11, [["1.001", "5"]], [], 9 * S) is REFUSED
    assert sync.why == "change refused: price '1.001' is not a positive multiple of 0.01"
    assert (bids_of(sync), sync.needs_snapshot(9 * S)) == ([], True)
    assert sync.on_snapshot(11, BIDS, ASKS, 9 * S) is CHANGED


def test_a_senseless_snapshot_is_refused() -> None:
    sync = open_sync()
    assert sync.on_snapshot(10, [["1.00", "?"]], ASKS, 0) is REFUSED
    assert sync.why == "snapshot refused: quantity '?' is not a decimal text"
    assert not sync.is_synced


def test_old_changes_are_ignored_only_shortly_after_the_snapshot() -> None:
    sync = synced()
    assert sync.on_diff(3, 10, [["0.99", "9"]], [], 5 * S) is IGNORED
    assert bids_of(sync) == [(100, 3)]
    assert sync.on_diff(3, 10, [], [], 5 * S + 1) is GAP
    assert sync.why == "change 3-10 is older than 10"


def test_an_id_that_ran_away_hides_no_later_change() -> None:
    sync = synced()
    assert sync.on_diff(11, 10**15, [["0.99", "9"]], [], 6 * S) is CHANGED
    assert sync.on_diff(12, 12, [["0.98", "9"]], [], 6 * S) is GAP


def test_a_change_that_comes_again_over_a_second_connection_is_ignored() -> None:
    sync = synced()
    for number in (11, 12, 13):
        assert sync.on_diff(number, number, [["0.99", str(number)]], [], 60 * S) is CHANGED
    repeats = [sync.on_diff(number, number, [["0.99", "1"]], [], 61 * S) for number in (12, 13)]
    assert repeats == [IGNORED, IGNORED]
    assert bids_of(sync) == [(100, 3), (99, 13)]
    assert sync.on_diff(10, 10, [], [], 61 * S) is GAP  # never applied by us


def test_only_the_newest_changes_may_come_again() -> None:
    sync = synced()
    for number in range(11, 14 + LIMITS.repeats_max):
        sync.on_diff(number, number, [], [], 60 * S)
    assert sync.on_diff(14, 14, [], [], 60 * S) is IGNORED
    assert sync.on_diff(13, 13, [], [], 60 * S) is GAP


def test_a_message_that_was_not_understood_may_have_been_a_change() -> None:
    sync = open_sync()
    assert sync.on_misread("not JSON", 0) is IGNORED
    sync.on_snapshot(10, BIDS, ASKS, 0)
    assert sync.on_misread("not JSON", 9 * S) is REFUSED
    assert (sync.why, bids_of(sync), sync.needs_snapshot(9 * S)) == ("not JSON", [], True)


def test_a_late_answer_to_an_earlier_request_changes_nothing() -> None:
    sync = synced()
    sync.on_diff(11, 11, [["0.99", "5"]], [], 1)
    assert sync.on_snapshot(10, BIDS, ASKS, 2) is IGNORED
    assert bids_of(sync) == [(100, 3), (99, 5)]


def test_a_snapshot_in_the_stream_is_always_taken() -> None:
    sync = open_sync(OKX)
    assert sync.on_diff(4, 5, [["0.99", "5"]], [], 0) is IGNORED
    assert sync.on_snapshot(10, BIDS, ASKS, 0) is CHANGED
    assert sync.on_diff(10, 15, [["0.99", "5"]], [], 0) is CHANGED
    assert sync.on_snapshot(3, BIDS, ASKS, 0) is CHANGED
    assert (sync.last_id, bids_of(sync)) == (3, [(100, 3)])


def test_a_stream_with_snapshots_of_its_own_keeps_nothing_over_a_gap() -> None:
    sync = synced(10, OKX)
    assert sync.on_diff(11, 12, [["0.99", "5"]], [], 0) is GAP
    assert sync.on_diff(12, 13, [["0.99", "5"]], [], 0) is IGNORED
    assert sync.needs_snapshot(0)
    assert sync.on_snapshot(20, BIDS, ASKS, 0) is CHANGED
    assert bids_of(sync) == [(100, 3)]


def test_a_wrong_checksum_empties_the_book() -> None:
    rule = SyncRule("summed", BINANCE.place, True, lambda book, checksum: checksum == 7)
    sync = open_sync(rule)
    assert sync.on_snapshot(10, BIDS, ASKS, 0, 6) is GAP
    assert sync.why == "the snapshot's checksum is wrong"
    assert sync.on_snapshot(10, BIDS, ASKS, 0, 7) is CHANGED
    assert sync.on_diff(11, 11, [["0.99", "5"]], [], 0, 7) is CHANGED
    assert sync.on_diff(12, 12, [["0.98", "5"]], [], 0) is CHANGED  # a message without one
    assert sync.on_diff(13, 13, [], [], 0, 8) is GAP
    assert (sync.why, bids_of(sync)) == ("the checksum is wrong", [])


# Asking


def test_a_snapshot_is_wanted_at_once_and_again_when_no_answer_comes() -> None:
    sync = open_sync()
    assert sync.needs_snapshot(0)
    sync.on_snapshot_requested(0)
    assert not sync.needs_snapshot(10 * S - 1)
    assert sync.needs_snapshot(10 * S)


def test_the_pause_between_attempts_doubles_up_to_its_limit() -> None:
    sync, now, pauses = open_sync(), 0, []
    for _ in range(6):
        sync.on_snapshot_requested(now)
        sync.on_snapshot_failed(now)
        start = now
        while not sync.needs_snapshot(now):
            now += S // 2
        pauses.append((now - start) / S)
    assert pauses == [1, 2, 4, 8, 8, 8]


def test_trouble_soon_after_each_snapshot_makes_the_pause_grow_and_quiet_ends_it() -> None:
    sync, now, pauses = synced(), 0, []
    for quiet_s in (1, 1, 1, 9, 1):
        now += quiet_s * S
        assert sync.on_diff(98, 99, [], [], now) is GAP
        lost_ns = now
        while not sync.needs_snapshot(now):
            now += S // 2
        pauses.append((now - lost_ns) / S)
        assert sync.on_snapshot(100, BIDS, ASKS, now) is CHANGED
        sync.last_id = 10
    assert pauses == [0, 1, 2, 0, 1]


def test_opening_again_asks_at_once() -> None:
    sync = open_sync()
    sync.on_snapshot_failed(0)
    assert not sync.needs_snapshot(0)
    sync.on_open(1)
    assert sync.needs_snapshot(1)


# Trust


def test_silence_ends_the_trust_and_any_sign_of_life_restores_it() -> None:
    sync = synced()
    assert (sync.is_fresh(30 * S), sync.on_time(30 * S)) == (True, IGNORED)
    assert (sync.is_fresh(30 * S + 1), sync.on_time(30 * S + 1)) == (False, STALE)
    assert sync.on_time(31 * S) is IGNORED  # told once
    assert sync.on_alive(32 * S) is CHANGED
    assert (sync.is_fresh(62 * S), sync.on_alive(62 * S)) == (True, IGNORED)
    assert sync.on_time(93 * S) is STALE
    assert sync.on_diff(11, 11, [], [], 94 * S) is CHANGED  # as it was, but to be shown again


def test_a_crossed_book_is_not_fresh_and_given_up_when_it_stays_so() -> None:
    sync = synced()
    assert sync.on_diff(11, 11, [["1.02", "1"]], [], 10 * S) is CHANGED
    assert not sync.is_fresh(10 * S)
    assert not record_fields(sync.book.view(0, 0, True))["is_fresh"]
    assert sync.on_diff(12, 12, [["1.01", "1"]], [], 10 * S + 5) is CHANGED
    assert sync.on_time(11 * S) is IGNORED
    assert sync.on_time(11 * S + 1) is GAP
    assert (sync.why, bids_of(sync)) == ("crossed for too long", [])


def test_a_book_that_is_crossed_for_a_moment_is_kept() -> None:
    sync = synced()
    sync.on_diff(11, 11, [["1.02", "1"]], [], 10 * S)
    assert sync.on_diff(12, 12, [], [["1.02", "0"], ["1.03", "1"]], 10 * S + 1) is CHANGED
    assert (sync.is_fresh(11 * S), sync.on_time(20 * S)) == (True, IGNORED)


def test_a_snapshot_that_is_crossed_is_given_up_as_well() -> None:
    sync = open_sync()
    assert sync.on_snapshot(10, [["1.02", "1"]], ASKS, 0) is CHANGED
    assert (sync.is_fresh(0), sync.on_time(2 * S)) == (False, GAP)


# Under loss


@pytest.mark.parametrize("seed", range(20))
def test_with_changes_lost_doubled_and_swapped_a_synced_book_is_the_venues(seed: int) -> None:
    chance = random.Random(seed)
    sync, now, last_id = open_sync(), 0, 0
    truth: dict[int, int] = {}
    true_at: dict[int, dict[int, int]] = {0: {}}
    results = set()
    for _ in range(400):
        now += S // 10
        first_id = last_id + 1
        last_id += chance.randrange(1, 4)
        price, qty = chance.randrange(1, 50), chance.randrange(0, 3)
        truth[price] = qty
        true_at[last_id] = {known: left for known, left in truth.items() if left}
        diff = (first_id, last_id, [[str(Decimal(price) / 100), str(qty)]], [])
        for _ in range(chance.choice([0] + [1] * 30 + [2])):
            results.add(sync.on_diff(*diff, now))
        if sync.needs_snapshot(now) and chance.random() < 0.5:
            levels = [[str(Decimal(known) / 100), str(left)] for known, left in truth.items()]
            results.add(sync.on_snapshot(last_id, levels, [], now))
        if sync.is_synced:
            assert dict(sync.book.stored(BUY, 99)) == true_at[sync.last_id]
    assert results >= {BUFFERED, CHANGED, GAP}
