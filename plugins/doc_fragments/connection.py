# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  organisation_id:
    description:
      - The id of the organisation.
      - Where it is not set, the environment variable E(VERSORI_ORGANISATION_ID) is used, then the organisation
        of O(context).
    type: str
    aliases: [org]
  api_url:
    description:
      - The base URL of the Connect API. Plain C(http) is accepted for the loopback address only.
      - Where it is not set, the environment variable E(VERSORI_API_URL) is used, then
        V(https://platform.versori.com/api/connect/v1alpha1).
    type: str
  api_key:
    description:
      - An API key, sent in the C(Authorization) header with the scheme C(Bearer).
      - Exactly one of O(api_key), O(jwt), O(session_cookie) and O(context) is used for authentication. Where a task
        sets none of them, the environment variables E(VERSORI_API_KEY), E(VERSORI_JWT), E(VERSORI_SESSION_COOKIE) and
        E(VERSORI_CONTEXT) are looked at.
    type: str
  jwt:
    description:
      - A token signed with one of the organisation's signing keys, sent in the C(Authorization) header with the
        scheme C(JWT).
    type: str
  session_cookie:
    description:
      - The whole value of the C(Cookie) header of an authenticated session, name and value. The cookie's name is not
        published.
    type: str
  context:
    description:
      - The name of a context in the config file of the Versori CLI, V(@active) for the one in use.
        Its token is used for authentication, and its organisation is used where O(organisation_id) is not set.
      - A context of another platform than the default one, by its C(url_overwrite), needs O(api_url) too.
      - The file is E(VERSORI_CONFIG), or C(~/.versori/config.yaml), on the controller.
    type: str
  validate_certs:
    description:
      - Whether the server's certificate is checked. Where it is not set, E(VERSORI_VALIDATE_CERTS) is used,
        then V(true).
    type: bool
  ca_path:
    description:
      - A file or folder of certificate authorities to trust, on the host that the task runs on. Where it is not
        set, E(VERSORI_CA_PATH) is used.
    type: path
  timeout:
    description:
      - Seconds for each wait for the server, be it for a connection, for headers or for the next piece of a body, and
        for one try of a request as a whole, which is looked at whenever a piece of the body has come. A server that
        asks for a longer pause than that (C(Retry-After)) is not waited for. Where it is not set,
        E(VERSORI_TIMEOUT) is used, then V(30).
    type: float
  retries:
    description:
      - How often a request that may be repeated is repeated after a lost connection or a passing error (429,
        500, 502, 503, 504). Where it is not set, E(VERSORI_RETRIES) is used, then V(4).
    type: int
notes:
  - Proxies are taken from the environment. C(~/.netrc) is never used, and no redirect is followed.
requirements:
  - requests >= 2.25.0, < 3
  - urllib3 >= 1.25.10, < 3
  - python >= 3.9 on a host that the task is delegated to
"""
