# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP: one pool of connections to one API, and one place that judges an answer."""

from __future__ import annotations

import json
import logging
import math
import os
import time
import typing as t
from ssl import CertificateError
from urllib.parse import urlencode, urlsplit

from .._core.failure import Failure
from .._core.masking import SHOWN_AT_MOST, Mask
from . import tls
from .connection import DEFAULT_PORTS, Connection
from .deadline import NoAnswer, limit_answers

try:
    import requests
    from requests.auth import AuthBase
    from urllib3 import Timeout, disable_warnings
    from urllib3.exceptions import ConnectTimeoutError, InsecureRequestWarning, MaxRetryError, NewConnectionError, ProxyError, ResponseError
    from urllib3.exceptions import HTTPError as TransportError
    from urllib3.exceptions import SSLError as TlsError
    from urllib3.exceptions import TimeoutError as TransportTimeout
    from urllib3.util.retry import Retry

    REQUESTS_PROBLEM: str | None = None
except ImportError as problem:
    REQUESTS_PROBLEM = str(problem)
    AuthBase = Retry = object  # type: ignore[assignment,misc]

USER_AGENT = "versori.platform/0.1.0 (Ansible collection)"
LARGEST_ANSWER = 16 * 1024 * 1024  # bytes; a page of 100 credentials is far below 1 MiB
DEEPEST_ANSWER = 64  # levels of lists and objects; those of this API have a handful
ABSENT = object()  # the API's own 404; an empty answer or a gateway's page never counts as one (contract, "Errors")
_PIECE = 64 * 1024  # bytes read at a time
_FIRST_PAUSE = 0.4  # seconds before what was created in doubt is looked for
_OF_A_HANDSHAKE = ("CERTIFICATE", "VERSION", "PROTOCOL", "HANDSHAKE")  # in the names of OpenSSL's reasons; nothing was sent then
_RETRYABLE = (429, 500, 502, 503, 504)  # worth another try where a request may be repeated (contract, "Limits and retries")
_FIELDS_TOLD = 20  # of an error
_FIELD_AT_MOST = 200  # characters of the name of one, and of what is said about it


class _SignIn(AuthBase):
    """Sets our header last; an auth object is also what keeps requests from taking a password out of ``~/.netrc``."""

    def __init__(self, connection: Connection) -> None:
        self._header = connection.header
        self._value = connection.scheme + connection.token

    def __call__(self, request: t.Any) -> t.Any:
        request.headers[self._header] = self._value
        return request


class _BoundedRetry(Retry):
    """urllib3's Retry, which knows what became of the tries before.

    :attr longest_wait: seconds; a server that asks for a longer pause is not waited for.
    :attr sent: whether an earlier try may have been carried out, whatever the last one says.
    """

    longest_wait = 30.0
    sent = False

    def new(self, **changes: t.Any) -> t.Any:
        again = super().new(**changes)
        again.longest_wait, again.sent = self.longest_wait, self.sent
        return again

    def get_retry_after(self, response: t.Any) -> float | None:
        try:
            return super().get_retry_after(response)
        except Exception:  # a header that is neither seconds nor a date counts as absent
            return None

    def increment(self, *args: t.Any, **options: t.Any) -> t.Any:
        response, error = options.get("response"), options.get("error")
        if response is not None and (self.get_retry_after(response) or 0) > self.longest_wait:
            # urllib3 then hands out the answer itself, for _judge to read
            raise MaxRetryError(t.cast(t.Any, options.get("_pool")), None, ResponseError("too long a pause"))
        sent = self.sent or (error is not None and _may_have_been_sent(error)) or (response is not None and response.status >= 500)
        try:
            again = super().increment(*args, **options)
        except MaxRetryError as last:
            last.sent = sent  # type: ignore[attr-defined]
            raise
        again.sent = sent
        return again


def _may_have_been_sent(error: t.Any) -> bool:
    """Whether a request may have left before this happened."""
    if isinstance(error, ProxyError):
        error = error.original_error
        if str(error).startswith("Tunnel connection failed"):  # the proxy's answer to CONNECT
            return False
    if isinstance(error, (NewConnectionError, ConnectTimeoutError)):
        return False
    return not (isinstance(error, (TlsError, CertificateError)) and any(word in str(error) for word in _OF_A_HANDSHAKE))


