# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible.errors import AnsibleError

SECRET = "marked-hush-1"


@pytest.mark.parametrize(
    ("content", "variables"),
    [
        ("a: {b: [1, x]}", {"a": {"b": [1, "x"]}}),
        ("a: 1\na: 2", {"a": 2}),
        *((f"{SECRET}{content}", {}) for content in (": [", "- 1", ": \udcff")),
        (None, {}),
    ],
)
def test_a_file_of_variables(look, tmp_path, capsys, content, variables):
    path = tmp_path / "rotate.yml"
    if content is not None:
        path.write_text(content, errors="surrogateescape")
    assert look("rotation_file", [str(path)]) == [variables]
    assert SECRET not in "".join(capsys.readouterr())


def test_a_value_in_it_that_cannot_be_filled_in(look, tmp_path):
    (tmp_path / "rotate.yml").write_text(f"a: '{SECRET} {{{{ nowhere }}}}'")
    with pytest.raises(AnsibleError) as caught:
        look("rotation_file", [str(tmp_path / "rotate.yml")])
    assert "a value in the file cannot be filled in" in str(caught.value) and SECRET not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None
