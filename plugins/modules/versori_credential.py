#!/usr/bin/python
# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: versori_credential
short_description: Keep one credential of a Versori organisation in its state
version_added: 0.1.0
description:
  - Creates, updates or deletes one credential of an organisation on the Versori platform, and changes nothing
    when it already is as described.
  - The API does not return secret values, so whether a secret is right cannot be read from it. After each push the
    controller remembers a keyed fingerprint of the secret and the time of change that the server showed. From
    these it tells an unchanged secret from a rotated one, and notices when somebody else has changed the
    credential. See RV(decision).
  - A secret that is redacted is never sent back, and no secret is ever part of a result, a message, a diff or
    the memory.
notes:
  - An update replaces the whole credential, and one credential can serve many environments. The change reaches
    all of them.
  - On the controller the task runs inside Ansible's own process. Delegated to another host, it runs a module
    there, which needs the Python library requests. Environment variables, the Versori CLI's config file, O(src) and
    the memory are the controller's in both cases.
  - The O(data) options are those of all types together. Which of them a type takes is said with each.
author:
  - The versori.platform contributors (@versori-platform)
extends_documentation_fragment:
  - versori.platform.attributes
  - versori.platform.attributes.write
  - versori.platform.connection
  - versori.platform.credential
  - versori.platform.memory
  - versori.platform.policy
seealso:
  - module: versori.platform.versori_credentials
  - module: versori.platform.versori_credential_info
"""

EXAMPLES = r"""
- name: An API key, found by its name and created when it is missing
  versori.platform.versori_credential:
    organisation_id: 01HFS2NEAZ6ECZBZMN4FF775P7
    name: Shop API key
    type: string
    data:
      value: "{{ vault_shop_api_key }}"

- name: The same credential by its id, so that its name can be changed
  versori.platform.versori_credential:
    organisation_id: 01HFS2NEAZ6ECZBZMN4FF775P7
    credential_id: 01KK9J6VFKZSB86BQQT8903TMY
    name: Shop API key (production)
    type: string
    data:
      value: "{{ vault_shop_api_key }}"

- name: An OAuth client
  versori.platform.versori_credential:
    organisation_id: 01HFS2NEAZ6ECZBZMN4FF775P7
    name: CRM client
    type: oauth2-client
    data:
      client_id: versori
      client_secret: "{{ vault_crm_client_secret }}"
      authorize_url: ""
      token_url: https://crm.example.com/oauth/token
      scopes: [contacts.read, contacts.write]

- name: A certificate from a file
  versori.platform.versori_credential:
    organisation_id: 01HFS2NEAZ6ECZBZMN4FF775P7
    name: Bank client certificate
    type: binary
    src: bank-client.p12

- name: A user whose password the vault says when it was changed, for controllers that forget everything between runs
  versori.platform.versori_credential:
    organisation_id: 01HFS2NEAZ6ECZBZMN4FF775P7
    name: ERP user
    type: basic-auth
    data:
      username: integration
      password: "{{ vault_erp_password }}"
    secret_changed_at: "2026-01-31T12:00:00Z"

- name: A credential that is no longer needed
  versori.platform.versori_credential:
    organisation_id: 01HFS2NEAZ6ECZBZMN4FF775P7
    name: Old shop API key
    state: absent
"""

RETURN = r"""
decision:
  description:
    - The one word for why the task did what it did.
    - V(created), V(updated) (a readable field differed), V(deleted), V(absent) (there was nothing to delete).
    - V(unchanged) - the secret is the one that was pushed last, and the server's time of change has not moved.
    - V(rotated) - the task's secret is another one than was pushed last.
    - V(drifted) - the secret is the same, but somebody has changed the credential since.
    - V(contested) - the same again, right after a run that had restored it.
    - V(unknown) - nothing is remembered, or a push was interrupted.
    - V(forced) - nothing spoke for a push but O(update_secrets=always).
  returned: success, and where O(on_drift=fail) or O(on_unknown=fail) stopped the task
  type: str
  sample: rotated
changes:
  description:
    - Paths of the fields in which the server differed, or may have differed, from what the task wants. Never a
      value.
  returned: success
  type: list
  elements: str
  sample: [name, data.clientSecret]
credential_id:
  description: The id of the credential; null for one that check mode would create or that was absent.
  returned: success, and failure where it was found
  type: str
  sample: 01KK9J6VFKZSB86BQQT8903TMY
credential:
  description:
    - The credential as the server shows it after the task, with a fixed word in each secret's place. Before it,
      in check mode.
    - Null when there is none.
  returned: success
  type: dict
  sample:
    id: 01KK9J6VFKZSB86BQQT8903TMY
    type: basic-auth
    name: ERP user
    data: {username: integration, password: (secret)}
    createdAt: "2026-01-31T12:00:00Z"
    updatedAt: "2026-02-01T08:30:00Z"
secret_changed_at:
  description:
    - When each secret of the credential was last changed, in UTC, by the API's names of its fields, as far as that is
      known. A push of the same secret does not change it. Before the task, in check mode.
  returned: where it is known of one
  type: dict
  sample: {password: "2026-01-31T12:00:00Z"}
secret_held_since:
  description:
    - Since when at least each other secret is the same. Of what was there when nothing was remembered, nobody can say
      more.
  returned: where it is known of one
  type: dict
  sample: {password: "2026-01-31T12:00:00Z"}
warnings:
  description: What a person should know, the platform's reasons for finding the credential invalid among it.
  returned: when there is something to warn of
  type: list
  elements: str
msg:
  description: What failed, for which credential, and what to do.
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
  contains:
    field:
      description: The path of the field.
      type: str
    message:
      description: What is wrong with it.
      type: str
cause:
  description: The cause that the API, or the transport below, gave.
  returned: failure, where there was one
  type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._module import refuse
from ..module_utils._options import VERSORI_CREDENTIAL


def main() -> None:
    refuse(AnsibleModule(argument_spec=VERSORI_CREDENTIAL, supports_check_mode=True))


if __name__ == "__main__":
    main()