class Answered(t.NamedTuple):
    """What the server answered.

    :param sent: whether a try before may have been carried out too.
    """

    status: int
    headers: t.Mapping[str, str]
    raw: bytes
    sent: bool = False

    @property
    def content(self) -> t.Any:
        """The parsed JSON, ``None`` for an empty body, or the bytes of what is no JSON or nested too deep (:class:`_TooDeep`)."""
        try:
            # What Python reads beyond JSON (NaN), or cannot hold (1e999), could not be sent back.
            content = json.loads(self.raw, parse_constant=_finite, parse_float=_finite) if self.raw.strip() else None
        except ValueError:
            return self.raw
        except RecursionError:
            return _TooDeep(self.raw)
        return _TooDeep(self.raw) if _is_too_deep(self.raw, content) else content


def _finite(number: str) -> float:
    """:raises ValueError: for a number that JSON does not have, or that is too large."""
    value = float(number)
    if not math.isfinite(value):
        raise ValueError
    return value


class _TooDeep(bytes):
    """JSON nested deeper than :data:`DEEPEST_ANSWER`; what works through it level by level would run out of stack."""


def _is_too_deep(raw: bytes, content: t.Any) -> bool:
    if raw.count(b"[") + raw.count(b"{") <= DEEPEST_ANSWER:  # as nearly always, and seen at once
        return False
    level = [content]
    for _depth in range(DEEPEST_ANSWER):
        level = [
            one
            for holder in level
            if isinstance(holder, (list, dict))
            for one in (holder.values() if isinstance(holder, dict) else holder)
            if isinstance(one, (list, dict))
        ]
        if not level:
            return False
    return True


