# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible.errors import AnsibleError

from tests.acceptance.written import encrypted

NO_PASSWORD = "no vault password was given (--ask-vault-pass, --vault-password-file)"
SECRET = "marked-hush-1"


@pytest.mark.parametrize(
    ("content", "variables", "problem"),
    [
        ("a: {b: [1, x]}", {"a": {"b": [1, "x"]}}, ""),
        ("a: 1\na: 2", {"a": 2}, ""),
        (f"a: {SECRET}\nb: [", {}, "it is not YAML: look at line 3, column 1"),
        (f"{SECRET}- 1", {}, "it is not a mapping of variables"),
        (f"{SECRET}: \udcff", {}, "it is not UTF-8"),
        ("", {}, "it is not a mapping of variables"),
        (encrypted(f"a: {SECRET}"), {}, f"it is vaulted, and {NO_PASSWORD}"),
        (None, {}, "No such file or directory"),
    ],
)
def test_a_file_of_variables(look, tmp_path, capsys, content, variables, problem):
    path = tmp_path / "rotate.yml"
    if content is not None:
        path.write_text(content, errors="surrogateescape")
    assert look("rotation_file", [str(path)]) == [{"variables": variables, "problem": problem}]
    assert SECRET not in "".join(capsys.readouterr())


def test_a_value_in_it_that_cannot_be_filled_in(look, tmp_path):
    (tmp_path / "rotate.yml").write_text(f"a: '{SECRET} {{{{ nowhere }}}}'")
    with pytest.raises(AnsibleError) as caught:
        look("rotation_file", [str(tmp_path / "rotate.yml")])
    assert "a value in the file cannot be filled in" in str(caught.value) and SECRET not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None
