#!/usr/bin/python
# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: versori_credential_info
short_description: Read credentials of a Versori organisation
version_added: 0.1.0
description:
  - Reads one credential, those of a name, or all of an organisation, every page of them. Never changes
    anything.
  - Secrets are not part of the answer, whatever the server shows.
author:
  - The versori.platform contributors (@versori-platform)
extends_documentation_fragment:
  - versori.platform.attributes
  - versori.platform.attributes.read
  - versori.platform.connection
  - versori.platform.workers
attributes:
  diff_mode:
    support: N/A
    description: Changes nothing, so there is no difference to show.
options:
  credential_id:
    description:
      - The id of the one credential to read. Given and empty, it never means all of them. It is refused then, and in check
        mode, where an earlier task may not have created the credential, nothing is read.
    type: str
  name:
    description: The name of the credentials to read; names need not be unique. Given and empty, it is taken as O(credential_id) is.
    type: str
  full:
    description:
      - Whether each credential of the list is read one by one as well. The list alone shows neither
        O(ignore:data) nor times.
      - Credentials asked for by O(credential_id) or O(name) are always read in full.
    type: bool
    default: false
  hide:
    description:
      - Credentials as M(versori.platform.versori_credentials) takes them. Wherever the platform repeats one of their
        secrets, in its reasons for finding a credential invalid for example, it is replaced by asterisks.
      - Without them this module knows no secret but the one that it authenticates with. Secrets of fewer than 8 characters are
        not looked for.
    type: list
    elements: dict
  hide_src:
    description: The same from a file, which is read as M(versori.platform.versori_credentials) reads its own.
    type: path
seealso:
  - module: versori.platform.versori_credential
"""

EXAMPLES = r"""
- name: All credentials of the organisation, as the list shows them
  versori.platform.versori_credential_info:
    organisation_id: 01HFS2NEAZ6ECZBZMN4FF775P7
  register: listed

- name: One credential in full
  versori.platform.versori_credential_info:
    organisation_id: 01HFS2NEAZ6ECZBZMN4FF775P7
    name: Shop API key
  register: shop

- name: The names of all that the platform finds invalid
  versori.platform.versori_credential_info:
    organisation_id: 01HFS2NEAZ6ECZBZMN4FF775P7
    full: true
  register: everything
  failed_when: everything.credentials | selectattr('errors', 'defined') | selectattr('errors') | length > 0
"""

RETURN = r"""
credentials:
  description:
    - The credentials, an empty list when there is none. The shape is the same whatever their number.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 01KK9J6VFKZSB86BQQT8903TMY
      type: basic-auth
      name: ERP user
      data: {username: integration, password: (secret)}
      createdAt: "2026-01-31T12:00:00Z"
      updatedAt: "2026-02-01T08:30:00Z"
      usages: []
  contains:
    id:
      description: The id.
      type: str
    type:
      description: The type.
      type: str
    name:
      description: The name.
      type: str
    authSchemeType:
      description: The kind of authentication it is for.
      returned: from the list alone
      type: str
    data:
      description: The fields of the credential, with a fixed word in each secret's place.
      returned: when read in full
      type: dict
    createdAt:
      description: When it was created.
      returned: when read in full
      type: str
    updatedAt:
      description: When it was last changed.
      returned: when read in full
      type: str
    usages:
      description: What uses it; left out where the platform does not say.
      returned: where the platform shows them
      type: list
      elements: dict
    errors:
      description: Why the platform finds it invalid; empty for valid, left out where it was not checked yet.
      returned: where the platform shows them
      type: list
      elements: str
unread:
  description: Those that could not be read, while others could. The task fails then, and RV(credentials) has the others.
  returned: failure, when O(full=true) and some could be read
  type: list
  elements: dict
  contains:
    id:
      description: The id.
      type: str
    name:
      description: The name.
      type: str
    type:
      description: The type.
      type: str
    msg:
      description: Why it could not be read.
      type: str
msg:
  description: What failed, and what to do.
  returned: failure
  type: str
status:
  description: The HTTP status of the answer that made the task fail.
  returned: failure, where there was an answer
  type: int
code:
  description: The API's own error code.
  returned: failure, where the API gave one
  type: str
fields:
  description: The API's field errors.
  returned: failure, where the API gave some
  type: list
  elements: dict
cause:
  description: The cause that the API, or the transport below, gave.
  returned: failure, where there was one
  type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._module import refuse
from ..module_utils._options import VERSORI_CREDENTIAL_INFO


def main() -> None:
    refuse(AnsibleModule(argument_spec=VERSORI_CREDENTIAL_INFO, supports_check_mode=True))


if __name__ == "__main__":
    main()
