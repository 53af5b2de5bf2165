# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The actions at the API: nothing is created twice, and nothing is taken for what the server did not say."""

import json
from types import SimpleNamespace
from unittest import mock

import pytest
from ansible_collections.versori.platform.plugins.module_utils._api import client as client_module
from ansible_collections.versori.platform.plugins.module_utils._api import credentials
from ansible_collections.versori.platform.plugins.module_utils._api.client import ABSENT
from ansible_collections.versori.platform.plugins.module_utils._core.actions import CREATE, DELETE, FIND, REPLACE
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.masking import Mask
from ansible_collections.versori.platform.plugins.module_utils._core.observed import Observed

from tests.unit.plugins.module_utils._api.conftest import SECRET, count

BASIC = {"type": "basic-auth", "data": {"username": "me", "password": SECRET}}


DEEP = {"kind": "answer", "body": "[" * 2000 + "]" * 2000, "headers": {"Content-Type": "application/json"}, "handled": True}


@pytest.mark.parametrize(
    ("fault", "is_made"),
    [
        *((fault, True) for fault in ({"kind": "reset_after"}, {"kind": "unavailable", "handled": True}, DEEP)),
        *(({"kind": kind}, False) for kind in ("reset_before", "server_error", "unavailable", "gateway_timeout")),
        ({"status": 408, "kind": "answer"}, False),
    ],
)
def test_a_post_of_unknown_end_is_looked_for_and_not_sent_again(sim, connect, desired, fault, is_made):
    """By no try of this task: the list may lag behind for longer than anybody waits."""
    sim.fault(method="POST", **fault)
    api = connect()
    answer = api(CREATE, desired())
    assert isinstance(answer, Observed) == is_made and sim.names() == ["n"] * is_made
    if not is_made:
        assert answer.maybe_applied and "It may have been created all the same" in answer.msg
        again = api(CREATE, desired())
        assert again.maybe_applied and "an earlier try of this task may have created it" in again.msg
    assert count(sim, "POST") == 1
    if not is_made:  # the next run
        assert isinstance(connect()(CREATE, desired()), Observed) and sim.names() == ["n"]


@pytest.mark.parametrize("kind", ["rate_limit", "rate_limit_bare"])
def test_a_post_that_was_not_carried_out_is_sent_again(sim, connect, desired, kind):
    sim.fault(kind, method="POST", times=2)
    assert isinstance(connect()(CREATE, desired()), Observed)
    assert sim.names() == ["n"] and count(sim, "POST") == 3 and count(sim, "GET") == 0