class Client:
    """The five operations' transport. Safe to share between threads.

    requests settles everything about the way to the API once: proxies, certificates, the header that signs in. The requests
    themselves then go straight to its pool of connections, which is urllib3's: half of the processor time of a request through
    ``Session.send`` goes into settling that again.

    :param connection: where, and how to sign in.
    :param connections: the most that are open at once.
    """

    def __init__(self, connection: Connection, connections: int = 1) -> None:
        if REQUESTS_PROBLEM:
            raise Failure(
                f"The Python library 'requests' is missing on the host that this task runs on ({REQUESTS_PROBLEM}): "
                f"install it there for the Python that Ansible uses."
            )
        self.connection = connection
        tls.check_ca_path(connection.ca_path if connection.validate_certs else None)
        logging.getLogger("urllib3").setLevel(logging.CRITICAL)  # with ANSIBLE_LOG_PATH it would write down what a server sent
        if not connection.validate_certs:
            disable_warnings(InsecureRequestWarning)
        session = requests.Session()
        session.auth = _SignIn(connection)
        session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json"})
        first = session.prepare_request(requests.Request("GET", connection.api_url))
        # Where `verify` is a path or False, it is told here already: REQUESTS_CA_BUNDLE would override it.
        verify: bool | str = (connection.ca_path or True) if connection.validate_certs else False
        settings = session.merge_environment_settings(connection.api_url, {}, True, verify, None)
        if connection.api_url.startswith("http:"):
            settings["proxies"] = {}  # plain http stays on this machine: a proxy would carry all of it in the clear
        elif verify is True and isinstance(settings["verify"], str):
            name = next(one for one in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE") if os.environ.get(one))
            tls.check_ca_path(settings["verify"], name)
        adapter = tls.TlsAdapter(connection.validate_certs, pool_connections=1, pool_maxsize=connections, pool_block=True)
        try:
            self._pool = _pool(adapter, first, settings)
            self._proxy_mask = Mask(requests.utils.get_auth_from_url(url)[1] for url in settings["proxies"].values())
        except Exception:  # of many kinds, and its text repeats the URL, and so a password in it
            raise Failure(
                "The proxy variables of the environment (HTTPS_PROXY, ALL_PROXY) do not hold the URL of a usable proxy."
            ) from None
        self._base = _make_sure_of_the_target(connection.api_url, first.url, self._pool)
        limit_answers(self._pool)
        self._headers = dict(first.headers)
        self._timeout = Timeout(total=connection.timeout)
        self._retry = self._first_retry()

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()  # the adapter's own close only lets go of the pool, which is held here

    def _first_retry(self) -> t.Any:
        options: dict[str, t.Any] = {
            "total": self.connection.retries,
            "redirect": 0,
            "other": 0,  # a certificate that was not accepted will not be accepted the next time
            "status_forcelist": _RETRYABLE,
            # There is no idempotency key (contract, "Limits and retries"): a POST is looked up before it is repeated.
            "allowed_methods": ("GET", "PUT", "DELETE"),
            "backoff_factor": 0.2,
            "raise_on_status": False,
        }
        try:
            retry = _BoundedRetry(backoff_jitter=0.2, **options)
        except TypeError:  # urllib3 1.26 has no jitter
            retry = _BoundedRetry(**options)
        retry.longest_wait = self.connection.timeout
        return retry

    def new_retry(self) -> t.Any:
        """urllib3's count of tries and of the pauses between them, at its beginning."""
        return self._retry

    def try_again(self, retry: t.Any, failure: Failure) -> t.Any:
        """Wait before a request that urllib3 may not repeat by itself is sent again.

        :param retry: from :meth:`new_retry`, or from the try before.
        :param failure: how that try ended.
        :return: the count to go on with, or ``None`` when no try is left.
        """
        try:
            retry = retry.increment()
        except MaxRetryError:
            return None
        if (failure.retry_after or 0) > retry.longest_wait:
            return None
        # urllib3 pauses from the second repetition on; here a list that lags behind is to be given a moment at once.
        time.sleep(failure.retry_after or retry.get_backoff_time() or _FIRST_PAUSE)
        return retry

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
    ) -> Answered:
        """Send one request and return its answer, whatever it says.

        :raises Failure: when there is none.
        """
        sent = False
        try:
            response = self._pool.request(
                method,
                self._base + path + ("?" + urlencode(query) if query else ""),
                body=None if body is None else json.dumps(body).encode(),
                headers=self._headers if body is None else {**self._headers, "Content-Type": "application/json"},
                retries=self._retry,
                timeout=self._timeout,
                redirect=False,
                assert_same_host=False,
                preload_content=False,
                decode_content=False,
            )
            sent = response.retries.sent
            try:
                raw = self._read(response, what)
            except BaseException:
                response.close()  # what is left in it would be taken for the next answer
                raise
            finally:
                response.release_conn()
            return Answered(response.status, response.headers, raw, sent)
        except (TransportError, OSError, ValueError) as problem:  # a ValueError for a chunk of a negative size
            raise self._unreached(problem, what, mask) from None
        except NoAnswer as problem:
            raise Failure(f"Could not {what}: {problem}. Check api_url, and what stands in between.", maybe_applied=True) from None
        except Failure as failure:
            failure.maybe_applied = failure.maybe_applied or sent
            raise

    def judge(self, answered: Answered, what: str, mask: Mask, absent: bool = False) -> t.Any:
        """The parsed JSON of an answer that says yes; see :meth:`request`."""
        try:
            return self._judge(answered.status, answered.headers, answered.content, what, mask, absent)
        except Failure as failure:
            failure.maybe_applied = failure.maybe_applied or answered.sent
            raise

    def _read(self, response: t.Any, what: str) -> bytes:
        """The body, within :data:`LARGEST_ANSWER` bytes; how long it may take is seen to below (``deadline.py``)."""
        pieces: list[bytes] = []
        size = 0
        read = getattr(response, "read1", None) or response.read  # urllib3 1.26 has no read1
        while piece := read(_PIECE, decode_content=True):
            pieces.append(piece)
            size += len(piece)
            if size > LARGEST_ANSWER:
                raise Failure(
                    f"Could not {what}: the answer is larger than {LARGEST_ANSWER} bytes. Check api_url.",
                    maybe_applied=True,
                )
        return b"".join(pieces)

    def _unreached(self, problem: Exception, what: str, mask: Mask) -> Failure:
        """A sentence for what the transport could not do."""
        host = self.connection.api_url.split("/")[2]
        reason = problem.reason if isinstance(problem, MaxRetryError) and problem.reason else problem
        # Without a count there was no try before, or the answer had begun.
        sent: bool = getattr(problem, "sent", False) or _may_have_been_sent(reason)
        text = self._proxy_mask.text(mask.text(str(reason), SHOWN_AT_MOST))  # a proxy may repeat its own password
        if isinstance(reason, (TlsError, CertificateError)):
            failure = tls.refusal(what, host, reason, text)
            failure.maybe_applied = failure.retryable = sent
            return failure
        if isinstance(reason, ProxyError):
            msg = "the proxy did not answer. Check the proxy variables of the environment."
        elif isinstance(reason, (TimeoutError, TransportTimeout)) and not isinstance(reason, NewConnectionError):
            # (a refused connection is also one of the timeouts up to urllib3 1.26)
            msg = f"{host} did not answer within {self.connection.timeout:g} seconds (timeout)."
        else:
            msg = f"the connection to {host} failed."
        return Failure(f"Could not {what}: {msg}", cause=text, maybe_applied=sent, retryable=sent)

    def _judge(self, status: int, headers: t.Mapping[str, str], answer: t.Any, what: str, mask: Mask, absent: bool) -> t.Any:
        if 300 <= status < 400:
            raise Failure(
                f"Could not {what}: the server answered with a redirect, which is not followed. Check api_url, and whether "
                f"the session has ended or a login page stands in between.",
                status=status,
            )
        if 200 <= status < 300:
            if isinstance(answer, _TooDeep):
                raise Failure(
                    f"Could not {what}: the answer is nested deeper than {DEEPEST_ANSWER} levels. Check api_url.",
                    status=status,
                    maybe_applied=True,
                )
            if isinstance(answer, bytes):
                kind = mask.text(headers.get("Content-Type", "no type"), SHOWN_AT_MOST).split(";")[0]
                raise Failure(
                    f"Could not {what}: the answer is not JSON but {kind[:60]}. Check api_url, and whether a login "
                    f"page or a proxy answers in the API's place.",
                    status=status,
                    maybe_applied=True,
                )
            return answer
        if status == 404 and absent and isinstance(answer, dict) and "code" in answer:
            return ABSENT
        wait = self.new_retry().get_retry_after(_Headers(headers))
        raise _refusal(status, answer, what, mask, wait, self.connection.timeout)


