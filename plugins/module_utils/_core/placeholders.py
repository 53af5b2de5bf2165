# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one table of texts that stand for a secret and are none: masks, marks of tools, references that nobody has resolved.

A task that gives one in a secret's place is refused, unless ``allow_placeholder`` says that it is meant; a server that shows one
shows nothing (contract, "Redaction").
"""

from __future__ import annotations

import contextlib
import json
import re
import typing as t

SECRET_PLACEHOLDER = "(secret)"  # noqa: S105 - what results show in a secret's place
PUSHED_PLACEHOLDER = "(secret, sent anew)"
UNKNOWN_FIELD_PLACEHOLDER = "(not shown: this collection does not know the field)"

ANY = "any text"  # it means nothing in a name or a readable field either
TEMPLATE = "any text of a task"  # of a file that nothing is templated in, its reader knows better
SECRET = "a secret"  # noqa: S105
TYPED = "a secret that is a text"  # a file of bytes may hold it

MASK = r"*•●∙·◦▪■█⬤"  # characters that stand for hidden ones
_WORDS = "redacted|hidden|masked|obfuscated|censored|concealed|removed|sensitive|filtered"
_OWN = "|".join(map(re.escape, (SECRET_PLACEHOLDER, PUSHED_PLACEHOLDER, UNKNOWN_FIELD_PLACEHOLDER)))
_BLANK = " \t\n\r\f\v\0\x85\xa0\u200b\u2060\ufeff"
_IN_DOCUMENTS = (
    "a template",
    "a word to be replaced",
    "a variable that was not filled in",
    "a reference to a secret",
    "an encrypted file",
)
_LARGEST_DOCUMENT = 256 * 1024  # characters of a JSON document whose values are looked at one by one


class Placeholder(t.NamedTuple):
    """One kind of placeholder.

    :param name: what a message calls it.
    :param origin: where it comes from.
    :param scope: one of :data:`ANY`, :data:`TEMPLATE`, :data:`SECRET`, :data:`TYPED`: which values it is refused in.
    :param redacted: whether it counts as redacted when the server shows it, too.
    :param pattern: searched for in the text without the white space around it; each takes time linear in that.
    """

    name: str
    origin: str
    scope: str
    redacted: bool
    pattern: re.Pattern[str]


def _whole(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """A pattern for a text that is nothing else; the white space around it is gone by then."""
    return re.compile(rf"\A(?:{pattern})\Z", flags)


PLACEHOLDERS: tuple[Placeholder, ...] = (
    Placeholder(
        "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER",
        "Ansible, in place of an argument with `no_log`",
        ANY,
        True,
        re.compile("VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"),
    ),
    Placeholder("$REDACTED$", "Ansible 2.22 and newer, in place of a registered secret", ANY, True, re.compile(r"\$REDACTED\$")),
    Placeholder(
        "the sentence of no_log",
        "Ansible, in place of the output of a task with `no_log`",
        ANY,
        True,
        re.compile("the output has been hidden due to the fact that 'no_log"),
    ),
    Placeholder(
        "__omit_place_holder__", "Ansible up to 2.18, for `omit` inside a text or a list", ANY, True, re.compile("__omit_place_holder__")
    ),
    Placeholder("$encrypted$", "AWX and AAP, in place of an encrypted field", ANY, True, re.compile(r"\$encrypted\$")),
    Placeholder("$ANSIBLE_VAULT", "Ansible Vault, a value that was not decrypted", ANY, True, re.compile(r"\$ANSIBLE_VAULT;\d")),
    Placeholder(
        "ENC[…]",
        "SOPS, hiera-eyaml, Jasypt (`ENC(…)`), Spring (`{cipher}…`), Vault transit (`vault:v1:…`): a value that was not decrypted",
        ANY,
        True,
        re.compile(r"ENC\[[A-Z0-9_]{1,40},|\AENC\[[^\]]*\]\Z|\AENC\([^()]*\)\Z|\A\{cipher\}|\Avault:v\d+:"),
    ),
    Placeholder(
        "an object of Python's",
        "Jinja up to ansible-core 2.18: `{{ creds.items }}` names a method of the mapping",
        ANY,
        False,
        re.compile(r"<[^<>]{1,200} at 0x[0-9a-f]+>|\A<(?:class|module|function|Macro|generator) [^<>]{1,200}>\Z"),
    ),
    Placeholder("this collection's own placeholder", "results and diffs of this collection", ANY, True, _whole(_OWN)),
    Placeholder(
        "a template",
        "Jinja, the text of a template that was not filled in",
        TEMPLATE,
        False,
        _whole(r"\$?\{\{.*\}\}|\{%.*%\}|\{#.*#\}", re.DOTALL),
    ),
    Placeholder("a redacted value of asterisks or bullets", "web pages, logs, APIs", SECRET, True, _whole(rf"[{MASK}\s]+")),
    Placeholder(
        "a redacted value in brackets",
        "logs, APIs and manuals: `[REDACTED]`, `<your password>`",
        SECRET,
        True,
        _whole(r"[\[<({]{1,3}[A-Za-z][A-Za-z _.:,-]{0,60}[\]>)}]{1,3}|<[A-Za-z][^<>\n]{0,80}>"),
    ),
    Placeholder(
        "a redacted value, said in a word",
        "logs and APIs: `REDACTED`, `**hidden**`",
        SECRET,
        True,
        _whole(rf"\W{{0,20}}(?:{_WORDS})\W{{0,20}}", re.IGNORECASE),
    ),
    Placeholder(
        "one character again and again",
        "forms, logs and examples: `xxxx`, `--------`, `########`",
        SECRET,
        False,
        _whole(r"(\S)(?:\s*\1){3,}|[A-Za-z_-]{0,12}[xX]{6,}|[xX]{4,}(?:-[xX]{4,})+"),
    ),
    Placeholder(
        "a value that is masked in part",
        "web pages and logs: `ab****yz`, `************4242`",
        TYPED,
        False,
        re.compile(rf"[{MASK}]{{4,}}"),
    ),
    Placeholder(
        "a value that is cut short", "web pages and manuals: `AKIA...7Q`", TYPED, False, _whole(r"[\w-]{1,40}(?:\.{3}|…)[\w-]{0,40}")
    ),
    Placeholder(
        "a word to be replaced",
        "templates of files: `CHANGEME`, `replace_me`, `TODO`",
        SECRET,
        False,
        _whole(
            r"\W{0,20}(?:(?:please[ _-]?)?(?:change|replace|fill)[ _-]?(?:me|this|it|in)|todo|fixme|tbd|placeholder"
            r"|change[ _-]?me[ _-]please|insert[ _-][a-z _-]{1,40}[ _-]here|replace[ _-]with[ _-][a-z _-]{1,40}"
            r"|your[ _-][a-z _-]{0,40}(?:key|token|secret|password|here))\W{0,20}",
            re.IGNORECASE,
        ),
    ),
    Placeholder(
        "the text of an empty value",
        "programs that turn nothing into a text: `None`, `null`, `undefined`",
        SECRET,
        False,
        _whole(r"none|null|nil|undefined|nan|\[object object\]", re.IGNORECASE),
    ),
    Placeholder(
        "a variable that was not filled in",
        "shells and CI: `$TOKEN`, `${TOKEN}`, `$(pass show x)`, `%TOKEN%`",
        SECRET,
        False,
        _whole(
            r"\$\{[^{}]*\}|\$\([^()]*\)|\$[A-Z_][A-Z0-9_]{2,}|\$[a-z]+(?:_[a-z0-9]+)+|\$env:\w+|%[A-Z_][A-Z0-9_]{2,}%|<%[^%]*%>"
            r"|__[A-Z][A-Z0-9_]{1,60}__|#\{[^{}]*\}#?|%\{[^{}]*\}|%!s\([^()]*\)"
        ),
    ),
    Placeholder(
        "a reference to a secret",
        "1Password, vals, AWS, Azure, Google Cloud: `op://…`, `ref+…://…`, `arn:aws:secretsmanager:…`",
        SECRET,
        False,
        _whole(
            r"op://[^\n]+|ref\+\w+://\S+|vault:\S+#\S+|arn:aws[\w-]*:(?:secretsmanager|ssm):\S+|@Microsoft\.KeyVault\([^()]*\)"
            r"|projects/[^/\s]+/secrets/\S+"
        ),
    ),
    Placeholder(
        "an encrypted file",
        "age, OpenPGP and git-crypt, a file that was not decrypted",
        SECRET,
        False,
        re.compile(r"\A(?:-----BEGIN (?:AGE ENCRYPTED FILE|PGP MESSAGE)-----|age-encryption\.org/v1)|\A\x00?GITCRYPT\x00"),
    ),
)


_REDACTED = [row for row in PLACEHOLDERS if row.redacted]
_ALL_X = re.compile(r"[xX]{4,}")
_SOME_MASK = re.compile(rf"[{MASK}]{{3,}}|\.\.\.|…")


def placeholder_in(value: str, *scopes: str) -> Placeholder | None:
    """The first row of the table that a text matches, or ``None``.

    Of a JSON document (a service account's file, say) each text in it is looked at too; words like ``none`` are usual there.

    :param value: a text that somebody has given.
    :param scopes: which rows: those of these scopes.
    """
    rows = [row for row in PLACEHOLDERS if row.scope in scopes]
    matched = _first_match(rows, value)
    if matched or SECRET not in scopes or len(value) > _LARGEST_DOCUMENT:
        return matched
    rows = [row for row in rows if row.redacted or row.name in _IN_DOCUMENTS]
    return next(filter(None, (_first_match(rows, text) for text in texts_in_json(value) if not is_blank(text))), None)


def _first_match(rows: list[Placeholder], text: str) -> Placeholder | None:
    text = text.strip(_BLANK)
    return next((row for row in rows if row.pattern.search(text)), None)


def is_redacted(value: t.Any) -> bool:
    """Whether a value that the server shows is a placeholder for a secret: missing, empty, all asterisks or bullets, or a word like
    ``[REDACTED]``. Nobody has documented how that looks, so every likely form counts (contract, "Redaction").

    Such a value must never be sent: a PUT would put it in the secret's place.
    """
    if not isinstance(value, str):
        return value is None
    text = value.strip()
    return not text or bool(_ALL_X.fullmatch(text)) or any(row.pattern.search(text) for row in _REDACTED)


def may_be_redacted(value: t.Any) -> bool:
    """Whether a value that the server shows could be a placeholder, in whole or in part (``ab****yz``), at any depth.

    Wider than :func:`is_redacted`: what is only compared or sent back may be doubted more readily than what a user has typed.
    """
    return any(is_redacted(leaf) or (isinstance(leaf, str) and _SOME_MASK.search(leaf)) for leaf in _leaves(value))


def is_blank(text: str) -> bool:
    """Whether nothing is in a text, a mark of byte order or a character of no width aside."""
    return not text.strip(_BLANK)


def texts_in_json(text: str) -> t.Iterator[str]:
    """The texts in a JSON document, and its numbers as they are written there; none where a text is no such document."""
    text = text.strip(_BLANK)
    if text[:1] in ("{", "["):
        with contextlib.suppress(ValueError, RecursionError):
            yield from texts_in(json.loads(text, parse_int=str, parse_float=str))


def texts_in(value: t.Any) -> t.Iterator[str]:
    """The texts in a value as JSON has them, at any depth, names of members aside."""
    return (leaf for leaf in _leaves(value) if isinstance(leaf, str))


def _leaves(value: t.Any) -> t.Iterator[t.Any]:
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, (dict, list)):
            left += item.values() if isinstance(item, dict) else item
        else:
            yield item
