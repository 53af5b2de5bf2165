# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking secrets out of texts that somebody else wrote: the server's messages, names, reasons, a library's error."""

from __future__ import annotations

import base64
import json
import re
import typing as t
from urllib.parse import quote, quote_plus

HIDDEN = "********"


class Mask:
    """Replaces a set of secrets, in every encoding in which they could come back, by :data:`HIDDEN`.

    Made once for a task or an item. Ids and times never pass through here: they are known by their form, and a
    secret ``ab`` must not turn the id ``80AB23`` into ``80********23``.

    :param secrets: the secrets as text; empty ones are ignored.
    """

    def __init__(self, secrets: t.Iterable[str]) -> None:
        self._forms = {form for secret in secrets if secret for form in _forms(secret)}

    def text(self, value: str) -> str:
        """The text without any of the secrets."""
        # Compiling a pattern costs as much as a request, and nearly no text holds a secret: look for each form first.
        if not any(form in value for form in self._forms):
            return value
        longest_first = sorted(self._forms, key=len, reverse=True)
        return re.sub("|".join(map(re.escape, longest_first)), HIDDEN, value)

    def tree(self, value: t.Any) -> t.Any:
        """The same for every string, keys too, of a value as JSON has them."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.tree(key): self.tree(one) for key, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.tree(one) for one in value]
        return value


def _forms(secret: str) -> t.Iterator[str]:
    """A secret as it is, JSON-escaped, URL-encoded, in base64 at any alignment, and cut into its lines."""
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield repr(secret)[1:-1]
    yield quote(secret, safe="")
    yield quote(secret)
    yield quote_plus(secret)
    raw = secret.encode("utf-8", "surrogateescape")
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(raw).decode()
        yield encode(raw).decode().rstrip("=")
        if len(raw) >= 4:
            # Inside a longer text, "user:secret" in a Basic header for example, base64 shifts by one or two bytes:
            # the characters that mix with the neighbours are left out of the pattern.
            yield encode(raw[: len(raw) // 3 * 3]).decode()
            for shift in (1, 2):
                body = encode(b"\0" * shift + raw).decode().rstrip("=")
                tail = 1 if (shift + len(raw)) % 3 else 0
                yield body[shift + 1 : len(body) - tail]
    if "\n" in secret:
        yield from (line for line in secret.splitlines() if len(line) >= 8)
