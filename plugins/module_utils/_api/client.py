# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP: one pool of connections to one API, and one place that judges an answer."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import logging
import random
import re
import ssl
import threading
import time
import typing as t
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies_environment

from .._core.failure import ALL, Failure
from .._core.masking import SHOWN_AT_MOST, Mask
from . import libraries, tls
from .breaker import Breaker
from .connection import Connection

with contextlib.suppress(ImportError):  # check() says so
    from .libraries import (
        HTTPAdapter,
        Retry,
        Timeout,
        disable_warnings,
        exceptions,
        get_auth_from_url,
        get_environ_proxies,
        make_headers,
        prepend_scheme_if_needed,
        select_proxy,
    )

USER_AGENT = "versori.platform/0.1.0 (Ansible collection)"
LARGEST_ANSWER = 16 * 1024 * 1024  # bytes; a page of 100 credentials is far below 1 MiB
DEEPEST_ANSWER = 64  # levels of lists and objects; those of this API have a handful
ABSENT = object()  # the API's own 404; an empty answer or a gateway's page never counts as one (contract, "Errors")
_PIECE = 64 * 1024  # bytes read at a time
_LONGEST_PAUSE = 120.0  # seconds, where the server does not ask for one
_OF_A_LIBRARY = re.compile(r"^.*<[^>]* at 0x[0-9a-f]+>[^:]*: |^\w+\([^)]*\)[^:]*: |^\[Errno [^\]]*\] |<[^>]* at 0x[0-9a-f]+>")
# In the names of OpenSSL's reasons, and in urllib3's own (before 2.0); nothing was sent then.
_OF_A_HANDSHAKE = ("CERTIFICATE", "VERSION", "PROTOCOL", "HANDSHAKE", "doesn't match")
_RETRYABLE = (429, 500, 502, 503, 504)  # worth another try where a request may be repeated (contract, "Limits and retries")
_MOST_FIELDS = 20  # of an error that are shown
_FIELD_AT_MOST = 200  # characters of the name of a field, and of what is said about it


class _TooDeep(bytes):
    """JSON nested deeper than :data:`DEEPEST_ANSWER`; what works through it level by level would run out of stack."""


