#!/usr/bin/python
# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: versori_delegate
short_description: Part of the other modules, not for playbooks
version_added: 0.1.0
description:
  - When a task of this collection is delegated to another host, its action plugin sends this module there to talk to
    the API from that host's place in the network. What is sent and what is remembered is decided on the controller.
  - There is no reason to use it in a playbook.
author:
  - The versori.platform contributors (@versori-platform)
extends_documentation_fragment:
  - versori.platform.attributes
attributes:
  check_mode:
    support: full
    description: The action plugin sends no writes in check mode.
  diff_mode:
    support: none
    description: The action plugin makes the diff.
  idempotent:
    support: N/A
    description: The action plugin decides what is to be done.
options:
  request:
    description: What is to be done.
    type: dict
    required: true
seealso:
  - module: versori.platform.versori_credential
"""

EXAMPLES = r"""
- name: A task that this module is a part of
  versori.platform.versori_credential_info:
    organisation_id: 01HFS2NEAZ6ECZBZMN4FF775P7
  delegate_to: bastion.example.com
"""

RETURN = r"""
answers:
  description: What the API answered, for the action plugin, as JSON.
  returned: success
  type: str
requests:
  description: A line for each request that was sent, without a body.
  returned: success
  type: list
  elements: str
known:
  description: Which credentials there are, for the next run of this module by the same task.
  returned: success
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._module import carry_out
from ..module_utils._options import VERSORI_DELEGATE


def main() -> None:
    carry_out(AnsibleModule(argument_spec=VERSORI_DELEGATE, supports_check_mode=True))


if __name__ == "__main__":
    main()
