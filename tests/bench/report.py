# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the samples say: medians, ratios pair by pair, and the figures to reach."""

from __future__ import annotations

import itertools
import math
import os
import platform
from collections.abc import Callable, Iterable
from importlib.metadata import version
from statistics import median
from typing import Any, NamedTuple

from .running import Sample
from .subjects import SUBJECTS, WORKERS

Cell = tuple[str, int, float, bool]  # subject, size, latency, changed
MODES = (False, True)


class Figure(NamedTuple):
    """One of the figures to reach."""

    text: str
    value: float
    bound: float
    at_least: bool = False

    @property
    def reached(self) -> bool:
        return self.value >= self.bound if self.at_least else self.value <= self.bound


class Results:
    """All samples of one run.

    A cell is one subject at one size, latency and kind of run. Where two cells are compared, it is round by round, and the
    median of those ratios counts: what slows the machine for a while then slows both.
    """

    def __init__(self, samples: Iterable[Sample]) -> None:
        self.samples = list(samples)
        self._cells: dict[Cell, dict[int, Sample]] = {}
        for one in self.samples:
            self._cells.setdefault((one.subject, one.size, one.latency, one.changed), {})[one.round] = one

    def seconds(self, *cell: Any) -> float | None:
        """The median time of a cell."""
        found = self._cells.get(cell)  # type: ignore[arg-type]
        return median(one.seconds for one in found.values()) if found else None

    def of_cell(self, *cell: Any) -> list[Sample]:
        return list(self._cells.get(cell, {}).values())  # type: ignore[arg-type]

    def sizes(self, subject: str, latency: float, changed: bool) -> list[int]:
        return sorted(size for name, size, *rest in self._cells if name == subject and rest == [latency, changed])

    def paired(self, formula: Callable[..., float], *cells: Cell, of: str = "seconds") -> float | None:
        """The median over the rounds that all of these cells have; ``None`` where there is none."""
        found = [self._cells.get(one, {}) for one in cells]
        rounds = set.intersection(*(set(one) for one in found)) if found else set()
        values = [formula(*(getattr(one[number], of) for one in found)) for number in sorted(rounds)]
        return median(values) if values else None

    def each(self, subject: str, size: int, latency: float, changed: bool) -> float | None:
        """Seconds per credential after the fixed cost of a playbook (none for the bare script)."""
        own = (subject, size, latency, changed)
        if subject == "d":
            return self.paired(lambda t: t / size, own)
        return self.paired(lambda t, e: (t - e) / size, own, no_op(size))


def no_op(size: int) -> Cell:
    """The cell of (e) that belongs to a size; it is run once in each round, at each size."""
    return ("e", size, 0.0, False)


