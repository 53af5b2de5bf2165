# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is exported can be applied: each secret is a variable of its own, and nothing of the platform's is taken for a template."""

import json

import yaml
from ansible_collections.versori.platform.plugins.plugin_utils._export import write_list


class Loader(yaml.SafeLoader):
    """Reads what must not be templated as a pair."""


Loader.add_constructor("!unsafe", lambda loader, node: ("unsafe", loader.construct_scalar(node)))


def exported(*credentials):
    written = write_list([{"id": f"i{number}", **credential} for number, credential in enumerate(credentials)], "org")
    content = yaml.load(written["credentials"], Loader)  # noqa: S506 (it is a safe one)
    assert content["versori_organisation_id"] == "org"
    vault = yaml.load(written["vault"], Loader)  # noqa: S506
    assert vault == dict.fromkeys(written["variables"], "")
    return content["versori_credentials"], written


def test_secrets_are_variables_of_their_own():
    user = {"name": "Käse & Co", "type": "basic-auth", "data": {"username": "me", "password": "******"}}
    twin = {**user, "data": {"username": "you"}}
    items, written = exported(user, twin, {"name": "?", "type": "string", "data": {}})
    assert written["variables"] == ["vault_credential_value", "vault_kase_co_password", "vault_kase_co_2_password"]
    assert items[0] == {"credential_id": "i2", "name": "?", "type": "string", "data": {"value": "{{ vault_credential_value }}"}}
    # A list may not hold a name twice: by their ids alone they keep the names that they have.
    data = {"username": "me", "password": "{{ vault_kase_co_password }}"}
    assert items[1] == {"credential_id": "i0", "type": "basic-auth", "data": data}
    assert f"# one of 2 that are named {json.dumps(user['name'])}" in written["credentials"]
    assert "******" not in str(written)


def test_a_secret_that_is_not_shown_may_be_there():
    data = {"clientId": "i", "authorizeUrl": "a", "tokenUrl": "t", "scopes": [], "refreshToken": "******"}
    [item], written = exported({"name": "t", "type": "oauth2-token", "data": data})
    names = ["vault_t_client_secret", "vault_t_access_token", "vault_t_refresh_token"]
    assert written["variables"] == names
    assert [item["data"][name] for name in ("client_secret", "access_token", "refresh_token")] == [f"{{{{ {name} }}}}" for name in names]
    told = [line for line in written["vault"].splitlines() if "if there is none, take it out of the list" in line]
    assert [line.split()[1] for line in told] == ["accessToken"]


def test_what_looks_like_a_template_is_none():
    name, url = "{{ lookup('pipe', 'id') }}", "https://example.com/{% x %}"
    data = {"clientId": "#jinja2: x", "clientSecret": None, "authorizeUrl": "", "tokenUrl": url, "scopes": ["{# a #}", "b"]}
    [item], _written = exported({"name": name, "type": "oauth2-client", "data": data})
    assert item["name"] == ("unsafe", name) and item["allow_placeholder"] is True
    assert (item["data"]["client_id"], item["data"]["token_url"]) == (("unsafe", data["clientId"]), ("unsafe", url))
    assert item["data"]["scopes"] == [("unsafe", "{# a #}"), "b"]


def test_a_mapping_that_is_shown_as_a_text_is_written_as_one():
    data = {"clientId": "i", "authorizeUrl": "a", "tokenUrl": "t", "additionalParams": "audience=a%20shop&empty="}
    [item], _written = exported({"name": "t", "type": "oauth2-client", "data": data})
    assert item["data"]["additional_params"] == {"audience": "a shop", "empty": ""}
