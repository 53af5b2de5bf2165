# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the action plugins share: options in, flows run in this process or delegated, failures out."""

from __future__ import annotations

import collections
import contextlib
import functools
import json
import os
import re
import typing as t

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible.release import __version__ as ansible_version
from ansible.utils.display import Display

from ..module_utils._api.breaker import Breaker
from ..module_utils._api.client import Client
from ..module_utils._api.connection import Connection, read_connection
from ..module_utils._api.credentials import CredentialsApi, unknown_end
from ..module_utils._core.actions import WRITES, Action, Flow, from_json, to_json
from ..module_utils._core.desired import Desired
from ..module_utils._core.failure import ALL, Failure, bug
from ..module_utils._core.masking import Mask, OtherSecrets
from ..module_utils._core.printable import printable
from ..module_utils._core.texts import require_text
from ..module_utils._files import NO_PATH
from ..module_utils._options import CONNECTION, MEMORY, Spec
from ._flows import Callback, Compare, run_delegated, run_local
from ._memory import Memory
from ._reading import position_of, read_decrypted, unopened
from ._secrets import register_secrets, without_secrets
from ._settings import (
    TEXT_VARIABLES,
    as_source,
    check_numbers,
    check_variables,
    refuse_duplicate_keys,
    sources_of,
    templates_in,
    to_native,
    with_context,
    with_environment,
    with_texts,
    without_aliases,
)

display = Display()

# Options that have readers of their own; Ansible's would turn numbers into texts, and texts with a comma into lists.
_READ_STRICTLY = ("data", "credentials", "hide", "prune_keep", "forget")

HIDDEN = "no_log hides what this task has to say: the registered result has it in hidden.msg, or run it once without no_log."

LEAST_PYTHON = (3, 9)  # of another host; ansible-core may want a newer one there
_NOT_STARTED = (126, 127)  # what a shell ends with where the program is none, or is not there
_LONGEST_REASON, _LONGEST_SENTENCE = 300, 1000  # characters of what another host said, and of what our module did there
_NO_REASON = re.compile(r"Shared connection to|Connection to .* closed|debug\d|OpenSSH_|\{")  # said by ssh in any case; an answer

# What a task keeps for all items of its loop, which Ansible runs in one worker process: connections, what was listed, the memory.
# Another task never sees it.
_kept: dict[tuple[t.Any, ...], t.Any] = {}

Kept = t.TypeVar("Kept")


class _Unprinted(dict[str, t.Any]):
    """A module's arguments, which Ansible prints with ANSIBLE_DEBUG."""

    def __repr__(self) -> str:
        return "(not shown)"


