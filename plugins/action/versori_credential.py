# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings one credential to its desired state: in this process on the controller, or delegated to another host."""

from __future__ import annotations

import typing as t

from ..module_utils._core.ensure import ensure
from ..module_utils._core.failure import Failure
from ..module_utils._core.masking import Mask
from ..module_utils._options import VERSORI_CREDENTIAL
from ..plugin_utils._action import VersoriAction
from ..plugin_utils._credential import read_credential


class ActionModule(VersoriAction):
    """The action plugin of ``versori_credential``."""

    def act(self) -> dict[str, t.Any]:
        options = self.read_options(VERSORI_CREDENTIAL)
        if self._task.check_mode and self.empty("credential_id"):
            if options["name"] is None:
                return _not_there_yet()
            options["credential_id"] = None
        desired = read_credential(options, self.read_file)
        api_url = self.connection.api_url
        memory = self.memory if desired.needs_memory else None
        if memory:
            memory.mask = Mask([*self.connection.secret_texts(), *desired.secret_texts()])
        [result] = self.run_flows([ensure(desired, memory, api_url, self._task.check_mode, self._task.diff)])
        if isinstance(result, Failure):
            raise result
        return t.cast("dict[str, t.Any]", result)


def _not_there_yet() -> dict[str, t.Any]:
    """The result in check mode for the id of a credential that an earlier task would have created."""
    warning = "credential_id is empty, as it is where an earlier task would have created the credential: check mode cannot say more."
    return {"changed": False, "decision": None, "changes": [], "credential": None, "credential_id": None, "warnings": [warning]}
