# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking secrets out of texts that somebody else wrote: the server's messages, names, reasons, a library's error."""

from __future__ import annotations

import base64
import functools
import html
import json
import re
import typing as t
from urllib.parse import quote, quote_plus

from .times import instant

HIDDEN = "********"
BY_CHANCE = 8  # a secret of fewer characters may be part of an id, a time or a field's name by chance

_LONGEST_PATTERN = 1024  # characters of a secret; compiling the pattern of a longer one costs a second
_ESCAPES = re.compile(r"[%\\&+]")  # without one of these, nothing in a text is escaped
_WORD = re.compile(r"[\w.\[\]-]*")
_TIMES = ("createdAt", "updatedAt")


class Mask:
    """Replaces the secrets of one credential, in every encoding in which they could come back, by :data:`HIDDEN`.

    What is known by its form is no free text and goes through :meth:`word`: a secret ``ab`` must not turn the id
    ``80AB23`` into ``80********23``.

    :param secrets: the secrets as text; empty ones are ignored.
    :param others: secrets of the same task's other credentials, which a server may mix in.
    """

    def __init__(self, secrets: t.Iterable[str], others: Others | None = None) -> None:
        self._secrets = {part for secret in secrets for part in _parts(secret)}
        self._others = others

    def text(self, value: str) -> str:
        """A free text without any of the secrets."""
        # Compiling a pattern costs as much as a request, and nearly no text holds a secret: look for what is cheap to see first.
        if _ESCAPES.search(value):
            for pattern in self._patterns:
                value = pattern.sub(HIDDEN, value)
        if any(form in value for form in self._forms):
            longest_first = sorted(self._forms, key=len, reverse=True)
            value = re.sub("|".join(map(re.escape, longest_first)), HIDDEN, value)
        return self._others.text(value) if self._others else value

    def word(self, value: str) -> str:
        """An id, a field's path, a code: as it is, unless it is a secret or holds one too long to be there by chance."""
        if value.isdigit() and len(value) < BY_CHANCE:
            return value  # an id of older systems
        if not _WORD.fullmatch(value) or value in self._secrets or any(form in value for form in self._long_forms):
            return self.text(value)
        return self._others.text(value) if self._others else value

    def tree(self, value: t.Any, key: str = "") -> t.Any:
        """A value as JSON has them: its texts as :meth:`text`, its keys and ids as :meth:`word`, its times as they are."""
        if isinstance(value, str):
            if key in _TIMES and instant(value):
                return value
            return self.word(value) if key == "id" or key.endswith("Id") else self.text(value)
        if isinstance(value, dict):
            return {self.word(str(name)): self.tree(one, str(name)) for name, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.tree(one) for one in value]
        return value

    @functools.cached_property
    def _forms(self) -> set[str]:
        return {form for secret in self._secrets for form in _forms(secret)}

    @functools.cached_property
    def _long_forms(self) -> set[str]:
        return {form for secret in self._secrets if len(secret) >= BY_CHANCE for form in _forms(secret)}

    @functools.cached_property
    def _patterns(self) -> list[re.Pattern[str]]:
        """For each secret, its characters each escaped or not, as an encoder may leave some alone."""
        odd = [one for one in self._secrets if len(one) <= _LONGEST_PATTERN and not (one.isascii() and one.isalnum())]
        return [re.compile("".join(map(_escaped, one))) for one in sorted(odd, key=len, reverse=True)]


class Others:
    """Secrets by the thousand, each looked up by the first characters of its encodings.

    :param secrets: the secrets as text; those of fewer than :data:`BY_CHANCE` characters are ignored: they would garble what is
        said about credentials that they do not belong to.
    """

    def __init__(self, secrets: t.Iterable[str]) -> None:
        self._secrets = {part for secret in secrets for part in _parts(secret) if len(part) >= BY_CHANCE}

    def __bool__(self) -> bool:
        return bool(self._secrets)

    def text(self, value: str) -> str:
        """A text without any of them."""
        at = 0
        while at + BY_CHANCE <= len(value):
            form = next((one for one in self._index.get(value[at : at + BY_CHANCE], ()) if value.startswith(one, at)), "")
            if form:
                value = value[:at] + HIDDEN + value[at + len(form) :]
                at += len(HIDDEN)
            else:
                at += 1
        return value

    @functools.cached_property
    def _index(self) -> dict[str, list[str]]:
        index: dict[str, list[str]] = {}
        for form in sorted({form for secret in self._secrets for form in _forms(secret)}, key=len, reverse=True):
            if len(form) >= BY_CHANCE:
                index.setdefault(form[:BY_CHANCE], []).append(form)
        return index


def _parts(secret: str) -> t.Iterator[str]:
    """A secret, what is left without the white space around it, and each of its lines."""
    yield from (part for part in (secret, secret.strip()) if part)
    if "\n" in secret and "\ufffd" not in secret:  # that stands in bytes that are no text, and have no lines
        yield from (line for line in secret.splitlines() if len(line.strip()) >= BY_CHANCE)


def _forms(secret: str) -> t.Iterator[str]:
    """A secret as it is, JSON-escaped, URL-encoded, and in base64 at any alignment."""
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield repr(secret)[1:-1]
    yield quote(secret, safe="", errors="surrogatepass")
    yield quote(secret, errors="surrogatepass")
    yield quote_plus(secret, errors="surrogatepass")
    raw = secret.encode("utf-8", "surrogatepass")
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


def _escaped(character: str) -> str:
    """A pattern for one character as JSON, a URL or HTML may write it, backslashes doubled any number of times."""
    if character.isascii() and character.isalnum():
        return character
    raw = character.encode("utf-8", "surrogatepass")
    units = character.encode("utf-16-be", "surrogatepass").hex()
    ways = [
        r"\\*" + re.escape(character),
        f"(?i:{''.join(f'%{byte:02x}' for byte in raw)})",
        r"\\+(?i:" + r"\\+".join("u" + units[at : at + 4] for at in range(0, len(units), 4)) + ")",
        f"(?i:&#0*{ord(character)};|&#x0*{ord(character):x};)",
    ]
    short = json.dumps(character)[1:-1]
    if len(short) == 2 and short[1].isalpha():
        ways.append(r"\\+" + short[1])
    if character == "\\":
        ways[0] = r"\\+"
    if character == " ":
        ways.append(r"\+")
    if html.escape(character) != character:
        ways.append(re.escape(html.escape(character)))
    return f"(?:{'|'.join(ways)})"
