# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The doctor: finds out how an account's API really behaves, on throw-away credentials of its own."""

from __future__ import annotations

import typing as t

from .._api.connection import Connection, auth_option, read_connection
from .._core.failure import Failure
from .._core.identifiers import organisation
from .account import Account
from .observations import Examination
from .probes import examine_absence, examine_lifecycle, examine_list, examine_pages, examine_types, sum_up
from .report import as_lines, make_report

_LONGEST_WAIT = 600  # seconds
_READING = (examine_list, examine_absence)  # what check mode may do too
_WRITING = (examine_pages, examine_lifecycle, examine_types, sum_up)


def examine_account(options: t.Mapping[str, t.Any], check_mode: bool) -> dict[str, t.Any]:
    """Ask everything that can be asked safely.

    Only credentials that this function has created are ever read or changed; of others the list is read, and only counted.

    :param options: the task's; ``wait`` is for how many seconds to watch for changes that the platform makes by itself.
    :param check_mode: create nothing, only read.
    :return: ``report``, plain data without a secret, a token, an id or a name of the organisation's, and ``lines``, the same
        for a terminal; ``warnings``, the API's own words, which may name the organisation; ``changed``, whether leftovers of an
        earlier run were deleted.
    :raises Failure: about an option that is missing or wrong.
    """
    connection, organisation_id = read_account(options)
    failures: list[Failure] = []
    with Account(connection, organisation_id) as account:
        exam = Examination(account, auth_option(options), options["wait"], check_mode)
        for probe in _READING if check_mode else _READING + _WRITING:
            try:
                probe(exam)
            except Failure as failure:
                failures.append(failure)
                if probe is examine_list or account.is_astray:  # without the list there is nothing to be observed at all
                    break
    report = make_report(exam, failures)
    result = {"changed": account.swept > 0, "report": report, "lines": as_lines(report)}
    return {**result, "warnings": list(dict.fromkeys(failure.msg for failure in failures))} if failures else result


def read_account(options: t.Mapping[str, t.Any]) -> tuple[Connection, str]:
    """How to reach the API, and the organisation's id.

    :raises Failure: about an option that is missing or wrong.
    """
    if not 0 <= options["wait"] <= _LONGEST_WAIT:
        raise Failure(f"wait must be from 0 to {_LONGEST_WAIT} seconds.")
    return read_connection(options), organisation(options["organisation_id"])
