"""The feed's sessions: who may log on, with which numbers, and what is refused."""

from pathlib import Path

import pytest

from tests.feed.desk import Desk, text_of
from tests.feed.follower import Follower


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_client_is_told_the_book_and_then_every_change(desk: Desk) -> None:
    alice, bob = desk.client("CLIENT1"), desk.client("CLIENT2")
    alice.order("a", "buy", 5, 100)
    desk.turn()
    reader, follower = desk.reader("CLIENT2"), Follower()
    reader.ask("r", "TEST1", types="012")
    desk.turn()
    follower.take(reader.heard())
    book = follower.books["r", "TEST1"]
    assert book.shown() == ([(100, 5, 0)], [])
    bob.order("b", "sell", 2, "99.5")
    desk.turn()
    follower.take(reader.heard())
    assert book.shown() == ([(100, 3, 0)], [])
    assert [(price, qty) for _, price, qty in book.trades] == [(100, 2)]
    assert (book.snapshots, book.last_id) == (1, 2)


def test_numbers_start_at_one_with_every_logon_and_the_answer_says_so(desk: Desk) -> None:
    for _ in range(2):
        reader = desk.reader("CLIENT1")
        (answer,) = reader.heard()
        assert [text_of(answer, tag) for tag in ("35", "34", "141")] == ["A", "1", "Y"]
        reader.ask("r", "TEST1")
        desk.turn()
        (book,) = reader.heard()
        assert (text_of(book, "35"), text_of(book, "34")) == ("W", "2")
        reader.end()


def test_a_logon_that_goes_on_with_old_numbers_is_told_why_it_cannot(desk: Desk) -> None:
    reader = desk.reader("CLIENT1")
    reader.end()
    reader.link = desk.feed.connect(desk.now_ns)
    reader.number = 7
    desk.talks.append(reader)
    reader.taken = len(reader.messages)
    reader.send("A", [("98", 0), ("108", 60)])
    desk.turn()
    (answer,) = reader.heard()
    assert text_of(answer, "35") == "5"
    assert "ResetSeqNumFlag(141)=Y" in text_of(answer, "58")
    assert desk.feed.is_closing(reader.link)


def test_a_second_logon_is_refused_while_the_first_goes_on(desk: Desk) -> None:
    first = desk.reader("CLIENT1")
    second = desk.reader("CLIENT1")
    (answer,) = second.heard()
    assert (text_of(answer, "35"), text_of(answer, "58")) == ("5", "already logged on")
    first.ask("r", "TEST1")
    desk.turn()
    assert [text_of(one, "35") for one in first.heard()] == ["A", "W"]


def test_a_stranger_gets_no_word(desk: Desk) -> None:
    stranger = desk.reader("NOBODY")
    assert stranger.heard() == []
    assert desk.feed.is_closing(stranger.link)


def test_an_order_has_no_place_here(desk: Desk) -> None:
    reader = desk.reader("CLIENT1")
    reader.order("a", "buy", 1, 100)
    desk.turn()
    (answer,) = reader.heard("j")
    assert [text_of(answer, tag) for tag in ("372", "380")] == ["D", "3"]


def test_what_is_asked_for_again_is_gap_filled(desk: Desk) -> None:
    reader = desk.reader("CLIENT1")
    reader.ask("r", "TEST1")
    desk.turn()
    reader.heard()
    reader.send("2", [("7", 1), ("16", 0)])
    desk.turn()
    (fill,) = reader.heard()
    assert [text_of(fill, tag) for tag in ("35", "34", "36", "123")] == ["4", "1", "3", "Y"]


def test_a_silent_reader_is_asked_then_cut(desk: Desk) -> None:
    reader = desk.reader("CLIENT1")
    reader.heard()
    heard = []
    for _ in range(200):
        desk.now_ns += 1_000_000_000
        desk.turn()
        heard += [text_of(one, "35") for one in reader.heard()]
    assert heard[:2] == ["0", "1"]
    assert desk.feed.is_closing(reader.link)


def test_the_end_says_goodbye_to_all(desk: Desk) -> None:
    reader = desk.reader("CLIENT1")
    assert desk.feed.close(desk.now_ns) == 1
    desk.turn()
    (_, goodbye) = reader.heard()
    assert (text_of(goodbye, "35"), text_of(goodbye, "58")) == ("5", "node stops")
