# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings many credentials to their state in one task, over one pool of connections."""

from __future__ import annotations

import collections
import typing as t

from ansible.errors import AnsibleError

from ..module_utils._core.desired import Desired
from ..module_utils._core.ensure import ensure
from ..module_utils._core.failure import Failure, bug
from ..module_utils._core.identifiers import normal_identifier
from ..module_utils._core.inventory import list_all, prune
from ..module_utils._core.observed import Observed
from ..module_utils._core.outcome import Outcome
from ..module_utils._core.plan import Policy
from ..module_utils._core.printable import printable
from ..module_utils._core.steps import Answer
from ..module_utils._options import (
    credential_options,
    many_credentials_spec,
    organisation_option,
    policy_options,
)
from ..plugin_utils._action import VersoriAction, no_answer
from ..plugin_utils._conversations import Compare, Conversation, Ended
from ..plugin_utils._credential import date_hint, read_credential
from ..plugin_utils._progress import Progress
from ..plugin_utils._settings import without_aliases

_FAILURES_NAMED = 10  # in the task's message; all of them are in its results


class _Wish(t.NamedTuple):
    """One item of the list."""

    desired: Desired
    policy: Policy
    fail_when_invalid: bool


class ActionModule(VersoriAction):
    """The action plugin of ``versori_credentials``."""

    def act(self) -> dict[str, t.Any]:
        options = self.read_options(many_credentials_spec())
        wishes = self._read_list()
        if options["prune"] and not wishes:
            raise Failure("prune with an empty list would delete every unused credential of the organisation: list at least one.")

        def make(api_url: str) -> list[Conversation]:
            # One that only prune needs is opened here too: where it cannot be, nothing is sent.
            memory = self.memory(api_url) if options["prune"] or any(one.desired.needs_memory for one in wishes) else None
            return [ensure(one.desired, one.policy, memory, api_url, self._task.check_mode) for one in wishes]

        progress = Progress(len(wishes))
        self._secret_texts = [text for one in wishes for text in one.desired.secret_texts()]
        ended = self.converse_all(make, self.workers, progress.count, self._secret_texts, _comparison([one.desired for one in wishes]))
        results = [_item(wish.desired, one, wish.fail_when_invalid) for wish, one in zip(wishes, ended, strict=True)]
        result = self._sum_up(results, ended)
        if options["prune"]:
            try:
                self._prune(result, ended, [one.desired for one in wishes])
            # Whatever happens, what was done to the listed ones is told all the same.
            except Failure as failure:
                result.update(failure.as_result())
            except AnsibleError as problem:  # a host that is out of reach by now
                result.update(no_answer({"msg": str(problem)}, self._secret_texts).as_result())
            except Exception as problem:
                result.update(bug(problem).as_result())
            result["changed"] = result["changed"] or any(one["changed"] for one in result["pruned"])
        return result

    def _read_list(self) -> list[_Wish]:
        """Read and check every item before the first request.

        :raises Failure: the first thing that is wrong, with the item's position.
        """
        options = self.options
        if (options["credentials"] is None) == (options["src"] is None):
            raise Failure("Give either credentials, a list, or src, a file that holds one.")
        in_task = options["src"] is None
        items = options["credentials"] if in_task else self.read_list_file(options["src"])
        if not isinstance(items, list):
            hint = date_hint(items) if isinstance(items, str) else ""
            raise Failure(f"credentials must be a list of mappings, each with the options of the task of versori_credential.{hint}")
        inherited = {name: options[name] for name in (*organisation_option(), *policy_options())}
        spec = {**organisation_option(), **credential_options(), **policy_options()}
        wishes = []
        for position, item in enumerate(items):
            where = f"credentials[{position}]: "
            if not isinstance(item, dict):
                raise Failure(f"{where}an item is a mapping of options, like the task of versori_credential.")
            item = without_aliases(item, spec, where)
            # As for a task's own options, null is the same as not given; so is, in check mode, the id of what is not there yet.
            given = {key: value for key, value in item.items() if value is not None or key not in inherited}
            if self._task.check_mode and str(given.get("credential_id") or "").strip() == "" and given.get("name") is not None:
                given.pop("credential_id", None)
            one = self.checked({**inherited, **given}, spec, where)
            try:
                wishes.append(_Wish(*read_credential(one, self.read_file, templated=in_task), one["fail_when_invalid"]))
            except Failure as failure:
                raise Failure(where + failure.msg) from None
        _refuse_duplicates([one.desired for one in wishes])
        return wishes

    def _sum_up(self, results: list[dict[str, t.Any]], ended: list[Ended]) -> dict[str, t.Any]:
        result: dict[str, t.Any] = {
            "changed": any(one["changed"] for one in results),
            "results": results,
            "decisions": dict(collections.Counter(one["decision"] for one in results if one["decision"])),
        }
        warnings = [text for one in results for text in one.pop("warnings", ())]
        if warnings:
            result["warnings"] = warnings
        failed = [(position, one) for position, one in enumerate(results) if one["failed"]]
        if failed:
            named = [f"credentials[{position}] {one['msg']}" for position, one in failed[:_FAILURES_NAMED]]
            if len(failed) > _FAILURES_NAMED:
                named.append(f"and {len(failed) - _FAILURES_NAMED} more, see results")
            result.update(failed=True, msg=f"{len(failed)} of {len(results)} credentials failed. " + " ".join(named))
        if self._task.diff:
            result["diff"] = [one.diff() for one in ended if isinstance(one, Outcome) and one.plan.changed]
        return result

    def _prune(self, result: dict[str, t.Any], ended: list[Ended], listed: list[Desired]) -> None:
        """Delete what is not listed and used by nothing; not at all where an item failed, whose id may be unknown."""
        result["pruned"] = []
        if result.get("failed"):
            result.setdefault("warnings", []).append("Nothing was pruned, because some of the listed credentials failed.")
            return
        seen = [one.after or one.before for one in ended]
        keep = {normal_identifier(observed.id) for observed in seen if observed}
        for organisation_id in sorted({normal_identifier(one.organisation_id) for one in listed}):
            # What the list knows by its name alone stays, even if the API should have told another id for it.
            names = {
                one.name
                for one in listed
                if one.credential_id is None and not one.absent and normal_identifier(one.organisation_id) == organisation_id
            }
            names |= {printable(name) for name in names if name}  # as the platform's list is read
            self._prune_organisation(result, organisation_id, keep, names)
        failed = [one["msg"] for one in result["pruned"] if one["failed"]]
        if failed:
            result.update(
                failed=True,
                msg=f"{len(failed)} credentials could not be pruned. " + " ".join(failed[:_FAILURES_NAMED]),
            )

    def _prune_organisation(self, result: dict[str, t.Any], organisation_id: str, keep: set[str], names: set[str | None]) -> None:
        found = self.converse_all(lambda api_url: [list_all(organisation_id)], self.workers, secret_texts=self._secret_texts)[0]
        if isinstance(found, Failure):
            result.update(found.as_result())  # what was done to the listed ones is told all the same
            return
        others = [one for one in found if normal_identifier(one["id"]) not in keep and one.get("name") not in names]
        check_mode = self._task.check_mode

        def make(api_url: str) -> list[Conversation]:
            memory = self.memory(api_url)
            return [prune(organisation_id, one, memory, check_mode) for one in others]

        outcomes = self.converse_all(make, self.workers, secret_texts=self._secret_texts)
        for one, outcome in zip(others, outcomes, strict=True):
            item = _item(Desired(organisation_id, one["id"], one.get("name"), absent=True), outcome)
            result.setdefault("warnings", []).extend(item.pop("warnings", ()))
            result["pruned"].append(item)
            if self._task.diff and item["changed"]:
                result["diff"].append(outcome.diff())


