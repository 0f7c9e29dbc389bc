"""A small run of the check: whatever is sent is refused, ignored or ends its own link only."""

from pathlib import Path

from tests.node.hostile import HELD_MAX_BYTES, run


def test_hostile_links_end_themselves_and_nobody_else(tmp_path: Path) -> None:
    figures = run(tmp_path, links=40, seconds=0.1, megabytes=2)
    assert figures["not_as_the_rules_say"] == []
    assert figures["held_bytes_per_link"] <= HELD_MAX_BYTES
    came = figures["came"]
    assert came["9=999999999 first"] == "closed"
    assert came["9=999999999 in a session"] == "closed"
    assert came["34=0 first"].split()[0] in ("5", "closed")
    assert came["34=-1 in a session"] == "5 closed"
    assert came["108=0"] == "A 0"