class VersoriAction(ActionBase):
    """Base of this collection's action plugins."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_diff = True
    _requires_connection = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Do the task. The one place that turns an exception into a failed result."""
        super().run(tmp, task_vars)
        self._task_vars = task_vars or {}
        self.options: dict[str, t.Any] = {}
        self._given_empty: set[str] = set()
        self._sources: dict[str, str] = {}
        try:
            result = self.act()
        except Failure as failure:
            result = {"changed": False, **failure.as_result()}
        except AnsibleError:
            raise
        except Exception as problem:
            result = {"changed": False, **bug(problem).as_result()}
        finally:
            if "memory" in vars(self):
                self.memory.close()
        if "warnings" in result:  # Ansible prints them as they are, and a name may be anything
            result["warnings"] = [printable(text) for text in result["warnings"]]
        # The task's own arguments stay as they are: the debugger, `until` and `retries` read them again.
        result["invocation"] = {"module_args": without_secrets(self.options or to_native(self._task.args))}
        if self._task.no_log:
            _hide(result)
        return result

    def act(self) -> dict[str, t.Any]:
        """What the plugin is for.

        :raises Failure: what a person has to read.
        """
        raise NotImplementedError

    def read_options(self, spec: Spec) -> dict[str, t.Any]:
        """The task's options, checked against an argument spec, with the environment and the context filled in."""
        args = to_native(self._task.args)
        register_secrets(args)
        self.options = without_aliases(args, spec)
        self._given_empty = {
            name for name, value in self.options.items() if value is None or (isinstance(value, str) and not value.strip())
        }
        given = self.options
        self.options = with_environment(given, self.environment, spec)
        self._sources = sources_of(given, self.options)
        self.options = with_context(self.checked(self.options, spec), self.environment, self._sources)
        register_secrets({name: value for name, value in self.options.items() if name not in _READ_STRICTLY})  # those are registered
        return self.options

    def empty(self, *names: str) -> str | None:
        """The first of these options that the task gives and that is null or blank, or ``None``.

        So arrives the id of a credential that another task would have created in check mode.
        """
        return next((name for name in names if name in self._given_empty), None)

    def checked(self, options: dict[str, t.Any], spec: Spec) -> dict[str, t.Any]:
        """Options checked and converted by Ansible's own validator; ``data`` has a stricter reader of its own.

        :param options: by their own names.
        :raises Failure: the first thing that is wrong.
        """
        secret_texts = [str(options.get(name) or "").strip() for name, details in spec.items() if details.get("no_log")]
        # no_log is left out: ansible-core 2.22 would mask these values in all output, be it a folder or an API key "u".
        spec = {
            name: {"type": "raw"} if name in _READ_STRICTLY else {key: value for key, value in details.items() if key != "no_log"}
            for name, details in spec.items()
        }
        unknown = sorted(str(key) for key in options if key not in spec)
        unknown = [key if key and key.isprintable() and key == key.strip() else repr(key) for key in unknown]
        if unknown:
            raise Failure(f"{', '.join(unknown)}: there is no such option. The options are {', '.join(spec)}.")
        options = with_texts(options, spec)
        check_numbers(options, spec)
        # null is the same as not given, also where the option has a default; the validator would try to convert it
        validated = ArgumentSpecValidator(spec).validate({name: value for name, value in options.items() if value is not None})
        if validated.error_messages:
            raise Failure(_sentence(Mask(secret_texts).text(str(validated.error_messages[0]))))
        return {name: validated.validated_parameters.get(name) for name in spec}

    def read_file(self, path: str) -> bytes:
        """A file of the controller's: found as ``copy`` finds its ``src``, decrypted where it is vaulted.

        :raises Failure: where it is missing or cannot be read.
        """
        try:
            return read_decrypted(self._loader, self._find_needle("files", path))
        except OSError as problem:
            reason = problem.strerror
        except ValueError:
            reason = NO_PATH
        except AnsibleError:
            reason = "it was not found"
        raise Failure(f"src {path} cannot be read on the controller: {reason}.") from None

    def read_list_file(self, path: str) -> tuple[list[t.Any], dict[int, list[str]]]:
        """A list of credentials from a YAML or JSON file, vaulted as a whole or value by value; nothing in it is templated.

        Ansible's own loader reads it, once, where it reads ``vars_files`` several times in a run and templates each value.

        :return: the list, and by the positions of its items where they hold templates (:func:`templates_in`).
        :raises Failure: where the file cannot be read, or holds something else.
        """
        try:
            content = self.read_file(path).decode("utf-8")
        except UnicodeDecodeError:
            raise Failure(f"src {path} is not UTF-8.") from None
        try:
            # ansible-core 2.19 and later want the whole path for where a value comes from
            refuse_duplicate_keys(content, path)
            raw = self._loader.load(as_source(content), file_name=os.path.abspath(path), show_content=False)
        # a date like 2026-99-99 up to ansible-core 2.18; thousands of brackets
        except (AnsibleError, ValueError, RecursionError) as problem:
            raise Failure(f"src {path} is neither YAML nor JSON{position_of(problem, content)}.") from None
        try:
            loaded = to_native(raw)
        except AnsibleError:
            (where, why), *others = unopened(raw, "credentials" if isinstance(raw, list) else "")
            more = f" (and {len(others)} more like it)" if others else ""
            raise Failure(f"src {path}: {where}{more} is vaulted, and {why}.") from None
        except RecursionError:
            raise Failure(f"src {path} holds a list or a mapping that contains itself.") from None
        if isinstance(loaded, dict) and set(loaded) == {"credentials"}:
            raw, loaded = raw["credentials"], loaded["credentials"]
        if not isinstance(loaded, list):
            raise Failure(f"src {path} must hold a list of credentials, or a mapping with the one key credentials.")
        register_secrets({"credentials": loaded})
        templates = {position: templates_in(item) for position, item in enumerate(raw)}
        return loaded, {position: paths for position, paths in templates.items() if paths}

    @property
    def workers(self) -> int:
        """How many flows run at the same time.

        :raises Failure: for a number out of range.
        """
        workers = self.options.get("workers", 1)
        if not 1 <= workers <= 100:
            raise Failure("workers must be from 1 to 100.")
        return int(workers)

    @property
    def environment(self) -> t.Mapping[str, str]:
        """The controller's environment variables with the task's ``environment:`` laid over them."""
        return collections.ChainMap(self._task_environment, os.environ)

    @functools.cached_property
    def _task_environment(self) -> dict[str, str]:
        given: dict[str, t.Any] = {}
        with contextlib.suppress(TypeError):  # of a name that is no text, and by then all is given
            self._compute_environment_string(given)
        for variable in TEXT_VARIABLES:
            if variable in given:
                require_text(f"{variable} in environment", to_native(given[variable]))
        variables = {str(to_native(key)): str(to_native(value)) for key, value in given.items()}
        check_variables(variables)
        return variables

    @property
    def is_local(self) -> bool:
        """Whether the task runs on the controller as the same user, so that it needs no module on another host."""
        return self._connection.transport == "local" and not self._play_context.become

    @functools.cached_property
    def connection(self) -> Connection:
        """Where the API is, from the task's options.

        :raises Failure: about an option that is missing or wrong.
        """
        connection = read_connection(self.options, self._sources)
        if not connection.validate_certs and connection.api_url.startswith("https:"):
            display.warning("versori.platform: validate_certs is false, so the key and the secrets are sent to whoever answers.")
        return connection

    def run_flows(
        self,
        flows: t.Sequence[Flow[t.Any]],
        workers: int = 1,
        callback: Callback = lambda result: None,
        secret_texts: t.Sequence[str] = (),
        compare: Compare | None = None,
    ) -> list[t.Any]:
        """Run flows where the task runs.

        :param secret_texts: secrets of the whole task, to be taken out of every answer.
        :return: the result of each flow, or the :class:`Failure` that it ended with.
        """
        connection = self.connection
        breaker = self._breaker
        if self._may_be_repeated:  # this may be another attempt, for which nothing has failed yet
            breaker.reset()

        def count(result: t.Any) -> None:
            if not isinstance(result, Failure):
                breaker.count_success()
            callback(result)

        if self.is_local:
            display.vvv(f"versori.platform: {self._task.action} runs in this process", host=self._host_name)
            with self.proxies_of_the_task():
                key = ("api", workers, *self._way)
                api = self._keep(key, lambda: CredentialsApi(Client(connection, workers, breaker, self._log_request)))
                api.other_secrets = OtherSecrets(secret_texts)
                return run_local(flows, api, workers, count, compare)
        display.vvv(f"versori.platform: {self._task.action} is delegated", host=self._host_name)
        return run_delegated(flows, lambda actions: self._carry_out(actions, workers, secret_texts), count, compare)

    @property
    def _may_be_repeated(self) -> bool:
        """Whether this may be one of several attempts, which share a process and a task with the items of a loop."""
        return bool(self._task.until or self._task.retries)

    @property
    def _way(self) -> tuple[t.Hashable, ...]:
        """What all requests that this task sends the same way have in common: `environment:` may name another proxy for each item."""
        return (self.connection, frozenset(self._task_environment.items()), self._host_name)

    @property
    def _breaker(self) -> Breaker:
        return self._keep(("breaker", *self._way), Breaker)

    def _log_request(self, line: str) -> None:
        if self._task.no_log:  # an id is in it
            return
        display.vvv(f"versori.platform: {line}", host=self._host_name)

    @property
    def _host_name(self) -> str:
        return str(self._task_vars.get("inventory_hostname", "localhost"))

    def _keep(self, key: tuple[t.Any, ...], make: t.Callable[[], Kept]) -> Kept:
        """What an earlier item of this task's loop has made for this key, or what is made now."""
        key = (getattr(self._task, "_uuid", None), *key)
        for old_key in [old_key for old_key in _kept if old_key[0] != key[0]]:
            old = _kept.pop(old_key)
            if isinstance(old, CredentialsApi):
                old.client.close()
        if key not in _kept:
            _kept[key] = make()
        return t.cast(Kept, _kept[key])

    @functools.cached_property
    def memory(self) -> Memory:
        """Where this task's options say that pushes are remembered.

        :raises Failure: where that cannot be used.
        """
        args = (self.connection.api_url, bool(self._task.check_mode), *(self.options[name] for name in MEMORY))
        if self._may_be_repeated:  # what was out of reach for one attempt may be back for the next
            return Memory(*args)
        if self.options["cache_plugin"]:
            return self._keep(("memory", *args), lambda: Memory(*args))
        # A file is closed after each item of a loop: nothing tells of the last one, and Ansible ends its workers by force. One that
        # was locked for long is not waited for by each item.
        unusable: list[str] = self._keep(("unusable", *args), list)
        try:
            if unusable:
                raise Failure(unusable[0])
            return Memory(*args)
        except Failure as failure:
            unusable[:] = [failure.msg]
            raise

    @contextlib.contextmanager
    def proxies_of_the_task(self) -> t.Iterator[None]:
        """The task's ``environment:`` as this process's own, for requests to read its proxies and certificates from.

        The worker process that runs this is this task's alone.
        """
        before = {name: os.environ.get(name) for name in self._task_environment}
        os.environ.update(self._task_environment)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value

    def _is_pipelining_enabled(self, module_style: str, wrap_async: bool = False) -> bool:
        """A module's arguments go through files in temporary folders, or with pipelining over standard input.

        Here they are secrets, so pipelining is used wherever it surely works. With become it stays the user's choice, for sudo
        may be set up to want a terminal.
        """
        sure = module_style == "new" and self._connection.has_pipelining and not self._play_context.become
        if sure and not wrap_async and not C.DEFAULT_KEEP_REMOTE_FILES:
            return True
        return bool(super()._is_pipelining_enabled(module_style, wrap_async))

    def connection_arguments(self) -> dict[str, t.Any]:
        """What a module on another host needs to reach the API: everything but ``context``, which is resolved."""
        return {name: self.options[name] for name in CONNECTION if self.options.get(name) is not None and name != "context"}

    def run_module(self, name: str, args: dict[str, t.Any]) -> dict[str, t.Any]:
        """Run a module of this collection on the host that the task runs on."""
        environment = self._task.environment
        # `environment:` becomes a part of the command line over there: what is resolved already, tokens above all, stays here.
        self._task.environment = [{key: value for key, value in self._task_environment.items() if not key.startswith("VERSORI_")}]
        try:
            return dict(self._execute_module(f"versori.platform.{name}", _Unprinted(args), task_vars=self._task_vars))
        finally:
            self._task.environment = environment  # for `until` and `retries`

    def old_python(self, result: t.Mapping[str, t.Any]) -> str:
        """What a module was run with, where that is no Python or too old a one, as ``/usr/bin/python3 is Python 3.6.8``; else empty.

        What a Python says of code that is too new for it names no version.

        :param result: the module's.
        """
        interpreter = str(getattr(self, "_used_interpreter", None) or "").lstrip("#! ")
        if not interpreter or "answers" in result:
            return ""
        try:
            answer = self._low_level_execute_command(f"{interpreter} --version")
        except AnsibleError:  # out of reach by now
            return ""
        said = f"{answer.get('stdout') or ''}{answer.get('stderr') or ''}"  # Python 2 says it on stderr
        version = re.search(r"Python ((\d+)\.(\d+)\S*)", said)
        if version is None and answer.get("rc") == 0 and "ython" not in said:
            return f"{interpreter} is no Python"
        if version is None or (int(version[2]), int(version[3])) >= LEAST_PYTHON:
            return ""
        return f"{interpreter} is Python {version[1]}"

    def _carry_out(self, actions: list[Action], workers: int, secret_texts: t.Sequence[str]) -> list[t.Any]:
        """Have actions carried out from the host that the task runs on; their answers, a :class:`Failure` where something went wrong."""
        known: dict[str, t.Any] = self._keep(("known", *self._way), dict)
        refusals = [self._breaker.refusal_of(action, known.get("listed", {})) for action in actions]
        sent = [action for action, refusal in zip(actions, refusals, strict=True) if refusal is None]
        answers = iter(self._answers_of_the_host(sent, workers, secret_texts, known) if sent else ())
        return [refusal or next(answers) for refusal in refusals]

    def _answers_of_the_host(
        self, actions: list[Action], workers: int, secret_texts: t.Sequence[str], known: dict[str, t.Any]
    ) -> list[t.Any]:
        connection = self.connection_arguments()
        request = {
            "connection": connection,
            "sources": self._sources,
            "workers": workers,
            "actions": [[to_json(part) for part in action] for action in actions],
            "known": known,
            "other_secrets": list(secret_texts),
        }
        # The request is the *name* in a mapping. ansible-core 2.22 takes each text that is a value below an option with no_log for
        # a secret, types and names of credentials too, masks these in all that is printed, and sends them back in the result.
        args = {"request": {json.dumps(request): None}}
        known.clear()  # should the host not answer, nothing is known
        result = self.run_module("versori_delegate", args)
        answers = json.loads(result["answers"]) if isinstance(result.get("answers"), str) else None
        if answers is not None and len(answers) == len(actions):
            known.update(result.get("known") or {})
            for line in result.get("requests") or ():
                self._log_request(str(line))
            from_host = [from_json(answer) for answer in answers]
            for action, answer in zip(actions, from_host, strict=True):
                self._breaker.count(action[0], answer)
            return from_host
        own_secrets = [text for action in actions for part in action if isinstance(part, Desired) for text in part.secret_texts()]
        lost = no_answer(result, [*self.connection.secret_texts(), *secret_texts, *own_secrets], self.old_python(result))
        if answers == [] and result.get("failed"):  # refused before the first action, for what they all have in common
            lost.scope = ALL
        # A module that died may have sent what it was to send.
        lost.maybe_applied = answers != [] and lost.scope is None and any(action[0] in WRITES for action in actions)
        lost.add(*dict.fromkeys(sentence for action in actions for sentence in unknown_end(action[0], lost)))
        self._breaker.note(lost)
        return [lost] * len(actions)


