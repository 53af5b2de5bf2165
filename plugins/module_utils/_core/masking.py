# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking secrets out of texts that somebody else wrote: the server's messages, names, reasons, a library's error.

A text is looked at in several views, each a rewriting of another one: up to :data:`LAYERS` layers of escapes decoded, what base64 and hex
in them stand for, and each of these without white space, quotes and backslashes, so that wrapping and quoting make no difference. Each
character of a view knows which characters of the original it comes from, and these are hidden.

All of it takes time linear in the text: nothing backtracks, and a part of a secret is recognised by a look into a dictionary.
"""

from __future__ import annotations

import binascii
import functools
import html
import itertools
import json
import math
import re
import sys
import typing as t
from bisect import bisect_right
from dataclasses import dataclass
from decimal import Decimal

from .placeholders import texts_in_json
from .printable import printable
from .times import instant

HIDDEN = "********"
MIN_MASKED_LENGTH = 8  # a secret of fewer characters may be part of an id, a time or a field's name by chance
LEAST_PART = 15  # characters of a longer secret that are hidden although the rest is missing
LAYERS = 4  # escapes on top of each other
SHOWN_AT_MOST = 1000  # characters of one text of the server's in a message
DEEPEST = 50  # levels of a value that are looked at


class Encoding(t.NamedTuple):
    """A way in which a secret may come back.

    :param example: what it looks like, for the documentation.
    """

    name: str
    example: str


# What the code below is written against, what the tests encode, and what docs/security.md promises.
ENCODINGS = (
    Encoding("plain", "as it is, also within a longer word"),
    Encoding("in part", f"{LEAST_PART} characters or more of it in a row"),
    Encoding("wrapped", "with line breaks, blanks or tabs put in or left out; base64 in lines of 11 characters or more"),
    Encoding("quoted", "quotes doubled or left out, as in SQL and CSV; any number of backslashes"),
    Encoding("JSON", r"`\"`, `\/`, `\n`; `\u0048` for some or all characters, pairs of surrogates too"),
    Encoding("source code", r"`\x48`, `\u{48}`, `\U00000048`, as in JavaScript, Rust and Python"),
    Encoding("URL", "`%48` for some or all characters, in either case, `+` for a blank; UTF-8 or Latin-1"),
    Encoding("%u", "`%u0048`, as JavaScript's `escape` writes it"),
    Encoding("HTML", "`&amp;`, `&#72;`, `&#x48;` for some or all characters"),
    Encoding("several at once", f"up to {LAYERS} of the escapes above on top of each other: URL-encoded twice, JSON in JSON"),
    Encoding("base64", "either alphabet, with or without padding, inside of something longer, wrapped"),
    Encoding("hex", "in either case"),
    Encoding("misread", "UTF-8 read as Latin-1: `Ã©` for `é`"),
    Encoding("decoded", "a secret that itself holds such escapes, like a cookie's value, with these decoded"),
    Encoding("line", f"one line of {MIN_MASKED_LENGTH} characters or more, wrapped to another width or joined to others"),
    Encoding("value of a document", f"each text or number of {MIN_MASKED_LENGTH} characters or more in a secret that is a JSON document"),
    Encoding("number", "a number in JSON, where the secret is one"),
)

_TIMES = ("createdAt", "updatedAt")
_TOO_DEEP = "(too deep to be shown)"
# Characters that are read beyond a cut, so that a secret that begins before it is known there; each of its own may take 270.
_MARGIN = 8192
_ASIDE = LEAST_PART - MIN_MASKED_LENGTH  # characters that are compared on each side of a gram
_CROWD = 64  # surroundings of one gram that are compared; the grams beside it find what these miss
_FEW = 24  # grams that are looked for one by one, which C does faster than a dictionary
_LEAST_BYTES = 4  # of a short secret inside of longer base64 or hex; fewer stand there by chance

_WORD = re.compile(r"[\w.\[\]-]*")
_NUMBER = re.compile(r"[+-]?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,3})?")
_DROPPED = re.compile(r"""[\s"'`]+|\\+[nrtbf]?""")  # an escape of white space is dropped with its letter
_DROPPED_BARE = re.compile(r"""[\s"'`\\]+""")  # where the letter may be the first one of a secret: CORP\\tiger
_BOTH_WAYS = re.compile(r"\\[nrtbf]")
_HEX = "[0-9A-Fa-f]"
_BASE64 = "[A-Za-z0-9+/_-]"
_BASE64_LONG = re.compile(_BASE64 + "{11}")  # of 8 bytes; without blanks all prose looks like base64, so words are looked at first
_BASE64_SHORT = re.compile(_BASE64 + "{6}")  # of 4 bytes
_BASE64_RUN = re.compile(_BASE64 + "+={0,2}")
_BASE64_RUN_LONG = re.compile(_BASE64 + "{6,}={0,2}")
_HEX_RUN_LONG = re.compile(_HEX + "{8,}")
_GAP = "\uffff"  # stands in no secret
_STANDARD = str.maketrans("-_", "+/")
_ESCAPE = re.compile(
    # In a URL: one character, in UTF-8 where it can be
    r"%(?:u[dD][89ABab]HH%u[dD][C-Fc-f]HH|uHHHH|[C-Dc-d]H%[89ABab]H|[Ee]H(?:%[89ABab]H){2}|[Ff][0-7](?:%[89ABab]H){3}|HH)"
    # In a string of JSON or of a programming language
    r"|\\(?:u[dD][89ABab]HH\\u[dD][C-Fc-f]HH|uHHHH|UHHHHHHHH|u\{H{1,6}\}|xHH|[\"'/\\nrtbf])"
    # In HTML
    r"|&(?:#0{0,99}[0-9]{1,7};?|#[xX]0{0,99}H{1,6};?|[A-Za-z][A-Za-z0-9]{1,31};)".replace("H", _HEX)
)
_MAY_BE_ESCAPED = re.compile(r"[%\\&]")
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}