def figures(results: Results) -> list[Figure]:
    """The figures that these samples can judge."""
    found: list[Figure] = []

    def add(text: str, value: float | None, bound: float, at_least: bool = False) -> None:
        if value is not None and not math.isnan(value):
            found.append(Figure(text, value, bound, at_least))

    sizes = sorted({one.size for one in results.samples})
    largest_loop = max(results.sizes("a", 0.0, False), default=0)

    def cheaper(subject: str, size: int, latency: float, changed: bool) -> float | None:
        """How many times cheaper per credential than (a)."""
        a = ("a", largest_loop, latency, changed)
        return results.paired(
            lambda ours, ours_fixed, theirs, theirs_fixed: ((theirs - theirs_fixed) / largest_loop) / ((ours - ours_fixed) / size),
            (subject, size, latency, changed), no_op(size), a, no_op(largest_loop),
        )  # fmt: skip

    for changed in MODES:
        size = max((one for one in results.sizes("b", 0.0, changed) if one <= 500), default=0)
        value = cheaper("b", size, 0.0, changed) if size else None
        add(f"(b) cheaper per credential than (a): N={size}, 0 ms, {_mode(changed)}", value, 40, True)

    size = max((one for one in sizes if one <= 500), default=0)
    cell = (size, 0.05, True)
    add(f"(c) cheaper per credential than (a): N={size}, 50 ms, all changed", cheaper("c", *cell), 100, True)
    ratio = results.paired(lambda c, d: c / d, ("c", *cell), ("d", *cell))
    add(f"(c) whole process / (d): N={size}, 50 ms, all changed", ratio, 1.5)

    requests = {
        changed: [(one.gets + one.puts) / one.size for one in results.samples if one.changed == changed and one.subject in ("b", "c", "c'")]
        for changed in MODES
    }
    for changed in MODES:
        if requests[changed]:
            add(f"requests per credential of (b), (c), (c'), {_mode(changed)}", max(requests[changed]), 2 if changed else 1)

    for changed in MODES:
        for half in reversed([one for one in sizes if 2 * one in sizes]):
            value = results.paired(
                lambda c2, c1, d2, d1: (c2 - c1) / (d2 - d1), *((key, n, 0.0, changed) for key in ("c", "d") for n in (2 * half, half))
            )
            add(f"marginal cost of (c) / (d): N={half} to {2 * half}, 0 ms, {_mode(changed)}", value, 2)
            break
        if 500 in sizes and 2000 in sizes:
            for key in ("c", "c'"):
                value = results.paired(
                    lambda big, big_fixed, small, small_fixed: (big - big_fixed) / (small - small_fixed) / 4,
                    (key, 2000, 0.0, changed), no_op(2000), (key, 500, 0.0, changed), no_op(500),
                )  # fmt: skip
                add(f"({key}) growth from 500 to 2,000 / linear, 0 ms, {_mode(changed)}", value, 1.1)

    size = max(sizes, default=0)
    cells = [(latency, changed) for latency in (0.0, 0.05) for changed in MODES]
    for latency, changed in cells:
        value = results.paired(
            lambda c, e: c / e, ("c", size, latency, changed), ("e+vars", size, 0.0, False), of="memory"
        )  # fmt: skip
        add(f"(c) peak memory / no-op with the same variables: N={size}, {_ms(latency)}, {_mode(changed)}", value, 1.3)
    for key in ("c'", "c'yaml"):
        for latency, changed in cells:
            where = f"N={size}, {_ms(latency)}, {_mode(changed)}"
            own = (key, size, latency, changed)
            value = results.paired(lambda c, d, e: c / (d + e), own, ("d", size, latency, changed), no_op(size))
            add(f"({key}) whole process / ((d) + (e)): {where}", value, 1.2)
            add(f"({key}) peak memory / (e): {where}", results.paired(lambda c, e: c / e, own, no_op(size), of="memory"), 1.5)

    bulk = [one.connections for one in results.samples if one.subject in ("c", "c'", "c'yaml", "c'name")]
    add(f"connections of a task of (c), (c') with {WORKERS} workers, at most", max(bulk, default=math.nan), WORKERS)
    loop = [one.connections for one in results.samples if one.subject == "b"]
    add("connections of a whole loop of (b), at most", max(loop, default=math.nan), 1)
    return found


def report(results: Results, words: str) -> str:
    """Everything as Markdown."""
    parts = [f"Made by `{words}` on {machine()}.", "", *_figures_table(figures(results))]
    subjects = [key for key in SUBJECTS if any(one.subject == key for one in results.samples)]
    timed = [key for key in subjects if not key.startswith("e")]
    for latency, changed in ((latency, changed) for changed in MODES for latency in (0.0, 0.05)):
        sizes = sorted({one.size for one in results.samples if (one.latency, one.changed) == (latency, changed) and one.subject in timed})
        rows = [[f"{size:,}", *(_number(results.seconds(key, size, latency, changed)) for key in timed)] for size in sizes]
        parts += _section(f"Seconds, whole process: {_mode(changed)}, {_ms(latency)}", ["N", *(f"({key})" for key in timed)], rows)
    parts += _processor(results, subjects)
    rows = []
    for key in timed:
        rows.append([f"({key})"])
        for latency, changed in ((latency, changed) for changed in MODES for latency in (0.0, 0.05)):
            size = max(results.sizes(key, latency, changed), default=0)
            value = results.each(key, size, latency, changed) if size else None
            rows[-1].append("-" if value is None else f"{value * 1000:.1f} (N={size:,})")
    heads = ["", *(f"{_mode(changed)}, {_ms(latency)}" for changed in MODES for latency in (0.0, 0.05))]
    parts += _section("Milliseconds per credential after the fixed cost of (e)", heads, rows)
    parts += _marginal(results, timed)
    parts += _pairs(results)
    parts += _memory(results, subjects)
    parts += _traffic(results, timed)
    return "\n".join(parts).rstrip() + "\n"


