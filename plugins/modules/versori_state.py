#!/usr/bin/python
# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: versori_state
short_description: List, forget and move what is remembered of credentials
version_added: 0.1.0
description:
  - Lists what was remembered after pushes, and checks the file that it is in. On request it forgets some of it, or moves
    it to another place.
  - It works on the controller, wherever the task runs, and never calls the API, so it needs no authentication.
  - The playbook C(versori.platform.state) does the same.
author:
  - The versori.platform contributors (@versori-platform)
extends_documentation_fragment:
  - versori.platform.attributes
  - versori.platform.memory
attributes:
  check_mode:
    support: full
    description: Says what would be forgotten or moved; the memory is not written.
  diff_mode:
    support: none
    description: The result lists what was forgotten or moved.
  idempotent:
    support: partial
    description: To forget what is not remembered is an error, since a name may be misspelt.
options:
  forget:
    description:
      - Names or ids of credentials to forget, in whatever organisation. Each secret of theirs is pushed once more by the
        next run.
    type: list
    elements: str
  forget_all:
    description: Forget everything, of all organisations. The key of the file stays.
    type: bool
    default: false
  key_file:
    description:
      - A file to write the file's own random key to, as the variable C(versori_fingerprint_key). It is made for its owner
        alone, and an existing one is never overwritten. Encrypt it with C(ansible-vault).
      - Needed before what is remembered can move to a shared cache, which keeps no key.
    type: path
  move_to:
    description:
      - Another place for everything that is remembered. The full path of a folder, or with O(move_to_plugin) what that
        plugin calls its connection. It is not shown in results, since it may hold a password.
      - It may hold other records, but none of the same credentials. A folder gets the file's own key too.
      - Afterwards give the new place as O(cache_connection) to all tasks that push. Run none of them meanwhile.
    type: str
  move_to_plugin:
    description:
      - The Ansible cache plugin of a shared cache to move to, like V(community.general.redis). It needs O(fingerprint_key),
        and that must be the key that the records were made with.
    type: str
  keep:
    description: Leave what is remembered where it is, too, so that O(move_to) makes a copy, to back it up for one.
    type: bool
    default: false
notes:
  - Only one of O(forget), O(forget_all), O(key_file) and O(move_to) can be given.
  - What is in a shared cache can be listed only where its plugin tells which keys there are.
seealso:
  - module: versori.platform.versori_credentials
"""

EXAMPLES = r"""
- name: What is remembered here?
  versori.platform.versori_state:
  register: state

- name: Forget a credential, so that its secret is pushed once more
  versori.platform.versori_state:
    forget: [ERP user]
  when: "'ERP user' in state.credentials | map(attribute='name')"

- name: Make a copy of the memory
  versori.platform.versori_state:
    move_to: "{{ lookup('ansible.builtin.pipe', 'mktemp -d') }}"
    keep: true
"""

RETURN = r"""
place:
  description: Where it is remembered.
  returned: success
  type: str
  sample: /home/me/.ansible/versori_platform/memory.db
credentials:
  description:
    - What is remembered, or what was forgotten or moved, by organisation and name. No fingerprint is in it.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name of the credential, without secrets of the task that pushed it; null where it is not remembered.
      type: str
    credential_id:
      description: Its id; null where it is not remembered, or not known yet.
      type: str
    organisation_id:
      description: The id of the organisation; null where it is not remembered.
      type: str
    api_url:
      description: The API; null where it is not remembered.
      type: str
    pushed_at:
      description:
        - When a push ended last, in UTC. Where there was none, when its creation was begun; null for what was adopted.
      type: str
    state:
      description:
        - V(settled) - the platform held the secret when it was looked at last. V(drifted) - the same, after a drift was
          put right. V(contested) - it was changed elsewhere again.
        - V(pending) - a push was begun, and its end was never noted. V(creating) - the same of a creation.
        - V(name_only) - only the id that a name has is remembered, as of a credential of type C(none).
        - V(damaged), V(other_version) - it cannot be read, at all or by this version.
      type: str
checks:
  description: What was looked at before anything was done.
  returned: success
  type: list
  elements: dict
  contains:
    check:
      description: V(file), V(permissions) and V(journal) of a file, V(place) of a shared cache, V(records) and V(key).
      type: str
    ok:
      description: Whether it is as it should be.
      type: bool
    detail:
      description: What is to be said of it.
      type: str
moved_to:
  description: The other place.
  returned: when O(move_to) or O(move_to_plugin) is given
  type: str
lines:
  description: The same for a terminal.
  returned: success
  type: list
  elements: str
msg:
  description: What failed, and what to do.
  returned: failure
  type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._module import refuse
from ..module_utils._options import VERSORI_STATE


def main() -> None:
    refuse(AnsibleModule(argument_spec=VERSORI_STATE, supports_check_mode=True))


if __name__ == "__main__":
    main()
