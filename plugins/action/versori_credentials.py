# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings many credentials to their state in one task, over one pool of connections."""

from __future__ import annotations

import json
import typing as t

from ansible.errors import AnsibleError

from ..module_utils._api.connection import AUTH_OPTIONS
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
from ..module_utils._core.summary import Outcome, in_short, joined_diffs, summarise
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
from ..plugin_utils._mistakes import Mistakes
from ..plugin_utils._progress import Progress
from ..plugin_utils._results_file import check_results_file, write_results
from ..plugin_utils._settings import without_aliases


class ActionModule(VersoriAction):
    """The action plugin of ``versori_credentials``."""

    def act(self) -> dict[str, t.Any]:
        self._secret_texts: list[str] = []
        options = self.read_options(VERSORI_CREDENTIALS)
        if not options["results_file"]:
            return self._apply(options)
        check_results_file(options["results_file"])
        try:
            return self._apply(options)
        except Exception as problem:  # whatever it is, what an earlier run has written there must not be taken for this one's
            if isinstance(problem, Failure):
                failure = problem
            elif isinstance(problem, AnsibleError):
                failure = no_answer({"msg": str(problem)}, [*self.connection.secret_texts(), *self._secret_texts])
            else:
                failure = bug(problem)
            try:
                write_results(options["results_file"], {"changed": False, **failure.as_result()})
            except Failure as unwritten:
                failure.add(unwritten.msg)
            raise

    def _apply(self, options: dict[str, t.Any]) -> dict[str, t.Any]:
        listed = self._read_list()
        if options["prune"] and not listed:
            raise Failure("prune with an empty list would delete every unused credential of the organisation: list at least one.")
        self._secret_texts = [text for desired in listed for text in desired.secret_texts()]
        kept = self._read_kept()
        api_url = self.connection.api_url
        # A memory that only prune needs is opened here too: where it cannot be, nothing is sent.
        memory = self.memory if options["prune"] or any(desired.needs_memory for desired in listed) else None
        if memory:
            memory.mask = Mask(self.connection.secret_texts(), OtherSecrets(self._secret_texts))
        progress = Progress(len(listed), self._task.no_log)
        claims: dict[str, str] = {}
        results = self.run_flows(
            [ensure(desired, memory, api_url, self._task.check_mode, self._task.diff, claims) for desired in listed],
            self.workers,
            progress.count,
            self._secret_texts,
            _refuse_same_credential(listed, self._mistakes.place),
        )
        outcomes = [_outcome(desired, result) for desired, result in zip(listed, results, strict=True)]
        pruned: list[Outcome] = []
        problem: Failure | None = None
        # Not where one failed, whose id may be unknown.
        if options["prune"] and not any(outcome.item["failed"] for outcome in outcomes):
            try:
                self._prune(pruned, listed, outcomes, kept)
            # Whatever happens, what was done to the listed credentials stays in the result.
            except Failure as failure:
                problem = failure
            except AnsibleError as unreachable:  # a host that is out of reach by now
                problem = no_answer({"msg": str(unreachable)}, self._secret_texts)
            except Exception as unforeseen:
                problem = bug(unforeseen)
        return self._result(outcomes, pruned, problem)

    def _read_list(self) -> list[Desired]:
        """Read and check every item before the first request.

        :raises Failure: all that is wrong, with the positions and names of the items.
        """
        options = self.options
        if (options["credentials"] is None) == (options["src"] is None):
            raise Failure("Give either credentials, a list, or src, a file that holds one.")
        in_task = options["src"] is None
        items, templates = (options["credentials"], {}) if in_task else self.read_list_file(options["src"])
        if not isinstance(items, list):
            hint = date_hint(items) if isinstance(items, str) else ""
            raise Failure(f"credentials must be a list of mappings, each with the options of the task of versori_credential.{hint}")
        inherited = {name: options[name] for name in (*ORGANISATION, *POLICY)}
        spec = {**ORGANISATION, **CREDENTIAL, **POLICY}
        self._mistakes = Mistakes("credentials", items, [options[name] for name in AUTH_OPTIONS if options[name]])
        listed: dict[int, Desired] = {}
        for position, item in enumerate(items):
            try:
                if position in templates:
                    raise Failure(_of_templates(templates[position]))
                if not isinstance(item, dict):
                    raise Failure("an item is a mapping of options, like the task of versori_credential.")
                item = without_aliases(item, spec)
                # As for a task's own options, null is the same as not given; so is, in check mode, the id of what is not there yet.
                given = {key: value for key, value in item.items() if value is not None or key not in inherited}
                if self._task.check_mode and str(given.get("credential_id") or "").strip() == "" and given.get("name") is not None:
                    given.pop("credential_id", None)
                listed[position] = read_credential(self.checked({**inherited, **given}, spec), self.read_file, templated=in_task)
            except Failure as failure:
                self._mistakes.add(failure.msg, position)
        _find_duplicates(listed, self._mistakes)
        if self._mistakes:
            raise Failure(str(self._mistakes) if in_task else f"src {options['src']}: {self._mistakes}")
        return list(listed.values())

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

    def _result(self, outcomes: list[Outcome], pruned: list[Outcome], problem: Failure | None) -> dict[str, t.Any]:
        """The task's result; with everything in it in the file that the task asks for.

        :param problem: what went wrong while pruning.
        """
        deleted = [outcome.item for outcome in pruned if outcome.item["changed"]]
        if deleted:
            begin = "These are not listed and would be deleted" if self._task.check_mode else "These were not listed and are deleted"
            which = ", ".join(f"{json.dumps(item['name'])} ({item['credential_id']})" for item in deleted)
            pruned[-1].warnings.append(f"{begin}: {which}.")
        result = summarise(outcomes, pruned, self._task.check_mode)
        if self.options["prune"]:
            result["pruned"] = [outcome.item for outcome in pruned]
        if problem:
            _add_failure(result, problem)
        elif self.options["prune"] and any(outcome.item["failed"] for outcome in outcomes):
            result.setdefault("warnings", []).append("Nothing was pruned, because some of the listed credentials failed.")
        if self.options["results_file"]:
            try:
                write_results(self.options["results_file"], {"failed": False, **result})
            except Failure as failure:
                _add_failure(result, failure)
        if not self.options["full_results"]:
            result.update(in_short(outcomes))
        if self._task.diff:
            result["diff"] = joined_diffs([*outcomes, *pruned])
        return result

    def _prune(self, pruned: list[Outcome], listed: list[Desired], outcomes: list[Outcome], kept: set[str]) -> None:
        """Delete what is not listed and not used by any environment.

        :param pruned: is filled with what became of each.
        :param kept: names and ids that are not pruned either.
        :raises Failure: where the list of an organisation cannot be read.
        """
        kept_ids = {
            normal_identifier(outcome.item["credential_id"])
            for outcome in outcomes
            if outcome.item["decision"] != "absent" and outcome.item["credential_id"]
        }
        for organisation_id in sorted({normal_identifier(desired.organisation_id) for desired in listed}):
            # What the list knows by its name alone stays, even if the API should have told another id for it.
            names = {
                desired.name
                for desired in listed
                if desired.credential_id is None and not desired.absent and normal_identifier(desired.organisation_id) == organisation_id
            }
            names |= {printable(name) for name in names if name}  # as the platform's list is read
            pruned += self._prune_organisation(organisation_id, kept_ids | kept, names | kept, kept)

    def _prune_organisation(self, organisation_id: str, kept_ids: set[str], names: set[str | None], kept: set[str]) -> list[Outcome]:
        [summaries] = self.run_flows([request(LIST, organisation_id)], self.workers, secret_texts=self._secret_texts)
        if isinstance(summaries, Failure):
            raise summaries
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
        return [_outcome(desired, result) for desired, result in zip(unlisted.values(), results, strict=True)]


