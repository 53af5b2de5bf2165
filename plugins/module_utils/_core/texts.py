# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to be a text is one, as it was written: nothing else is turned into one, for YAML reads 0123 as 83 and yes as true."""

from __future__ import annotations

import datetime
import typing as t

from .failure import Failure


def require_text(what: str, value: t.Any) -> str:
    """The value, if it is a text that can be sent.

    :param what: the option or the field, for the message.
    :raises Failure: one sentence that says what it is instead, and how to make it a text; the value is never in it.
    """
    if not isinstance(value, str):
        if isinstance(value, (dict, list)):
            raise Failure(
                f"{what} must be a text, not {kind_of(value)}: where it is JSON text already (of a file, say), add '| string' to its "
                f"template; where it really is {kind_of(value)}, add '| to_json'."
            )
        raise Failure(
            f"{what} must be a text, not {kind_of(value)}: quote it where it is defined. Where it is quoted already, or comes from an "
            f"INI inventory, add '| string' to its template."
        )
    if not is_utf8(value):
        raise Failure(
            f"{what} holds bytes that are not UTF-8. A file of bytes is for a credential of type binary: give its path as src there."
        )
    return value


def is_utf8(text: str) -> bool:
    """Whether a text can be sent and printed; Python and Ansible carry bytes that are not UTF-8 as lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def kind_of(value: t.Any) -> str:
    """What a value is, in words of YAML: ``a number``, ``a mapping``."""
    names: dict[t.Any, str] = {
        bool: "a boolean",  # before int, which it is too
        int: "a number",
        float: "a number",
        str: "a text",
        list: "a list",
        dict: "a mapping",
        datetime.date: "a date",
        type(None): "null",
    }
    return next((word for kind, word in names.items() if isinstance(value, kind)), type(value).__name__)
