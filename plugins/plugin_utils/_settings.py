# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task's options as they really are: with environment variables, the Versori CLI's config file and Ansible's types resolved, and
what Ansible's own validator would stumble over refused."""

from __future__ import annotations

import contextlib
import datetime
import json
import math
import typing as t
from collections.abc import Hashable, Mapping
from urllib.parse import urlsplit

import yaml
from ansible.module_utils.parsing.convert_bool import boolean

from ..module_utils._api.connection import AUTH_OPTIONS, DEFAULT_API_URL
from ..module_utils._core.failure import Failure
from ..module_utils._core.texts import is_utf8, require_text
from ..module_utils._files import expanded, read_regular
from ..module_utils._options import Spec
from ._reading import position_of

try:
    from ansible.template import is_trusted_as_template, trust_as_template
except ImportError:  # ansible-core 2.18 and older, which mark what is unsafe instead
    from ansible.utils.unsafe_proxy import AnsibleUnsafe

    def trust_as_template(value: str) -> str:
        return value

    def is_trusted_as_template(value: object) -> bool:
        return not isinstance(value, AnsibleUnsafe)


# Which environment variable is used instead of an option that a task does not set.
ENVIRONMENT = {
    "organisation_id": "VERSORI_ORGANISATION_ID",
    "api_url": "VERSORI_API_URL",
    "validate_certs": "VERSORI_VALIDATE_CERTS",
    "ca_path": "VERSORI_CA_PATH",
    "timeout": "VERSORI_TIMEOUT",
    "retries": "VERSORI_RETRIES",
    "cache_plugin": "VERSORI_CACHE_PLUGIN",
    "cache_connection": "VERSORI_CACHE_CONNECTION",
    "cache_prefix": "VERSORI_CACHE_PREFIX",
    "fingerprint_key": "VERSORI_FINGERPRINT_KEY",
}
# These are used only together: where a task says how to authenticate, the environment does not add a second way.
AUTHENTICATION_ENVIRONMENT = {
    "api_key": "VERSORI_API_KEY",
    "jwt": "VERSORI_JWT",
    "session_cookie": "VERSORI_SESSION_COOKIE",
    "context": "VERSORI_CONTEXT",
}
# Those whose options are texts: as such they are taken from a task's environment too, where YAML reads 0123 as 83.
TEXT_VARIABLES = tuple(
    variable
    for option, variable in {**ENVIRONMENT, **AUTHENTICATION_ENVIRONMENT}.items()
    if option not in ("validate_certs", "timeout", "retries")
)
_TIMES = ("secret_changed_at",)  # options that a YAML time is accepted for
ACTIVE = "@active"  # as a context: the one that the Versori CLI uses now


def as_source(content: str) -> str:
    """The content of a file, for Ansible's loader to mark in it what is ``!unsafe``."""
    return t.cast(str, trust_as_template(content))