Span = tuple[int, int]
Rewrite = t.Callable[["re.Match[str]"], str]


class Mask:
    """Replaces the secrets of one credential, in each of :data:`ENCODINGS`, by :data:`HIDDEN`, and makes the rest printable.

    What is known by its form is no free text and goes through :meth:`word`: a secret ``ab`` must not turn the id
    ``80AB23`` into ``80********23``.

    :param secrets: the secrets as text; empty ones are ignored.
    :param others: secrets of the same task's other credentials, which a server may mix in.
    """

    def __init__(self, secrets: t.Iterable[str], others: OtherSecrets | None = None) -> None:
        self._own = _Index(filter(None, secrets))
        self._indexes = [index for index in (self._own, others) if index]

    def text(self, value: str, limit: int | None = None) -> str:
        """A free text without any of the secrets, on one line.

        :param limit: characters of it that are shown; ``…`` stands for the rest.
        """
        return _hidden(value, self._in_text, limit)

    def word(self, value: str, limit: int | None = None, is_id: bool = False) -> str:
        """An id, a field's path, a code: as it is, unless it is a secret or holds one too long to be there by chance.

        :param is_id: an id of older systems is a short number, and stays one even if a secret is the same.
        """
        return _hidden(value, lambda text: self._in_word(text, is_id), limit)

    def tree(self, value: t.Any, limit: int | None = None) -> t.Any:
        """A value as JSON has them: its texts as :meth:`text`, its keys and ids as :meth:`word`, its times as they are.

        :param limit: characters of each of its texts that are shown.
        """
        return self._tree(value, "", limit, DEEPEST, [sys.maxsize])

    def brief(self, value: t.Any, limit: int = SHOWN_AT_MOST) -> str:
        """A part of an error, whatever it is, as one short text; no more of it is read than can be shown."""
        if isinstance(value, str):
            return self.text(value, limit)
        tree = self._tree(value, "", limit, DEEPEST, [limit])
        text = tree if isinstance(tree, str) else json.dumps(tree)
        return text if len(text) <= limit else text[:limit] + "…"

    def holds(self, value: t.Any) -> bool:
        """Whether a value holds a secret anywhere that :meth:`tree` would hide; what is nested too deeply counts as if it did."""
        return self._holds(value, "", DEEPEST)

    def _tree(self, value: t.Any, key: str, limit: int | None, levels: int, room: list[int]) -> t.Any:
        """:param room: how many characters may still be shown in all, counted down."""
        room[0] -= len(value) if isinstance(value, str) else 1
        if isinstance(value, str):
            if _is_time(value, key):
                return value
            return self.word(value, limit, is_id=True) if _is_id(key) else self.text(value, limit)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return HIDDEN if self._is_secret_number(value, key) else value
        if not isinstance(value, (dict, list, tuple)):
            return value
        if not levels:
            return _TOO_DEEP
        if isinstance(value, dict):
            members: dict[str, t.Any] = {}
            for name, member in itertools.takewhile(lambda _member: room[0] > 0, value.items()):
                room[0] -= len(str(name))
                members[self.word(str(name), limit)] = self._tree(member, str(name), limit, levels - 1, room)
            return members
        return [self._tree(member, "", limit, levels - 1, room) for member in itertools.takewhile(lambda _member: room[0] > 0, value)]

    def _holds(self, value: t.Any, key: str, levels: int) -> bool:
        if isinstance(value, str):
            return not _is_time(value, key) and bool(self._in_word(value, True) if _is_id(key) else self._in_text(value))
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return self._is_secret_number(value, key)
        if isinstance(value, dict):
            return not levels or any(self._in_word(str(name)) or self._holds(value[name], str(name), levels - 1) for name in value)
        return isinstance(value, (list, tuple)) and (not levels or any(self._holds(member, "", levels - 1) for member in value))

    def _is_secret_number(self, value: float, key: str) -> bool:
        try:
            written = json.dumps(value)
        except ValueError:  # Python writes no more than 4,300 digits
            return True
        if self._in_word(written, _is_id(key)):
            return True
        if _is_id(key) and len(written) < MIN_MASKED_LENGTH:
            return False
        return bool(self._own.numbers) and _NUMBER.fullmatch(written) is not None and Decimal(written) in self._own.numbers

    def _in_text(self, value: str) -> list[Span]:
        return _spans(value, self._indexes, short=True)

    def _in_word(self, value: str, is_id: bool = False) -> list[Span]:
        if is_id and value.isdigit() and len(value) < MIN_MASKED_LENGTH:
            return []
        if not _WORD.fullmatch(value) or value in self._own.short:
            return self._in_text(value)
        return _spans(value, self._indexes, short=False)