def _pool(adapter: t.Any, request: t.Any, settings: t.Any) -> t.Any:
    """urllib3's pool of connections to the API, as requests sets it up: through the proxy, with the certificates."""
    if hasattr(adapter, "get_connection_with_tls_context"):
        pool = adapter.get_connection_with_tls_context(request, settings["verify"], proxies=settings["proxies"], cert=settings["cert"])
    else:  # requests before 2.32
        pool = adapter.get_connection(request.url, settings["proxies"])
    adapter.cert_verify(pool, request.url, settings["verify"], settings["cert"])
    return pool


def _make_sure_of_the_target(api_url: str, prepared: t.Any, pool: t.Any) -> str:
    """The path of the API's URL.

    :param prepared: the URL as requests has prepared it.
    :param pool: urllib3's, which for plain http to a proxy is the proxy's own.
    :raises Failure: where one of the two leads elsewhere than the URL that was checked.
    """

    def target(url: str) -> tuple[str, str, int]:
        parts = urlsplit(url)
        return parts.scheme, str(parts.hostname), parts.port or DEFAULT_PORTS[parts.scheme]

    if not target(api_url) == target(prepared) == (pool.scheme, pool.host.strip("[]"), pool.port):
        raise Failure("api_url leads elsewhere than it says once the libraries have read it, so nothing was sent: check its spelling.")
    return urlsplit(api_url).path


class _Headers(t.NamedTuple):
    """As much of an answer as urllib3 needs to read ``Retry-After``."""

    headers: t.Mapping[str, str]


_ADVICE = {
    401: "The API did not accept the sign-in: check api_key, jwt or session_cookie, and whether it has expired.",
    403: "This account may not do that in this organisation: check organisation_id and the account's role.",
    404: "It is not there: check organisation_id and credential_id.",
    429: "The API asks for fewer requests: try again later.",
}


def _refusal(status: int, answer: t.Any, what: str, mask: Mask, wait: float | None, timeout: float) -> Failure:
    """A failed answer as a sentence; only the known fields of an error (contract, "Errors") are taken from it, masked."""
    said = answer if isinstance(answer, dict) else {}

    def text(*keys: str) -> str | None:
        value = next((said[key] for key in keys if said.get(key)), None)
        return None if value is None or isinstance(value, bool) else mask.brief(value)

    listed = [one for one in said["fields"] if isinstance(one, dict)] if isinstance(said.get("fields"), list) else []
    fields = []
    for one in listed[:_FIELDS_TOLD]:
        name = one.get("field", "")
        shown = mask.word(name, _FIELD_AT_MOST) if isinstance(name, str) else mask.brief(name, _FIELD_AT_MOST)
        fields.append({"field": shown, "message": mask.brief(one.get("message", ""), _FIELD_AT_MOST)})
    parts = [f"Could not {what}: the API answered {status}."]
    message = text("message")
    if message:
        parts.append(f"It says: {message.rstrip('.')}.")
    if fields:
        more = f"; and {len(listed) - len(fields)} more" if len(listed) > len(fields) else ""
        parts.append("Fields: " + "; ".join(f"{one['field']}: {one['message']}" for one in fields) + more + ".")
    if status in _ADVICE:
        parts.append(_ADVICE[status])
    elif status >= 500:
        parts.append("The fault is on the server's side: run again, and if it stays, ask Versori's support.")
    if wait is not None and wait > timeout:
        parts.append(f"It asks for a pause of {min(wait, 10**9):.0f} seconds, and timeout allows {timeout:g}.")
    return Failure(
        " ".join(parts),
        status=status,
        code=mask.word(said["code"], SHOWN_AT_MOST) if isinstance(said.get("code"), str) else None,
        fields=fields,
        cause=text("cause", "details"),
        maybe_applied=status >= 500 or status == 408,
        retryable=status in _RETRYABLE,
        retry_after=wait,
    )
