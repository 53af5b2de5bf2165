# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bodies of POST and PUT."""

from __future__ import annotations

import typing as t
from urllib.parse import urlencode

from .credential_types import TEXT_MAP, TEXTS, TYPES
from .desired import Desired
from .observed import Observed


def create_body(desired: Desired) -> dict[str, t.Any]:
    """The body of a POST (contract, "Operations")."""
    return {"name": desired.name, "type": desired.type, "data": desired.data}


def update_body(desired: Desired, observed: Observed) -> dict[str, t.Any]:
    """The body of a PUT: what GET returned with ``name``, ``type`` and ``data`` laid over it (contract, "Update body").

    ``usages`` and ``errors`` are left out, the two times are echoed, nothing that may be redacted is in it. A collection that
    is to go is sent empty: nothing says that a field that is left out is kept, and nothing says that it is not.
    """
    body = {key: value for key, value in observed.credential.items() if key not in ("usages", "errors")}
    kept, given = {}, desired.data
    if observed.type == desired.type:
        gone = {*desired.removed, *(path.removeprefix("data.") for path in observed.withheld)}
        kept = {name: value for name, value in observed.data.items() if name not in gone}
        empty: dict[str, t.Any] = {TEXTS: [], TEXT_MAP: {}}
        kept |= {field.name: empty[field.kind] for field in TYPES[desired.type] if field.kind in empty and field.name in desired.removed}
        for field in TYPES[desired.type]:  # a mapping goes back in the form in which the server writes it
            if field.kind == TEXT_MAP and isinstance(observed.data.get(field.name), str):
                kept |= {field.name: ""} if field.name in desired.removed else {}
                given |= {field.name: urlencode(given[field.name])} if field.name in given else {}
    name = observed.name if desired.name is None else desired.name
    return {**body, "name": name, "type": desired.type, "data": {**kept, **given}}
