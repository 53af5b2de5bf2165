# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one table of what the doctor asks of an account, and of what each answer means for the user.

Each question is one that no document decides (contract, "Open readings"). What is kept of an answer is its form, never a
text of the server's or of the user's: the report may be pasted into a public issue.
"""

from __future__ import annotations

import typing as t

from .._api.listing import LARGE_PAGE

FINE = "fine"  # the collection does the right thing by itself
SET = "set"  # an option should be set
WRONG = "wrong"  # the collection cannot be relied on

# In the order of the report.
QUESTIONS: t.Mapping[str, str] = {
    "authentication": "Which way of authentication was accepted?",
    "types": "Which types of credentials can be created?",
    "redaction": "What stands in the place of a secret when it is read?",
    "hidden_fields": "Which fields that are no secrets are hidden when they are read?",
    "write_answer_secrets": "Does the answer to a write show a secret the same as a read, or echo it?",
    "put_without_secret": "What does an update that leaves the secret out do with it?",
    "put_redacted": "What does an update that sends the placeholder of a secret back do with the secret?",
    "put_without_optional": "What does an update that leaves an optional field out do with it?",
    "type_change": "What does the platform do with an update that changes the type?",
    "unknown_fields": "What does it do with a field in data that the type does not have?",
    "values_kept": "Which values that are no secrets are kept otherwise than they were sent?",
    "extra_data_fields": "Which fields does the server add to data?",
    "extra_fields": "Which fields does the server add to a credential?",
    "empty_optionals": "What does a read do with optional lists and maps that were not given?",
    "additional_params": "In which form are additionalParams shown?",
    "post_answer": "What is in the answer to a create?",
    "put_answer": "What is in the answer to an update?",
    "delete_answer": "What is in the answer to a delete?",
    "get_lag": "Is a new credential not found by its id at first?",
    "put_times": "What becomes of the times in the body of an update?",
    "times": "Are the times of a credential shown?",
    "secret_moves": "Does an update of nothing but a secret move updatedAt?",
    "noop_put": "Does an update that changes nothing move updatedAt?",
    "moves": "When does updatedAt move by itself?",
    "tokens": "Does the platform refresh the tokens of an oauth2-token?",
    "write_digits": "How many digits of a second do times have in the answer to a write?",
    "get_digits": "How many digits of a second do times have in the answer to a read?",
    "rounding": "Is a time of lower precision cut off or rounded, in the answer to a write or to a read (get)?",
    "zone": "How is the time zone written?",
    "usages": "Are the usages of a credential shown?",
    "usages_in_list": "Does the list show usages?",
    "errors": "How does the platform say whether a credential is valid?",
    "list_lag": "Is a new credential missing from the list at first?",
    "list_order": "Which credentials come first in the list, the last updated or the last created?",
    "total_count": "What does totalCount count?",
    "page_limit": "How many entries does a page hold at most?",
    "next_cursor": "Which page does next, passed on as after, lead to?",
    "cursor": "What does a cursor stand for when the list shifts?",
    "names": "Are names free, or must they be unique?",
    "names_kept": "How are names kept?",
    "id_form": "What do ids look like?",
    "id_case": "In which spelling is an id found?",
    "not_found": "What is the answer for a credential that is not there?",
    "error_cause": "What is the cause called that errors name?",
}


class Answer(t.NamedTuple):
    """What an answer means.

    :param words: the answer, or why there is none; empty where the value says it itself. The probe's details are filled in.
    :param means: what follows for the user's settings, empty where nothing does.
    :param level: one of :data:`FINE`, :data:`SET`, :data:`WRONG`.
    """

    words: str = ""
    means: str = ""
    level: str = FINE


_FATE_UNKNOWN = Answer("it is accepted, and what became of the secret cannot be observed", "the collection always sends the secret itself")
_FIRST_PAGE_ONLY = "only the first page of a list can be read"
_COARSE = Answer("", "an edit within the same second as a push cannot be noticed")

# By question and value, where there is more to say than the value does. None: the probe could not tell; ...: any other value.
_ANSWERS: t.Mapping[tuple[str, t.Any], Answer] = {
    ("types", "all"): Answer("all six"),
    ("types", ...): Answer("", "tasks with other types will fail", SET),
    ("redaction", "none"): Answer("", "secrets are compared directly, and never printed; whoever may read can read them"),
    ("redaction", "other"): Answer("", "report this: the collection cannot tell it from a real secret", WRONG),
    ("redaction", None): Answer("no credential with a secret could be created"),
    ("hidden_fields", "none"): Answer("none"),
    ("hidden_fields", ...): Answer(
        "",
        "the collection remembers them as it does secrets; give all fields in tasks and to the playbook rotate, and name in "
        "remove_fields what is not there",
    ),
    ("write_answer_secrets", "echo"): Answer("", "the collection never prints it"),
    ("write_answer_secrets", None): Answer("no answer to a write held the credential"),
    ("put_without_secret", None): _FATE_UNKNOWN,
    ("put_redacted", "stores"): Answer("stores the placeholder in its place"),
    ("put_redacted", None): _FATE_UNKNOWN,
    ("put_without_optional", "keeps"): Answer("", "to let a list or map go, give it as null or empty in the task"),
    ("type_change", "refuses"): Answer("", "delete a credential to give its name to another type"),
    ("additional_params", "mapping"): Answer("as a mapping"),
    ("additional_params", "text"): Answer("as one URL-encoded text, as in newer APIs", "they are compared, and sent back in that form"),
    ("additional_params", None): Answer("they are hidden, or were not kept"),
    ("values_kept", "as_sent"): Answer("none"),
    ("values_kept", ...): Answer("", "what is shown after a push is remembered as the platform's form of it; better give it so", SET),
    ("empty_optionals", "null"): Answer("null"),
    ("post_answer", "empty"): Answer("nothing", "a new credential is looked for by its name, and sent once more"),
    ("delete_answer", "empty"): Answer("nothing"),
    ("delete_answer", "credential"): Answer("the credential", "the collection looks whether it is gone"),
    ("delete_answer", "later"): Answer("202: it is gone a moment later", "the collection looks whether it is gone"),
    ("get_lag", True): Answer(
        "yes, for about {waited} s",
        "a task that follows another one at once may say 'run again', or push once more what was pushed",
        SET,
    ),
    ("total_count", "all"): Answer("the credentials that are listed"),
    ("total_count", "page"): Answer("those of the page", "a list of several pages is read twice, to see that it is whole"),
    ("total_count", None): Answer("others changed the list meanwhile, or there was but one page"),
    ("post_answer", "without_updated_at"): Answer("no credential with updatedAt", "one more request follows"),
    ("put_answer", "without_updated_at"): Answer("the credential without updatedAt"),
    ("put_answer", "echo_request"): Answer("the updatedAt of before, not the new one"),
    ("put_times", "taken"): Answer("", "an edit by a program that sends the old time back cannot be noticed"),
    ("put_times", None): Answer("there are none"),
    ("times", "shown"): Answer("yes"),
    ("times", "absent"): Answer("no", "a secret that somebody else changes cannot be noticed"),
    ("secret_moves", False): Answer("no", "a secret that somebody else changes cannot be noticed"),
    ("secret_moves", None): Answer("updatedAt moves at each read anyway, or is not shown"),
    ("noop_put", None): Answer("updatedAt moves at each read anyway, or is not shown"),
    ("moves", None): Answer("it is not shown"),
    ("moves", "nothing"): Answer("never, within {wait:g} s after {since}"),
    ("moves", "after_write"): Answer(
        "soon after a write, as if the platform validated it",
        "set on_drift: ignore; otherwise the run after each push takes it for an edit by somebody else, pushes once more, "
        "and then warns of contested",
        SET,
    ),
    ("moves", "every_read"): Answer("at each read", "set on_drift: ignore: an edit by somebody else cannot be told from this", SET),
    ("tokens", "moves"): Answer("yes, as it seems, and that moves updatedAt", "the collection takes it for no drift"),
    ("tokens", "silent"): Answer("yes, without moving updatedAt"),
    ("tokens", None): Answer("a throw-away token leads nowhere, and it was not refreshed", "the collection is right either way"),
    ("write_digits", 0): _COARSE,
    ("get_digits", 0): _COARSE,
    ("rounding", None): Answer("reads and writes show the same precision, or the times did not tell", "both are accepted"),
    ("usages", "absent"): Answer("", "prune then deletes nothing, because nobody can say what is unused"),
    ("usages_in_list", False): Answer("", "each is read by itself before it is pruned"),
    ("errors", "rule"): Answer("by reasons, in the answer to a write too", "fail_when_invalid: true makes a task fail for them"),
    ("errors", "rule_later"): Answer(
        "by reasons when it is read, not yet in the answer to the write",
        "a task that has just pushed cannot see them; the playbook audit does",
    ),
    ("errors", "empty"): Answer("valid, also of a credential that cannot work", "fail_when_invalid then finds nothing"),
    ("errors", "absent"): Answer("not at all, not even of one that cannot work", "fail_when_invalid then finds nothing"),
    ("list_lag", True): Answer("yes, for about {waited} s", "where an answer was lost, the collection waits before it looks"),
    ("list_lag", None): Answer("it was not the first of the list"),
    ("list_order", None): Answer("an update moves no updatedAt, or neither of them was the first"),
    ("page_limit", LARGE_PAGE): Answer(f"at least the {LARGE_PAGE} that the collection asks for"),
    ("page_limit", "refuse"): Answer(
        f"fewer than {LARGE_PAGE}, and more are refused", "the collection then asks for the server's own size"
    ),
    ("page_limit", None): Answer("there are only {count}, and they came on one page"),
    ("next_cursor", "after"): Answer("the next one"),
    ("next_cursor", "ignored"): Answer("the same one again", _FIRST_PAGE_ONLY, WRONG),
    ("next_cursor", "refused"): Answer("none: it is refused", _FIRST_PAGE_ONLY, WRONG),
    ("next_cursor", None): Answer("there was no next page, or others changed the list meanwhile"),
    ("cursor", "offset"): Answer("a number of entries: one is listed twice", "the collection lists again until it has all"),
    ("cursor", None): Answer("others changed the list meanwhile"),
    ("names", "free"): Answer("", "the collection refuses to guess which one of the same name is meant"),
    ("names_kept", "as_sent"): Answer("as they were sent"),
    ("names_kept", ...): Answer("", "the collection remembers how it is written; better give names as the platform writes them", SET),
    ("id_case", "exact"): Answer("", "write credential_id exactly as the platform shows it", SET),
    ("id_case", None): Answer("there is no other spelling of a number"),
    ("not_found", "api"): Answer("404 with a code, as documented"),
    ("not_found", "bare"): Answer(
        "404, but without the code of the API's own errors",
        "the collection does not take such an answer for 'it is not there': what is absent already is a failure",
        WRONG,
    ),
    ("not_found", "forbidden"): Answer(
        "403, as for one that this account may not see",
        "by its id nobody can tell whether a credential is gone: name it in tasks with state absent",
        SET,
    ),
    ("not_found", None): Answer("an unexpected one"),
}


class Finding(t.NamedTuple):
    """The answer to one question, as the report has it.

    :param settled: whether the server was observed to do one thing and no other.
    :param answer: in words; where nothing is settled, why.
    :param value: the answer for machines.
    """

    question: str
    asks: str
    settled: bool
    answer: str
    means: str = ""
    level: str = FINE
    value: t.Any = None


def finding(question: str, value: t.Any, status: int = 0, row: t.Any = None, **details: t.Any) -> Finding:
    """What a value that a probe has recorded means.

    :param value: ``None`` where the probe could not tell; a list or an object where the answer is not one word.
    :param status: of an answer; a refusal's is named.
    :param row: the value whose row in the table counts, where the value itself is a list or an object.
    :param details: what the words of the table have in braces.
    """
    row = row or (... if isinstance(value, (list, dict)) else value)
    default = None if value is None else _ANSWERS.get((question, ...))
    words, means, level = _ANSWERS.get((question, row)) or default or Answer()
    words = words.format(**details) or _in_words(value)
    return Finding(question, QUESTIONS[question], value is not None, f"{words} ({status})" if status >= 400 else words, means, level, value)


def _in_words(value: t.Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {text}" for name, text in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value)
