# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking secrets out of texts that somebody else wrote: the server's messages, names, reasons, a library's error.

A text is read as it is and in up to :data:`LAYERS` layers, each the one before with its escapes decoded. In every layer, and in what
base64 and hex in it stand for, secrets are looked for without white space, quotes and backslashes, so that wrapping and quoting
make no difference. Each character of a layer knows which characters of the original it comes from, and these are hidden.

All of it takes time linear in the text: nothing backtracks, and a part of a secret is found by a look into a dictionary.
"""

from __future__ import annotations

import binascii
import functools
import html
import itertools
import json
import re
import typing as t
from bisect import bisect_right
from decimal import Decimal

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
_CROWD = 8  # places of one gram that are followed; the beginning of each secret is found whatever the crowd
_HALF = (LEAST_PART - MIN_MASKED_LENGTH + 1) // 2  # characters that a part has at least on one side of a gram
_FEW = 24  # grams that are looked for one by one
_LEAST_BYTES = 4  # of a short secret inside of longer base64 or hex; fewer stand there by chance

_WORD = re.compile(r"[\w.\[\]-]*")
_NUMBER = re.compile(r"[+-]?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,3})?")
_BASE64_RUN = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_BASE64_RUN_LONG = re.compile(r"[A-Za-z0-9+/_-]{11,}={0,2}")  # 8 bytes
_BASE64_RUN_SHORT = re.compile(r"[A-Za-z0-9+/_-]{6,}={0,2}")  # 4 bytes
_BASE64_LONG = re.compile(r"[A-Za-z0-9+/_-]{11}")  # looked for first: joined prose is one long run, but has few long words
_BASE64_SHORT = re.compile(r"[A-Za-z0-9+/_-]{6}")
_HEX_LONG = re.compile(r"[0-9A-Fa-f]{16,}")
_HEX_SHORT = re.compile(r"[0-9A-Fa-f]{8,}")
_FILL = ("", "AAA", "AA", "A")  # what base64 lacks to be whole, by what is left over
_STANDARD = str.maketrans("-_", "+/")
_DROPPED = re.compile(r"""[\s"'`]+|\\+[nrtbf]?""")  # an escape of white space is dropped with its letter
_DROPPED_BARE = re.compile(r"""[\s"'`\\]+""")  # where the letter may be the first one of a secret: CORP\\tiger
_BOTH_WAYS = re.compile(r"\\[nrtbf]")
_QUOTING = re.compile(r"""["'`\\]""")
_MAY_BE_ESCAPED = re.compile(r"[%\\&]")
_HEXDIGIT = "[0-9A-Fa-f]"
_ESCAPE = re.compile(
    # In a URL: one character, in UTF-8 where it can be
    r"%(?:u[dD][89ABab]HH%u[dD][C-Fc-f]HH|uHHHH|[C-Dc-d]H%[89ABab]H|[Ee]H(?:%[89ABab]H){2}|[Ff][0-7](?:%[89ABab]H){3}|HH)"
    # In a string of JSON or of a programming language
    r"|\\(?:u[dD][89ABab]HH\\u[dD][C-Fc-f]HH|uHHHH|UHHHHHHHH|u\{H{1,6}\}|xHH|[\"'/\\nrtbf])"
    # In HTML
    r"|&(?:#[0-9]+;?|#[xX]H+;?|[A-Za-z][A-Za-z0-9]{1,31};)".replace("H", _HEXDIGIT)
)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}

Span = tuple[int, int]


