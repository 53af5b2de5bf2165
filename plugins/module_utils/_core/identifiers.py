# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ids as they may stand in a URL."""

from __future__ import annotations

import re
import typing as t

from .failure import Failure

_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", re.IGNORECASE)
_SAFE = re.compile(r"[A-Za-z0-9_-]{1,128}")


def identifier(value: t.Any, option: str) -> str:
    """An id that cannot change the path of a request.

    ULIDs are usual, and plain numbers in older systems (contract, "Identifiers"); any other run of letters, digits,
    ``_`` and ``-`` is left to the server to judge.

    :raises Failure: when the value is empty or holds anything else, ``/`` ``.`` ``%`` for example.
    """
    if not isinstance(value, str) or not _SAFE.fullmatch(value):
        raise Failure(
            f"{option} is not an id: give the ULID that the platform shows (26 letters and digits, like 01HFS2NEAZ6ECZBZMN4FF775P7)."
        )
    return value


def organisation(value: t.Any) -> str:
    """The id of an organisation, as :func:`identifier` has it.

    :raises Failure: also where there is none.
    """
    if value in (None, ""):
        raise Failure(
            "organisation_id is missing: give the organisation's id (versori_organisation_id for the role and the playbooks), or set it "
            "once for all tasks with module_defaults, VERSORI_ORGANISATION_ID or context."
        )
    return identifier(value, "organisation_id")


def same_identifier(left: t.Any, right: t.Any) -> bool:
    """Whether two ids name the same thing; ULIDs are decoded without regard to case (contract, "Identifiers")."""
    return normal_identifier(str(left)) == normal_identifier(str(right))


def is_ulid(value: t.Any) -> bool:
    """Whether it has the form that the platform's ids usually have."""
    return isinstance(value, str) and _ULID.fullmatch(value) is not None


def normal_identifier(value: str) -> str:
    """The one spelling of an id under which things are remembered."""
    return value.upper() if is_ulid(value) else value
