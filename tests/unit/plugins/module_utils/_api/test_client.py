# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client against a server that misbehaves: a clear failure, no secret in it, no header sent elsewhere."""

import email.utils
import time

import pytest
from ansible_collections.versori.platform.plugins.module_utils._api import client as client_module
from ansible_collections.versori.platform.plugins.module_utils._api.client import ABSENT
from ansible_collections.versori.platform.plugins.module_utils._core.actions import CREATE, DELETE, FIND, REPLACE
from ansible_collections.versori.platform.plugins.module_utils._core.desired import read_desired
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.masking import Mask
from ansible_collections.versori.platform.plugins.module_utils._core.observed import Observed

SECRET = "marked-hunter2"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """No test waits between two tries: how long that would be is noted instead."""
    naps = []
    monkeypatch.setattr(client_module.time, "sleep", naps.append)
    return naps


def desired(sim, **changes):
    options = {"organisation_id": sim.organisation_id, "name": "n", "type": "string", "data": {"value": SECRET}}
    return read_desired({**options, **changes})


def find(sim, connect, credential_id, **options):
    return connect(**options)(FIND, desired(sim, credential_id=credential_id))


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ({"kind": "server_error", "times": None}, 500, "answered 500"),
        ({"kind": "unavailable", "times": None}, 503, "answered 503"),
        ({"kind": "bad_gateway", "times": None}, 502, "answered 502"),
        ({"kind": "gateway_timeout", "times": None}, 504, "answered 504"),
        ({"kind": "html"}, 200, "not JSON but text/html"),
        ({"kind": "redirect"}, 302, "redirect, which is not followed"),
        ({"kind": "wrong_type"}, None, "not a credential"),
        ({"kind": "other_credential"}, None, "was asked for"),
        ({"kind": "cut", "times": None}, None, "connection to"),
        ({"kind": "long_length", "times": None}, None, "connection to"),
        ({"kind": "short_length"}, 200, "not JSON but application/json"),
        ({"kind": "invalid_json"}, 200, "not JSON but application/json"),
        ({"kind": "reset_before", "times": None}, None, "connection to"),
        ({"kind": "answer", "status": 401, "body": {"code": "unauthorised", "message": "no"}}, 401, "did not accept the authentication"),
        ({"kind": "answer", "status": 403, "body": {"code": "forbidden", "message": "no"}}, 403, "may not do that"),
        ({"kind": "answer", "status": 418, "body": "[1"}, 418, "answered 418"),
        # Nothing of the following says "there is none": by name, that would make a second one.
        ({"kind": "answer", "status": 200, "body": ""}, None, "not a credential"),
        ({"kind": "answer", "status": 200, "body": "null"}, None, "not a credential"),
        ({"kind": "answer", "status": 404, "body": "<h1>Not found</h1>"}, 404, "answered 404"),
        ({"kind": "answer", "status": 404, "body": {"message": "no route"}}, 404, "answered 404"),
    ],
    ids=lambda value: value.get("kind") if isinstance(value, dict) else None,
)
def test_faults_of_a_get(sim, connect, fault, status, words):
    credential_id = sim.add("string", "n", {"value": "x"})
    sim.fault(**fault)
    answer = find(sim, connect, credential_id)
    assert isinstance(answer, Failure)
    assert words in answer.msg and answer.status == status
    assert "\n" not in answer.msg and "Traceback" not in answer.msg


@pytest.mark.parametrize("kind", ["server_error", "unavailable", "rate_limit", "reset_before", "reset_after", "cut", "long_length"])
def test_a_passing_fault_of_a_get_is_outlived(sim, connect, kind):
    credential_id = sim.add("string", "n", {"value": "x"})
    sim.fault(kind=kind, times=2)
    assert isinstance(find(sim, connect, credential_id), Observed)
    assert len(sim.requests) == 3


def later(seconds):
    """A Retry-After as a date; that has no fractions of a second."""
    return email.utils.formatdate(time.time() + seconds + 0.999, usegmt=True)