@dataclass
class Response:
    """What the server answered.

    :param maybe_applied: whether this try of the request, or one before it, may have been carried out.
    :param method: of the request, like its ``path`` below the API URL.
    :param tries: how often it was sent.
    """

    status: int
    headers: t.Mapping[str, str]
    raw: bytes
    maybe_applied: bool
    method: str = "GET"
    path: str = ""
    tries: int = 1

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed a moment later."""
        return self.status in _RETRYABLE

    @property
    def retry_after(self) -> float | None:
        """For how many seconds the server asked to be left alone; what is neither seconds nor a date counts as absent."""
        try:
            return Retry().parse_retry_after(self.headers["Retry-After"])
        except Exception:  # of many kinds: no such header, a number of too many digits, a year that no clock has
            return None

    @property
    def content(self) -> t.Any:
        """The parsed JSON, ``None`` for an empty body, or the bytes of what is no JSON or nested too deep (:class:`_TooDeep`)."""
        try:
            content = json.loads(self.raw) if self.raw.strip() else None
            json.dumps(content, allow_nan=False)  # what Python reads beyond JSON (NaN), or cannot hold (1e999), cannot be sent back
        except ValueError:
            return self.raw
        except RecursionError:
            return _TooDeep(self.raw)
        return _TooDeep(self.raw) if _is_too_deep(content) else content


def _is_too_deep(value: t.Any, levels: int = DEEPEST_ANSWER) -> bool:
    """Whether lists and objects lie in each other in more levels than that."""
    if not isinstance(value, (list, dict)):
        return False
    return levels == 0 or any(_is_too_deep(item, levels - 1) for item in (value.values() if isinstance(value, dict) else value))


class Client:
    """The five operations' transport. Safe to share between threads.

    What requests knows about proxies and certificate authorities is settled once; each request then goes straight to a pool of
    connections of urllib3: half of the processor time of a request through ``Session.send`` goes into settling that again. Without
    a session there is also nothing that reads ``~/.netrc``, keeps a cookie or follows a redirect.

    :param connection: where, and with which authentication.
    :param connections: the most that are open at once.
    :param breaker: ends what cannot succeed.
    :param log: is given a line for each request: method, path, status, tries and milliseconds.
    """

    def __init__(
        self,
        connection: Connection,
        connections: int = 1,
        breaker: Breaker | None = None,
        log: t.Callable[[str], None] | None = None,
    ) -> None:
        libraries.check()
        self.connection = connection
        self.breaker = breaker or Breaker()
        self._log = log
        self._resume_at = 0.0  # by time.monotonic(): until then the server has asked to be left alone, whoever was told
        self._lock = threading.Lock()
        logging.getLogger("urllib3").setLevel(logging.CRITICAL)  # with ANSIBLE_LOG_PATH it would write down what a server sent
        disable_warnings()  # they would be printed amid the output; the task itself warns of certificates that are not checked
        # Reading certificates takes long; an option that cannot be used is refused all the same.
        needs_tls = connection.api_url.startswith("https:") or connection.ca_path
        tls_options = tls.pool_options(connection.validate_certs, connection.ca_path) if needs_tls else {}
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=connections, pool_block=True)
        parts = urlsplit(connection.api_url)
        host = parts.netloc.rpartition(":")[0] if parts.port else parts.netloc
        try:
            proxy = _proxy(connection.api_url)
            user, password = get_auth_from_url(proxy) if proxy else ("", "")
            self._proxy_mask = Mask([password, f"{user}:{password}"] if password else ())  # a proxy may repeat either
            manager = adapter.proxy_manager_for(proxy) if proxy else adapter.poolmanager
            # To the very host and port that were checked: no library reads them out of a URL again.
            self._pool = manager.connection_from_host(host, parts.port, parts.scheme, pool_kwargs=tls_options)
        except Exception:  # of many kinds, and its text repeats the URL, and so a password in it
            raise Failure(
                "The proxy variables of the environment (HTTPS_PROXY, ALL_PROXY) do not hold the URL of a usable proxy."
            ) from None
        self._base = parts.path
        self._headers = make_headers(keep_alive=True, accept_encoding=True, user_agent=USER_AGENT)
        self._headers.update({"Accept": "application/json", connection.header: connection.scheme + connection.token})

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    def request(
        self,
        method: str,
        path: str,
        what: str,
        mask: Mask,
        body: t.Any = None,
        query: dict[str, t.Any] | None = None,
        absent: bool = False,
    ) -> t.Any:
        """Send one request and return the parsed JSON of its answer.

        :param path: below the API URL, its ids already checked.
        :param what: what is being done, for messages: ``update credential 'x'``.
        :param mask: takes secrets out of anything that the server says.
        :param absent: the API's own 404 is an answer, and gives :data:`ABSENT`.
        :raises Failure: with a sentence, and the API's own error fields where it sent any.
        """
        return self.judge(self.exchange(method, path, what, mask, body, query), what, mask, absent)

    def exchange(
        self, method: str, path: str, what: str, mask: Mask, body: t.Any = None, query: dict[str, t.Any] | None = None
    ) -> Response:
        """Send one request, again where it may be repeated, and return the last answer, whatever it says.

        :raises Failure: when there is none.
        """
        target = self._base + path + ("?" + urlencode(query) if query else "")
        raw = None if body is None else json.dumps(body).encode()
        maybe_applied = is_repeating = False
        was_given_up = self.breaker.refusal()
        began = time.monotonic()
        with contextlib.ExitStack() as stack:
            for retries in itertools.count():
                self._wait()
                result = self._try(method, target, what, mask, raw)
                maybe_applied = result.maybe_applied = maybe_applied or result.maybe_applied
                is_unsent = isinstance(result, Failure) and not maybe_applied
                # There is no idempotency key (contract, "Limits and retries"): a POST that may have arrived is looked up first.
                if not result.retryable or (method == "POST" and not is_unsent):
                    break
                if isinstance(result, Failure) and result.scope and not is_repeating:
                    # No other request will fare better: one of them tries again, and the others wait for what comes of it.
                    is_repeating = bool(stack.enter_context(self.breaker.retrying))
                    if self.breaker.refusal() and not was_given_up:
                        break
                if not self.pause(retries, result.retry_after):
                    break
            tries = retries + 1
            if isinstance(result, Failure):
                result.retryable = result.retryable and not is_unsent  # else it has been tried again already
                result.add(*_how_often(tries))
                self.breaker.note(result)
        if self._log:
            outcome = result.cause or "no answer" if isinstance(result, Failure) else result.status
            times = "1 try" if tries == 1 else f"{tries} tries"
            self._log(f"{method} {path}: {outcome}, {times}, {(time.monotonic() - began) * 1000:.0f} ms")
        if isinstance(result, Failure):
            raise result
        result.method, result.path, result.tries = method, path, tries
        return result

    def pause(self, retries: int, retry_after: float | None) -> bool:
        """Wait before a request is repeated.

        :param retries: how often it was repeated already.
        :param retry_after: for how many seconds the server asked to be left alone; all other requests wait too.
        :return: whether to repeat it. If not, nothing was waited for: no retry is left, or ``retry_after`` is more than ``timeout``.
        """
        if (retry_after or 0) > self.connection.timeout:
            return False
        if retry_after:
            with self._lock:
                self._resume_at = max(self._resume_at, time.monotonic() + retry_after)
        if retries >= self.connection.retries:
            return False
        if not retry_after:
            # The first pause is long enough for a list that lags behind to show what a POST of unknown end has created.
            time.sleep(min(0.2 + 0.2 * 2**retries, _LONGEST_PAUSE) + random.uniform(0, 0.2))  # noqa: S311 - no secret
        return True

    def _wait(self) -> None:
        """Wait until the server wants to be asked again."""
        until = 0.0
        while until < self._resume_at:  # another request may be told to wait for longer meanwhile
            until = self._resume_at
            time.sleep(max(0.0, until - time.monotonic()))

    def _try(self, method: str, target: str, what: str, mask: Mask, body: bytes | None) -> Response | Failure:
        """Send a request once."""
        deadline = time.monotonic() + self.connection.timeout
        headers = self._headers if body is None else {**self._headers, "Content-Type": "application/json"}
        options = {"timeout": Timeout(total=self.connection.timeout), "preload_content": False, "enforce_content_length": True}
        try:
            response = self._pool.request(method, target, body=body, headers=headers, retries=False, redirect=False, **options)
            try:
                status = response.status
                raw = self._read(response, what, deadline)
            except BaseException:
                response.close()  # what is left in it would be taken for the next answer
                raise
            finally:
                response.release_conn()
        except (exceptions.HTTPError, OSError, ValueError) as error:  # a ValueError for a chunk of a negative size
            return self._unreached(error, what, mask)
        except Failure as failure:
            return failure
        return Response(status, response.headers, raw, maybe_applied=200 <= status < 300 or status == 408 or status >= 500)

    def _read(self, response: t.Any, what: str, deadline: float) -> bytes:
        """The body, within :data:`LARGEST_ANSWER` bytes.

        :param deadline: by ``time.monotonic()``; looked at whenever a piece has come.
        :raises Failure: also for a status below 200, after which the answer proper may follow.
        :raises TimeoutError: after the deadline.
        """
        if response.status < 200:
            raise Failure(
                f"Could not {what}: the server sent the interim status {response.status} instead of an answer. Check api_url, and what "
                f"stands in between.",
                maybe_applied=True,
            )
        raw = bytearray()
        read = getattr(response, "read1", None) or response.read  # urllib3 before 2.2 has no read1
        while piece := read(_PIECE):
            raw += piece
            if len(raw) > LARGEST_ANSWER:
                raise Failure(f"Could not {what}: the answer is larger than {LARGEST_ANSWER} bytes. Check api_url.", maybe_applied=True)
            if time.monotonic() > deadline:
                raise TimeoutError("timed out")
        if time.monotonic() > deadline:  # what follows the last piece, trailers for example, took long
            raise TimeoutError("timed out")
        return bytes(raw)

    def _unreached(self, error: Exception, what: str, mask: Mask) -> Failure:
        """A sentence for what the transport could not do."""
        host = urlsplit(self.connection.api_url).netloc
        inner = error.original_error if isinstance(error, exceptions.ProxyError) else error
        sent = _may_have_been_sent(inner)
        # (a refused connection is also one of the timeouts up to urllib3 1.26)
        is_refused = isinstance(inner, exceptions.NewConnectionError)  # or no route, or no such name
        is_timeout = isinstance(inner, (TimeoutError, exceptions.TimeoutError)) and not is_refused
        reason = self._proxy_mask.text(mask.text(_reason(inner), SHOWN_AT_MOST))  # a proxy may repeat its own password
        if isinstance(error, exceptions.SSLError):
            msg = tls.explanation(host, error)
        elif isinstance(error, exceptions.ProxyError):
            msg = f"the proxy did not answer: {reason}. Check the proxy variables of the environment."
        elif is_timeout:
            msg = f"{host} did not answer within {self.connection.timeout:g} seconds (timeout)."
        else:
            msg = f"the connection to {host} failed: {reason}."
        return Failure(
            f"Could not {what}: {msg}",
            cause=reason,
            maybe_applied=sent,
            retryable=sent or is_timeout or is_refused,
            scope=None if sent or is_timeout else ALL,
            unavailable=sent or is_timeout,
        )

    def judge(self, response: Response, what: str, mask: Mask, absent: bool = False) -> t.Any:
        """The parsed JSON of an answer that says yes; see :meth:`request`."""
        status, content = response.status, response.content
        if 200 <= status < 300 and not isinstance(content, bytes):
            return content
        if status == 404 and absent and isinstance(content, dict) and "code" in content:
            return ABSENT
        if 200 <= status < 300:
            kind = mask.text(response.headers.get("Content-Type", "no type"), SHOWN_AT_MOST).split(";")[0]
            fault = f"nested deeper than {DEEPEST_ANSWER} levels" if isinstance(content, _TooDeep) else f"not JSON but {kind[:60]}"
            msg = f"the answer is {fault}. Check api_url, and whether a login page or a proxy answers in the API's place."
        elif 300 <= status < 400:
            msg = (
                "the server answered with a redirect, which is not followed. Check api_url, and whether the session has ended or a "
                "login page stands in between."
            )
        else:
            refusal = _refusal(response, what, mask, self.connection.timeout, self._advice(response))
            refusal.add(*_how_often(response.tries))
            self.breaker.note(refusal)
            raise refusal
        raise Failure(f"Could not {what}: {msg}", status=status, maybe_applied=response.maybe_applied)

    def _advice(self, response: Response) -> str | None:
        """What to do about a refusal."""
        if response.status == 401:
            return f"The API did not accept {self.connection.source}: check whether it has expired, and whether api_url is of its platform."
        if response.status == 404:
            if response.path.endswith("/credentials"):
                return "It is not there: check organisation_id and api_url."
            if response.method == "GET":
                return "That is not how the API says that a credential is missing: check api_url, and what stands in between."
            return "It was there a moment ago: run again."
        return _ADVICE.get(min(response.status, 500))


def _proxy(api_url: str) -> str | None:
    """The URL of the proxy that the environment names for the API.

    :raises ValueError: where it names no host.
    """
    if api_url.startswith("http:"):  # that stays on this machine: a proxy would carry all of it in the clear
        return None
    if not getproxies_environment():  # requests would ask the system, and on macOS that kills a process that was forked
        return None
    proxy = select_proxy(api_url, get_environ_proxies(api_url))
    url = prepend_scheme_if_needed(proxy, "http") if proxy else None  # type: ignore[no-untyped-call]
    if url and not urlsplit(url).hostname:
        raise ValueError
    return url


def _may_have_been_sent(error: Exception) -> bool:
    """Whether a request may have left before this happened."""
    if isinstance(error, (exceptions.NewConnectionError, exceptions.ConnectTimeoutError)):
        return False
    if isinstance(error, exceptions.SSLError):
        return not any(word in str(error) for word in _OF_A_HANDSHAKE)
    return not str(error).startswith("Tunnel connection failed")  # a proxy's answer to CONNECT


def _reason(error: BaseException) -> str:
    """What the system said, without what the libraries in between add: names of classes, addresses of objects."""
    chain: list[BaseException] = [error]
    for link in chain:
        inner = [link.__cause__, link.__context__, *link.args]
        chain += [further for further in inner if isinstance(further, BaseException) and further not in chain]
    for link in reversed(chain):
        if isinstance(link, http.client.IncompleteRead):
            return "the answer ended too soon"
        if message := getattr(link, "verify_message", None):
            return str(message).rstrip(".")
        # Neither of the two is there where it is not OpenSSL that compared the host's name, but urllib3 before 2.0.
        if isinstance(link, ssl.SSLError) and (reason := getattr(link, "reason", None)):
            return str(reason).replace("_", " ").lower()
        if isinstance(link, OSError) and link.strerror and not isinstance(link, ssl.SSLError):
            return link.strerror.rstrip(".")
    text = next((arg for link in reversed(chain) for arg in link.args if isinstance(arg, str)), type(error).__name__)
    return _OF_A_LIBRARY.sub("", text).strip().rstrip(".")


def _how_often(tries: int) -> list[str]:
    return [f"It was tried {tries} times."] if tries > 1 else []


_ADVICE = {
    403: "This account may not do that in this organisation: check organisation_id and the account's role.",
    429: "The API asks for fewer requests: try again later.",
    500: "The fault is on the server's side: run again, and if it stays, ask Versori's support.",  # and for all above
}


def _refusal(response: Response, what: str, mask: Mask, timeout: float, advice: str | None = None) -> Failure:
    """An error as a sentence; only the known fields of one (contract, "Errors") are taken from the answer, masked."""
    status, wait, content = response.status, response.retry_after, response.content
    error = content if isinstance(content, dict) else {}

    def text(*keys: str) -> str | None:
        value = next((error[key] for key in keys if error.get(key)), None)
        return None if value is None or isinstance(value, bool) else mask.brief(value)

    entries = [entry for entry in error["fields"] if isinstance(entry, dict)] if isinstance(error.get("fields"), list) else []
    fields = []
    for entry in entries[:_MOST_FIELDS]:
        name = entry.get("field", "")
        shown = mask.word(name, _FIELD_AT_MOST) if isinstance(name, str) else mask.brief(name, _FIELD_AT_MOST)
        fields.append({"field": shown, "message": mask.brief(entry.get("message", ""), _FIELD_AT_MOST)})
    parts = [f"Could not {what}: the API answered {status}."]
    if message := text("message"):
        parts.append(f"It says: {message.rstrip('.')}.")
    if fields:
        more = f"; and {len(entries) - len(fields)} more" if len(entries) > len(fields) else ""
        parts.append("Fields: " + "; ".join(f"{field['field']}: {field['message']}" for field in fields) + more + ".")
    if advice:
        parts.append(advice)
    is_left_alone = wait is not None and wait > timeout
    if wait is not None and is_left_alone:
        parts.append(f"It asks for a pause of {min(wait, 10**9):.0f} seconds, and timeout allows {timeout:g}.")
    return Failure(
        " ".join(parts),
        status=status,
        code=mask.word(error["code"], SHOWN_AT_MOST) if isinstance(error.get("code"), str) else None,
        fields=fields,
        cause=text("cause", "details"),
        maybe_applied=response.maybe_applied,
        retryable=response.retryable,
        retry_after=wait,
        scope=ALL if status == 401 or is_left_alone else None,
        unavailable=status >= 500 or status == 429,
    )
