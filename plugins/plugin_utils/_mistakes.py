# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that is wrong with a list of credentials in one message, each mistake with the position and the name of its item."""

from __future__ import annotations

import functools
import typing as t

from ..module_utils._core.masking import Mask, OtherSecrets
from ._credential import secrets_in

_SHOWN = 50  # mistakes in one message
_LONGEST_NAME = 60  # characters of a name


class Mistakes:
    """The mistakes of a list.

    :param list_name: what a message calls it: ``credentials``.
    :param items: as a user has given them.
    :param secrets: what no message may show besides the secrets of the items.
    """

    def __init__(self, list_name: str, items: list[t.Any], secrets: t.Iterable[str] = ()) -> None:
        self._list_name, self._items, self._secrets = list_name, items, list(secrets)
        self._found: list[tuple[tuple[int, ...], str]] = []

    def add(self, sentence: str, *positions: int) -> None:
        """Note a sentence about the items at these positions."""
        self._found.append((positions, sentence))

    def __str__(self) -> str:
        """One message: the first of them by position, those that share a sentence together, and how many there are more."""
        found = sorted(self._found, key=lambda mistake: mistake[0][-1])
        places: dict[str, list[str]] = {}
        for positions, sentence in found[:_SHOWN]:
            where = " and ".join(self.place(position, sentence) for position in positions)
            places.setdefault(sentence, []).append(where)
        sentences = [f"{', '.join(where)}: {sentence}" for sentence, where in places.items()]
        if len(found) > 1:
            sentences.insert(0, f"{len(found)} mistakes in the list {self._list_name}.")
        if len(found) > _SHOWN:
            sentences.append(f"And {len(found) - _SHOWN} more.")
        return " ".join(sentences)

    def __bool__(self) -> bool:
        return bool(self._found)

    def place(self, position: int, sentence: str = "") -> str:
        """An item as a message calls it: ``credentials[57] (Shop API key)``.

        :param sentence: what is said of it; where the name is what is wrong, it is not put in front.
        """
        item = self._items[position]
        name = item.get("name") if isinstance(item, t.Mapping) else None
        where = f"{self._list_name}[{position}]"
        if not isinstance(name, str) or not name.strip() or sentence.startswith("name"):
            return where
        own = secrets_in([item], _no_file)
        return f"{where} ({Mask([*self._secrets, *own], self._others).text(name, _LONGEST_NAME)})"

    @functools.cached_property
    def _others(self) -> OtherSecrets:
        return OtherSecrets(secrets_in(self._items, _no_file))


def _no_file(path: str) -> bytes:
    """What is in a file has no place in a name, and the file may not be there."""
    return b""