def slow_down(sim, header, **rule):
    headers = {} if header is None else {"Retry-After": header}
    sim.fault(kind="answer", status=429, body={"code": "slow", "message": "slow"}, headers=headers, **rule)


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [("3", 3, 3), (later, 2990, 3001), ("nonsense", 0, 0), ("9" * 5000, 0, 0), ("-1", 0, 0), (None, 0, 0)],
    ids=lambda value: str(getattr(value, "__name__", value))[:9],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_retry_after_is_honoured(sim, connect, quick, method, header, least, most):
    slow_down(sim, header(3000) if callable(header) else header, method=method)
    if method == "GET":
        answer = find(sim, connect, sim.add("string", "n", {"value": "x"}), timeout=3600)
    else:
        answer = connect(timeout=3600)(CREATE, desired(sim))
    assert isinstance(answer, Observed)
    assert sim.names() == ["n"]
    assert least <= sum(quick) <= most + 0.6 * (most == 0)  # the client's own first pause


@pytest.mark.parametrize("header", ["31", "7200", later])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_a_longer_pause_than_timeout_is_not_made(sim, connect, quick, method, header):
    api = connect(timeout=30)
    want = desired(sim)
    if method != "POST":
        want = desired(sim, credential_id=sim.add("string", "n", {"value": "x"}))
    observed = api(FIND, want) if method == "PUT" else None
    slow_down(sim, header(60) if callable(header) else header, method=method, times=None)
    failure = api({"GET": FIND, "POST": CREATE, "PUT": REPLACE}[method], want, *([observed] if observed else []))
    assert isinstance(failure, Failure)
    assert (failure.status, failure.code, failure.maybe_applied) == (429, "slow", False)
    assert "It asks for a pause of" in failure.msg and "timeout allows 30." in failure.msg
    assert [request.method for request in sim.requests].count(method) == 1
    assert sum(quick) == 0


def test_pauses_grow_and_are_not_all_the_same(sim, connect, quick):
    credential_id = sim.add("string", "n", {"value": "x"})
    sim.fault(kind="server_error", times=None)
    for _run in range(3):
        find(sim, connect, credential_id, retries=5)
    runs = [quick[at : at + 5] for at in (0, 5, 10)]
    assert len(quick) == 15 and all(run == sorted(run) for run in runs)
    assert all(0.4 <= run[0] <= 0.6 and 3.4 <= run[-1] <= 3.6 for run in runs)
    assert runs[0] != runs[1] or runs[1] != runs[2]


def test_a_huge_answer_is_not_read_to_its_end(sim, connect, monkeypatch):
    monkeypatch.setattr(client_module, "LARGEST_ANSWER", 1024 * 1024)
    credential_id = sim.add("string", "n", {"value": "x"})
    sim.fault(kind="huge")
    assert "larger than 1048576 bytes" in find(sim, connect, credential_id).msg


@pytest.mark.parametrize(("kind", "size"), [("drip", 1), ("drip_head", 16)])
def test_a_slow_drip_ends(sim, connect, kind, size):
    """Each piece comes within the time limit, and all of them together do not; of headers, that counts once the body begins."""
    credential_id = sim.add("string", "n", {"value": "x"})
    sim.fault(kind=kind, seconds=0.05, size=size, times=None)
    failure = find(sim, connect, credential_id, timeout=0.3, retries=0)
    assert "did not answer within 0.3 seconds" in failure.msg
    assert failure.maybe_applied is True


def test_headers_and_body_share_one_time_limit(sim, connect):
    credential_id = sim.add("string", "n", {"value": "x"})
    sim.latency = 0.25
    sim.fault(kind="drip", seconds=0.02, size=16)
    failure = find(sim, connect, credential_id, timeout=0.4, retries=0)
    assert 0.15 < len(sim.requests[0].answer) // 16 * 0.02 < 0.4  # seconds of the body alone
    assert isinstance(failure, Failure) and "did not answer within 0.4 seconds" in failure.msg


