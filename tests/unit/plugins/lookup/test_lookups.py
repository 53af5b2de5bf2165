# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the lookups say of variables that hold secrets: where something is wrong, and never with what value."""

import pytest
from ansible.errors import AnsibleError
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar
from ansible_collections.versori.platform.plugins.plugin_utils._settings import as_source

from tests.playing import controller

SECRET = "marked-hush-1"


def look(lookup, terms, variables=None):
    loader, _context = controller()
    variables = variables or {}
    plugin = lookup_loader.get(f"versori.platform.{lookup}", loader=loader, templar=Templar(loader=loader, variables=variables))
    return plugin.run(terms, variables)


@pytest.mark.parametrize(
    ("content", "variables"),
    [
        ("a: {b: [1, x]}", {"a": {"b": [1, "x"]}}),
        ("a: 1\na: 2", {"a": 2}),
        *((f"{SECRET}{content}", {}) for content in (": [", "- 1", ": \udcff")),
        (None, {}),
    ],
)
def test_a_file_of_variables(tmp_path, capsys, content, variables):
    path = tmp_path / "rotate.yml"
    if content is not None:
        path.write_text(content, errors="surrogateescape")
    assert look("rotation_file", [str(path)]) == [variables]
    assert SECRET not in "".join(capsys.readouterr())


def test_a_value_in_it_that_cannot_be_filled_in(tmp_path):
    (tmp_path / "rotate.yml").write_text(f"a: '{SECRET} {{{{ nowhere }}}}'")
    with pytest.raises(AnsibleError) as caught:
        look("rotation_file", [str(tmp_path / "rotate.yml")])
    assert "a value in the file cannot be filled in" in str(caught.value) and SECRET not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_variables_that_cannot_be_filled_in():
    broken = as_source(f"{SECRET} {{{{ nowhere }}}}")
    items = [{"name": "fine"}, {"name": "n", "data": {"value": broken}}]
    variables = {"versori_api_key": broken, "versori_jwt": "fine", "mine": items, "unasked": broken}
    sentences = look("unreadable", ["mine", "not_set"], variables)
    assert [sentence.partition(" cannot be filled in: ")[0] for sentence in sentences] == ["versori_api_key", "mine[1]"]
    assert SECRET not in str(sentences)