class _Index:
    """What secrets look like, and where in a text they stand.

    Each secret is cut into grams of :data:`MIN_MASKED_LENGTH` characters, so that any :data:`LEAST_PART` characters of it hold a whole one.
    Where a text has a gram, what is beside it there is compared with what is beside it in the secret.

    :param least: characters of the shortest secrets that are looked for.
    """

    def __init__(self, secrets: t.Iterable[str], least: int = 1) -> None:
        self.short: set[str] = set()  # looked for just as they are
        self.numbers: set[Decimal] = set()
        skeletons: dict[str, None] = {}
        for form in dict.fromkeys(form for secret in dict.fromkeys(secrets) for form in _forms(secret)):
            if _NUMBER.fullmatch(form):
                self.numbers.add(Decimal(form))
            texts = [pattern.sub("", form) for pattern in _dropped(form)]
            skeletons |= dict.fromkeys(text for text in texts if len(text) >= MIN_MASKED_LENGTH)
            if len(texts[0]) < MIN_MASKED_LENGTH and len(form) >= least:
                self.short.add(form)
        self._starts = {skeleton[:LEAST_PART] for skeleton in skeletons}
        self._sizes = sorted({len(start) for start in self._starts}, reverse=True)
        gap = "\n" * _ASIDE  # which is in no skeleton, so that nothing agrees across it
        self._corpus = gap + "".join(skeleton + gap for skeleton in skeletons)
        self._places: dict[str, tuple[int, ...]] = {}
        base = _ASIDE
        for skeleton in skeletons:
            last = base + len(skeleton) - MIN_MASKED_LENGTH
            for place in (*range(base, last, MIN_MASKED_LENGTH), last):
                gram = self._corpus[place : place + MIN_MASKED_LENGTH]
                places = self._places.setdefault(gram, (place,))
                if places[0] != place and len(places) < _CROWD and self._around(place) not in map(self._around, places):
                    self._places[gram] = (*places, place)
            base = last + MIN_MASKED_LENGTH + _ASIDE

    def _around(self, place: int) -> str:
        return self._corpus[place - _ASIDE : place + LEAST_PART]

    def __bool__(self) -> bool:
        return bool(self._places or self.short)

    @functools.cached_property
    def short_codes(self) -> set[str]:
        """The base64 and hex of the shortest secrets, which are no secrets inside of something longer."""
        codes: set[str] = set()
        for form in self.short:
            raw = form.encode("utf-8", "surrogatepass")
            if len(raw) < _LEAST_BYTES:
                code = binascii.b2a_base64(raw, newline=False).decode()
                codes |= {code, code.rstrip("="), raw.hex(), raw.hex().upper()}
        return codes | {code.replace("+", "-").replace("/", "_") for code in codes}

    def find_short_secrets(self, text: str, least: int = 1) -> t.Iterator[Span]:
        """Where short secrets of so many characters or more stand in a text."""
        for form in self.short:
            if len(form) >= least:
                yield from (match.span() for match in re.finditer(re.escape(form), text))

    def parts(self, skeleton: str) -> list[Span]:
        """Where secrets or parts of them stand in a skeleton; those that touch are joined."""
        places, size = self._places, MIN_MASKED_LENGTH
        spans: list[Span] = []
        if len(places) <= _FEW and not any(gram in skeleton for gram in places):
            return spans
        start = end = 0
        for window in self._alike.finditer(skeleton):
            for at in [at for at in range(window.start(), window.end() - size + 1) if skeleton[at : at + size] in places]:
                # What is in a part already is looked at no more, but for its beginning: of another secret it may be the middle.
                if (at + size > end or at < start + size) and (part := self._part(skeleton, at)):
                    if spans and part[0] <= end:
                        part = min(start, part[0]), max(end, part[1])
                        spans.pop()
                    start, end = part
                    spans.append(part)
        return spans

    @functools.cached_property
    def _alike(self) -> re.Pattern[str]:
        """Runs of characters that are all in secrets, long enough to hold a gram; what is decoded from no code has hardly any."""
        characters = "".join(sorted(set(self._corpus) - {"\n"}))
        return re.compile(f"[{re.escape(characters)}]{{{MIN_MASKED_LENGTH},}}")

    def _part(self, skeleton: str, at: int) -> Span | None:
        """As much around a gram of the text as is one of the secrets, or is a part of one that is long enough."""
        gram_end = at + MIN_MASKED_LENGTH
        start, end = at, next((at + size for size in self._sizes if skeleton[at : at + size] in self._starts), at)
        before, after = skeleton[max(at - _ASIDE, 0) : at][::-1], skeleton[gram_end : gram_end + _ASIDE]
        for place in self._places[skeleton[at:gram_end]]:
            around = self._around(place)
            left = _common_prefix_length(before, around[_ASIDE - 1 :: -1])
            right = _common_prefix_length(after, around[-_ASIDE:])
            if left + MIN_MASKED_LENGTH + right >= LEAST_PART:
                start, end = min(start, at - left), max(end, gram_end + right)
            if left == right == _ASIDE:
                break  # no other place can give more
        return (start, end) if end > at else None


