# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from ansible_collections.versori.platform.plugins.plugin_utils._settings import as_source

SECRET = "marked-hush-1"


def test_variables_that_cannot_be_filled_in(look):
    broken = as_source(f"{SECRET} {{{{ nowhere }}}}")
    items = [{"name": "fine"}, {"name": "n", "data": {"value": broken}}]
    variables = {"versori_api_key": broken, "versori_jwt": "fine", "mine": items, "unasked": broken}
    sentences = look("unreadable", ["mine", "not_set"], variables)
    assert [sentence.partition(" cannot be filled in: ")[0] for sentence in sentences] == ["versori_api_key", "mine[1]"]
    assert SECRET not in str(sentences)
