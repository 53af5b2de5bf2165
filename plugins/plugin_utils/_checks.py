# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is checked before Ansible's own validator, or the system, would stumble over it: numbers, and environment variables."""

from __future__ import annotations

import math
import typing as t

from ..module_utils._core.failure import Failure
from ..module_utils._core.texts import is_utf8
from ..module_utils._options import Spec


def check_numbers(options: t.Mapping[str, t.Any], spec: Spec) -> None:
    """Refuse what Ansible would count as a number, or fail to count, where the spec wants one.

    :raises Failure: for a boolean, which would be 1 or 0, and for a number that no float holds.
    """
    for name, value in options.items():
        if spec.get(name, {}).get("type") not in ("int", "float"):
            continue
        if isinstance(value, bool):
            raise Failure(f"{name} must be a number, not a boolean: yes, no, on, off, true and false are booleans in YAML.")
        try:
            usable = math.isfinite(float(value))
        except OverflowError:
            usable = False
        except (TypeError, ValueError):  # the validator says so
            continue
        if not usable:
            raise Failure(f"{name} must be a number of a few digits, and not infinite.")


def check_variables(variables: t.Mapping[str, str]) -> None:
    """Refuse a task's ``environment:`` that no process can have.

    :raises Failure: for the first name or value that is wrong.
    """
    for name, value in variables.items():
        if not name or "=" in name or "\0" in name or not is_utf8(name):
            raise Failure(f"environment has a variable named {name!r}, which no process can have: check where it comes from.")
        if "\0" in value or not is_utf8(value):
            raise Failure(f"environment gives {name} a value with a NUL or with bytes that are not UTF-8: check where it comes from.")