class Mask:
    """Replaces the secrets of one credential, in each of :data:`ENCODINGS`, by :data:`HIDDEN`, and makes the rest printable.

    What is known by its form is no free text and goes through :meth:`word`: a secret ``ab`` must not turn the id
    ``80AB23`` into ``80********23``.

    :param secrets: the secrets as text; empty ones are ignored.
    :param others: secrets of the same task's other credentials, which a server may mix in.
    """

    def __init__(self, secrets: t.Iterable[str], others: OtherSecrets | None = None) -> None:
        self._secrets = [secret for secret in secrets if secret]
        self._others = others

    def text(self, value: str, limit: int | None = None) -> str:
        """A free text without any of the secrets, on one line.

        :param limit: characters of it that are shown; ``…`` stands for the rest.
        """
        return _told(value, self._in_text, limit)

    def word(self, value: str, limit: int | None = None, is_id: bool = False) -> str:
        """An id, a field's path, a code: as it is, unless it is a secret or holds one too long to be there by chance.

        :param is_id: an id of older systems is a short number, and stays one even if a secret is the same.
        """
        return _told(value, lambda text: self._in_word(text, is_id), limit)

    def tree(self, value: t.Any, key: str = "", limit: int | None = None) -> t.Any:
        """A value as JSON has them: its texts as :meth:`text`, its keys and ids as :meth:`word`, its times as they are.

        :param limit: characters of each of its texts that are shown.
        """
        return self._tree(value, key, limit, DEEPEST, None)

    def brief(self, value: t.Any, limit: int = SHOWN_AT_MOST) -> str:
        """A part of an error, whatever it is, as one short text; no more of it is read than can be shown."""
        if isinstance(value, str):
            return self.text(value, limit)
        tree = self._tree(value, "", limit, DEEPEST, [limit])
        told = tree if isinstance(tree, str) else json.dumps(tree)
        return told if len(told) <= limit else told[:limit] + "…"

    def holds(self, value: t.Any) -> bool:
        """Whether a value holds a secret anywhere that :meth:`tree` would hide; what is nested too deeply counts as if it did."""
        return self._holds(value, "", DEEPEST)

    def _tree(self, value: t.Any, key: str, limit: int | None, levels: int, room: list[int] | None) -> t.Any:
        """:param room: how many characters may still be shown in all, counted down."""
        if room is not None:
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
            for name, one in value.items():
                if room is not None:
                    if room[0] <= 0:
                        break
                    room[0] -= len(str(name))
                members[self.word(str(name), limit)] = self._tree(one, str(name), limit, levels - 1, room)
            return members
        enough = itertools.takewhile(lambda _one: room is None or room[0] > 0, value)
        return [self._tree(one, "", limit, levels - 1, room) for one in enough]

    def _holds(self, value: t.Any, key: str, levels: int) -> bool:
        if isinstance(value, str):
            return not _is_time(value, key) and bool(self._in_word(value, True) if _is_id(key) else self._in_text(value))
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return self._is_secret_number(value, key)
        if not isinstance(value, (dict, list, tuple)):
            return False
        if not levels:
            return True
        if isinstance(value, dict):
            return any(self._in_word(str(name)) or self._holds(one, str(name), levels - 1) for name, one in value.items())
        return any(self._holds(one, "", levels - 1) for one in value)

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

    @functools.cached_property
    def _own(self) -> _Index:
        return _Index(self._secrets)

    @functools.cached_property
    def _indexes(self) -> list[_Index]:
        indexes = [self._own, self._others.index] if self._others else [self._own]
        return [index for index in indexes if index]


class OtherSecrets:
    """Secrets by the thousand, whose index is made once for the masks of all credentials of a task.

    :param secrets: the secrets as text; those of fewer than :data:`MIN_MASKED_LENGTH` characters are ignored: they would garble what is
        said about credentials that they do not belong to.
    """

    def __init__(self, secrets: t.Iterable[str]) -> None:
        self._secrets = [secret for secret in secrets if len(secret) >= MIN_MASKED_LENGTH]

    def __bool__(self) -> bool:
        return bool(self._secrets)

    @functools.cached_property
    def index(self) -> _Index:
        return _Index(self._secrets, MIN_MASKED_LENGTH)


