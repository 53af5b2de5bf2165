# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs from type to type (contract, "Credential types"): secrets, optional fields, validation, tokens."""

from __future__ import annotations

import typing as t

from .._api.client import Answered
from .._core.credential_types import TEXT_MAP, TEXTS, TYPES
from .diagnosis import FORMS, SET, WRONG, form_of, refused
from .examination import Examination
from .throwaway import Throwaway


def look_at_types(seen: Examination) -> None:
    """Each type in turn."""
    accepted = []
    for name in TYPES:
        one = Throwaway(name)
        if name == "oauth2-client":
            one.data["scopes"] = ["read"]
        answered = seen.create(one)
        if one.id is None:
            continue
        accepted.append(name)
        shown = seen.read(one)
        seen.note_pair(answered, shown)
        for field in (field for field in TYPES[name] if field.secret):
            form = form_of(shown["data"], field.name, one.data[field.name])
            if not (field.refreshed and form == "other"):  # another value may be a refreshed one
                seen.forms[f"{name}.{field.name}"] = form
        if name == "oauth2-client":
            _look_at_optionals(seen, one, shown)
            _look_at_errors(seen, one, answered, seen.read(one))
        elif name == "oauth2-token":
            _look_at_tokens(seen, one, shown)
        seen.ask("DELETE", one)
    missing = [name for name in TYPES if name not in accepted]
    if missing:
        seen.settle("types", accepted, f"all but {', '.join(missing)}", "tasks with these types will fail", SET)
    else:
        seen.settle("types", accepted, "all six")
    _judge_forms(seen)


def _look_at_optionals(seen: Examination, one: Throwaway, shown: dict[str, t.Any]) -> None:
    optional = [field for field in TYPES[one.type] if field.kind in (TEXTS, TEXT_MAP) and not field.required]
    unset = [field.name for field in optional if field.name not in one.data]
    as_empty = [name for name in unset if name in shown["data"]]
    seen.settle("empty_optionals", "return" if as_empty else "omit", "as empty ones" if as_empty else "not at all")
    answered = seen.update(one, shown, data={name: value for name, value in one.data.items() if name != "scopes"})
    if refused(answered.status):
        seen.settle("put_without_optional", "refuses", f"the update is refused ({answered.status})")
    elif seen.read(one)["data"].get("scopes"):
        seen.settle("put_without_optional", "keeps", "it is kept", "to let a list or map go, give it as null or empty in the task")
    else:
        seen.settle("put_without_optional", "drops", "it is gone")


def _look_at_errors(seen: Examination, one: Throwaway, created: Answered, shown: dict[str, t.Any]) -> None:
    """What is said of a credential that can work, as far as its form goes, and of one that cannot."""
    in_answer = isinstance(created.content, dict) and "errors" in created.content
    one.data["tokenUrl"] = "versori-doctor"
    answered = seen.update(one, shown)
    if refused(answered.status):
        seen.settle("errors", "refuses", f"a credential that cannot work is refused ({answered.status})")
        return
    after = seen.read(one)
    if after.get("errors"):
        later = not (isinstance(answered.content, dict) and answered.content.get("errors"))
        seen.settle(
            "errors",
            "rule_later" if later else "rule",
            "it gives reasons, " + ("when it is read, not yet in the answer to the write" if later else "in the answer to the write too"),
            "fail_when_invalid: true makes a task fail for them"
            if not later
            else "a task that has just pushed cannot see them; the playbook audit does",
        )
    elif "errors" in after or in_answer:
        seen.settle("errors", "empty", "it says valid, also of a credential that cannot work", "fail_when_invalid finds nothing then")
    else:
        seen.settle("errors", "absent", "it does not say, not even of one that cannot work", "fail_when_invalid finds nothing then")


def _look_at_tokens(seen: Examination, one: Throwaway, shown: dict[str, t.Any]) -> None:
    seen.settle_down()
    after = seen.read(one)
    moved = seen.moved(shown, after)
    name = "accessToken"
    refreshed = form_of(shown["data"], name, one.data[name]) == "other" or after["data"].get(name) != shown["data"].get(name)
    if refreshed:
        seen.settle("tokens", "moves" if moved else "silent", "yes, " + ("which moves updatedAt" if moved else "without moving updatedAt"))
    elif moved and not seen.moves_on_read:
        seen.settle(
            "tokens",
            "moves",
            "as it seems: updatedAt moves, which that of other types does not",
            "nothing to do: the collection takes no moved time for a foreign hand here",
        )
    else:
        seen.leave(
            "tokens",
            "a throw-away token leads nowhere, so nothing was seen to be refreshed",
            "nothing to do: the collection is right either way",
        )


def _judge_forms(seen: Examination) -> None:
    forms = sorted(set(seen.forms.values()))
    if not forms:
        seen.leave("redaction", "no credential with a secret could be created")
        return
    words = "; ".join(
        f"{FORMS[form]}" + ("" if len(forms) == 1 else f" ({', '.join(one for one in seen.forms if seen.forms[one] == form)})")
        for form in forms
    )
    value = forms[0] if len(forms) == 1 else dict(seen.forms)
    if "other" in forms:
        seen.settle("redaction", value, words, "report this: the collection cannot tell it from a real secret", WRONG)
    elif "none" in forms:
        seen.settle("redaction", value, words, "secrets are compared directly, and never printed; whoever may read can read them")
    else:
        seen.settle("redaction", value, words)
    if not seen.write_forms:
        seen.leave("write_answer_secrets", "no answer to a write held the credential")
    elif any(form == "none" != seen.forms.get(one, "none") for one, form in seen.write_forms.items()):
        seen.settle("write_answer_secrets", "echo", "yes, unlike a read", "the collection never prints it")
    elif "none" in seen.write_forms.values():
        seen.settle("write_answer_secrets", "same", "yes, as a read does")
    else:
        seen.settle("write_answer_secrets", "same", "no, it looks the same as when it is read")
