# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another host, as far as Ansible can tell: it is this machine, and each command that is run there is written down.

With ELSEWHERE_LOSES, the module of that number runs, and is killed before it has answered. With ELSEWHERE_HAS_NO_PYTHON, no Python is
found there, neither on PATH nor where systems have theirs.
"""

import json
import os

from ansible.plugins.connection.local import Connection as Local

DOCUMENTATION = """
name: elsewhere
short_description: Runs commands on this machine, but is not the connection plugin called local
description: For tests. ELSEWHERE_LOG names the file that the commands are appended to.
author: the versori.platform contributors (@versori)
options:
  become_success_timeout:
    description: As in local.
    type: int
    default: 10
    vars:
      - name: ansible_local_become_success_timeout
  become_strip_preamble:
    description: As in local.
    type: bool
    default: true
    vars:
      - name: ansible_local_become_strip_preamble
extends_documentation_fragment:
  - connection_pipelining
"""


class Connection(Local):
    transport = "elsewhere"

    def exec_command(self, cmd, in_data=None, sudoable=True):
        text = cmd.decode() if isinstance(cmd, bytes) else str(cmd)
        # A module comes on standard input (pipelining), or as a file that was put there before.
        is_module = bool(in_data) or ("AnsiballZ_" in text and "chmod" not in text)
        with open(os.environ["ELSEWHERE_LOG"], "a") as file:
            file.write(json.dumps({"command": text, "is_module": is_module}) + "\n")
        if "ELSEWHERE_HAS_NO_PYTHON" in os.environ:
            cmd = "PATH=; " + text.replace("/usr/bin/python", "/usr/bin/no-python")
        done = super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        if is_module and "ELSEWHERE_LOSES" in os.environ:
            with open(os.environ["ELSEWHERE_LOG"]) as file:
                if sum(json.loads(line)["is_module"] for line in file) == int(os.environ["ELSEWHERE_LOSES"]):
                    return 137, b"", b"Killed"
        return done
