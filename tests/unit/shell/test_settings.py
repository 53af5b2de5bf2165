# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options as they really are: environment, the vendor's config file, Ansible's own string classes."""

from __future__ import annotations

import datetime
import os

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._options import info_spec, one_credential_spec
from ansible_collections.versori.platform.plugins.plugin_utils._settings import plain, with_context, with_environment

CONFIG = """
active_context: live
contexts:
  live: {name: live, organisation_id: 01HFS2NEAZ6ECZBZMN4FF775P7, jwt: a.b.c, url_overwrite: https://elsewhere}
  empty: {name: empty}
"""


def test_plain_keeps_what_must_be_refused_later():
    class Text(str):
        pass

    given = {Text("a"): [Text("b"), 1, True, None, 1.5, datetime.date(2026, 1, 2)], "c": (Text("d"),)}
    assert plain(given) == {"a": ["b", 1, True, None, 1.5, datetime.date(2026, 1, 2)], "c": ["d"]}
    assert {type(text) for text in (*plain(given), plain(given)["a"][0])} == {str}


def test_the_environment_stands_in_for_what_is_not_set():
    environment = {"VERSORI_API_KEY": "k", "VERSORI_ORGANISATION_ID": "o", "VERSORI_TIMEOUT": "7", "VERSORI_API_URL": "", "OTHER": "x"}
    assert with_environment({"org": "mine"}, environment, info_spec()) == {
        "organisation_id": "mine",
        "api_key": "k",
        "timeout": "7",
    }


@pytest.mark.parametrize("name", ["api_key", "jwt", "session_cookie", "context"])
def test_the_environment_adds_no_second_way_to_sign_in(name):
    environment = {"VERSORI_API_KEY": "k", "VERSORI_JWT": "j", "VERSORI_SESSION_COOKIE": "c", "VERSORI_CONTEXT": "x"}
    assert with_environment({name: "mine"}, environment, info_spec()) == {name: "mine"}


def test_a_variable_whose_option_the_module_lacks_is_left_alone():
    """The memory's variables hold for a whole job, so also where a task only reads."""
    environment = {"VERSORI_CACHE_CONNECTION": "/memory", "VERSORI_FINGERPRINT_KEY": "k"}
    assert with_environment({}, environment, info_spec()) == {}
    assert with_environment({}, environment, one_credential_spec()) == {"cache_connection": "/memory", "fingerprint_key": "k"}


@pytest.fixture
def environment(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG)
    return {"VERSORI_CONFIG": str(path)}


@pytest.mark.parametrize("name", ["live", "@active"])
def test_context(environment, name):
    assert with_context({"context": name}, environment) == {
        "context": name,
        "jwt": "a.b.c",
        "organisation_id": "01HFS2NEAZ6ECZBZMN4FF775P7",
    }
    assert with_context({"context": name, "organisation_id": "mine"}, environment)["organisation_id"] == "mine"
    assert with_context({"context": None}, environment) == {"context": None}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"context": "missing"}, "has no context 'missing': it has empty, live"),
        ({"context": "empty"}, "holds no jwt"),
        ({"context": "live", "api_key": "k"}, "context and api_key are set"),
    ],
)
def test_context_refusals(environment, options, sentence):
    with pytest.raises(Failure, match=sentence):
        with_context(options, environment)


@pytest.mark.parametrize(
    ("content", "sentence"), [(None, "cannot be read"), ("{", "is not YAML"), ("[]", "has no contexts"), ("contexts: 1", "has no contexts")]
)
def test_context_files(tmp_path, content, sentence):
    path = tmp_path / "config.yaml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(Failure, match=sentence):
        with_context({"context": "live"}, {"VERSORI_CONFIG": str(path)})


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("kind", "reason"),
    [("pipe", "it is a pipe"), ("device", "it is a pipe"), ("folder", "Is a directory"), ("nul", "its path holds characters")],
)
def test_a_context_file_that_is_none(tmp_path, kind, reason):
    path = tmp_path / "config.yaml"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    given = {"device": "/dev/zero", "nul": "~a\0b/c"}.get(kind, str(path))
    with pytest.raises(Failure, match=f"which cannot be read: {reason}"):
        with_context({"context": "live"}, {"VERSORI_CONFIG": given})
