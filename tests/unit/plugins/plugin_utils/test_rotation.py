# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""New values laid over what the platform shows: which credential is meant, and that nothing redacted travels back."""

import datetime

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.plugin_utils._rotation import whole_credentials

SECRET = "planted-in-a-rotation-5521"
SHOP = {"id": "01KK9J6VFKZSB86BQQT8903TMY", "name": "x", "type": "basic-auth", "data": {"username": "me"}, "errors": []}
TWIN = {**SHOP, "id": "01KK9J6VFKZSB86BQQT8903TMZ"}
CLIENT = {**SHOP, "type": "oauth2-client", "data": {"clientId": "shown", "tokenUrl": "https://crm.example.com/"}}
TWICE = "are the same field with two values: keep one."
TEMPLATED = {**SHOP, "data": {"username": "{{ braces }}"}}


@pytest.mark.parametrize(
    ("item", "credentials", "sentence"),
    [
        (SECRET, [SHOP], "an item must be a mapping with name or credential_id, and data or src."),
        ({"name": "x", "password": SECRET}, [SHOP], "an item must be a mapping with name or credential_id, and data or src."),
        ({"name": "x"}, [SHOP], "an item must give new values, as data or as src."),
        ({"name": "x", "data": {}}, [SHOP], "an item must give new values, as data or as src."),
        ({"name": "x", "data": SECRET}, [SHOP], "data must be a mapping of field names to values."),
        ({"data": {"password": SECRET}}, [SHOP], "an item must name its credential by name or by credential_id."),
        ({"name": "y", "src": "a"}, [SHOP], "the organisation has no credential with this name: check the spelling."),
        (
            {"name": "x", "credential_id": TWIN["id"], "src": "a"},
            [SHOP],
            f"the organisation has no credential with this name and the id {TWIN['id']}: check the spelling.",
        ),
        ({"name": "x", "src": "a"}, [SHOP, TWIN], "2 credentials have this name: give the credential_id as well."),
        ({"name": 7, "data": {"password": SECRET}}, [SHOP], "name must be a text: quote it where it is defined."),
        ({"name": False, "credential_id": SHOP["id"], "src": "a"}, [SHOP], "name must be a text: quote it where it is defined."),
        ({"credential_id": datetime.date(2026, 1, 2), "src": "a"}, [SHOP], "credential_id must be a text: quote it where it is defined."),
        (
            {"name": "x", "data": {"clientSecret": SECRET, "client_secret": "2"}},
            [CLIENT],
            f"data.clientSecret and data.client_secret {TWICE}",
        ),
        ({"name": "x", "data": {"client_id": True, "clientId": 1}}, [CLIENT], f"data.client_id and data.clientId {TWICE}"),
    ],
)
def test_what_is_refused(item, credentials, sentence):
    with pytest.raises(Failure) as refused:
        whole_credentials([{"credential_id": SHOP["id"], "src": "a"}, item], credentials)
    name = item.get("name") if isinstance(item, dict) else None
    assert refused.value.msg == f"versori_rotate[1]{f' ({name})' if isinstance(name, str) else ''}: {sentence}"


def test_all_mistakes_are_told_at_once_and_without_a_secret():
    wrong = [{"name": name, "data": {"password": SECRET}} for name in ("y", f"not {SECRET}")]
    with pytest.raises(Failure) as refused:
        whole_credentials([wrong[0], {"name": "x"}, wrong[1]], [SHOP])
    assert refused.value.msg == (
        "3 mistakes in the list versori_rotate. versori_rotate[0] (y), versori_rotate[2] (not ********): the organisation has no "
        "credential with this name: check the spelling. versori_rotate[1] (x): an item must give new values, as data or as src."
    )


@pytest.mark.parametrize("new_values", [[], {}, None, SECRET])
def test_no_list_at_all(new_values):
    with pytest.raises(Failure, match=r"^versori_rotate must be a list with at least one item\.$"):
        whole_credentials(new_values, [SHOP])


def test_rotation_of_a_file_and_of_a_field():
    rotated = [
        {"credential_id": SHOP["id"].lower(), "src": "new"},
        {"name": "x", "credential_id": TWIN["id"], "data": {"password": SECRET}},
    ]
    assert whole_credentials(rotated, [SHOP, TWIN]) == [
        {"credential_id": SHOP["id"], "type": "basic-auth", "src": "new"},
        {"credential_id": TWIN["id"], "type": "basic-auth", "data": {"username": "me", "password": SECRET}},
    ]


def test_rotation_takes_a_field_twice_with_one_value_and_leaves_null_to_the_module():
    [item] = whole_credentials([{"name": "x", "data": {"clientId": "new", "client_id": "new", "client_secret": None}}], [CLIENT])
    assert item["data"] == {"clientId": "new", "tokenUrl": "https://crm.example.com/", "clientSecret": None}


def test_what_the_platform_has_is_meant_and_a_new_value_is_looked_at():
    """The readable fields that a rotation keeps may look like anything; that is no leave for the new secret."""
    new, masked = ({"name": "x", "data": {"password": password}} for password in ("new-secret", "********"))
    [item] = whole_credentials([new], [TEMPLATED])
    assert item["allow_placeholder"] is True and item["data"] == {"username": "{{ braces }}", "password": "new-secret"}
    with pytest.raises(Failure, match=r"data\.password looks like a placeholder") as caught:
        whole_credentials([masked], [TEMPLATED])
    assert "****" not in str(caught.value)
    [item] = whole_credentials([{**masked, "allow_placeholder": True}], [TEMPLATED])
    assert item["data"]["password"] == "********"
    [item] = whole_credentials([masked], [{**TEMPLATED, "data": {"username": "me"}}])
    assert "allow_placeholder" not in item  # the module refuses it


@pytest.mark.parametrize("shown", ["$REDACTED$", "[REDACTED]", "ab****yz", "", None])
def test_what_is_hidden_does_not_travel_back(shown):
    """What must be there has to be given, and is asked for; where something is hidden, an optional field may be, too."""
    token = {**SHOP, "type": "oauth2-token", "data": {"clientId": shown, "tokenUrl": "https://t", "scopes": ["a"], "additionalParams": {}}}
    new = {"client_secret": "new-secret", "authorize_url": "https://a"}
    with pytest.raises(Failure, match=r"the platform does not show client_id: give it in data too") as caught:
        whole_credentials([{"name": "x", "data": new}], [token])
    assert "REDACTED" not in str(caught.value)
    removed = ["access_token"]
    [item] = whole_credentials([{"name": "x", "data": {**new, "client_id": "me"}, "remove_fields": removed}], [token])
    given = {"clientId": "me", "clientSecret": "new-secret", "authorizeUrl": "https://a", "tokenUrl": "https://t", "scopes": ["a"]}
    assert item == {"credential_id": SHOP["id"], "type": "oauth2-token", "data": given, "remove_fields": removed}
