# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file on the controller with everything that became of a list of credentials."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import typing as t

from ..module_utils._core.failure import Failure
from ..module_utils._files import NO_PATH


def check_results_file(path: str) -> None:
    """To be called before the first request.

    :raises Failure: where the file surely cannot be written.
    """
    try:
        path = os.path.realpath(path)
        folder = os.path.dirname(path)
        if not os.path.isdir(folder):
            reason = "there is no such folder"
        elif os.path.lexists(path) and not os.path.isfile(path):
            reason = "it is no regular file"
        elif not os.access(folder, os.W_OK | os.X_OK):
            reason = "its folder cannot be written to"
        else:
            return
    except ValueError:
        reason = NO_PATH
    raise Failure(f"results_file {path} cannot be written: {reason}. Nothing was sent.")


def write_results(path: str, result: dict[str, t.Any]) -> None:
    """Write a result as JSON: the whole of it or nothing, for its owner alone.

    :raises Failure: where that was not possible.
    """
    path = os.path.realpath(path)
    draft = ""
    try:
        # mkstemp makes a file that nobody else can read
        descriptor, draft = tempfile.mkstemp(prefix=".", suffix=".json", dir=os.path.dirname(path))
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            json.dump(result, file, indent=4, sort_keys=True, ensure_ascii=False)
            file.write("\n")
        os.replace(draft, path)
    except OSError as problem:
        with contextlib.suppress(OSError):
            os.unlink(draft)
        raise Failure(f"results_file {path} could not be written: {problem.strerror}.") from None
