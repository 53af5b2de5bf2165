# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds out how an account's API behaves: in this process on the controller, or through the module on another host."""

from __future__ import annotations

import typing as t

from ..module_utils._doctor.examine import examine_account, read_account
from ..module_utils._options import VERSORI_DOCTOR
from ..plugin_utils._action import VersoriAction, no_answer


class ActionModule(VersoriAction):
    """The action plugin of ``versori_doctor``."""

    def act(self) -> dict[str, t.Any]:
        options = self.read_options(VERSORI_DOCTOR)
        connection = self.connection
        _connection, organisation_id = read_account(options)  # an option that is wrong is refused before anything is sent
        if self.is_local:
            with self.proxies_of_the_task():
                return examine_account(options, self._task.check_mode)
        args = {**self.connection_arguments(), "organisation_id": organisation_id, "wait": options["wait"]}
        result = self.run_module("versori_doctor", args)
        if "report" not in result:
            raise no_answer(result, connection.secret_texts(), self.old_python(result))
        return {key: result[key] for key in ("changed", "report", "lines", "warnings") if key in result}
