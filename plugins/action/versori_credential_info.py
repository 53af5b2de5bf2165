# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads credentials; never changes anything."""

from __future__ import annotations

import typing as t

from ..module_utils._core.failure import Failure
from ..module_utils._core.identifiers import identifier
from ..module_utils._core.inventory import list_all, look_up
from ..module_utils._core.printable import printable
from ..module_utils._options import info_spec
from ..plugin_utils._action import VersoriAction
from ..plugin_utils._credential import secrets_in


class ActionModule(VersoriAction):
    """The action plugin of ``versori_credential_info``."""

    def act(self) -> dict[str, t.Any]:
        options = self.read_options(info_spec())
        empty = self.empty("credential_id", "name")
        if empty and self._task.check_mode:
            warning = f"{empty} is empty, as it is where an earlier task would have created the credential: in check mode none is read."
            return {"changed": False, "credentials": [], "warnings": [warning]}
        if empty:
            raise Failure(f"{empty} is given and empty, which never means all of them: give it a value, or leave it out to read all.")
        organisation_id = identifier(options["organisation_id"] or "", "organisation_id")
        if options["credential_id"] is not None and options["name"] is not None:
            raise Failure("credential_id and name are both set: keep one.")
        if not isinstance(options["hide"], (list, type(None))):
            raise Failure("hide must be a list of credentials, as versori_credentials takes them.")
        self._hidden = secrets_in(options["hide"], self.read_file)
        if options["hide_src"] is not None:
            self._hidden += secrets_in(self.read_list_file(options["hide_src"], to_push=False), self.read_file)
        if options["credential_id"] is not None:
            found = self._look_up(organisation_id, [identifier(options["credential_id"], "credential_id")])
        else:
            found = self.converse_all(lambda api_url: [list_all(organisation_id)], self.workers, secret_texts=self._hidden)[0]
            if isinstance(found, Failure):
                raise found
            if options["name"] is not None:
                found = [one for one in found if one.get("name") in (options["name"], printable(options["name"]))]
            if options["full"] or options["name"] is not None:
                found = self._look_up(organisation_id, [one["id"] for one in found])
        return {"changed": False, "credentials": found}

    def _look_up(self, organisation_id: str, ids: list[str]) -> list[dict[str, t.Any]]:
        ended = self.converse_all(lambda api_url: [look_up(organisation_id, one) for one in ids], self.workers, secret_texts=self._hidden)
        for one in ended:
            if isinstance(one, Failure):
                raise one
        return [one for one in ended if one is not None]