def test_the_servers_words_are_shown_without_our_secrets(sim, connect):
    body = {
        "code": f"code-{SECRET}",
        "message": f"value {SECRET} is weak",
        "fields": [{"field": "data.value", "message": f"{SECRET} was seen"}, "nonsense", {"field": 7}],
        "cause": {"deep": [SECRET, sim.api_key]},
    }
    sim.fault(kind="answer", status=422, body=body)
    failure = connect()(CREATE, desired(sim))
    text = str(failure.as_result())
    assert failure.status == 422 and "data.value" in failure.msg
    assert SECRET not in text and sim.api_key not in text


def test_a_long_error_is_told_in_short(sim, connect):
    fields = [{"field": f"data.f{number}" + "x" * 1000, "message": "m" * 1000} for number in range(50)]
    body = {"code": "c" * 5000, "message": f"{'a' * 995}{SECRET}{'b' * 100_000}", "fields": fields, "cause": [{"text": "d" * 9000}] * 9}
    sim.fault(kind="answer", status=422, body=body)
    failure = connect()(CREATE, desired(sim))
    assert f"{'a' * 995}********…" in failure.msg and "; and 30 more." in failure.msg
    assert len(failure.fields) == 20 and len(failure.msg) < 20 * 450 + 1500
    assert len(failure.code) <= 1001 and len(failure.cause) <= 1001


def test_an_error_that_is_nested_without_end(sim, connect):
    body = '{"code": "c", "message": ' + "[" * 300 + f'"{SECRET}"' + "]" * 300 + "}"
    sim.fault(kind="answer", status=422, body=body)
    failure = connect()(CREATE, desired(sim))
    assert failure.status == 422 and SECRET not in failure.msg + str(failure.cause)
    credential_id = sim.add("string", "n", {"value": "x"})
    sim.fault(kind="answer", status=200, body="[" * 200_000 + "]" * 200_000, headers={"Content-Type": "application/json"})
    assert "nested deeper than" in find(sim, connect, credential_id).msg


def test_no_header_goes_anywhere_else(sim, connect, monkeypatch, tmp_path):
    """Neither a redirect, nor ~/.netrc, nor a cookie that the server sets changes who gets which header."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login thief password thief\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    credential_id = sim.add("string", "n", {"value": "x"})
    api = connect()
    sim.fault(kind="redirect", headers={"Set-Cookie": "session=theirs; Path=/"})
    api(FIND, desired(sim, credential_id=credential_id))
    api(FIND, desired(sim, credential_id=credential_id))
    assert [request.headers.get("authorization") for request in sim.requests] == [f"Bearer {sim.api_key}"] * 2
    assert all("cookie" not in request.headers for request in sim.requests)
    assert all(request.path.endswith(credential_id) for request in sim.requests)


@pytest.mark.parametrize(
    ("kind", "made"), [("reset_after", True), ("reset_before", False), ("server_error", False), ("gateway_timeout", False)]
)
def test_a_post_is_looked_up_before_it_is_repeated(sim, connect, kind, made):
    sim.fault(kind=kind, method="POST")
    observed = connect()(CREATE, desired(sim))
    assert isinstance(observed, Observed)
    assert sim.names() == ["n"]
    assert [request.method for request in sim.requests].count("POST") == (1 if made else 2)


@pytest.mark.parametrize("kind", ["html", "invalid_json", "wrong_type", "wrong_field", "short_length", "long_length", "cut", "huge"])
def test_a_post_with_an_answer_that_cannot_be_read(sim, connect, monkeypatch, kind):
    """Where the API has created it, it is found; it is never made twice, and never sent again after a yes."""
    monkeypatch.setattr(client_module, "LARGEST_ANSWER", 1024 * 1024)
    for seed in range(20 if kind == "wrong_field" else 1):
        sim.reset()
        sim.fault(kind=kind, method="POST", seed=seed)
        answer = connect()(CREATE, desired(sim))
        assert [request.method for request in sim.requests].count("POST") == 1
        if kind == "html":
            assert "not JSON but text/html" in answer.msg and sim.names() == []
        else:
            assert isinstance(answer, Observed) and answer.id == sim.ids()[0]
            assert sim.names() == ["n"] and sim.secret(answer.id) == {"value": SECRET}


@pytest.mark.parametrize("others", [0, 1])
@pytest.mark.parametrize("listed", [False, True])
def test_a_post_answered_with_another_credential(sim, connect, others, listed):
    for number in range(others):
        sim.add("string", f"other{number}", {"value": "x"})
    api = connect()
    if listed:
        assert api(FIND, desired(sim)) is None
    sim.fault(kind="other_credential", method="POST")
    answer = api(CREATE, desired(sim))
    assert isinstance(answer, Observed) and sim.stored(answer.id)["name"] == "n"
    assert sorted(sim.names()) == ["n", *(f"other{number}" for number in range(others))]
    assert api(FIND, desired(sim)).id == answer.id


@pytest.mark.parametrize("kind", ["reset_after", "reset_before", "unavailable"])
def test_a_post_whose_end_cannot_be_looked_up(sim, connect, kind):
    sim.fault(kind=kind, method="POST")
    sim.fault(kind="server_error", method="GET", times=None)
    failure = connect()(CREATE, desired(sim))
    assert isinstance(failure, Failure) and failure.maybe_applied
    assert "Could not create" in failure.msg and "Whether it was created all the same is unknown" in failure.msg
    assert "answered 500" in failure.msg and "Run again" in failure.msg
    assert [request.method for request in sim.requests].count("POST") == 1


def test_a_list_that_lags_is_waited_for(sim, connect, monkeypatch):
    monkeypatch.setattr("time.sleep", sim.advance)
    sim.switches.list_lag = 0.3
    sim.fault(kind="reset_after", method="POST")
    assert isinstance(connect()(CREATE, desired(sim)), Observed)
    assert sim.names() == ["n"]


def test_a_list_that_lags_does_not_hide_what_this_task_has_written(sim, connect):
    """Two items of one task create; the list that the second one asks for in doubt is older than the first one's POST."""
    sim.switches.list_lag = 1000.0
    api = connect(retries=0)
    first = api(CREATE, desired(sim, name="first"))
    sim.fault(kind="unavailable", method="POST")
    assert isinstance(api(CREATE, desired(sim, name="second")), Failure)
    assert api(FIND, desired(sim, name="first")) == first
    api(DELETE, desired(sim, name="first"), first)
    assert api(FIND, desired(sim, name="first")) is None