def _hide(result: dict[str, t.Any]) -> None:
    """Let ``no_log`` hide what Ansible prints all the same from ansible-core 2.19 on.

    That is its warnings and its message: of each result, as Ansible itself makes a failure of one later, for ``failed_when`` or for a
    condition that it cannot judge.
    """
    hidden = {}
    if "msg" in result:
        hidden["msg"], result["msg"] = result["msg"], HIDDEN
    if "warnings" in result:
        hidden["warnings"] = result.pop("warnings")
    if hidden:
        result["hidden"] = hidden
    if ansible_version.startswith(("2.19.", "2.20.")):  # what is called results passes for those of a loop, which are judged one by one
        for item in result.get("results", ()):
            item["_ansible_no_log"] = True  # there, no result that is registered keeps such a key; later ones do


def no_answer(result: t.Mapping[str, t.Any], secret_texts: t.Iterable[str], old_python: str = "") -> Failure:
    """What to say where the result of a module on another host holds no answer.

    :param secret_texts: what it was given and must not repeat.
    :param old_python: see :meth:`VersoriAction.old_python`.
    """
    mask = Mask(secret_texts)
    if "answers" in result and result.get("failed") and result.get("msg"):  # the module's own words
        return Failure(mask.text(str(result["msg"]), _LONGEST_SENTENCE))
    least = "Python " + ".".join(map(str, LEAST_PYTHON))
    if old_python:
        return Failure(
            f"{mask.text(old_python, _LONGEST_REASON)} on the host that the task runs on, where this collection needs {least} or newer: "
            f"set ansible_python_interpreter of that host to one. Nothing was sent.",
            scope=ALL,
        )
    reason = mask.text(_said_by_the_host(result), _LONGEST_REASON).rstrip(".")
    if result.get("rc") in _NOT_STARTED and "answers" not in result:
        return Failure(
            f"No Python could be started on the host that the task runs on ({reason}): set ansible_python_interpreter of that host to "
            f"{least} or newer. Nothing was sent.",
            scope=ALL,
        )
    return Failure(f"The module failed on the host that the task runs on: {reason}.")


def _said_by_the_host(result: t.Mapping[str, t.Any]) -> str:
    """The last line that a module on another host has printed, or the first of why none was started, if it has not answered as one does."""
    if "answers" not in result:
        for name in ("module_stderr", "module_stdout"):  # with a terminal all is on stdout
            lines = [line.strip() for line in str(result.get(name) or "").splitlines()]
            lines = [line for line in lines if line and not _NO_REASON.match(line)]
            if lines:
                return lines[0 if result.get("rc") in _NOT_STARTED else -1]
        if "rc" in result:
            return f"it ended with the code {result['rc']}, and did not say why"
    return str(result.get("msg") or "it did not answer")


def _sentence(text: str) -> str:
    """What Ansible's validator says, in one line and in words of YAML rather than of Python."""
    for kind, word in (("str", "a text"), ("dict", "a mapping"), ("list", "a list"), ("int", "a number"), ("float", "a number")):
        text = text.replace(f"<class '{kind}'>", word)
    text = re.sub(r"<class '(?:\w+\.)*(\w+)'>", r"a \1", text)
    return " ".join(text.split()).rstrip(".") + "."
