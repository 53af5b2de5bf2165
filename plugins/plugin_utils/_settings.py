# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task's options as they really are: with environment variables, the vendor's config file and Ansible's types resolved."""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Mapping

import yaml

from ..module_utils._api.connection import SIGN_IN_OPTIONS
from ..module_utils._core.failure import Failure
from ..module_utils._files import expanded, read_regular
from ..module_utils._options import Spec
from ._checks import is_utf8

# Which environment variable stands in for an option that a task does not set.
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
# These stand in only together: where a task says how to sign in, the environment does not add a second way.
SIGN_IN_ENVIRONMENT = {
    "api_key": "VERSORI_API_KEY",
    "jwt": "VERSORI_JWT",
    "session_cookie": "VERSORI_SESSION_COOKIE",
    "context": "VERSORI_CONTEXT",
}
ACTIVE = "@active"  # as a context: the one that the vendor's command line uses now


def plain(value: t.Any) -> t.Any:
    """A templated value as plain Python: vaulted strings decrypted, Ansible's own string classes and tags gone.

    Booleans, numbers, dates and null stay what they are, so that they can be refused where a text is needed.
    """
    if isinstance(value, str):  # most values of a long list
        return str.__str__(value)
    if isinstance(value, (dict, Mapping)):  # dict is a Mapping too, but found sooner by its own name
        return {plain(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(one) for one in value]
    if value is None or isinstance(value, (bool, int, float, datetime.date)):
        return value
    if isinstance(value, (bytes, bytearray)):
        return value.decode("utf-8", "surrogateescape")
    return str(value)  # an inline !vault value for one, which is no str


def with_environment(options: t.Mapping[str, t.Any], environment: t.Mapping[str, str], spec: Spec) -> dict[str, t.Any]:
    """Fill in the options that the task leaves out from environment variables, empty ones excepted.

    :param environment: the controller's, with the task's ``environment:`` laid over it.
    :param spec: the module's; a variable whose option the module does not have is none of its business.
    :raises Failure: for a variable that is no text.
    """
    aliases = {alias: name for name, one in spec.items() for alias in one.get("aliases", ())}
    filled = {aliases.get(key, key): value for key, value in options.items()}
    table = dict(ENVIRONMENT)
    if not any(filled.get(name) for name in SIGN_IN_ENVIRONMENT):
        table.update(SIGN_IN_ENVIRONMENT)
    for name, variable in table.items():
        if name in spec and filled.get(name) in (None, "") and environment.get(variable):
            if not is_utf8(environment[variable]):
                raise Failure(f"{variable} holds bytes that are not UTF-8: check the file or the command that it comes from.")
            filled[name] = environment[variable]
    return filled


def with_context(options: dict[str, t.Any], environment: t.Mapping[str, str]) -> dict[str, t.Any]:
    """Take ``jwt`` and ``organisation_id`` from a context of the vendor's command line (contract, "The vendor's own command line").

    :raises Failure: where the file or the context is not as expected.
    """
    name = options.get("context")
    if not name:
        return options
    others = [one for one in SIGN_IN_OPTIONS if options.get(one)]
    if others:
        raise Failure(f"context and {others[0]} are set, but only one of them can sign in: keep one.")
    path = environment.get("VERSORI_CONFIG") or "~/.versori/config.yaml"
    try:
        path = expanded(path)
        config = yaml.safe_load(read_regular(path))
    except OSError as problem:
        raise Failure(f"context needs the vendor's config file {path}, which cannot be read: {problem.strerror}.") from None
    except (yaml.YAMLError, ValueError, RecursionError):  # a date like 2026-99-99, say, or thousands of brackets
        raise Failure(f"The vendor's config file {path} is not YAML.") from None
    contexts = config.get("contexts") if isinstance(config, dict) else None
    if not isinstance(contexts, dict):
        raise Failure(f"The vendor's config file {path} has no contexts.")
    if name == ACTIVE:
        name = config.get("active_context")
        if not isinstance(name, str):
            raise Failure(f"The vendor's config file {path} names no active_context: give the name of a context instead of {ACTIVE}.")
    context = contexts.get(name)
    if not isinstance(context, dict):
        raise Failure(f"The vendor's config file {path} has no context {name!r}: it has {', '.join(sorted(map(str, contexts)))}.")
    if not context.get("jwt"):
        raise Failure(f"Context {name!r} of {path} holds no jwt: sign in with the vendor's command line first.")
    filled = {**options, "jwt": str(context["jwt"])}
    if not filled.get("organisation_id") and context.get("organisation_id"):
        filled["organisation_id"] = str(context["organisation_id"])
    return filled
