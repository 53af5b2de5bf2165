# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the samples say: medians, ratios pair by pair, and the figures to reach."""

from __future__ import annotations

import itertools
import os
import platform
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from statistics import median
from typing import Any, NamedTuple

from .running import Sample
from .subjects import SUBJECTS, WORKERS

Cell = tuple[str, int, float, bool]  # subject, size, latency, changed
MODES = (False, True)
LATENCIES = (0.0, 0.05)
KINDS = [(latency, changed) for changed in MODES for latency in LATENCIES]  # of runs
BULK = ("c", "c'", "c'yaml")


class Figure(NamedTuple):
    text: str
    value: float | None  # None where these samples cannot judge it
    bound: float
    at_least: bool = False

    @property
    def reached(self) -> bool:
        assert self.value is not None
        return self.value >= self.bound if self.at_least else self.value <= self.bound


class Results:
    """All samples of one run.

    A cell is one subject at one size, latency and kind of run. Where two cells are compared, it is round by round, and the
    median of those ratios counts: what slows the machine for a while then slows both.
    """

    def __init__(self, samples: Iterable[Sample]) -> None:
        self.samples = list(samples)
        self.sizes = sorted({sample.size for sample in self.samples})
        self._cells: dict[Cell, dict[int, Sample]] = {}
        for sample in self.samples:
            cell = (sample.subject, sample.size, sample.latency, sample.changed)
            self._cells.setdefault(cell, {})[sample.round] = sample

    def sizes_of(self, subject: str, latency: float, changed: bool) -> list[int]:
        return sorted(size for name, size, *kind in self._cells if name == subject and kind == [latency, changed])

    def paired(self, formula: Callable[..., float], *cells: Cell, of: str = "seconds") -> float | None:
        """The median over the rounds that all of these cells have; ``None`` where there is none."""
        runs = [self._cells.get(cell, {}) for cell in cells]
        rounds = sorted(set.intersection(*map(set, runs)))
        values = [formula(*(getattr(samples[number], of) for samples in runs)) for number in rounds]
        return median(values) if values else None

    def each(self, *cell: Any) -> float | None:
        """Seconds per credential after the fixed cost of a playbook (none for the bare script)."""
        subject, size, *_kind = cell
        if subject == "d":
            return self.paired(lambda t: t / size, cell)
        return self.paired(lambda t, e: (t - e) / size, cell, no_op(size))


def no_op(size: int) -> Cell:
    """The cell of (e) that belongs to a size; it is run once in each round, at each size."""
    return ("e", size, 0.0, False)


def figures(results: Results) -> list[Figure]:
    return [figure for figure in itertools.starmap(Figure, _figures(results)) if figure.value is not None]


def _figures(results: Results) -> Iterator[tuple[Any, ...]]:
    paired, sizes = results.paired, results.sizes
    largest_loop = max(results.sizes_of("a", 0.0, False), default=0)

    def cheaper(subject: str, size: int, *kind: Any) -> float | None:
        loop = ("a", largest_loop, *kind)

        def ratio(ours: float, ours_fixed: float, theirs: float, theirs_fixed: float) -> float:
            return ((theirs - theirs_fixed) / largest_loop) / ((ours - ours_fixed) / size)

        return paired(ratio, (subject, size, *kind), no_op(size), loop, no_op(largest_loop))

    for changed in MODES:
        size = max((size for size in results.sizes_of("b", 0.0, changed) if size <= 500), default=0)
        yield f"(b) cheaper per credential than (a): N={size}, 0 ms, {_mode(changed)}", cheaper("b", size, 0.0, changed), 40, True

    size = max((size for size in sizes if size <= 500), default=0)
    kind = (size, 0.05, True)
    yield f"(c) cheaper per credential than (a): N={size}, 50 ms, all changed", cheaper("c", *kind), 100, True
    yield f"(c) whole process / (d): N={size}, 50 ms, all changed", paired(lambda c, d: c / d, ("c", *kind), ("d", *kind)), 1.5

    for changed in MODES:
        samples = [sample for sample in results.samples if sample.changed == changed and sample.subject in ("b", "c", "c'")]
        most = max(((sample.gets + sample.puts) / sample.size for sample in samples), default=None)
        yield f"requests per credential of (b), (c), (c'), {_mode(changed)}", most, 2 if changed else 1

    for changed in MODES:
        half = max((size for size in sizes if 2 * size in sizes), default=0)
        cells = [(key, size, 0.0, changed) for key in ("c", "d") for size in (2 * half, half)]
        value = paired(lambda c2, c1, d2, d1: (c2 - c1) / (d2 - d1), *cells)
        yield f"marginal cost of (c) / (d): N={half} to {2 * half}, 0 ms, {_mode(changed)}", value, 2
        for key in ("c", "c'"):
            cells = [(key, 2000, 0.0, changed), no_op(2000), (key, 500, 0.0, changed), no_op(500)]
            value = paired(lambda big, big_fixed, small, small_fixed: (big - big_fixed) / (small - small_fixed) / 4, *cells)
            yield f"({key}) growth from 500 to 2,000 / linear, 0 ms, {_mode(changed)}", value, 1.1

    size = max(sizes, default=0)
    kinds = sorted(KINDS)
    for kind in kinds:
        value = paired(lambda c, e: c / e, ("c", size, *kind), ("e+vars", size, 0.0, False), of="memory")
        yield f"(c) peak memory / no-op with the same variables: N={size}, {_kind(*kind)}", value, 1.3
    for key, kind in itertools.product(BULK[1:], kinds):
        own, where = (key, size, *kind), f"N={size}, {_kind(*kind)}"
        value = paired(lambda c, d, e: c / (d + e), own, ("d", size, *kind), no_op(size))
        yield f"({key}) whole process / ((d) + (e)): {where}", value, 1.2
        yield f"({key}) peak memory / (e): {where}", paired(lambda c, e: c / e, own, no_op(size), of="memory"), 1.5

    for text, keys, bound in (
        (f"connections of a task of (c), (c') with {WORKERS} workers, at most", (*BULK, "c'name"), WORKERS),
        ("connections of a whole loop of (b), at most", ("b",), 1),
    ):
        yield text, max((float(sample.connections) for sample in results.samples if sample.subject in keys), default=None), bound


