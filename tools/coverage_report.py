# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the measurements of all processes of a test run together. Run by ./dev test, in the environment of the tests."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import coverage

if __name__ == "__main__":
    # A process that was killed while it wrote down what it had measured: that much is not counted.
    warnings.filterwarnings("ignore", message=".*isn't a coverage data file")
    measured = coverage.Coverage()
    measured.combine()
    data = measured.get_data()
    # A file that nothing has imported counts too.
    data.touch_files([str(path.resolve()) for path in Path("plugins").rglob("*.py")])
    measured.save()
    total = measured.report(show_missing=True, skip_covered=True, skip_empty=True, include=[f"{Path('plugins').resolve()}/*"])
    wanted = measured.get_option("report:fail_under")
    print(f"\ncoverage of plugins/: {total:.1f} % of lines and branches, {wanted} % are wanted", flush=True)
    sys.exit(total < float(str(wanted)))
