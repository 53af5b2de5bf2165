# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  credential_id:
    description:
      - The id of the credential. The platform gives ids itself, so a credential that is not there cannot be
        made with a given one.
      - Without it the credential is found by its O(name), which must then be unique in the organisation, and
        created when it is missing.
    type: str
  name:
    description:
      - The name of the credential. With a O(credential_id) it may be left out, and the credential keeps the one
        it has.
    type: str
  type:
    description:
      - The type of the credential. Needed unless O(state=absent).
    type: str
    choices: [none, string, binary, basic-auth, oauth2-client, oauth2-token]
  data:
    description:
      - The fields of the credential, by the API's own names or their snake_case twins.
      - Optional fields that are not given stay as the server has them. To remove one, name it in O(remove_fields);
        null is refused, since a value that was left blank by mistake is null too.
      - A mapping, or a text that is one in JSON. On a command line, give all options of the task as one JSON object, since
        Ansible itself takes backslashes out of C(data='...').
    type: dict
    suboptions:
      value:
        description: The secret text. For V(string), required there.
        type: str
      valueBase64:
        description: The secret bytes in base64. For V(binary), required there unless O(src) is given.
        type: str
        aliases: [value_base64]
      username:
        description: The user's name. For V(basic-auth), required there.
        type: str
      password:
        description: The user's password, secret. For V(basic-auth), required there.
        type: str
      clientId:
        description: The client's id. For V(oauth2-client) and V(oauth2-token), required there.
        type: str
        aliases: [client_id]
      clientSecret:
        description: The client's secret. For V(oauth2-client) and V(oauth2-token), required there.
        type: str
        aliases: [client_secret]
      authorizeUrl:
        description:
          - Where users give their consent; for V(oauth2-client) an empty text where the grant is client credentials. For V(oauth2-client)
            and V(oauth2-token), required there.
        type: str
        aliases: [authorize_url]
      tokenUrl:
        description: Where tokens are issued. For V(oauth2-client) and V(oauth2-token), required there.
        type: str
        aliases: [token_url]
      scopes:
        description:
          - The scopes to ask for; their order does not matter. For V(oauth2-client), and for V(oauth2-token),
            where it is required.
        type: list
        elements: str
      additionalParams:
        description: More parameters of the token request, text by text. For V(oauth2-client) and V(oauth2-token).
        type: dict
        aliases: [additional_params]
      accessToken:
        description: The access token, secret. For V(oauth2-token).
        type: str
        aliases: [access_token]
      refreshToken:
        description: The refresh token, secret. For V(oauth2-token).
        type: str
        aliases: [refresh_token]
  src:
    description:
      - A file on the controller that holds the bytes of a V(binary) credential, in place of O(data). Found like
        the C(src) of M(ansible.builtin.copy), and decrypted when it is vaulted.
    type: path
  remove_fields:
    description:
      - Optional fields of O(data) to remove, V(refreshToken) for example, by either of their names.
      - The update is sent without them. Because the platform does not show whether a secret is gone, the removal of a secret
        is remembered like a secret that was pushed.
    type: list
    elements: str
  allow_placeholder:
    description:
      - Accept values that look like placeholders. By default they are refused, because they would replace the real secret.
        Placeholders are marks of Ansible, AWX, Ansible Vault and SOPS such as V($encrypted$), masked values, templates that
        were not filled in, and words like V(CHANGEME). The documentation of this collection has the full list.
      - An empty secret is always refused.
    type: bool
    default: false
  secret_changed_at:
    description:
      - When the secret was last changed in the place that it comes from, as RFC 3339 (V(2026-01-31T12:00:00Z)), quoted
        or not.
      - Where nothing is remembered, the secret is pushed only if the server's time of change is older. Made for
        controllers that forget everything between runs, execution environments for example.
      - The age of a secret is counted from it, unless the same secret is known to be older.
    type: str
  state:
    description:
      - Whether the credential is to be there.
    type: str
    choices: [present, absent]
    default: present
"""