def report(results: Results, words: str) -> str:
    subjects = [key for key in SUBJECTS if any(sample.subject == key for sample in results.samples)]
    timed = [key for key in subjects if not key.startswith("e")]
    parts = [f"Made by `{words}` on {machine()}.", "", *_figures_table(figures(results))]
    for latency, changed in KINDS:
        sizes = sorted({size for key in timed for size in results.sizes_of(key, latency, changed)})
        cells = {size: [(key, size, latency, changed) for key in timed] for size in sizes}
        rows = [[f"{size:,}", *(_number(results.paired(float, cell)) for cell in cells[size])] for size in sizes]
        title = f"Seconds, whole process: {_mode(changed)}, {_ms(latency)}"
        parts += _section(title, ["N", *(f"({key})" for key in timed)], rows)
    parts += [*_each(results, timed), *_memory(results, subjects)]
    return "\n".join(parts).rstrip() + "\n"


def machine() -> str:
    """Where it ran, without its name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in ("ansible-core", "requests", "urllib3"))
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB of memory, {platform.system()} "
        f"{platform.release().split('-')[0]}, Python {platform.python_version()}, {packages}"
    )


def _figures_table(judged: list[Figure]) -> list[str]:
    rows = []
    for figure in judged:
        bound = f"{'at least' if figure.at_least else 'at most'} {figure.bound:g}"
        rows.append([figure.text, f"{figure.value:.2f}", bound, "reached" if figure.reached else "**not reached**"])
    return _section("Figures to reach", ["figure", "measured", "wanted", ""], rows)


def _each(results: Results, timed: list[str]) -> list[str]:
    rows = []
    for key in timed:
        cells = [(key, max(results.sizes_of(key, *kind), default=0), *kind) for kind in KINDS]
        values = [(results.each(*cell), cell[1]) for cell in cells]
        rows.append([f"({key})", *("-" if seconds is None else f"{seconds * 1000:.1f} (N={size:,})" for seconds, size in values)])
    heads = ["", *(f"{_mode(changed)}, {_ms(latency)}" for latency, changed in KINDS)]
    return _section("Milliseconds per credential after the fixed cost of (e)", heads, rows)


def _memory(results: Results, subjects: list[str]) -> list[str]:
    most: dict[tuple[str, int], float] = {}
    for sample in results.samples:
        cell = (sample.subject, sample.size)
        most[cell] = max(most.get(cell, 0), sample.memory)
    shown = {cell: f"{memory:.0f}" for cell, memory in most.items()}
    rows = [[f"({key})", SUBJECTS[key].title, *(shown.get((key, size), "-") for size in results.sizes)] for key in subjects]
    heads = ["", "", *(f"N={size:,}" for size in results.sizes)]
    return _section("Peak memory of the largest process, MB (the most of all its runs)", heads, rows)


def _section(title: str, heads: list[str], rows: list[list[str]]) -> list[str]:
    table = ["| " + " | ".join(row) + " |" for row in (heads, ["---"] * len(heads), *rows)]
    return [f"### {title}", "", *table, ""] if rows else []


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _mode(changed: bool) -> str:
    return "all changed" if changed else "nothing to change"


def _ms(latency: float) -> str:
    return f"{latency * 1000:.0f} ms"


def _kind(latency: float, changed: bool) -> str:
    return f"{_ms(latency)}, {_mode(changed)}"
