# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each reason for which a file of the controller's cannot be used has words of its own, and none of the file's."""

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultSecret
from ansible_collections.versori.platform.plugins.plugin_utils._reading import position_of, read_decrypted, unopened, why_not_opened
from ansible_collections.versori.platform.plugins.plugin_utils._settings import as_source

from tests.acceptance.written import PASSWORD, Vaulted, encrypted, written
from tests.playing import controller

VAULTED = encrypted("hush-1")
NOT_GIVEN, ANOTHER = "no vault password was given (--ask-vault-pass, --vault-password-file)", "no vault password that was given opens it"


def loader(*passwords):
    made = DataLoader()
    made.set_vault_secrets([("default", VaultSecret(password.encode())) for password in passwords])
    return made


@pytest.mark.parametrize(
    ("content", "passwords", "reason"),
    [
        (VAULTED, [], f"it is vaulted, and {NOT_GIVEN}"),
        (VAULTED, ["another"], f"it is vaulted, and {ANOTHER}"),
        (VAULTED[:100] + "zz\n", [PASSWORD], "it is vaulted, and its vault is damaged"),
        (VAULTED[:200], [PASSWORD], "it is vaulted, and its vault is damaged"),
        (VAULTED.replace("AES256", "AES9"), [PASSWORD], "it is vaulted, and its vault cannot be opened"),
        (None, [], "No such file or directory"),
    ],
    ids=["no password", "another password", "odd letters", "cut off", "a newer cipher", "no file"],
)
def test_why_a_file_cannot_be_read(tmp_path, content, passwords, reason):
    path = tmp_path / "list.yml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(OSError) as caught:
        read_decrypted(loader(*passwords), str(path))
    assert caught.value.strerror == reason


@pytest.mark.parametrize("content", [VAULTED, "hush-1"])
def test_a_file_that_can_be_read(tmp_path, content):
    path = tmp_path / "list.yml"
    path.write_text(content)
    assert read_decrypted(loader("another", PASSWORD), str(path)) == b"hush-1"


def test_what_nobody_has_foreseen_is_not_said():
    assert why_not_opened(AnsibleError("hush-1")) == "its vault cannot be opened"


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ("- {name: a\n  ]: hush", (2, 3)),
        ("- name: a\n   type: hush", (2, 8)),
        ("a:\n\tb: hush", (2, 1)),
        ("- *hush", (1, 3)),
        ("- é\n- hush-\x01", (2, 8)),
        ("- hush: 2026-99-99", None),
    ],
)
def test_where_a_file_cannot_be_parsed(content, where):
    expected = f": look at line {where[0]}, column {where[1]}" if where else ""
    with pytest.raises((AnsibleError, ValueError)) as caught:
        loader().load(as_source(content), file_name="/list.yml", show_content=False)
    assert position_of(caught.value, content) == expected
    with pytest.raises((yaml.YAMLError, ValueError)) as caught:
        yaml.safe_load(content)
    assert position_of(caught.value, content) == expected


def test_each_vaulted_value_that_cannot_be_opened():
    controller()  # which has no vault password
    text = written([{"name": "a", "data": {"value": Vaulted("hush")}}, {"list": [1, Vaulted("hush")]}])
    loaded = loader().load(as_source(text), file_name="/list.yml", show_content=False)
    assert list(unopened(loaded, "credentials")) == [("credentials[0].data.value", NOT_GIVEN), ("credentials[1].list[1]", NOT_GIVEN)]
    assert list(unopened({"credentials": loaded}, "")) == list(unopened(loaded, "credentials"))