def test_what_was_created_in_doubt_is_sent_again(sim, connect):
    """Somebody else may have made one of that name in the meantime: a name says nothing of the secret."""
    sim.fault(kind="reset_before", method="POST")
    original = sim.recording.begin

    def begin(request):
        if request.method == "POST":
            sim.add("string", "n", {"value": "theirs"})
        original(request)

    sim.recording.begin = begin
    try:
        assert isinstance(connect()(CREATE, desired(sim)), Observed)
    finally:
        del sim.recording.begin
    assert sim.names() == ["n"] and sim.secret(sim.ids()[0]) == {"value": SECRET}


def test_a_post_that_was_handled_and_answered_with_an_error(sim, connect):
    sim.fault(kind="unavailable", method="POST", handled=True)
    assert isinstance(connect()(CREATE, desired(sim)), Observed)
    assert sim.names() == ["n"]


@pytest.mark.parametrize("kind", ["reset_after", "unavailable"])
def test_put_and_delete_may_be_repeated(sim, connect, kind):
    credential_id = sim.add("string", "n", {"value": "x"})
    api = connect()
    want = desired(sim, credential_id=credential_id)
    observed = api(FIND, want)
    sim.fault(kind=kind, method="PUT")
    assert isinstance(api(REPLACE, want, observed), Observed)
    assert sim.secret(credential_id) == {"value": SECRET}
    sim.fault(kind=kind, method="DELETE")
    assert api(DELETE, want, observed) is None
    assert sim.ids() == []


