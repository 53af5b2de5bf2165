# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings many credentials to their state in one task, over one pool of connections."""

from __future__ import annotations

import collections
import json
import typing as t

from ansible.errors import AnsibleError

from ..module_utils._core.actions import LIST, request
from ..module_utils._core.desired import Desired
from ..module_utils._core.ensure import ensure
from ..module_utils._core.failure import Failure, bug
from ..module_utils._core.identifiers import normal_identifier
from ..module_utils._core.masking import Mask, OtherSecrets
from ..module_utils._core.names import folded_name
from ..module_utils._core.observed import Observed
from ..module_utils._core.printable import printable
from ..module_utils._core.prune import prune
from ..module_utils._core.texts import require_text
from ..module_utils._options import (
    CREDENTIAL,
    ORGANISATION,
    POLICY,
    VERSORI_CREDENTIALS,
)
from ..plugin_utils._action import VersoriAction, no_answer
from ..plugin_utils._credential import date_hint, read_credential
from ..plugin_utils._flows import Compare
from ..plugin_utils._progress import Progress
from ..plugin_utils._settings import without_aliases

_NAMED = 10  # credentials in one sentence; all of them are in the task's results


class ActionModule(VersoriAction):
    """The action plugin of ``versori_credentials``."""

    def act(self) -> dict[str, t.Any]:
        options = self.read_options(VERSORI_CREDENTIALS)
        listed = self._read_list()
        if options["prune"] and not listed:
            raise Failure("prune with an empty list would delete every unused credential of the organisation: list at least one.")
        self._secret_texts = [text for desired in listed for text in desired.secret_texts()]
        kept = self._read_kept()
        api_url = self.connection.api_url
        # A memory that only prune needs is opened here too: where it cannot be, nothing is sent.
        memory = self.memory if options["prune"] or any(desired.needs_memory for desired in listed) else None
        progress = Progress(len(listed))
        claims: dict[str, str] = {}
        results = self.run_flows(
            [ensure(desired, memory, api_url, self._task.check_mode, self._task.diff, claims) for desired in listed],
            self.workers,
            progress.count,
            self._secret_texts,
            _refuse_same_credential(listed),
        )
        result = self._summary([_item(desired, item) for desired, item in zip(listed, results, strict=True)])
        if options["prune"]:
            try:
                self._prune(result, listed, kept)
            # Whatever happens, what was done to the listed credentials stays in the result.
            except Failure as failure:
                result.update(failure.as_result())
            except AnsibleError as problem:  # a host that is out of reach by now
                result.update(no_answer({"msg": str(problem)}, self._secret_texts).as_result())
            except Exception as problem:
                result.update(bug(problem).as_result())
            result["changed"] = result["changed"] or any(item["changed"] for item in result["pruned"])
        return result

    def _read_list(self) -> list[Desired]:
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
        inherited = {name: options[name] for name in (*ORGANISATION, *POLICY)}
        spec = {**ORGANISATION, **CREDENTIAL, **POLICY}
        listed = []
        for position, item in enumerate(items):
            where = f"credentials[{position}]: "
            if not isinstance(item, dict):
                raise Failure(f"{where}an item is a mapping of options, like the task of versori_credential.")
            item = without_aliases(item, spec, where)
            # As for a task's own options, null is the same as not given; so is, in check mode, the id of what is not there yet.
            given = {key: value for key, value in item.items() if value is not None or key not in inherited}
            if self._task.check_mode and str(given.get("credential_id") or "").strip() == "" and given.get("name") is not None:
                given.pop("credential_id", None)
            checked = self.checked({**inherited, **given}, spec, where)
            try:
                listed.append(read_credential(checked, self.read_file, templated=in_task))
            except Failure as failure:
                raise Failure(where + failure.msg) from None
        _refuse_duplicates(listed)
        return listed

    def _read_kept(self) -> set[str]:
        """``prune_keep``: names as they are and as they are shown, and ids in their one spelling.

        :raises Failure: for what is no list of texts.
        """
        given = self.options["prune_keep"] or []
        if not isinstance(given, list):
            raise Failure("prune_keep must be a list of names and ids.")
        texts = [require_text(f"prune_keep[{position}]", text) for position, text in enumerate(given)]
        # A name that holds a secret of the task's is listed without it; what looks the same then is kept.
        mask = Mask(self.connection.secret_texts(), OtherSecrets(self._secret_texts))
        return {form for text in texts for form in (text, printable(text), mask.text(text), normal_identifier(text), folded_name(text))}

    def _summary(self, results: list[dict[str, t.Any]]) -> dict[str, t.Any]:
        warnings = list(dict.fromkeys(text for item in results for text in item.pop("warnings", ())))  # some are of the organisation
        diffs = [item.pop("diff", None) for item in results]
        result: dict[str, t.Any] = {
            "changed": any(item["changed"] for item in results),
            "results": results,
            "decisions": dict(collections.Counter(item["decision"] for item in results if item["decision"])),
        }
        if warnings:
            result["warnings"] = warnings
        failed = [f"credentials[{position}] {item['msg']}" for position, item in enumerate(results) if item["failed"]]
        if failed:
            more = [f"and {len(failed) - _NAMED} more, see results"] if len(failed) > _NAMED else []
            msg = " ".join([f"{len(failed)} of {len(results)} credentials failed.", *failed[:_NAMED], *more])
            result.update(failed=True, msg=msg)
        if self._task.diff:
            result["diff"] = [diff for item, diff in zip(results, diffs, strict=True) if diff and item["changed"]]
        return result

    def _prune(self, result: dict[str, t.Any], listed: list[Desired], kept: set[str]) -> None:
        """Delete what is not listed and not used by any environment; not at all where an item failed, whose id may be unknown.

        :param kept: names and ids that are not pruned either.
        """
        result["pruned"] = []
        if result.get("failed"):
            result.setdefault("warnings", []).append("Nothing was pruned, because some of the listed credentials failed.")
            return
        kept_ids = {
            normal_identifier(item["credential_id"]) for item in result["results"] if item["decision"] != "absent" and item["credential_id"]
        }
        for organisation_id in sorted({normal_identifier(desired.organisation_id) for desired in listed}):
            # What the list knows by its name alone stays, even if the API should have told another id for it.
            names = {
                desired.name
                for desired in listed
                if desired.credential_id is None and not desired.absent and normal_identifier(desired.organisation_id) == organisation_id
            }
            names |= {printable(name) for name in names if name}  # as the platform's list is read
            self._prune_organisation(result, organisation_id, kept_ids | kept, names | kept, kept)
        if deleted := [f"{json.dumps(item['name'])} ({item['credential_id']})" for item in result["pruned"] if item["changed"]]:
            more = [f"and {len(deleted) - _NAMED} more, see pruned"] if len(deleted) > _NAMED else []
            which = ", ".join([*deleted[:_NAMED], *more])
            begin = "These are not listed and would be deleted" if self._task.check_mode else "These were not listed and are deleted"
            result.setdefault("warnings", []).append(f"{begin}: {which}.")
        failed = [item["msg"] for item in result["pruned"] if item["failed"]]
        if failed:
            msg = " ".join([f"{len(failed)} credentials could not be pruned.", *failed[:_NAMED]])
            result.update(failed=True, msg=msg)

    def _prune_organisation(
        self, result: dict[str, t.Any], organisation_id: str, kept_ids: set[str], names: set[str | None], kept: set[str]
    ) -> None:
        [summaries] = self.run_flows([request(LIST, organisation_id)], self.workers, secret_texts=self._secret_texts)
        if isinstance(summaries, Failure):
            result.update(summaries.as_result())  # what was done to the listed credentials stays in the result
            return
        managed = self.options["prune_scope"] == "managed"
        unlisted = {
            summary["id"]: Desired(organisation_id, summary["id"], summary.get("name"), absent=True)
            for summary in summaries
            if normal_identifier(summary["id"]) not in kept_ids
            and summary.get("name") not in names
            and folded_name(summary.get("name") or "") not in kept
            and not (managed and self.memory.read(organisation_id, summary["id"]) is None)
        }
        in_use = {summary["id"] for summary in summaries if summary.get("usages")}
        flows = [
            prune(desired, self.memory, self._task.check_mode, self._task.diff, credential_id in in_use)
            for credential_id, desired in unlisted.items()
        ]
        results = self.run_flows(flows, self.workers, secret_texts=self._secret_texts)
        for desired, pruned in zip(unlisted.values(), results, strict=True):
            item = _item(desired, pruned)
            result.setdefault("warnings", []).extend(item.pop("warnings", ()))
            diff = item.pop("diff", None)
            result["pruned"].append(item)
            if diff and item["changed"]:
                result["diff"].append(diff)


