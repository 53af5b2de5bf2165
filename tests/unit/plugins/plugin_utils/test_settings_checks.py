# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers that are none, and environment variables that no process can have."""

from __future__ import annotations

import os

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._options import VERSORI_CREDENTIAL_INFO, VERSORI_DOCTOR
from ansible_collections.versori.platform.plugins.plugin_utils._settings import check_numbers, check_variables, with_environment

SPEC = {**VERSORI_CREDENTIAL_INFO, **VERSORI_DOCTOR}


@pytest.mark.parametrize("name", ["timeout", "retries", "workers", "wait"])
@pytest.mark.parametrize(
    "value", [10**400, -(10**400), "9" * 400, "1" * 5000, "1e999", "-1e999999999", "inf", "nan", float("inf"), float("nan"), True, False]
)
def test_numbers_that_are_none(name, value):
    with pytest.raises(Failure, match=rf"^{name} must be a number"):
        check_numbers({name: value}, SPEC)


@pytest.mark.parametrize("value", [0, 3, "3", 2.5, "2.5", "1e3", 10**300, "many", [], {}, None])
def test_numbers_and_what_the_validator_refuses(value):
    check_numbers({"timeout": value, "validate_certs": True, "nobody": True}, SPEC)


@pytest.mark.parametrize("name", ["", "A=B", "=", "A\0", "\udcff"])
def test_names_of_variables(name):
    with pytest.raises(Failure, match=r"^environment has a variable named") as caught:
        check_variables({"GOOD": "x", name: "x"})
    assert caught.value.msg.isprintable()


def test_names_that_no_shell_could_set_but_a_process_can_have():
    check_variables({"APP.MODE": "x", "A-B": "x", "1": "x", "ProgramFiles(x86)": "x"})


@pytest.mark.parametrize("value", ["a\0b", "\udcff", "\ud800"])
def test_values_of_variables(value):
    with pytest.raises(Failure, match=r"^environment gives A_1 a value with"):
        check_variables({"A_1": value})


def test_good_variables():
    check_variables({"A": "", "_a1": "b=c \u20ac\n", "HTTP_PROXY": "1"})


@pytest.mark.parametrize("variable", ["VERSORI_API_KEY", "VERSORI_JWT", "VERSORI_API_URL", "VERSORI_ORGANISATION_ID", "VERSORI_CA_PATH"])
def test_a_variable_that_is_no_text(variable):
    with pytest.raises(Failure, match=f"^{variable} holds bytes that are not UTF-8"):
        with_environment({}, {variable: os.fsdecode(b"k\xff")}, VERSORI_CREDENTIAL_INFO)
