"""How long the codec and the dictionary take per message, beside simplefix and QuickFIX.

    python -m benchmarks.codec [--smoke]

One JSON line: nanoseconds of CPU per message, the best of the rounds (the machine can only
make it slower). `decode` is framing with checksum, splitting and reading the header; `check` is the
dictionary alone; `stranger` is both for a sender of whom nothing is known yet; `encode` writes the
body of an ExecutionReport. Loops run in C, as on the core thread; peers are called from Python,
which is the only way they are used from it. Not included: sessions, sockets, memory allocation.
"""

import argparse
import importlib.util
import json
import tempfile
import time
import timeit
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from internaliser.fix import codec
from internaliser.fix.dictionary import Dictionary

ROOT = Path(__file__).parent.parent
DICTIONARY = ROOT / "fix_specs" / "FIX44.xml"


def compiled_loop(folder: str) -> ModuleType:
    """The C loops, built into `folder`."""
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    source = Path(__file__).with_name("codec_loop.pyx")
    extension = Extension("codec_loop", [str(source)], extra_compile_args=["-O3"])
    directives = {"language_level": "3", "boundscheck": False, "cdivision": True}
    built = cythonize(  # type: ignore[no-untyped-call]
        [extension],
        build_dir=folder,
        include_path=[str(ROOT)],
        compiler_directives=directives,
        quiet=True,
    )
    command = build_ext(Distribution({"ext_modules": built}))
    command.build_lib = command.build_temp = folder
    command.ensure_finalized()
    command.run()
    path = next(Path(folder).glob("codec_loop*.so"))
    spec = importlib.util.spec_from_file_location("codec_loop", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def orders(count: int) -> list[bytes]:
    """NewOrderSingles of about 160 bytes that differ in numbers, ids and widths."""
    return [
        codec.encode(
            "FIX.4.4",
            codec.from_text(
                f"35=D|34={1000 + i * 7}|49=CLIENT1|52=20240301-12:34:56.{i % 1000:03d}|56=NODE|"
                f"11=ORDER-{i:06d}|55=BTC/USD|54={1 + i % 2}|38=1.{i % 97 + 1}|40=2|"
                f"44=65{i % 1000:03d}.5|"
                f"59={i % 2}|60=20240301-12:34:56.{i % 1000:03d}"
            ),
        )
        for i in range(count)
    ]


def best(rounds: int, *measures: Callable[[], float]) -> list[float]:
    """The least of each, measured in turns so that a slow moment falls on all of them."""
    return [
        min(column)
        for column in zip(*([m() for m in measures] for _ in range(rounds)), strict=True)
    ]


def python_ns(call: Callable[[], Any], number: int, rounds: int) -> float:
    timer = timeit.Timer(call, timer=time.thread_time)
    return best(rounds, lambda: timer.timeit(number) / number * 1e9)[0]


def peers(message: bytes, number: int, rounds: int) -> dict[str, float]:
    """The same order through other codecs; those that are not installed are left out."""
    figures = {
        "python_decode_ns": python_ns(lambda: codec.decode(message), number, rounds),
    }
    if importlib.util.find_spec("simplefix"):
        import simplefix

        def simplefix_decode() -> None:
            parser = simplefix.FixParser()
            parser.append_buffer(message)
            parser.get_message()

        figures["simplefix_decode_ns"] = python_ns(simplefix_decode, number // 10, rounds)
    if importlib.util.find_spec("quickfix"):
        import quickfix

        dictionary = quickfix.DataDictionary(str(DICTIONARY))
        text = message.decode()
        figures["quickfix_decode_ns"] = python_ns(
            lambda: quickfix.Message(text, dictionary, True), number // 10, rounds
        )
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="tiny sizes: only proves that it runs")
    smoke = parser.parse_args().smoke
    rounds, repeats, number = (2, 2, 100) if smoke else (15, 200, 20_000)
    messages = orders(64 if smoke else 256)
    dictionary = Dictionary(DICTIONARY)
    with tempfile.TemporaryDirectory() as folder:
        loop = compiled_loop(folder)
        decode, values, checked, stranger, encode = best(
            rounds,
            lambda: loop.decode_ns(messages, repeats, dictionary),
            lambda: loop.decode_ns(messages, repeats, dictionary, with_values=True),
            lambda: loop.decode_ns(messages, repeats, dictionary, with_check=True),
            lambda: loop.decode_ns(messages, repeats, dictionary, is_known=False, with_check=True),
            lambda: loop.encode_ns(repeats * 256)[0],
        )
        report_bytes = len(loop.encode_ns(1)[1])
    figures: dict[str, Any] = {
        "benchmark": "codec",
        "order_bytes": sum(map(len, messages)) / len(messages),
        "report_body_bytes": report_bytes,
        "decode_ns": decode,
        "decode_with_values_ns": values,
        "check_ns": checked - decode,
        "stranger_ns": stranger,
        "encode_ns": encode,
        **peers(messages[0], number, rounds // 2),
    }
    for name in ("simplefix", "quickfix"):
        if f"{name}_decode_ns" in figures:
            figures[f"{name}_ratio"] = figures[f"{name}_decode_ns"] / decode
    print(json.dumps({k: round(v, 1) if isinstance(v, float) else v for k, v in figures.items()}))


if __name__ == "__main__":
    main()
