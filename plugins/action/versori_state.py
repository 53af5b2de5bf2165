# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists what is remembered of credentials, forgets it, and moves it to another place; on the controller, and without the API."""

from __future__ import annotations

import typing as t

from ..module_utils._core.failure import Failure
from ..module_utils._core.texts import require_text
from ..module_utils._options import VERSORI_STATE
from ..plugin_utils._action import VersoriAction
from ..plugin_utils._state import State
from ..plugin_utils._table import state_lines


class ActionModule(VersoriAction):
    """The action plugin of ``versori_state``."""

    def act(self) -> dict[str, t.Any]:
        options = self.read_options(VERSORI_STATE)
        called = self._read_forget()
        wanted = {
            "forget": bool(called),
            "forget_all": options["forget_all"],
            "key_file": bool(options["key_file"]),
            "move_to": bool(options["move_to"] or options["move_to_plugin"]),
        }
        if sum(wanted.values()) > 1:
            raise Failure(f"{', '.join(name for name in wanted if wanted[name])}: give one of them at a time.")
        if options["keep"] and not wanted["move_to"]:
            raise Failure("keep is of use with move_to alone: give move_to too, or leave keep out.")
        state = State(
            options["cache_plugin"],
            options["cache_connection"],
            options["cache_prefix"],
            options["fingerprint_key"],
            bool(self._task.check_mode),
        )
        result: dict[str, t.Any] = {"changed": False, "place": state.place, "checks": state.checks()}
        entries, done = state.entries, "remembered"
        if wanted["forget"] or wanted["forget_all"]:
            entries, done = state.forget(called if wanted["forget"] else None), "forgotten"
            result["changed"] = bool(entries)
        elif wanted["key_file"]:
            state.write_key(options["key_file"])
            result["changed"] = True
        elif wanted["move_to"]:
            result["moved_to"] = state.move(options["move_to_plugin"], options["move_to"], options["keep"])
            result["changed"] = bool(entries)
            done = f"{'copied' if options['keep'] else 'moved'} to {result['moved_to']}"
        result["credentials"] = [entry.as_dict() for entry in entries]
        if self._task.check_mode and done != "remembered":
            done = f"would be {done}"
        result["lines"] = state_lines(result["credentials"], result["checks"], state.place, done)
        if wanted["key_file"]:
            would = "would be" if self._task.check_mode else "is"
            result["lines"].append(f"The key {would} written to {options['key_file']}. Encrypt that file with ansible-vault.")
        elif wanted["move_to"] and not options["keep"]:
            result["lines"].append("From now on, tasks need the new place as cache_plugin and cache_connection, as it was given here.")
        return result

    def _read_forget(self) -> list[str]:
        """Names and ids, one or many.

        :raises Failure: for what is no text.
        """
        given = self.options["forget"]
        given = [given] if isinstance(given, str) else given or []
        if not isinstance(given, list):
            raise Failure("forget must be a name, an id, or a list of them.")
        return [require_text(f"forget[{position}]", text) for position, text in enumerate(given)]
