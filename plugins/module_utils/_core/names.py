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
    given, kept = plain_name(name).casefold(), plain_name(shown).casefold()
    return kept == given or (len(kept) >= _SHORTEST_CUT and given.startswith(kept))


def name_digest(name: str) -> str:
    """What is kept of a name, which is free text and may hold a secret."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
