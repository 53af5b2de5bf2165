# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that a platform may keep otherwise than they were sent (contract, "Names")."""

from __future__ import annotations

import hashlib
import unicodedata

_SHORTEST_CUT = 32  # characters of a name that a platform surely keeps


def plain_name(name: str) -> str:
    """A name without the blanks around it, and its letters in one form."""
    return unicodedata.normalize("NFC", name.strip())


def is_written_otherwise(name: str, shown: str) -> bool:
    """Whether a platform may have made ``shown`` of ``name``: trimmed, normalised, cut off, or in small letters; or left it as it is."""
    given, kept = folded_name(name), folded_name(shown)
    return kept == given or (len(kept) >= _SHORTEST_CUT and given.startswith(kept))


def digests_of_forms(name: str) -> set[str]:
    """Digests, as :func:`name_digest` makes them of :func:`folded_name`, of all that a platform may have made of a name."""
    given = folded_name(name)
    return {name_digest(given[:length]) for length in range(min(_SHORTEST_CUT, len(given)), len(given) + 1)}


def folded_name(name: str) -> str:
    """A name as :func:`plain_name` has it, in small letters."""
    return plain_name(name).casefold()


def name_digest(name: str) -> str:
    """What is kept of a name, which is free text and may hold a secret."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