def _item(desired: Desired, result: dict[str, t.Any] | Failure) -> dict[str, t.Any]:
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
    if isinstance(result, Failure):
        return {**item, **result.as_result()}
    credential = result.pop("credential") or {}
    return {**item, **result, "name": desired.name or credential.get("name")}


def _refuse_duplicates(listed: list[Desired]) -> None:
    positions: dict[tuple[str, str, str], int] = {}
    for position, desired in enumerate(listed):
        organisation_id = normal_identifier(desired.organisation_id)
        keys = []
        if desired.credential_id is not None:
            keys.append(("have the id", organisation_id, normal_identifier(desired.credential_id)))
        if desired.name is not None:
            keys.append(("are named", organisation_id, desired.name))
        for key in keys:
            if key in positions:
                what = f"{key[0]} {key[2]}" if key[0] == "have the id" else f"{key[0]} '{key[2]}'"
                raise Failure(f"credentials[{positions[key]}] and credentials[{position}] both {what}: keep one of them.")
            positions[key] = position


def _refuse_same_credential(listed: list[Desired]) -> Compare | None:
    """What refuses a credential that the list names twice, once by its id and once by the name that it has now."""
    if len({desired.credential_id is None for desired in listed}) < 2:
        return None

    def compare(answers: t.Sequence[t.Any]) -> None:
        positions: dict[tuple[str, str], int] = {}
        for position, (desired, observed) in enumerate(zip(listed, answers, strict=True)):
            if isinstance(observed, Observed):
                key = (normal_identifier(desired.organisation_id), normal_identifier(observed.id))
                if key in positions:
                    raise Failure(
                        f"credentials[{positions[key]}] and credentials[{position}] are the same credential, {observed.id}, which one "
                        f"names by its id and the other by its name: keep one of them. Nothing was changed."
                    )
                positions[key] = position

    return compare