def machine() -> str:
    """Where it ran, without its name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in ("ansible-core", "requests", "urllib3"))
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB of memory, {platform.system()} "
        f"{platform.release().split('-')[0]}, Python {platform.python_version()}, {packages}"
    )


def _figures_table(found: list[Figure]) -> list[str]:
    rows = [
        [
            one.text,
            f"{one.value:.2f}",
            f"{'at least' if one.at_least else 'at most'} {one.bound:g}",
            "reached" if one.reached else "**not reached**",
        ]
        for one in found
    ]
    return _section("Figures to reach", ["figure", "measured", "wanted", ""], rows)


def _processor(results: Results, subjects: list[str]) -> list[str]:
    """Processor time at the largest size of all: it tells the cost of the code even where the machine is busy."""
    size = max((one.size for one in results.samples), default=0)
    rows = []
    for key in subjects:
        cells = [(latency, changed) for changed in MODES for latency in (0.0, 0.05)]
        found = [results.paired(float, (key, size, *cell), of="processor") for cell in cells]
        if any(one is not None for one in found):
            rows.append([f"({key})", *map(_number, found)])
    heads = ["", *(f"{_mode(changed)}, {_ms(latency)}" for changed in MODES for latency in (0.0, 0.05))]
    return _section(f"Seconds of processor time, all of a run's processes, N={size:,}", heads, rows)


def _marginal(results: Results, timed: list[str]) -> list[str]:
    rows = []
    for key in timed:
        for changed in MODES:
            for latency in (0.0, 0.05):
                sizes = results.sizes(key, latency, changed)
                for low, high in itertools.pairwise(sizes):
                    value = results.paired(
                        lambda big, small, more=high - low: (big - small) / more,
                        (key, high, latency, changed), (key, low, latency, changed),
                    )  # fmt: skip
                    if value is not None and high >= 100:
                        rows.append([f"({key})", _mode(changed), _ms(latency), f"{low:,} to {high:,}", f"{value * 1000:.1f}"])
    heads = ["", "run", "latency", "N", "ms per credential"]
    return _section("Marginal cost: the difference of two times by the difference of two sizes", heads, rows)


def _pairs(results: Results) -> list[str]:
    rows = []
    for changed in MODES:
        for latency in (0.0, 0.05):
            for size in results.sizes("d", latency, changed):
                row = [f"{_mode(changed)}, {_ms(latency)}", f"{size:,}"]
                for key in ("c", "c'", "c'yaml"):
                    d = ("d", size, latency, changed)
                    row.append(_number(results.paired(lambda c, d: c / d, (key, size, latency, changed), d)))
                    row.append(_number(results.paired(lambda c, d, e: c / (d + e), (key, size, latency, changed), d, no_op(size))))
                rows.append(row)
    heads = ["run", "N", *(f"({key}) / {below}" for key in ("c", "c'", "c'yaml") for below in ("(d)", "((d)+(e))"))]
    return _section("Ratios, pair by pair: whole process", heads, rows)


def _memory(results: Results, subjects: list[str]) -> list[str]:
    rows = []
    for key in subjects:
        row = [f"({key})", SUBJECTS[key].title]
        for size in sorted({one.size for one in results.samples}):
            found = [one.memory for one in results.samples if (one.subject, one.size) == (key, size)]
            row.append(f"{max(found):.0f}" if found else "-")
        rows.append(row)
    heads = ["", "", *(f"N={size:,}" for size in sorted({one.size for one in results.samples}))]
    return _section("Peak memory of the largest process, MB (the most of all its runs)", heads, rows)


def _traffic(results: Results, timed: list[str]) -> list[str]:
    rows = []
    for key in timed:
        for changed in MODES:
            found = [one for one in results.samples if one.subject == key and one.changed == changed]
            if found:
                each = sorted({round((one.gets + one.puts) / one.size, 2) for one in found})
                links = sorted({one.connections for one in found})
                rounds = [
                    len(results.of_cell(key, size, latency, changed))
                    for latency in (0.0, 0.05)
                    for size in results.sizes(key, latency, changed)
                ]
                rows.append(
                    [f"({key})", _mode(changed), _span(each), _span(links), _span(sorted(set(rounds)))]
                )  # fmt: skip
    heads = ["", "run", "requests per credential", "connections", "rounds per cell"]
    return _section("Requests, connections, rounds", heads, rows)


def _span(values: list[Any]) -> str:
    return f"{values[0]:g}" if len(values) == 1 else f"{values[0]:g} to {values[-1]:g}"


def _section(title: str, heads: list[str], rows: list[list[str]]) -> list[str]:
    if not rows:
        return []
    return [f"### {title}", "", _row(heads), _row(["---"] * len(heads)), *map(_row, rows), ""]


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _mode(changed: bool) -> str:
    return "all changed" if changed else "nothing to change"


def _ms(latency: float) -> str:
    return f"{latency * 1000:.0f} ms"
