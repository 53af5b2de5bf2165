#!/usr/bin/python
# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: versori_credentials
short_description: Keep many credentials of a Versori organisation in their state
version_added: 0.1.0
description:
  - Does for a list of credentials what M(versori.platform.versori_credential) does for one, in one task and
    over one pool of connections.
  - Every item is checked before the first request is sent. When one fails later, the rest is finished, and the
    task then fails with a summary.
  - What fails for all, a key that is not accepted or a host that cannot be reached for example, is tried once. After five
    credentials in a row for which the server was not available, no further ones are begun. Those are reported as not tried.
  - What is remembered is written for each credential as it succeeds, so a run that was killed half way is
    finished by the next one.
author:
  - The versori.platform contributors (@versori-platform)
extends_documentation_fragment:
  - versori.platform.attributes
  - versori.platform.attributes.write
  - versori.platform.connection
  - versori.platform.memory
  - versori.platform.policy
  - versori.platform.workers
options:
  credentials:
    description:
      - The credentials. Each item takes O(versori.platform.versori_credential#module:credential_id), C(name),
        C(type), C(data), C(src), C(remove_fields), C(allow_placeholder), C(secret_changed_at) and C(state) as that module
        does, and may set C(organisation_id) and the policy options for itself.
      - Two items of one organisation with the same id or the same name are refused before the first request.
    type: list
    elements: dict
  src:
    description:
      - A YAML or JSON file on the controller that holds the list, in place of O(credentials). A mapping with
        the one key C(credentials) is accepted too.
      - The file may be vaulted as a whole or value by value. Nothing in it is templated, so a template in it is refused
        unless it is marked C(!unsafe), or C(allow_placeholder) is set for its credential.
      - Meant for long lists. At thousands of credentials it takes less time than variables, above all those of
        C(vars_files), which Ansible reads several times in a run.
    type: path
  prune:
    description:
      - Delete the credentials of the organisation that are not listed, but only those that a fresh reading
        shows as not used by any environment, and whose type this collection knows.
      - The platform does not say what else uses a credential. Name in O(prune_keep) what must stay.
      - Nothing is pruned when a listed credential failed, and an empty list is refused.
    type: bool
    default: false
  prune_keep:
    description: Names and ids of credentials that are not listed and must not be pruned.
    type: list
    elements: str
    default: []
  prune_scope:
    description:
      - V(all) prunes any credential of the organisation that is not listed, V(managed) only those of which something is
        remembered, because a task has pushed a secret of theirs with the memory that this one uses.
    type: str
    choices: [all, managed]
    default: all
  full_results:
    description: Keep every credential in RV(results) when some of them failed.
    type: bool
    default: false
  results_file:
    description:
      - A file on the controller to write the result to, with every credential in it, as JSON, also in check mode and where
        the task failed. It holds no secret.
      - Its folder has to be there. Hosts of one play need a file each.
    type: path
seealso:
  - module: versori.platform.versori_credential
  - module: versori.platform.versori_credential_info
"""

EXAMPLES = r"""
- name: All credentials of an organisation
  versori.platform.versori_credentials:
    organisation_id: 01HFS2NEAZ6ECZBZMN4FF775P7
    credentials:
      - name: Shop API key
        type: string
        data: {value: "{{ vault_shop_api_key }}"}
      - name: ERP user
        type: basic-auth
        data: {username: integration, password: "{{ vault_erp_password }}"}
      - name: Old shop API key
        state: absent

- name: A long list from a vaulted file, and nothing else in the organisation
  versori.platform.versori_credentials:
    organisation_id: 01HFS2NEAZ6ECZBZMN4FF775P7
    src: credentials.yml
    workers: 16
    prune: true
"""

RETURN = r"""
msg:
  description:
    - What became of the credentials, in the order that matters. What failed and why, each reason once; what was changed, by
      decision; and how many are as they should be. Of many credentials the first are named.
  returned: always
  type: str
  sample: "Changed: 2 rotated ('Shop API key' and 'ERP user'). 498 are as they should be."
results:
  description:
    - One entry for each credential, in the order of the list. They are what M(versori.platform.versori_credential) returns,
      with C(name), C(credential_id), C(decision), C(changed) and C(failed) in each; of the other keys those that have something
      to say.
    - RV(versori.platform.versori_credential#module:decision) is null for one that failed, and C(credential_id) for one that
      check mode would create.
    - Where some failed, it lacks those that are as they should be and those that were not tried, unless O(full_results=true).
  returned: once every item was checked
  type: list
  elements: dict
  sample:
    - name: Shop API key
      credential_id: 01KK9J6VFKZSB86BQQT8903TMY
      decision: rotated
      changed: true
      changes: [data.value]
      failed: false
unchanged:
  description: The names of the credentials that are as they should be, and were before; or ids where there is no name.
  returned: when some failed and there are any, without O(full_results=true)
  type: list
  elements: str
not_tried:
  description:
    - The names of the credentials for which nothing was sent, because what had failed for others would have failed for them too.
      RV(msg) has the reason.
  returned: when there are any, without O(full_results=true)
  type: list
  elements: str
failures:
  description: How many credentials failed, those not tried included, and what else went wrong, while pruning for example.
  returned: once every item was checked
  type: int
  sample: 0
decisions:
  description: How many credentials each decision was made for.
  returned: once every item was checked
  type: dict
  sample: {unchanged: 498, rotated: 2}
pruned:
  description:
    - The credentials that were not listed, nor protected, in the form of RV(results), with the decision V(deleted) or
      V(kept).
  returned: when O(prune=true)
  type: list
  elements: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._module import refuse
from ..module_utils._options import VERSORI_CREDENTIALS


def main() -> None:
    refuse(AnsibleModule(argument_spec=VERSORI_CREDENTIALS, supports_check_mode=True))


if __name__ == "__main__":
    main()