class _Index:
    """What secrets look like, and where in a text it stands.

    Each secret is cut into grams of :data:`MIN_MASKED_LENGTH` characters, so that any :data:`LEAST_PART` characters of it hold a whole one.
    A gram that is found in a text is followed to both sides as far as secret and text agree.

    :param least: characters of the shortest secrets that are looked for.
    """

    def __init__(self, secrets: t.Iterable[str], least: int = 1) -> None:
        self.short: set[str] = set()  # looked for just as they are
        self.numbers: set[Decimal] = set()
        bare: dict[str, None] = {}
        for secret in dict.fromkeys(secrets):
            for form in _forms(secret):
                if _NUMBER.fullmatch(form):
                    self.numbers.add(Decimal(form))
                skeletons = [skeleton for skeleton, _dropped in _skeletons(form)]
                bare |= dict.fromkeys(one for one in skeletons if len(one) >= MIN_MASKED_LENGTH)
                if len(skeletons[0]) < MIN_MASKED_LENGTH and len(form) >= least:
                    self.short.add(form)
        self._starts = {one[:LEAST_PART] for one in bare}
        # A line break is in no skeleton, so that nothing agrees across it.
        self._corpus = "\n" * _HALF + "".join(f"{one}\n" for one in bare)
        self._place: dict[str, int] = {}
        self._more_places: dict[str, list[int]] = {}
        base = _HALF
        for one in bare:
            # The last one too: of many secrets that begin alike it is what tells them apart.
            for at in (*range(0, len(one) - MIN_MASKED_LENGTH + 1, MIN_MASKED_LENGTH), len(one) - MIN_MASKED_LENGTH):
                gram = one[at : at + MIN_MASKED_LENGTH]
                if self._place.setdefault(gram, base + at) != base + at:
                    more = self._more_places.setdefault(gram, [])
                    if len(more) < _CROWD:
                        more.append(base + at)
            base += len(one) + 1

    def __bool__(self) -> bool:
        return bool(self._place or self.short)

    @functools.cached_property
    def short_bytes(self) -> list[str]:
        """Short secrets that are looked for inside of base64 and hex: their bytes, read as Latin-1 like what is decoded."""
        return [raw for raw in map(_as_latin_1, self.short) if len(raw) >= _LEAST_BYTES]

    @functools.cached_property
    def short_codes(self) -> set[str]:
        """The base64 and hex of shorter ones."""
        codes: set[str] = set()
        for one in self.short:
            raw = one.encode("utf-8", "surrogatepass")
            if len(raw) < _LEAST_BYTES:
                code = binascii.b2a_base64(raw, newline=False).decode()
                codes |= {code, code.rstrip("="), raw.hex(), raw.hex().upper()}
                codes |= {one.replace("+", "-").replace("/", "_") for one in codes}
        return codes

    def short_ones(self, text: str) -> t.Iterator[Span]:
        """Where short secrets stand in a text, and what is just the code of one."""
        for one in self.short:
            yield from _occurrences(text, one)
        if self.short_codes:
            yield from (run.span() for run in _BASE64_RUN.finditer(text) if run[0] in self.short_codes)

    def parts(self, skeleton: str) -> list[Span]:
        """Where secrets or parts of them stand in a skeleton."""
        place = self._place
        found: list[Span] = []
        if len(place) <= _FEW:
            for gram in place:
                if gram in skeleton:
                    break
            else:
                return found
        done = 0
        # What is decoded from a text that was no code has hardly ever so many of the secrets' characters in a row.
        for window in self._alike.finditer(skeleton):
            first, end = window.span()
            for at in [at for at in range(first, end - MIN_MASKED_LENGTH + 1) if skeleton[at : at + MIN_MASKED_LENGTH] in place]:
                if at >= done and (part := self._followed(skeleton, at, end - first >= LEAST_PART)):
                    found.append(part)
                    done = part[1] - MIN_MASKED_LENGTH + 1
        return found

    @functools.cached_property
    def _alike(self) -> re.Pattern[str]:
        """Runs of characters that are all in secrets, long enough to hold a gram."""
        characters = "".join(sorted(set(self._corpus) - {"\n"}))
        return re.compile(f"[{re.escape(characters)}]{{{MIN_MASKED_LENGTH},}}")

    def _followed(self, skeleton: str, at: int, in_parts: bool) -> Span | None:
        """As much around a gram of the text as is one of the secrets, or is a part of one that is long enough.

        :param in_parts: whether there is room for such a part.
        """
        start, end = at, 0
        for size in range(LEAST_PART, MIN_MASKED_LENGTH - 1, -1):
            if (piece := skeleton[at : at + size]) in self._starts:
                end = at + len(piece)
                break
        gram = skeleton[at : at + MIN_MASKED_LENGTH]
        after, before = skeleton[at : at + MIN_MASKED_LENGTH + _HALF], skeleton[max(at - _HALF, 0) : at]
        for place in (self._place[gram], *self._more_places.get(gram, ())) if in_parts else ():
            if self._corpus[place : place + MIN_MASKED_LENGTH + _HALF] != after and self._corpus[place - _HALF : place] != before:
                continue  # too little on either side
            right = _agreeing(skeleton, at, self._corpus, place)
            left = 0
            # Had it been longer to the left, the gram before this one would have been followed.
            while left < min(at, LEAST_PART) and skeleton[at - left - 1] == self._corpus[place - left - 1]:
                left += 1
            if left + right >= LEAST_PART:
                start, end = min(start, at - left), max(end, at + right)
        return (start, end) if end else None


