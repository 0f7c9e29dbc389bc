"""Conformance: order-state matrices from outside the tree, each as a scenario in every version.

Steps that a venue may leave out are left out; what they would have executed is not counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.runner import play
from tests.scenarios.versions import VERSIONS, Version

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = [parent / "shared" / "conformance" for parent in (ROOT.parent, ROOT.parent.parent)]
PATH = next((one / "order_state_examples.json" for one in FOLDERS if one.is_dir()), None)
MATRICES: list[dict[str, Any]] = json.loads(PATH.read_text())["matrices"] if PATH else []

PHRASES = {
    ("New", "New"): "new",
    ("Trade", "Partially Filled"): "part-filled",
    ("Trade", "Filled"): "filled",
    ("Canceled", "Canceled"): "canceled",
    ("Replaced", "Partially Filled"): "part-replaced",
    ("Order Status", "New"): "status-new",
    ("Rejected", "New"): "duplicate-of-new",
}
TERMS = "55=TEST1|54=1"


class Matrix:
    """The lines of a scenario, step after step."""

    def __init__(self, steps: list[dict[str, Any]]) -> None:
        self.steps = [step for step in steps if not step.get("optional")]
        self.fills = 0
        self.executed = 0
        self.last_qty = 0

    def lines(self) -> Iterator[str]:
        yield "clients CLIENT1 CLIENT2"
        at = 0
        while at < len(self.steps):
            step = self.steps[at]
            if "in" in step and self._crosses(at):
                # The execution is under way before the request arrives.
                yield "batch"
                yield self._sell(self.steps[at + 1])
                yield self._request(step)
                yield "end"
                yield from self._hears_sell()
                yield self._report(self.steps[at + 1], 0)
                answer = self.steps[at + 2]
                yield self._report(answer, self._left_out(answer))
                at += 3
                continue
            if "in" in step:
                yield self._request(step)
            elif step.get("ExecType") == "Trade":
                yield self._sell(step)
                yield from self._hears_sell()
                yield self._report(step, 0)
            else:
                if step.get("ExecType") == "Canceled" and "in" not in self.steps[at - 1]:
                    yield "admin cancel_client CLIENT1"
                yield self._report(step, self._left_out(step))
            at += 1

    def _crosses(self, at: int) -> bool:
        after = self.steps[at + 1] if at + 1 < len(self.steps) else {}
        return self.steps[at]["in"][0] in "FG" and after.get("t") == self.steps[at]["t"]

    def _left_out(self, step: dict[str, Any]) -> int:
        """What steps that are left out would have executed by now, of an order that is told of."""
        done: int = step.get("CumQty", 0)
        return max(0, done - self.executed)

    def _request(self, step: dict[str, Any]) -> str:
        kind, names = step["in"].split(" ")
        name, _, orig = names.partition(",")
        flag = ["97=Y"] if step.get("PossResend") else []
        fields = [kind, *flag, f"11={name}", TERMS, f"38={step['OrderQty']}"]
        if orig:
            fields.append(f"41={orig}")
        if kind != "F":
            fields.append("40=2|44=100.00")
        return f"CLIENT1 > {'|'.join(fields)}"

    def _sell(self, step: dict[str, Any]) -> str:
        self.fills += 1
        qty = step["LastQty"]
        if step["OrdStatus"] == "Filled":
            qty = step["OrderQty"] - self.executed
        self.last_qty = qty
        self.executed += qty
        return f"CLIENT2 > D|11=s{self.fills}|55=TEST1|54=2|38={qty}|40=2|44=100.00"

    def _hears_sell(self) -> Iterator[str]:
        yield f"CLIENT2 < 8|new|11=s{self.fills}"
        yield f"CLIENT2 < 8|filled|11=s{self.fills}|32={self.last_qty}"

    def _report(self, step: dict[str, Any], left_out: int) -> str:
        kind, names = step["out"].split(" ")
        name, _, orig = names.partition(",")
        fields = [kind, f"11={name}", f"41={orig}"]
        if kind == "9":
            return f"CLIENT1 < {'|'.join([*fields, '39=8', '102=1', '37=NONE'])}"
        done, qty = step["CumQty"] - left_out, step["OrderQty"]
        left = qty - done if step["LeavesQty"] else 0
        fields += [PHRASES[step["ExecType"], step["OrdStatus"]], f"38={qty}", f"14={done}"]
        return f"CLIENT1 < {'|'.join([*fields, f'151={left}'])}"


@pytest.mark.skipif(PATH is None, reason="../shared/conformance is not on this machine")
@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.begin_string)
@pytest.mark.parametrize("matrix", MATRICES, ids=lambda matrix: str(matrix["id"]))
def test_matrix(matrix: dict[str, Any], version: Version, tmp_path: Path) -> None:
    play("\n".join(Matrix(matrix["steps"]).lines()), tmp_path / "data", version)