class OtherSecrets(_Index):
    """Secrets by the thousand, whose index is made once for the masks of all credentials of a task.

    :param secrets: the secrets as text; those of fewer than :data:`MIN_MASKED_LENGTH` characters are ignored: they would garble what is
        said about credentials that they do not belong to.
    """

    def __init__(self, secrets: t.Iterable[str]) -> None:
        super().__init__((secret for secret in secrets if len(secret) >= MIN_MASKED_LENGTH), MIN_MASKED_LENGTH)


@dataclass
class _View:
    """A text, made from another one by rewriting what a pattern finds, where each character knows where it comes from.

    :param source: the other one; ``None`` for the original.
    :param rewrite: what is put in place of a match; ``None`` drops it.
    :param group: where a match is decoded from each of its first characters on, how many characters stand for how many bytes.
    """

    text: str
    source: _View | None = None
    pattern: re.Pattern[str] = _ESCAPE
    rewrite: Rewrite | None = None
    group: tuple[int, int] | None = None

    def rewritten(self, pattern: re.Pattern[str], rewrite: Rewrite | None, group: tuple[int, int] | None = None) -> _View:
        return _View(pattern.sub(rewrite or "", self.text), self, pattern, rewrite, group)

    def skeletons(self) -> list[_View]:
        """This text without blanks and quotes, in each way in which quoting may have changed it."""
        return [self.rewritten(pattern, None) for pattern in _dropped(self.text)]

    def origin(self, start: int, end: int) -> Span:
        """Where characters of this text come from in the original."""
        if self.source is None:
            return start, end
        start, end = self._from(start)[0], self._from(end - 1)[1]
        if self.rewrite is None:  # a secret may begin or end with what was dropped; what was escaped is no part of the text around
            while end < len(self.source.text) and self.source.is_escaped(end):
                end += 1
            while start > 0 and self.source.is_escaped(start - 1):
                start -= 1
        return self.source.origin(start, end)

    def is_escaped(self, position: int) -> bool:
        """Whether a character is white space or a quote, and more than one character in the original."""
        start, end = self.origin(position, position + 1) if _DROPPED.match(self.text[position]) else (0, 0)
        return end - start > 1

    def _from(self, position: int) -> Span:
        """Where one character comes from in the source."""
        start, end, old_start, old_end = self._pieces[bisect_right(self._pieces, (position, math.inf)) - 1]
        if position >= end:
            return old_end + position - end, old_end + position - end + 1
        if not self.group:
            return old_start, old_end
        chars, size = self.group
        shift, at = divmod(position - start, (end - start) // chars)
        stop = old_start + shift - (-(at + 1) * chars // size)
        is_last = not t.cast(_View, self.source).text[stop:old_end].strip("=")
        return old_start + shift + at * chars // size, old_end if is_last else stop

    @functools.cached_property
    def _pieces(self) -> list[tuple[int, int, int, int]]:
        """Starts and ends here, and in the source, of all that was rewritten; seldom needed, as nearly no text holds a secret."""
        pieces = [(0, 0, 0, 0)]
        for match in self.pattern.finditer(t.cast(_View, self.source).text):
            _start, end, _old_start, old_end = pieces[-1]
            start = end + match.start() - old_end
            pieces.append((start, start + (len(self.rewrite(match)) if self.rewrite else 0), *match.span()))
        return pieces


def _spans(text: str, indexes: list[_Index], short: bool) -> list[Span]:
    """Where secrets stand in a text, in whatever layer and code.

    :param short: whether the short secrets are looked for too.
    """
    if not indexes or (len(text) < MIN_MASKED_LENGTH and not short):
        return []
    short_indexes = [index for index in indexes if short and index.short]
    spans: list[Span] = []
    for layer in _layers(text):
        skeletons = layer.skeletons()
        codes = _codes(layer, skeletons[0], bool(short_indexes))
        views = [*skeletons, *(skeleton for code in codes for skeleton in code.skeletons())]
        joined = "\n".join(view.text for view in views)  # nearly always there is nothing in any of them
        for index in [index for index in indexes if index.parts(joined)]:
            spans += [view.origin(*part) for view in views for part in index.parts(view.text)]
        for index in short_indexes:
            spans += [layer.origin(*part) for part in index.find_short_secrets(layer.text)]
            spans += [layer.origin(*run.span()) for run in _BASE64_RUN.finditer(layer.text) if run[0] in index.short_codes]
            spans += [code.origin(*part) for code in codes for part in index.find_short_secrets(code.text, _LEAST_BYTES)]
    return spans


def _layers(text: str) -> t.Iterator[_View]:
    """A text as it is, and with its escapes decoded again and again as long as there are any."""
    layer = _View(text)
    yield layer
    for _layer in range(LAYERS):
        if not _MAY_BE_ESCAPED.search(layer.text):  # seen at once, as nearly always
            return
        decoded = layer.rewritten(_ESCAPE, _decode_escape)
        if decoded.text == layer.text:
            return
        layer = decoded
        yield layer


def _codes(layer: _View, skeleton: _View, short: bool) -> list[_View]:
    """A skeleton with bytes, read as Latin-1, in place of the base64 or hex that stands for them; each secret's are in the index too."""
    views = []
    if (_BASE64_SHORT if short else _BASE64_LONG).search(layer.text):
        views.append(skeleton.rewritten(_BASE64_RUN_LONG, _decode_base64, (4, 3)))
    if _HEX_RUN_LONG.search(skeleton.text):
        views.append(skeleton.rewritten(_HEX_RUN_LONG, _decode_hex, (2, 1)))
    return views


def _decode_base64(match: re.Match[str]) -> str:
    code = match[0].rstrip("=").translate(_STANDARD)
    size = -(-len(code) // 4) * 4
    code += "A" * 6
    return _join_alignments(binascii.a2b_base64(code[shift : shift + size]) for shift in range(4))


def _decode_hex(match: re.Match[str]) -> str:
    size = len(match[0]) // 2 * 2
    return _join_alignments(bytes.fromhex((match[0] + "0")[shift : shift + size]) for shift in range(2))


def _join_alignments(decoded: t.Iterable[bytes]) -> str:
    """Nobody knows where in a run a secret's code begins, so each beginning was tried; all give as many bytes."""
    return "".join(raw.decode("latin-1") + _GAP for raw in decoded)


def _forms(secret: str) -> t.Iterator[str]:
    """What is looked for of one secret, in all layers and codes."""
    forms = [secret, secret.strip()]
    if "\n" in secret and "\ufffd" not in secret:  # that stands in bytes that are no text, and have no lines
        # A longer line is a part of the secret.
        lines = (line for line in secret.splitlines() if len(line.strip()) >= MIN_MASKED_LENGTH)
        forms += [line for line in lines if len(_DROPPED.sub("", line)) < LEAST_PART]
    forms += [layer.text for layer in _layers(secret) if len(_DROPPED.sub("", layer.text)) >= MIN_MASKED_LENGTH]
    forms += [form.replace(" ", "+") for form in forms] + [form.replace("+", " ") for form in forms]
    for form in filter(None, dict.fromkeys(forms)):
        yield form
        if not form.isascii():
            yield form.encode("utf-8", "surrogatepass").decode("latin-1")
    for text in texts_in_json(secret):
        if len(text) >= MIN_MASKED_LENGTH:
            yield from _forms(text)


def _hidden(value: str, where: t.Callable[[str], list[Span]], limit: int | None) -> str:
    """A text with its secrets hidden, and cut; the cut comes first, so that the rest costs nothing."""
    end = len(value) if limit is None else min(len(value), limit)
    read = value[: end + _MARGIN]
    pieces: list[str] = []
    at = 0
    for start, stop in sorted(where(read)):
        if start >= end:
            break
        if not pieces or start > at:
            pieces += [read[at:start], HIDDEN]
        at = max(at, stop)
    pieces.append(read[at:end])
    return printable("".join(pieces)) + ("…" if end < len(value) else "")


def _common_prefix_length(first: str, second: str) -> int:
    """How many characters two texts have in common at their beginnings."""
    length = 0
    while first[length : length + 1] == second[length : length + 1] != "":
        length += 1
    return length


def _is_time(value: str, key: str) -> bool:
    return key in _TIMES and instant(value) is not None


def _is_id(key: str) -> bool:
    return key == "id" or key.endswith("Id")


def _dropped(text: str) -> tuple[re.Pattern[str], ...]:
    """What is dropped of a text, in each way in which quoting may have changed it."""
    return (_DROPPED, _DROPPED_BARE) if _BOTH_WAYS.search(text) else (_DROPPED,)


def _decode_escape(match: re.Match[str]) -> str:
    """What an escape stands for; itself, where it is none."""
    escape = match[0]
    mark, kind = escape[0], escape[1]
    if mark == "%" and kind != "u":
        raw = bytes.fromhex(escape.replace("%", ""))
        try:
            return raw.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return raw.decode("latin-1")
    if mark == "&" and kind != "#":
        return html.unescape(escape)
    if kind not in "uUx#":
        return _SIMPLE.get(kind, kind)
    units = re.findall(_HEX + "+", escape[2:])
    if len(units) == 2:
        return bytes.fromhex("".join(units)).decode("utf-16-be", "surrogatepass")
    number = int(units[0], 10 if kind == "#" and escape[2] not in "xX" else 16)
    return chr(number) if number <= sys.maxunicode else escape