@pytest.mark.parametrize(
    ("fault", "maybe_applied"),
    [
        ({"kind": "unprocessable"}, False),
        ({"kind": "redirect"}, False),
        ({"kind": "html"}, True),
        ({"kind": "cut", "times": None}, True),
        ({"kind": "server_error", "times": None}, True),
        ({"kind": "reset_after", "times": None}, True),
    ],
    ids=lambda value: value.get("kind") if isinstance(value, dict) else None,
)
def test_whether_a_failed_put_may_have_changed_something(sim, connect, fault, maybe_applied):
    credential_id = sim.add("string", "n", {"value": "x"})
    api = connect()
    want = desired(sim, credential_id=credential_id)
    observed = api(FIND, want)
    sim.fault(method="PUT", **fault)
    failure = api(REPLACE, want, observed)
    assert isinstance(failure, Failure)
    assert failure.maybe_applied is maybe_applied


@pytest.mark.parametrize("last", ["refused", "unprocessable", "rate_limit"])
def test_a_first_try_counts_whatever_the_last_one_says(sim, connect, monkeypatch, last):
    """The PUT was carried out and its answer lost; the repetition fails in a way that alone would mean: nothing has happened."""
    credential_id = sim.add("string", "n", {"value": "x"})
    api = connect(retries=1)
    want = desired(sim, credential_id=credential_id)
    observed = api(FIND, want)
    sim.fault(kind="reset_after", method="PUT")
    if last == "refused":
        monkeypatch.setattr("urllib3.connection.connection.create_connection", refuse)
    else:
        sim.fault(kind=last, method="PUT")
    failure = api(REPLACE, want, observed)
    assert isinstance(failure, Failure) and failure.maybe_applied is True
    assert sim.secret(credential_id) == {"value": SECRET}


def refuse(*args, **options):
    raise ConnectionRefusedError("refused")


def hang(*args, **options):
    raise TimeoutError("timed out")


@pytest.mark.parametrize("kind", ["other_credential", "wrong_type", "wrong_field"])
def test_a_put_is_judged_by_a_get_where_its_answer_is_odd(sim, connect, kind):
    for seed in range(20 if kind == "wrong_field" else 1):
        sim.reset()
        credential_id = sim.add("string", "n", {"value": "x"})
        sim.add("string", "other", {"value": "x"})
        api = connect()
        want = desired(sim, credential_id=credential_id)
        observed = api(FIND, want)
        sim.fault(kind=kind, method="PUT", seed=seed)
        after = api(REPLACE, want, observed)
        assert isinstance(after, Observed) and after.id == credential_id
        assert after.updated_at == sim.stored(credential_id)["updatedAt"]


@pytest.mark.parametrize("change", [{"totalCount": None}, {"totalCount": True}, {"totalCount": "2"}, {"next": 7}, {"next": ["x"]}])
def test_a_page_that_does_not_say_whether_it_is_whole(sim, connect, monkeypatch, change):
    """What is missing from such a list would be created a second time."""
    api = connect()
    page = {"totalCount": 1, "credentials": [{"id": "1", "name": "other"}], **change}
    monkeypatch.setattr(api.client, "request", lambda *args, **options: page)
    with pytest.raises(Failure, match="totalCount or next is missing or of the wrong type"):
        api.names.find(sim.organisation_id, "n", Mask([]))


@pytest.mark.parametrize("when", ["createdAt", "updatedAt"])
def test_a_time_of_another_type_is_refused(sim, connect, when):
    credential_id = sim.add("string", "n", {"value": "x"})
    body = {"id": credential_id, "type": "string", "name": "n", "data": {}, when: 1767225600}
    sim.fault(kind="answer", body=body)
    assert f"its '{when}' is of the wrong type" in find(sim, connect, credential_id).msg


def test_nobody_listens(sim, connect):
    failure = find(sim, connect, "01KK9J6VFKZSB86BQQT8903TMY", api_url="http://127.0.0.1:9", retries=0)
    assert "the connection to 127.0.0.1:9 failed" in failure.msg
    assert failure.maybe_applied is False


