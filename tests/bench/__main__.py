# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measures whole runs against the simulator: how long, how many requests and connections, how much memory.

``./dev bench`` takes twenty minutes, ``./dev bench --quick`` two minutes. ``--write`` puts the result into
docs/benchmark.md, between its two marks, and every single sample into docs/benchmark.json.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.simulator.remote import served

from .report import KINDS, Cell, Results, machine, no_op, report
from .running import ROOT, Sample, Stage
from .subjects import SUBJECTS

# (a) costs a good part of a second for each credential, and (b) its latency: from the sizes in the first table on one round
# says enough, and beyond those in the second nothing is measured.
ONCE = {("a", 0.0): 50, ("a", 0.05): 50, ("b", 0.0): 2000, ("b", 0.05): 500}
LAST = {("a", 0.0): 50, ("a", 0.05): 50}
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"


def jobs(sizes: list[int], only: set[str], round_: int, quick: bool) -> Iterator[Cell]:
    """What one round runs, those that are compared next to each other; every second round turns the order."""
    for size in sizes:
        here = [no_op(size)] if size == 50 else [no_op(size), ("e+vars", size, 0.0, False)]
        for latency, changed in sorted(KINDS):
            keys = [key for key in SUBJECTS if not key.startswith("e") and runs(key, size, latency, round_, quick)]
            here += [(key, size, latency, changed) for key in keys]
        yield from (cell for cell in (here if round_ % 2 == 0 else reversed(here)) if cell[0] in only)


def runs(key: str, size: int, latency: float, round_: int, quick: bool) -> bool:
    if size > LAST.get((key, latency), size):
        return False
    if round_ and size >= ONCE.get((key, latency), size + 1):
        return False
    if size == 50:
        return key == "a"
    if key == "c_files":
        return size in (500, 2000) and latency == 0
    if size == 1000:  # for the marginal cost from 1,000 to 2,000
        return key in ("c", "c'", "d") and latency == 0
    return key != "c'name" or size == (100 if quick else 500)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="N = 10 and 100, one round")
    parser.add_argument("--rounds", type=int, help="how often (3; with --quick 1)")
    parser.add_argument("--only", default=",".join(SUBJECTS), metavar="KEYS", help=f"of {','.join(SUBJECTS)}")
    parser.add_argument("--sizes", metavar="N,N", help="other sizes")
    parser.add_argument("--write", action="store_true", help="into docs/benchmark.md and docs/benchmark.json")
    options = parser.parse_args()
    only = set(options.only.split(","))
    if only - set(SUBJECTS):
        parser.error(f"--only: there are {', '.join(SUBJECTS)}")
    default = "10,100" if options.quick else "10,50,100,500,1000,2000"
    sizes = [int(size) for size in (options.sizes or default).split(",")]
    rounds = options.rounds or (1 if options.quick else 3)

    samples: list[Sample] = []
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="versori-bench-") as folder, served() as simulator:
        on = Stage(simulator, Path(folder))
        for round_ in range(rounds):
            for key, *kind in jobs(sizes, only, round_, options.quick):
                sample = on.measure(SUBJECTS[key], *kind, round_)
                samples.append(sample)
                print(f"{time.monotonic() - started:6.0f} s  round {round_ + 1}  {_line(sample)}", file=sys.stderr, flush=True)
    results = Results(samples)
    words = " ".join(["./dev bench", *sys.argv[1:]])
    text = report(results, words)
    print(text)
    print(f"{len(samples)} runs in {(time.monotonic() - started) / 60:.1f} minutes; {text.count('**not reached**')} figures not reached.")
    if options.write:
        _write(text, results, words)
    return 0


def _line(sample: Sample) -> str:
    return (
        f"({sample.subject}) N={sample.size}, {sample.latency * 1000:.0f} ms, {'changed' if sample.changed else 'unchanged'}: "
        f"{sample.seconds:.2f} s (processor {sample.processor:.2f}), {sample.memory:.0f} MB, {sample.gets} GET, {sample.puts} PUT, "
        f"{sample.connections} connections"
    )


def _write(text: str, results: Results, words: str) -> None:
    page = ROOT / "docs/benchmark.md"
    before, _separator, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    page.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    raw = {"command": words, "machine": machine(), "columns": Sample._fields, "samples": [list(sample) for sample in results.samples]}
    lines = json.dumps(raw).replace("], [", "],\n  [").replace('"samples": [[', '"samples": [\n  [')
    (ROOT / "docs/benchmark.json").write_text(lines + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
