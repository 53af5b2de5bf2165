# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads credentials; never changes anything."""

from __future__ import annotations

import typing as t

from ..module_utils._core.actions import LIST, READ, Action, request
from ..module_utils._core.failure import Failure
from ..module_utils._core.identifiers import identifier, organisation
from ..module_utils._core.printable import printable
from ..module_utils._core.summary import Outcome, failure_sentences
from ..module_utils._options import VERSORI_CREDENTIAL_INFO
from ..plugin_utils._action import VersoriAction
from ..plugin_utils._credential import secrets_in


class ActionModule(VersoriAction):
    """The action plugin of ``versori_credential_info``."""

    def act(self) -> dict[str, t.Any]:
        options = self.read_options(VERSORI_CREDENTIAL_INFO)
        empty = self.empty("credential_id", "name")
        if empty and self._task.check_mode:
            warning = f"{empty} is empty, as it is where an earlier task would have created the credential: in check mode none is read."
            return {"changed": False, "credentials": [], "warnings": [warning]}
        if empty:
            raise Failure(f"{empty} is given and empty, which never means all of them: give it a value, or leave it out to read all.")
        organisation_id = organisation(options["organisation_id"])
        if options["credential_id"] is not None and options["name"] is not None:
            raise Failure("credential_id and name are both set: keep one.")
        if not isinstance(options["hide"], (list, type(None))):
            raise Failure("hide must be a list of credentials, as versori_credentials takes them.")
        hidden = secrets_in(options["hide"], self.read_file)
        if options["hide_src"] is not None:
            hidden += secrets_in(self.read_list_file(options["hide_src"])[0], self.read_file)

        def answers_to(*actions: Action) -> list[t.Any]:
            results = self.run_flows([request(*action) for action in actions], self.workers, secret_texts=hidden)
            for failure in results:
                if isinstance(failure, Failure):
                    raise failure
            return results

        if options["credential_id"] is not None:
            credential_id = identifier(options["credential_id"], "credential_id")
            return _result(answers_to((READ, organisation_id, credential_id)))
        [credentials] = answers_to((LIST, organisation_id))
        if options["name"] is not None:
            names = (options["name"], printable(options["name"]))
            credentials = [summary for summary in credentials if summary.get("name") in names]
        elif not options["full"]:
            return {"changed": False, "credentials": credentials}
        flows = [request(READ, organisation_id, summary["id"]) for summary in credentials]
        read = self.run_flows(flows, self.workers, secret_texts=hidden)
        failures = [(summary, answer) for summary, answer in zip(credentials, read, strict=True) if isinstance(answer, Failure)]
        if failures and len(failures) == len(read):
            raise failures[0][1]
        result = _result([observed for observed in read if not isinstance(observed, Failure)])
        if failures:
            outcomes = [
                Outcome.of(f"credential {summary['id']}", None, summary["id"], answer if isinstance(answer, Failure) else {})
                for summary, answer in zip(credentials, read, strict=True)
            ]
            result.update(
                failed=True,
                msg=" ".join(failure_sentences(outcomes, "could not be read")),
                unread=[{**{key: summary.get(key) for key in ("id", "name", "type")}, "msg": failure.msg} for summary, failure in failures],
            )
        return result


def _result(read: t.Iterable[t.Any]) -> dict[str, t.Any]:
    return {"changed": False, "credentials": [observed.view() for observed in read if observed]}