def _add_failure(result: dict[str, t.Any], failure: Failure) -> None:
    """What went wrong beside the credentials comes first in ``msg``."""
    result.update({**failure.as_result(), "msg": f"{failure.msg} {result['msg']}".strip(), "failures": result["failures"] + 1})


def _outcome(desired: Desired, result: dict[str, t.Any] | Failure) -> Outcome:
    return Outcome.of(desired.label, desired.name, desired.credential_id, result)


def _of_templates(paths: list[str]) -> str:
    where = ", ".join(path or "the item itself" for path in paths)
    return (
        f"{where} {'holds' if len(paths) == 1 else 'hold'} a template, and nothing in this file is templated: it would be pushed as it "
        f"stands. Give the value itself, vaulted if it is a secret, or load the list as variables. If it is meant, mark it !unsafe or "
        f"set allow_placeholder: true."
    )


def _find_duplicates(listed: dict[int, Desired], mistakes: Mistakes) -> None:
    positions: dict[tuple[str, str, str], int] = {}
    for position, desired in listed.items():
        organisation_id = normal_identifier(desired.organisation_id)
        keys = []
        if desired.credential_id is not None:
            keys.append(("id", organisation_id, normal_identifier(desired.credential_id)))
        if desired.name is not None:
            keys.append(("name", organisation_id, desired.name))
        for key in keys:
            if key in positions:
                mistakes.add(f"they have the same {key[0]}. Keep one of them.", positions[key], position)
                break
            positions[key] = position


def _refuse_same_credential(listed: list[Desired], place: t.Callable[[int], str]) -> Compare | None:
    """What refuses a credential that the list names twice, once by its id and once by the name that it has now.

    :param place: what a message calls the item at a position.
    """
    if len({desired.credential_id is None for desired in listed}) < 2:
        return None

    def compare(answers: t.Sequence[t.Any]) -> None:
        positions: dict[tuple[str, str], int] = {}
        for position, (desired, observed) in enumerate(zip(listed, answers, strict=True)):
            if isinstance(observed, Observed):
                key = (normal_identifier(desired.organisation_id), normal_identifier(observed.id))
                if key in positions:
                    raise Failure(
                        f"{place(positions[key])} and {place(position)} are the same credential, {observed.id}, which one names by its id "
                        f"and the other by its name: keep one of them. Nothing was changed."
                    )
                positions[key] = position

    return compare
