#!/usr/bin/python
# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: versori_doctor
short_description: Find out how the API behaves for an account
version_added: 0.1.0
description:
  - Checks connection, authentication and permissions, and settles what the API's documents leave open, as far as that is safe.
  - For this it creates credentials of its own with random, worthless secrets and a marked name, changes them, and deletes
    them again, also when it is interrupted. It deletes what a killed run has left behind. It never reads or changes any
    credential that it has not created; others are only counted in the list.
  - The playbook C(versori.platform.doctor) prints the report and writes it to a file.
author:
  - The versori.platform contributors (@versori-platform)
extends_documentation_fragment:
  - versori.platform.attributes
  - versori.platform.attributes.read
  - versori.platform.connection
attributes:
  check_mode:
    support: full
    description: Only reads then, and so leaves most questions open.
  diff_mode:
    support: N/A
    description: Everything is as before in the end, so there is no difference to show.
  idempotent:
    support: full
    description: Everything is as before in the end.
options:
  wait:
    description:
      - Seconds to watch for changes that the platform makes by itself after a write, up to V(600). V(0) does not watch.
    type: float
    default: 5.0
notes:
  - Run one at a time for an organisation; two would take each other's credentials for leftovers.
seealso:
  - module: versori.platform.versori_credential
"""

EXAMPLES = r"""
- name: How does the API behave?
  versori.platform.versori_doctor:
    organisation_id: 01HFS2NEAZ6ECZBZMN4FF775P7
  register: examined
  failed_when: examined.report.reliable is false
"""

RETURN = r"""
report:
  description:
    - What was found. It holds no secret, no token, no id and no name of the organisation's, so it can be shown to others.
    - C(reliable) in it says whether the collection can be relied on with this account; it is null where that is not
      known. The page on the doctor lists all keys.
  returned: success
  type: dict
lines:
  description: The report for a terminal.
  returned: success
  type: list
  elements: str
msg:
  description: What failed, and what to do.
  returned: failure
  type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._doctor.examine import examine_account
from ..module_utils._module import exit_with
from ..module_utils._options import VERSORI_DOCTOR


def main() -> None:
    module = AnsibleModule(argument_spec=VERSORI_DOCTOR, supports_check_mode=True)
    exit_with(module, lambda: examine_account(module.params, module.check_mode))


if __name__ == "__main__":
    main()
