# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The doctor: finds out how an account's API really behaves, on throw-away credentials of its own."""

from __future__ import annotations

import time
import typing as t

from .._api.client import Client
from .._api.connection import Connection, read_connection, sign_in_of
from .._core.failure import Failure
from .._core.identifiers import identifier
from .all_types import look_at_types
from .diagnosis import QUESTIONS
from .examination import Examination
from .lists import look_at_pages, look_at_the_list
from .one_life import look_at_one, look_for_nobody
from .summing_up import sum_up
from .throwaway import Throwaways

_LONGEST_WAIT = 600  # seconds


class _Part(t.NamedTuple):
    """A part of the examination.

    :param questions: what it may settle; where it fails, they stay open.
    :param only_reads: whether check mode may do it too.
    """

    look: t.Callable[[Examination], None]
    questions: tuple[str, ...]
    only_reads: bool = False


# In the order in which they are done.
_PARTS = (
    _Part(look_at_the_list, tuple(QUESTIONS), only_reads=True),  # without it there is nothing to be seen at all
    _Part(look_for_nobody, ("not_found", "error_cause"), only_reads=True),
    _Part(look_at_pages, ("next_cursor", "cursor", "list_lag", "list_order", "usages_in_list", "names")),
    _Part(
        look_at_one,
        (
            "post_answer",
            "put_answer",
            "moves",
            "noop_put",
            "put_times",
            "unknown_fields",
            "put_without_secret",
            "put_redacted",
            "type_change",
            "usages",
            "id_form",
            "id_case",
            "delete",
        ),
    ),
    _Part(
        look_at_types,
        ("types", "redaction", "write_answer_secrets", "empty_optionals", "put_without_optional", "errors", "tokens"),
    ),
    _Part(sum_up, ()),
)


def examine(
    client: Client,
    organisation_id: str,
    signed_in_with: str,
    wait: float = 5.0,
    check_mode: bool = False,
    sleep: t.Callable[[float], None] = time.sleep,
) -> dict[str, t.Any]:
    """Ask everything that can be asked safely.

    Only credentials that this function has created are ever read or changed; of others the list is read, and only counted.

    :param signed_in_with: the name of the option.
    :param wait: seconds to watch for changes that the platform makes by itself.
    :param check_mode: create nothing, only read.
    :return: ``report``, plain data without a secret, a token, an id or a name of the organisation's; ``warnings``, the API's
        own words, which may name the organisation; ``changed``, whether leftovers of an earlier run were deleted.
    """
    throwaways = Throwaways(client, organisation_id, sleep)
    with throwaways:
        seen = Examination(throwaways, signed_in_with, wait, check_mode)
        for part in _PARTS:
            if check_mode and not part.only_reads:
                continue
            try:
                part.look(seen)
            except Failure as failure:
                seen.failed(failure, part.questions)
                if part is _PARTS[0]:
                    break
    return seen.result()


def examine_account(options: t.Mapping[str, t.Any], check_mode: bool) -> dict[str, t.Any]:
    """:func:`examine` for the options of a task.

    :raises Failure: about an option that is missing or wrong.
    """
    connection, organisation_id = read_account(options)
    client = Client(connection)
    try:
        return examine(client, organisation_id, sign_in_of(options), options["wait"], check_mode)
    finally:
        client.close()


def read_account(options: t.Mapping[str, t.Any]) -> tuple[Connection, str]:
    """How to reach the API, and the organisation's id.

    :raises Failure: about an option that is missing or wrong.
    """
    if not 0 <= options["wait"] <= _LONGEST_WAIT:
        raise Failure(f"wait must be from 0 to {_LONGEST_WAIT} seconds.")
    return read_connection(options), identifier(options["organisation_id"] or "", "organisation_id")