@pytest.mark.parametrize("lag", [0.0, 4.0, 55.0, 70.0])
def test_what_an_earlier_run_may_have_created_is_looked_for_before(sim, connect, desired, monkeypatch, lag):
    """A longer lag than that is the one way to have two (docs/api-readings.md)."""
    sim.switches.list_lag = lag
    sim.add("string", "n", {"value": "x"})
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        sim.advance(seconds)

    monkeypatch.setattr(credentials, "time", SimpleNamespace(sleep=sleep, monotonic=lambda: sum(slept)))
    found = connect()(FIND, desired(), 60.0, True)
    assert (found is None) == (lag > 60) and sum(slept) == min(60.0, -(-lag // 5) * 5)


@pytest.mark.parametrize(
    ("name", "there", "is_it"),
    [
        ("The Key", "the key", True),
        (f"The Key {'x' * 70}", f"The Key {'x' * 40}", True),
        (f"The Key {'x' * 70}", f"the key {'x' * 24}", True),
        (f"The Key {'x' * 70}", f"The Key {'x' * 23}", False),
        ("The Key", "The Key 2", False),
        ("The Key", "The", False),
    ],
)
def test_what_an_earlier_run_may_have_created_under_another_spelling_is_refused(sim, connect, desired, name, there, is_it):
    sim.add("string", there, {"value": "x"})
    for may_be_there in (False, True):
        found = connect()(FIND, desired(name=name), 0.0, may_be_there)
        assert isinstance(found, Failure) == (is_it and may_be_there)
        assert found is None or json.dumps(there) in found.msg


def test_a_list_that_is_read_meanwhile_does_not_make_the_new_one_an_old_one(sim, connect, desired, monkeypatch):
    """By another thread, between the POST and its answer."""
    api = connect()
    assert api(FIND, desired()) is None
    request = api.client.request

    def request_and_list(method, *args, **options):
        answer = request(method, *args, **options)
        if method == "POST":
            api.names.find(sim.organisation_id, "another", Mask([]), fresh=True)
        return answer

    monkeypatch.setattr(api.client, "request", request_and_list)
    assert api(CREATE, desired()).id == sim.ids()[0]
    assert (count(sim, "POST"), count(sim, "PUT")) == (1, 0)


@pytest.mark.parametrize("kind", ["html", "invalid_json", "wrong_type", "wrong_field", "short_length", "long_length", "cut", "huge"])
def test_a_post_with_an_answer_that_cannot_be_read(sim, connect, desired, monkeypatch, kind):
    """Where the API has created it, it is found; it is never made twice, and never sent again after a yes."""
    monkeypatch.setattr(client_module, "LARGEST_ANSWER", 1024 * 1024)
    for seed in range(20 if kind == "wrong_field" else 1):
        sim.reset()
        sim.fault(kind, method="POST", seed=seed)
        answer = connect()(CREATE, desired())
        assert count(sim, "POST") == 1
        if kind == "html":
            assert "not JSON but text/html" in answer.msg and sim.names() == []
        else:
            assert isinstance(answer, Observed) and answer.id == sim.ids()[0]
            assert sim.names() == ["n"] and sim.secret(answer.id) == {"value": SECRET}


@pytest.mark.parametrize("others", [0, 1])
@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.parametrize("same_name", [False, True])
def test_a_post_answered_with_another_credential(sim, connect, desired, others, listed, same_name):
    """It is never taken for the new one: not by another name, nor where it was there before."""
    ids = [sim.add("string", f"other{number}", {"value": "x"}) for number in range(others)]
    api = connect()
    if listed:
        assert api(FIND, desired()) is None
    if ids and listed and same_name:
        sim.fault(method="POST", body={**sim.stored(ids[0]), "name": "n"}, handled=True)
    else:
        sim.fault("other_credential", method="POST")
    answer = api(CREATE, desired())
    assert isinstance(answer, Observed) and sim.stored(answer.id)["name"] == "n"
    assert sorted(sim.names()) == ["n", *(f"other{number}" for number in range(others))]
    assert api(FIND, desired()).id == answer.id


@pytest.mark.parametrize("kind", ["reset_after", "reset_before", "unavailable"])
def test_a_post_whose_end_cannot_be_looked_up(sim, connect, desired, kind):
    sim.fault(kind, method="POST")
    sim.fault("server_error", method="GET", times=None)
    failure = connect()(CREATE, desired())
    assert isinstance(failure, Failure) and failure.maybe_applied
    assert "Could not create" in failure.msg and "Whether it was created all the same is unknown" in failure.msg
    assert "answered 500" in failure.msg and "Run again" in failure.msg
    assert count(sim, "POST") == 1


def test_what_was_created_in_doubt_is_sent_again(sim, connect, desired, monkeypatch):
    """Somebody else may have made one of that name in the meantime: a name says nothing of the secret."""
    sim.fault("reset_before", method="POST")

    def theirs(request):
        if request.method == "POST":
            sim.add("string", "n", {"value": "theirs"})

    monkeypatch.setattr(sim.recording, "watchers", [theirs])
    assert isinstance(connect()(CREATE, desired()), Observed)
    assert sim.names() == ["n"] and sim.secret(sim.ids()[0]) == {"value": SECRET}


@pytest.fixture
def lagging(connect, monkeypatch):
    """An API with a list that lags behind: what is in it is not found by its id."""
    api = connect()
    request = api.client.request

    def lag(method, path, *args, absent=False, **options):
        return ABSENT if absent and method == "GET" else request(method, path, *args, absent=absent, **options)

    monkeypatch.setattr(api.client, "request", lag)
    return api


def test_what_the_list_has_and_its_id_does_not_find_is_not_created(lagging, desired, there):
    failure = lagging(FIND, desired())
    assert isinstance(failure, Failure) and "was renamed or deleted elsewhere while this task looked for it" in failure.msg


def test_a_post_is_not_repeated_where_the_list_has_the_name(sim, lagging, desired):
    sim.fault("reset_after", method="POST", times=None)
    failure = lagging(CREATE, desired())
    assert isinstance(failure, Failure) and failure.maybe_applied
    assert "is in the list, and is not found by its id. Run again: its name is looked for first." in failure.msg
    assert count(sim, "POST") == 1 and sim.names() == ["n"]


def test_a_list_that_lags_is_waited_for(sim, connect, desired, monkeypatch):
    api = connect()
    monkeypatch.setattr("time.sleep", sim.advance)
    sim.switches.list_lag = 0.3
    sim.fault("reset_after", method="POST")
    assert isinstance(api(CREATE, desired()), Observed)
    assert sim.names() == ["n"]


@pytest.mark.parametrize("put_answer", ["credential", "without_updated_at", "echo_request", "empty"])
@pytest.mark.parametrize("kind", [None, "other_credential", "wrong_type", *(f"wrong_field {seed}" for seed in range(20))])
def test_a_put_is_judged_by_a_get_where_its_answer_is_odd(sim, connect, desired, there, put_answer, kind):
    sim.add("string", "other", {"value": "x"})
    sim.switches.put_answer = put_answer
    api, wanted = connect(), desired(credential_id=there)
    observed = api(FIND, wanted)
    if kind:
        name, _space, seed = kind.partition(" ")
        sim.fault(name, method="PUT", seed=int(seed or 0))
    after = api(REPLACE, wanted, observed)
    assert isinstance(after, Observed) and after.id == there
    assert after.updated_at == sim.stored(there)["updatedAt"]


@pytest.mark.parametrize("shown", [{"name": "old"}, {"data": {"username": "old", "password": "******"}}])
def test_a_put_whose_answer_differs_is_judged_by_a_get(sim, connect, desired, shown):
    """A new time alone does not say that the rest of the answer is more than what was there before."""
    credential_id = sim.add("basic-auth", "old", {"username": "old", "password": "x"})
    api, wanted = connect(), desired(credential_id=credential_id, **BASIC)
    observed = api(FIND, wanted)
    answer = {**sim.stored(credential_id), "name": "n", "data": BASIC["data"], "updatedAt": "2100-01-01T00:00:00Z", **shown}
    sim.fault(method="PUT", body=answer, handled=True)
    after = api(REPLACE, wanted, observed)
    assert (after.name, after.view()["data"]["username"]) == ("n", "me")
    assert after.updated_at == sim.stored(credential_id)["updatedAt"]
    # An answer that shows what was sent needs no GET.
    sim.clear_requests()
    api(REPLACE, desired(credential_id=credential_id, **BASIC), after)
    assert [request.method for request in sim.requests] == ["PUT"]


def test_a_name_that_this_task_has_given_or_taken(sim, connect, desired):
    """Listed once, then kept up with: the old name of a credential finds nothing, the new one does, and what is deleted is gone."""
    credential_id = sim.add("string", "old", {"value": "x"})
    api = connect()
    observed = api(FIND, desired(name="old"))
    renamed = api(REPLACE, desired(credential_id=credential_id), observed)
    sim.clear_requests()
    assert api(FIND, desired(name="old")) is None
    assert api(FIND, desired()).id == credential_id
    assert [request.path.rpartition("/")[2] for request in sim.requests] == [credential_id]  # nothing was listed again
    api(DELETE, desired(credential_id=credential_id), renamed)
    assert api(FIND, desired()) is None


@pytest.mark.parametrize("lags", [False, True])
def test_a_name_that_somebody_else_has_changed(sim, connect, desired, there, lags):
    """One more listing says who has it now; where that lags behind, what was read of the credential itself counts."""
    api = connect()
    assert api(FIND, desired()).id == there
    sim.edit(there, name="theirs")
    if lags:
        page = {"totalCount": 1, "credentials": [{"id": there, "type": "string", "name": "n"}]}
        sim.fault(body=page, path="credentials$", times=None)
    assert api(FIND, desired()) is None
    sim.clear_requests()
    assert api(FIND, desired(name="theirs")).id == there
    assert len(sim.requests) == 1


def test_a_list_that_lags_does_not_hide_what_this_task_has_written(sim, connect, desired):
    """Two items of one task create; the list that the second one asks for in doubt is older than the first one's POST."""
    sim.switches.list_lag = 1000.0
    api = connect(retries=0)
    first = api(CREATE, desired(name="first"))
    sim.fault("unavailable", method="POST")
    assert isinstance(api(CREATE, desired(name="second")), Failure)
    assert api(FIND, desired(name="first")) == first
    api(DELETE, desired(name="first"), first)
    assert api(FIND, desired(name="first")) is None


@pytest.mark.parametrize(("name", "is_alike"), [(" n", True), ("n\t", True), ("N", False), ("n", True), ("cafe\u0301", True)])
def test_a_name_that_is_nearly_there_is_found(sim, connect, desired, name, is_alike):
    sim.add("string", "caf\u00e9" if "caf" in name else "n", {"value": "x"})
    api = connect()
    found = api(FIND, desired(name=name))
    assert (found and found.name) == (sim.names()[0] if is_alike else None)
    if is_alike:
        api(DELETE, desired(), found)
        assert api(FIND, desired(name=name)) is None  # it is gone


def test_a_name_that_was_nearly_there_when_it_was_listed(sim, connect, desired):
    """It was renamed since: it is somebody else's."""
    api = connect()
    id = sim.add("string", "n ", {"value": "x"})
    assert api(FIND, desired(name="another")) is None  # which lists them
    sim.edit(id, name="theirs")
    assert api(FIND, desired()) is None


@pytest.mark.parametrize("kept", ["trimmed", "cut", "lower"])
def test_a_name_that_is_kept_otherwise_is_the_new_one(sim, connect, desired, kept):
    """And this task finds it by the name that it gave."""
    sim.switches.names_kept = kept
    name = f" The Key {'x' * 70}"
    api = connect()
    assert api(FIND, desired(name=name)) is None
    created = api(CREATE, desired(name=name))
    assert isinstance(created, Observed) and sim.names() == [created.name] != [name]
    assert api(FIND, desired(name=name)) == created
    sim.edit(created.id, name="theirs")
    assert api(FIND, desired(name=name)) is None


SIGN_IN = {"body": {"code": "login_required"}}


@pytest.mark.parametrize(
    ("answer", "get", "is_gone", "words"),
    [
        (SIGN_IN, None, False, "Could not delete credential 'n': the API said yes, but does not show that it is gone."),
        (SIGN_IN, SIGN_IN, False, "Could not delete credential 'n': the API said yes, but does not show that it is gone."),
        (SIGN_IN, {"status": 401}, False, "Could not see whether credential 'n' is deleted: the API answered 401."),
        ({**SIGN_IN, "handled": True}, None, True, None),
        ({"status": 202, "handled": True}, {"status": 401}, True, None),  # an empty success is one: nobody asks
    ],
)
def test_a_delete_is_believed_where_its_answer_can_be_nobody_elses(sim, connect, desired, there, answer, get, is_gone, words):
    api = connect()
    observed = api(FIND, desired(credential_id=there))
    sim.fault("answer", method="DELETE", **answer)
    if get:
        sim.fault("answer", method="GET", **get)
    failure = api(DELETE, desired(), observed)
    assert (sim.names() == []) == is_gone
    assert failure is None if is_gone else failure.maybe_applied and failure.msg.startswith(words)


def test_what_nobody_has_foreseen_is_this_action_s_failure_and_an_interruption_is_not(connect, desired, there, monkeypatch):
    read_observed = mock.Mock(side_effect=ZeroDivisionError(SECRET))
    monkeypatch.setattr(credentials, "read_observed", read_observed)
    failure = connect()(FIND, desired(credential_id=there))
    assert isinstance(failure, Failure) and failure.maybe_applied
    assert "This is a bug in versori.platform: ZeroDivisionError at " in failure.msg and SECRET not in failure.msg
    read_observed.side_effect = KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        connect()(FIND, desired(credential_id=there))


OPEN = "The server may have carried it out all the same; the next run finds out."


@pytest.mark.parametrize("action", [REPLACE, DELETE])
@pytest.mark.parametrize(
    ("fault", "is_open"),
    [
        ({"kind": "reset_after"}, True),
        ({"kind": "html", "handled": True}, True),
        ({"kind": "bad_gateway"}, True),
        ({"kind": "unprocessable"}, False),
        ({"kind": "answer", "status": 401, "body": "{}"}, False),
    ],
)
def test_that_a_write_may_have_been_carried_out_is_said_once(sim, connect, desired, action, fault, is_open):
    api = connect(retries=0)
    wanted = desired(credential_id=sim.add("string", "n", {"value": "x"}))
    observed = api(FIND, wanted)
    sim.fault(method={REPLACE: "PUT", DELETE: "DELETE"}[action], times=None, **fault)
    if "handled" in fault:  # accepted, and what it came to cannot be read
        sim.fault("bad_gateway", method="GET", times=None)
    failure = api(action, wanted, observed)
    assert failure.maybe_applied is is_open and failure.msg.count(OPEN) == is_open