@pytest.mark.parametrize(("error", "words"), [(refuse, "the connection to"), (hang, "did not answer within 5 seconds")])
@pytest.mark.parametrize("action", [FIND, CREATE, REPLACE, DELETE])
def test_what_never_left_did_nothing_and_is_tried_again(sim, connect, quick, monkeypatch, action, error, words):
    """A creation too, for nothing can have been created: it need not be looked for."""
    want = desired(sim, credential_id=sim.add("string", "n", {"value": "x"}))
    observed = connect()(FIND, want)
    calls = []
    monkeypatch.setattr("urllib3.connection.connection.create_connection", lambda *args, **options: calls.append(args) or error())
    failure = connect(retries=2)(action, want, *([observed] if action in (REPLACE, DELETE) else []))
    assert words in failure.msg and "Whether it was created" not in failure.msg
    assert (failure.maybe_applied, failure.retryable, len(calls)) == (False, False, 3)


def only_listed(api, monkeypatch):
    """Let the API have a list that lags behind: what is in it is not found by its id."""
    request = api.client.request

    def lagging(method, path, *args, absent=False, **options):
        return ABSENT if absent and method == "GET" else request(method, path, *args, absent=absent, **options)

    monkeypatch.setattr(api.client, "request", lagging)


def test_what_the_list_has_and_its_id_does_not_find_is_not_created(sim, connect, monkeypatch):
    api = connect()
    sim.add("string", "n", {"value": "x"})
    only_listed(api, monkeypatch)
    failure = api(FIND, desired(sim))
    assert isinstance(failure, Failure) and "was renamed or deleted elsewhere while this task looked for it" in failure.msg


def test_a_post_is_not_repeated_where_the_list_has_the_name(sim, connect, quick, monkeypatch):
    api = connect()
    only_listed(api, monkeypatch)
    sim.fault(kind="reset_after", method="POST", times=None)
    failure = api(CREATE, desired(sim))
    assert isinstance(failure, Failure) and failure.maybe_applied
    assert "is in the list, and is not found by its id. Run again: its name is looked for first." in failure.msg
    assert [request.method for request in sim.requests].count("POST") == 1 and sim.names() == ["n"]


def test_one_connection_is_kept(sim, connect):
    ids = [sim.add("string", f"n{number}", {"value": "x"}) for number in range(5)]
    api = connect()
    for credential_id in ids:
        assert isinstance(api(FIND, desired(sim, credential_id=credential_id)), Observed)
    assert sim.connections == 1


@pytest.mark.parametrize("cursor", ["offset", "position"])
@pytest.mark.parametrize("page_limit", [None, 3, 100])
def test_every_page_is_read(sim, connect, cursor, page_limit):
    sim.switches.turn(cursor=cursor, page_limit=page_limit)
    sim.seed(10)
    api = connect()
    assert len(api.names.find(sim.organisation_id, "credential-000007", Mask([]))) == 1
    assert api.names.find(sim.organisation_id, "missing", Mask([])) == []


def test_a_list_that_shifts_is_read_until_nothing_is_missing(sim, connect, monkeypatch):
    """While the first page is on its way, one of the last page is updated and moves to the front, which was read already."""
    sim.switches.turn(page_limit=4)
    ids = sim.seed(10)
    api = connect()
    original = api.client.request
    shifts = iter([ids[0], ids[1], ids[2]])

    def request(method, path, *args, **options):
        answer = original(method, path, *args, **options)
        if "after" not in options["query"]:
            for credential_id in shifts:
                sim.touch(credential_id)
                break
        return answer

    monkeypatch.setattr(api.client, "request", request)
    for number in range(1, 11):
        assert len(api.names.find(sim.organisation_id, f"credential-{number:06d}", Mask([]))) == 1


def test_a_list_that_never_rests_is_said(sim, connect, monkeypatch):
    api = connect()
    monkeypatch.setattr(api.client, "request", lambda *args, **options: {"totalCount": 9, "credentials": []})
    with pytest.raises(Failure, match="kept changing while it was read"):
        api.names.find(sim.organisation_id, "n", Mask([]))


def test_pages_in_a_circle_are_said(sim, connect, monkeypatch):
    api = connect()
    page = {"totalCount": 9, "next": "x", "credentials": [{"id": "1", "name": "n"}]}
    monkeypatch.setattr(api.client, "request", lambda *args, **options: page)
    with pytest.raises(Failure, match="in a circle"):
        api.names.find(sim.organisation_id, "n", Mask([]))