class _View:
    """A text made from another one by rewriting what a pattern finds, where each character knows where it comes from.

    :param source: the other one.
    """

    def __init__(self, source: _View | None, text: str, pattern: re.Pattern[str] | None = None, rewrite: t.Any = None) -> None:
        self.text = text
        self._source = source
        self._pattern = pattern
        self._rewrite = rewrite

    def escaped(self) -> _View | None:
        """The next layer, or ``None`` where nothing is escaped."""
        if not _MAY_BE_ESCAPED.search(self.text):
            return None
        text = _ESCAPE.sub(_decoded, self.text)
        return None if text == self.text else _View(self, text, _ESCAPE, _decoded)

    def origin(self, start: int, end: int) -> Span:
        """Where characters of this text come from in the original."""
        if self._source is None or self._pattern is None:
            return start, end
        starts, ends, old_starts, old_ends = self._rewritten
        at = bisect_right(starts, start) - 1
        old_start = start if at < 0 else old_starts[at] if start < ends[at] else old_ends[at] + start - ends[at]
        at = bisect_right(starts, end - 1) - 1
        old_end = end if at < 0 else old_ends[at] if end - 1 < ends[at] else old_ends[at] + end - ends[at]
        return (
            self._source.widened(old_start, old_end)
            if self._pattern in (_DROPPED, _DROPPED_BARE)
            else self._source.origin(old_start, old_end)
        )

    def widened(self, start: int, end: int) -> Span:
        """As :meth:`origin`, with escaped quotes, blanks and the like around: a secret may begin or end with such."""
        while end < len(self.text) and _DROPPED.match(self.text[end]) and self._is_escape(end):
            end += 1
        while start > 0 and _DROPPED.match(self.text[start - 1]) and self._is_escape(start - 1):
            start -= 1
        return self.origin(start, end)

    def _is_escape(self, position: int) -> bool:
        if self._pattern is None:
            return False
        starts, ends, _old_starts, _old_ends = self._rewritten
        at = bisect_right(starts, position) - 1
        return at >= 0 and position < ends[at]

    @functools.cached_property
    def _rewritten(self) -> tuple[list[int], list[int], list[int], list[int]]:
        """Starts and ends here, and in the source, of all that was rewritten; seldom needed, as nearly no text holds a secret."""
        starts, ends, old_starts, old_ends = [], [], [], []
        shift = 0
        source = t.cast(_View, self._source)
        for found in t.cast("re.Pattern[str]", self._pattern).finditer(source.text):
            old_start, old_end = found.span()
            starts.append(old_start + shift)
            ends.append(starts[-1] + len(self._rewrite(found)))
            old_starts.append(old_start)
            old_ends.append(old_end)
            shift = ends[-1] - old_end
        return starts, ends, old_starts, old_ends


def _spans(text: str, indexes: list[_Index], short: bool) -> list[Span]:
    """Where secrets stand in a text, in whatever layer and code.

    :param short: whether the short secrets are looked for too.
    """
    if not indexes or (len(text) < MIN_MASKED_LENGTH and not short):
        return []
    found: list[Span] = []
    view: _View | None = _View(None, text)
    for _layer in range(LAYERS + 1):
        if view is None:
            break
        for skeleton, dropped in _skeletons(view.text):
            bare = [part for index in indexes for part in index.parts(skeleton)]
            if dropped is _DROPPED:
                bare += _in_codes(view.text, skeleton, indexes, short)
            if bare:
                origin = _View(view, skeleton, dropped, _nothing).origin
                found += [origin(*part) for part in bare]
        if short:
            found += [view.origin(*part) for index in indexes if index.short for part in index.short_ones(view.text)]
        view = view.escaped()
    return _merged(found) if found else found