def _item(desired: Desired, ended: Ended, fail_when_invalid: bool = False) -> dict[str, t.Any]:
    """One item's result; it has the same keys whatever happened."""
    item: dict[str, t.Any] = {
        "name": desired.name,
        "credential_id": desired.credential_id,
        "decision": None,
        "changed": False,
        "changes": [],
        "failed": False,
        "msg": "",
        "status": None,
        "code": None,
        "fields": [],
        "cause": None,
    }
    if isinstance(ended, Failure):
        return {**item, **ended.as_result()}
    result = ended.as_result(False, fail_when_invalid)
    observed = result.pop("credential") or {}
    return {**item, **result, "name": desired.name or observed.get("name")}


def _refuse_duplicates(wishes: list[Desired]) -> None:
    seen: dict[tuple[str, str, str], int] = {}
    for position, desired in enumerate(wishes):
        keys = []
        organisation_id = normal_identifier(desired.organisation_id)
        if desired.credential_id is not None:
            keys.append(("id", organisation_id, normal_identifier(desired.credential_id)))
        if desired.name is not None:
            keys.append(("name", organisation_id, desired.name))
        for key in keys:
            if key in seen:
                what = f"have the id {key[2]}" if key[0] == "id" else f"are named '{key[2]}'"
                raise Failure(f"credentials[{seen[key]}] and credentials[{position}] both {what}: keep one of them.")
            seen[key] = position


def _comparison(wishes: list[Desired]) -> Compare | None:
    """What refuses a credential that the list names twice, once by its id and once by the name that it has now."""
    if len({one.credential_id is None for one in wishes}) < 2:
        return None

    def compare(answers: t.Sequence[Answer]) -> None:
        seen: dict[tuple[str, str], int] = {}
        for position, (desired, observed) in enumerate(zip(wishes, answers, strict=True)):
            if isinstance(observed, Observed):
                key = (normal_identifier(desired.organisation_id), normal_identifier(observed.id))
                if key in seen:
                    raise Failure(
                        f"credentials[{seen[key]}] and credentials[{position}] are the same credential, {observed.id}, which one names by "
                        f"its id and the other by its name: keep one of them. Nothing was changed."
                    )
                seen[key] = position

    return compare