def to_native(value: t.Any) -> t.Any:
    """A templated value as plain Python: vaulted strings decrypted, Ansible's own string classes and tags gone.

    Booleans, numbers, dates and null stay what they are, so that they can be refused where a text is needed.
    """
    if isinstance(value, str):  # most values of a long list
        return str.__str__(value)
    if isinstance(value, (dict, Mapping)):  # dict is a Mapping too, but found sooner by its own name
        return {to_native(key): to_native(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [to_native(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, datetime.date)):
        return value
    if isinstance(value, (bytes, bytearray)):
        return value.decode("utf-8", "surrogateescape")
    return str(value)  # an inline !vault value for one, which is no str


def without_aliases(options: t.Mapping[t.Any, t.Any], spec: Spec) -> dict[t.Any, t.Any]:
    """The options by their own names. Null is the same as not given.

    :raises Failure: where two names of one option have different values, of which ``module_defaults`` may have given one: which of
        them Ansible would take depends on its version.
    """
    own_names = {alias: name for name, item in spec.items() for alias in item.get("aliases", ())}
    named: dict[t.Any, t.Any] = {}
    given_as: dict[t.Any, t.Any] = {}
    for key, value in options.items():
        name = own_names.get(key, key)
        if named.get(name) is None:
            named[name], given_as[name] = value, key
        elif value is not None and named[name] != value:
            raise Failure(
                f"{given_as[name]} and {key} are two names of one option and have different values: keep one of them "
                f"(module_defaults may give one too)."
            )
    return named


def with_texts(options: dict[str, t.Any], spec: Spec) -> dict[str, t.Any]:
    """The options, of which those that are texts are texts already: Ansible would make "83" of 0123 and "True" of yes.

    :raises Failure: for the first one that is something else.
    """
    checked = dict(options)
    for name, item in spec.items():
        value = options.get(name)
        if value is None or item.get("type") not in ("str", "path") or item.get("choices"):  # a choice cannot be mistaken
            continue
        if name in _TIMES and isinstance(value, datetime.datetime):
            checked[name] = value.isoformat() + ("" if value.tzinfo else "Z")  # YAML's times without a zone are UTC
        elif isinstance(value, str) and item["type"] == "path":
            continue  # a file's name may be any bytes
        else:
            require_text(name, value)
    return checked


def check_numbers(options: t.Mapping[str, t.Any], spec: Spec) -> None:
    """Refuse what Ansible would count as a number, or fail to count, where the spec wants one.

    :raises Failure: for a boolean, which would be 1 or 0, and for a number that no float holds.
    """
    for name, value in options.items():
        if spec.get(name, {}).get("type") not in ("int", "float"):
            continue
        if isinstance(value, bool):
            raise Failure(f"{name} must be a number, not a boolean: yes, no, on, off, true and false are booleans in YAML.")
        try:
            usable = math.isfinite(float(value))
        except OverflowError:
            usable = False
        except (TypeError, ValueError):  # the validator says so
            continue
        if not usable:
            raise Failure(f"{name} must be a number of a few digits, and not infinite.")


def check_variables(variables: t.Mapping[str, str]) -> None:
    """Refuse a task's ``environment:`` that no process can have.

    :raises Failure: for the first name or value that is wrong.
    """
    for name, value in variables.items():
        if not name or "=" in name or "\0" in name or not is_utf8(name):
            raise Failure(f"environment has a variable named {name!r}, which no process can have: check where it comes from.")
        if "\0" in value or not is_utf8(value):
            raise Failure(f"environment gives {name} a value with a NUL or with bytes that are not UTF-8: check where it comes from.")


def templates_in(item: t.Any) -> list[str]:
    """Where a file in which nothing is templated holds what looks like a template; nowhere, where that is said to be meant.

    :param item: what Ansible's loader made of a credential in it, its tags included: ``!unsafe`` says that it is meant.
    :return: paths in the item: ``data.value``; an empty one for the item as a whole.
    """
    meant = item.get("allow_placeholder") if isinstance(item, Mapping) else None
    if isinstance(meant, Hashable) and boolean(meant, strict=False):  # that of 2.16 fails for a list or a mapping
        return []
    found: list[str] = []
    left: list[tuple[str, t.Any]] = [("", item)]
    while left:
        path, value = left.pop(0)
        if isinstance(value, Mapping):
            left[:0] = [(f"{path}.{key}" if path else str(key), item) for key, item in value.items()]  # Ansible templates no keys anywhere
        elif isinstance(value, (list, tuple)):
            left[:0] = [(f"{path}[{position}]", item) for position, item in enumerate(value)]
        elif (not isinstance(value, str) or is_trusted_as_template(value)) and _holds_template(to_native(value)):
            found.append(path)
    return found


def refuse_duplicate_keys(content: str, path: str) -> None:
    """Refuse JSON with a name twice in one object, of which the loader takes the last without a word.

    :raises Failure: for it; what is no JSON is for the loader, which warns of such a thing in YAML.
    """

    def pairs(members: list[tuple[str, t.Any]]) -> None:
        if len(dict(members)) < len(members):
            raise Failure(f"src {path} gives one name twice in a mapping: keep one.")

    with contextlib.suppress(ValueError, RecursionError):
        json.loads(content, object_pairs_hook=pairs)


def _holds_template(text: t.Any) -> bool:
    return isinstance(text, str) and any(
        0 <= text.find(begin) <= text.rfind(end) - 2 for begin, end in (("{{", "}}"), ("{%", "%}"), ("{#", "#}"))
    )


def with_environment(options: t.Mapping[str, t.Any], environment: t.Mapping[str, str], spec: Spec) -> dict[str, t.Any]:
    """Fill in the options that the task leaves out from environment variables, empty ones excepted.

    :param options: by their own names.
    :param environment: the controller's, with the task's ``environment:`` laid over it.
    :param spec: the module's; a variable whose option the module does not have is none of its business.
    :raises Failure: for a variable that is no text.
    """
    filled = dict(options)
    for name in ("organisation_id", "api_url"):
        if isinstance(filled.get(name), str) and not filled[name].strip():
            raise Failure(
                f"{name} is given and empty: it would be taken from somewhere else then. Give it a value, or leave it out (omit)."
            )
    table = dict(ENVIRONMENT)
    if not any(filled.get(name) for name in AUTHENTICATION_ENVIRONMENT):
        table.update(AUTHENTICATION_ENVIRONMENT)
    for name, variable in table.items():
        if name in spec and filled.get(name) in (None, "") and environment.get(variable):
            if not is_utf8(environment[variable]):
                raise Failure(f"{variable} holds bytes that are not UTF-8: check the file or the command that it comes from.")
            filled[name] = environment[variable]
    return filled


def sources_of(before: t.Mapping[str, t.Any], filled: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Which environment variables the options come from that :func:`with_environment` has filled in."""
    variables = {**ENVIRONMENT, **AUTHENTICATION_ENVIRONMENT}
    return {name: variables[name] for name, value in filled.items() if value not in (None, "") and before.get(name) in (None, "")}


def with_context(options: dict[str, t.Any], environment: t.Mapping[str, str], sources: dict[str, str] | None = None) -> dict[str, t.Any]:
    """Take ``jwt`` and ``organisation_id`` from a context of the Versori CLI (contract, "Versori CLI").

    Its ``url_overwrite`` is a base of another API, so nothing is sent there; but it says which platform the token is for.

    :param sources: where options come from (:func:`sources_of`); that of the ``jwt`` is added.
    :raises Failure: where the file or the context is not as expected, and where the token would go to another platform than its own.
    """
    name = options.get("context")
    sources = {} if sources is None else sources
    if not name:
        return options
    others = [name for name in AUTH_OPTIONS if options.get(name)]
    if others:
        both = " and ".join(sources.get(name, name) for name in ("context", *others))
        raise Failure(f"{both} are set, but only one of them can be used for authentication: keep one.")
    path = environment.get("VERSORI_CONFIG") or "~/.versori/config.yaml"
    try:
        path = expanded(path)
        content = read_regular(path)
        config = yaml.safe_load(content)
    except OSError as problem:
        raise Failure(f"context needs the Versori CLI's config file {path}, which cannot be read: {problem.strerror}.") from None
    except (yaml.YAMLError, ValueError, RecursionError) as problem:  # a date like 2026-99-99, say, or thousands of brackets
        raise Failure(
            f"The Versori CLI's config file {path} is not YAML{position_of(problem, content.decode('utf-8', 'replace'))}."
        ) from None
    contexts = config.get("contexts") if isinstance(config, dict) else None
    if not isinstance(contexts, dict):
        raise Failure(f"The Versori CLI's config file {path} has no contexts.")
    if name == ACTIVE:
        name = config.get("active_context")
        if not isinstance(name, str):
            raise Failure(f"The Versori CLI's config file {path} names no active_context: give the name of a context instead of {ACTIVE}.")
    context = contexts.get(name)
    if not isinstance(context, dict):
        raise Failure(f"The Versori CLI's config file {path} has no context {name!r}: it has {', '.join(sorted(map(str, contexts)))}.")
    if not context.get("jwt"):
        raise Failure(f"Context {name!r} of {path} holds no jwt: authenticate with the Versori CLI first.")
    base = context.get("url_overwrite")
    if base and not options.get("api_url") and _host(base) != _host(DEFAULT_API_URL):
        raise Failure(
            f"Context {name!r} of {path} is for another platform than {_host(DEFAULT_API_URL)}, by its url_overwrite, which is a base of "
            f"another API. Give the api_url of the Connect API that its token is for. Nothing was sent."
        )
    sources["jwt"] = f"context {name!r} of {path}"
    filled = {**options, "jwt": require_text(f"jwt of context {name!r} in {path}", context["jwt"])}
    if not filled.get("organisation_id") and context.get("organisation_id"):
        filled["organisation_id"] = require_text(f"organisation_id of context {name!r} in {path}", context["organisation_id"])
    return filled


def _host(url: t.Any) -> str | None:
    """The host in a URL, with or without a scheme; ``None`` where it has none that can be read."""
    with contextlib.suppress(ValueError):
        return urlsplit(url if "//" in str(url) else f"//{url}").hostname
    return None
