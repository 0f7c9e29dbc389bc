"""The TLS benchmark runs and measures both ports."""

from benchmarks.tls import run


def test_it_measures_both_ports() -> None:
    figures = run(1, 5)
    assert figures["plain_p50_us"] > 0
    assert figures["tls_p50_us"] > 0
