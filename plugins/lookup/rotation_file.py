# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: rotation_file
short_description: The variables of a YAML file, of which nothing is printed
version_added: 0.1.0
description:
  - Reads a file of variables as M(ansible.builtin.include_vars) does, vaulted or not, and fills in its templates. What Ansible
    warns of in such a file, a key that is there twice for example, it prints with lines of the file. Here it does not.
  - Made for the playbook C(rotate), whose file holds secrets.
author:
  - The versori.platform contributors (@versori-platform)
options:
  _terms:
    description: Paths of files on the controller.
    type: list
    elements: path
    required: true
"""

EXAMPLES = r"""
- name: How many new values there are
  ansible.builtin.debug:
    msg: "{{ lookup('versori.platform.rotation_file', 'rotate.yml').variables.versori_rotate | default([]) | length }}"
"""

RETURN = r"""
_list:
  description:
    - For each file a mapping, in which C(variables) holds the file's variables, and C(problem) says why it cannot be used.
      C(problem) is empty, and else C(variables) is.
  type: list
  elements: dict
"""

import os
import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from ..plugin_utils._reading import position_of, read_decrypted
from ..plugin_utils._settings import as_source


class LookupModule(LookupBase):
    """The lookup plugin."""

    def run(self, terms: list[t.Any], variables: t.Any = None, **kwargs: t.Any) -> list[dict[str, t.Any]]:
        self.set_options(var_options=variables, direct=kwargs)
        return [self._read(os.path.abspath(os.path.expanduser(str(path)))) for path in terms]

    def _filled_in(self, value: t.Any) -> t.Any:
        try:
            return self._templar.template(value)
        except Exception:  # of any kind: each may hold a secret in its text
            failed = AnsibleError("a value in the file cannot be filled in")
        raise failed  # here, where nothing is left of the first one

    def _read(self, path: str) -> dict[str, t.Any]:
        content, problem = "", ""
        loaded: t.Any = {}
        try:
            content = read_decrypted(self._loader, path).decode()
            loaded = self._loader.load(as_source(content), file_name=path, show_content=False)
        except OSError as failed:
            problem = str(failed.strerror)
        except UnicodeDecodeError:
            problem = "it is not UTF-8"
        except (AnsibleError, ValueError, RecursionError) as failed:
            problem = f"it is not YAML{position_of(failed, content)}"
        if not isinstance(loaded, dict):
            loaded, problem = {}, "it is not a mapping of variables"
        return {"variables": self._filled_in(loaded), "problem": problem}