def _in_codes(text: str, skeleton: str, indexes: list[_Index], short: bool) -> list[Span]:
    """Where in a skeleton base64 and hex stand that are those of secrets."""
    short = short and any(index.short_bytes for index in indexes)
    found: list[Span] = []
    if (_BASE64_SHORT if short else _BASE64_LONG).search(text):
        found = _in_base64(skeleton, (_BASE64_RUN_SHORT if short else _BASE64_RUN_LONG).finditer(skeleton), indexes, short)
    if (_HEX_SHORT if short else _HEX_LONG).search(skeleton):
        for run in (_HEX_SHORT if short else _HEX_LONG).finditer(skeleton):
            for shift in range(2):
                raw = bytes.fromhex(run[0][shift : shift + (len(run[0]) - shift) // 2 * 2])
                base = run.start() + shift
                found += [(base + 2 * start, base + 2 * end) for start, end in _in_bytes(raw, indexes, short)]
    return found


def _in_base64(skeleton: str, runs: t.Iterable[re.Match[str]], indexes: list[_Index], short: bool) -> list[Span]:
    """Where in runs of base64 secrets stand.

    Nobody knows where in a run it begins, so each of four beginnings is tried; all of them are decoded at once, one behind the other.
    """
    places = []  # where each run begins, where its code ends, and where its padding ends
    codes: list[str] = []
    for run in runs:
        start, end = run.span()
        code = skeleton[start:end].rstrip("=")
        size = len(code)
        places.append((start, start + size, end))
        codes += [
            code + _FILL[size % 4],
            code[1:] + _FILL[(size - 1) % 4],
            code[2:] + _FILL[(size - 2) % 4],
            code[3:] + _FILL[(size - 3) % 4],
        ]
    found = _in_bytes(binascii.a2b_base64("".join(codes).translate(_STANDARD)), indexes, short)
    if not found:
        return found
    bases = [0, *itertools.accumulate(len(code) // 4 * 3 for code in codes)]  # where in the bytes each beginning stands
    spans = []
    for first, last in found:
        at = bisect_right(bases, first) - 1
        start, code_end, end = places[at // 4]
        start += at % 4
        stop = start - ((bases[at] - last) * 4 // 3)
        spans.append((start + (first - bases[at]) * 4 // 3, stop if stop < code_end else end))
    return spans


def _in_bytes(raw: bytes, indexes: list[_Index], short: bool) -> list[Span]:
    """Where secrets stand in bytes; they are read as Latin-1, in which form each secret is in the index too."""
    text = raw.decode("latin-1")
    found: list[Span] = []
    for skeleton, dropped in _skeletons(text):
        parts = [part for index in indexes for part in index.parts(skeleton)]
        if parts:
            view = _View(_View(None, text), skeleton, dropped, _nothing)
            found += [view.origin(*part) for part in parts]
    if short:
        found += [part for index in indexes for one in index.short_bytes for part in _occurrences(text, one)]
    return found


def _forms(secret: str) -> t.Iterator[str]:
    """What is looked for of one secret, in all layers and codes."""
    own = [secret, secret.strip()]
    if "\n" in secret and "\ufffd" not in secret:  # that stands in bytes that are no text, and have no lines
        # A longer line is found as a part of the secret.
        own += [line for line in secret.splitlines() if len(line.strip()) >= MIN_MASKED_LENGTH and len(_skeleton(line)) < LEAST_PART]
    view: _View | None = _View(None, secret)
    for _layer in range(LAYERS):
        view = view.escaped() if view else None
        if view and len(_skeleton(view.text)) >= MIN_MASKED_LENGTH:
            own.append(view.text)
    own += [one.replace(" ", "+") for one in own if " " in one] + [one.replace("+", " ") for one in own if "+" in one]
    for one in dict.fromkeys(own):
        if one:
            yield one
            if not one.isascii():
                yield _as_latin_1(one)
    if secret.lstrip(" \t\r\n\ufeff")[:1] in ("{", "["):
        for value in _values(secret):
            yield from _forms(value)


def _values(document: str) -> t.Iterator[str]:
    """The texts and numbers of a JSON document that are long enough to be told from others; nothing where it is none."""
    try:
        rest = [json.loads(document.lstrip("\ufeff"), parse_int=str, parse_float=str)]
    except (ValueError, RecursionError):
        return
    while rest:
        value = rest.pop()
        if isinstance(value, str):
            if len(value) >= MIN_MASKED_LENGTH:
                yield value
        elif isinstance(value, (dict, list)):
            rest += value.values() if isinstance(value, dict) else value


def _told(value: str, where: t.Callable[[str], list[Span]], limit: int | None) -> str:
    """A text with what was found hidden, and cut; the cut comes first, so that the rest costs nothing."""
    read = value if limit is None or len(value) <= limit else value[: limit + _MARGIN]
    spans = where(read)
    if not spans and (limit is None or len(value) <= limit):
        return printable(value)
    end = len(value) if limit is None else min(len(value), limit)
    pieces = []
    at = 0
    for start, stop in spans:
        if start >= end:
            break
        pieces += [read[at:start], HIDDEN]
        at = stop
    pieces.append(read[at:end])
    return printable("".join(pieces)) + ("…" if end < len(value) else "")


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _is_time(value: str, key: str) -> bool:
    return key in _TIMES and instant(value) is not None


def _is_id(key: str) -> bool:
    return key == "id" or key.endswith("Id")


def _skeleton(text: str) -> str:
    return _DROPPED.sub("", text) if _QUOTING.search(text) else "".join(text.split())


def _skeletons(text: str) -> list[tuple[str, re.Pattern[str]]]:
    """A text in each way in which quoting may have changed it, and what was dropped there."""
    ways = [(_skeleton(text), _DROPPED)]
    if _BOTH_WAYS.search(text):
        ways.append((_DROPPED_BARE.sub("", text), _DROPPED_BARE))
    return ways


def _as_latin_1(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def _nothing(_found: re.Match[str]) -> str:
    return ""


def _occurrences(text: str, sought: str) -> t.Iterator[Span]:
    at = text.find(sought)
    while at >= 0:
        yield at, at + len(sought)
        at = text.find(sought, at + len(sought))


def _agreeing(one: str, at: int, other: str, place: int) -> int:
    """How many characters two texts have in common from two places on; compared in steps, as they may be a million."""
    length, step = 0, MIN_MASKED_LENGTH
    growing = True
    while step:
        piece = other[place + length : place + length + step]
        if len(piece) == step and one.startswith(piece, at + length):
            length += step
            step = step * 2 if growing else step // 2
        else:
            growing = False
            step //= 2
    return length


def _decoded(found: re.Match[str]) -> str:
    """What an escape stands for; itself, where it is none."""
    escape = found[0]
    mark, kind = escape[0], escape[1]
    if mark == "&":
        return _of_html(escape)
    if mark == "%" and kind != "u":
        raw = bytes.fromhex(escape.replace("%", ""))
        try:
            return raw.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return raw.decode("latin-1")
    if kind in "uUx":
        units = re.findall(_HEXDIGIT + "+", escape.replace("u", " "))
        if len(units) == 2:
            return bytes.fromhex("".join(units)).decode("utf-16-be", "surrogatepass")
        return _character(int(units[0], 16), escape)
    return _SIMPLE.get(kind, kind)


def _of_html(escape: str) -> str:
    if escape[1] != "#":
        return html.unescape(escape)
    digits = escape[2:].rstrip(";")
    base = 10
    if digits[0] in "xX":
        digits, base = digits[1:], 16
    digits = digits.lstrip("0") or "0"
    return _character(int(digits, base), escape) if len(digits) <= 7 else escape


def _character(number: int, otherwise: str) -> str:
    return chr(number) if number <= 0x10FFFF else otherwise
