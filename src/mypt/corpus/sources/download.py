"""Files over HTTP: resumed, checked, patient with a busy server, and only from the hosts that were named."""

import email.utils
import http.client
import ipaddress
import json
import re
import ssl
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, urlencode, urljoin, urlsplit

from mypt import __version__
from mypt.corpus.lock import Download
from mypt.corpus.sources.settings import NetworkSettings
from mypt.errors import InputError
from mypt.files import read_json, sha256_file, storage_errors, write_json

T = TypeVar("T")

_BUSY = {408, 425, 429, 500, 502, 503, 504}
_REDIRECTS = {301, 302, 303, 307, 308}
_MAX_REDIRECTS = 5
_MAX_ANSWER = 64 * 2**20
_BLOCK = 2**20


def url_parts(url: str, *, any_scheme: bool = False) -> SplitResult:
    """Return the parts of an address; InputError for one that is not https, but on this machine itself."""
    parts = urlsplit(url)
    is_printable = re.fullmatch(r"[\x21-\x7e]+", url) is not None
    if not is_printable or not parts.hostname or parts.username or parts.password:
        raise InputError(f"{url!r}: not an address that can be fetched", hint="for example https://HOST/FILE")
    if parts.scheme == "https" or any_scheme or (parts.scheme == "http" and is_loopback(parts.hostname)):
        return parts
    raise InputError(f"{url}: only https is fetched", hint="http is for servers on this machine alone")


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine itself."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Wanted:
    """One file to download, and what it has to be."""

    url: str
    sha256: str = ""
    content_types: tuple[str, ...] = ()
    """Beginnings of the types that are accepted; empty accepts all but a web page in place of a file."""
    about: Mapping[str, str] = field(default_factory=dict)


class _Again(Exception):
    """A failure that may pass; `after` is how long the server wants to be left alone."""

    def __init__(self, problem: str, after: float | None = None) -> None:
        super().__init__(problem)
        self.after = after


class Client:
    """Requests to a closed list of hosts."""

    def __init__(
        self,
        settings: NetworkSettings,
        urls: Collection[str],
        more_hosts: Collection[str] = (),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._allowed = {url_parts(url).netloc for url in urls} | set(more_hosts)
        self._sleep = sleep
        self._next_start = 0.0

    def download(self, wanted: Wanted, target: Path) -> Download:
        """Fetch a file, or go on where a killed fetch stopped; what is there and right is not asked for.

        Raises InputError for a file that does not come, is too large, of another
        type, or not the one that was wanted.
        """
        finished = _finished(target, wanted)
        if finished is None:
            self._repeated(wanted.url, lambda: self._fetch(wanted, target))
            finished = Download.model_validate(read_json(_note_of(target)))
        if wanted.sha256 and finished.sha256 != wanted.sha256:
            target.unlink(missing_ok=True)
            raise InputError(
                f"{wanted.url}: sha256 is {finished.sha256}, expected {wanted.sha256}",
                hint="it was changed; look at it, then lock it anew: mypt corpus fetch RECIPE --update NAME",
            )
        return finished

    def post_form(self, url: str, fields: Mapping[str, str], accept: str) -> bytes:
        """Return the answer to a form; InputError when there is none of that type."""
        headers = {"Accept": accept, "Content-Type": "application/x-www-form-urlencoded"}
        return self._repeated(url, lambda: self._answer(url, urlencode(fields).encode(), headers, accept))

    def is_current(self, download: Download) -> bool:
        """Say whether the server still has the state of a file that was downloaded."""
        condition = _condition(download.revision, "If-None-Match", "If-Modified-Since")
        return bool(condition) and self._repeated(
            download.url, lambda: self._status(download.url, condition) == http.client.NOT_MODIFIED
        )

    def _repeated(self, url: str, request: Callable[[], T]) -> T:
        """Repeat a request while its failure may pass, each time after a longer wait."""
        settings = self._settings
        problem = ""
        for number in range(settings.attempts):
            try:
                return request()
            except _Again as again:
                problem = str(again)
                wait = settings.backoff_seconds * 2**number if again.after is None else again.after
                if number + 1 < settings.attempts:
                    self._sleep(min(wait, settings.max_wait_seconds))
        raise InputError(
            f"{url}: {problem}; gave up after {settings.attempts} attempts",
            hint="run the same command later; what arrived is kept",
        )

    def _fetch(self, wanted: Wanted, target: Path) -> None:
        """Fetch the rest of a file; `.part` holds what arrived, and its note of which state that is."""
        part = target.with_name(f"{target.name}.part")
        condition = _condition(_revision_noted(part), "If-Range", "If-Range")
        have = part.stat().st_size if condition and part.exists() else 0
        headers = {"Range": f"bytes={have}-", **condition} if have else {}
        with self._response("GET", wanted.url, headers) as response:
            if response.status == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
                part.unlink(missing_ok=True)
                raise _Again("what arrived before is longer than the file")
            _refuse_type(wanted, response)
            revision = _revision(response)
            if response.status == http.client.PARTIAL_CONTENT:
                _refuse_other_part(response, part, have, revision)
            else:
                have = 0
            with storage_errors(target):
                target.parent.mkdir(parents=True, exist_ok=True)
                write_json(_note_of(part), {"revision": revision})
                self._receive(wanted.url, response, part, have)
        size = part.stat().st_size
        done = Download(
            url=wanted.url, sha256=sha256_file(part), bytes=size, revision=revision, about=dict(wanted.about)
        )
        part.replace(target)
        write_json(_note_of(target), done.model_dump(mode="json"))

    def _receive(self, url: str, response: http.client.HTTPResponse, part: Path, have: int) -> None:
        """Append the body to what there is; http.client does not say when a body ends too early."""
        length = response.getheader("Content-Length")
        expected = have + int(length) if length and length.isdigit() else None
        limit = self._settings.max_bytes
        # Unbuffered, and only what is there already: a kill loses nothing that arrived.
        with part.open("ab" if have else "wb", buffering=0) as file:
            while block := response.read1(_BLOCK):
                have += len(block)
                if have > limit or (expected or 0) > limit:
                    raise InputError(f"{url}: larger than {limit} bytes", hint="raise network.max_bytes")
                file.write(block)
        if expected is not None and have != expected:
            raise _Again(f"ended after {have} of {expected} bytes")

    def _answer(self, url: str, body: bytes, headers: Mapping[str, str], accept: str) -> bytes:
        with self._response("POST", url, headers, body) as response:
            _refuse_type(Wanted(url, content_types=(accept,)), response)
            data = response.read(_MAX_ANSWER + 1)
            length = response.getheader("Content-Length")
        if len(data) > _MAX_ANSWER:
            raise InputError(
                f"{url}: answers with more than {_MAX_ANSWER} bytes", hint="ask for smaller pages"
            )
        if length and int(length) != len(data):
            raise _Again(f"ended after {len(data)} of {length} bytes")
        return data

    def _status(self, url: str, headers: Mapping[str, str]) -> int:
        with self._response("GET", url, headers) as response:
            return response.status

    @contextmanager
    def _response(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Iterator[http.client.HTTPResponse]:
        """Give the answer at the end of all redirects; what may pass becomes `_Again`."""
        try:
            for _ in range(_MAX_REDIRECTS + 1):
                parts = url_parts(url)
                self._refuse_host(parts, url)
                self._wait_for_turn(parts)
                with _connection(parts, self._settings.timeout_seconds) as connection:
                    connection.request(method, _target(parts), body, {**_HEADERS, **headers})
                    with connection.getresponse() as response:
                        if response.status not in _REDIRECTS:
                            _refuse_failure(url, response)
                            yield response
                            return
                        url = urljoin(url, response.getheader("Location") or "")
            raise InputError(f"{url}: more than {_MAX_REDIRECTS} redirects in a row")
        except ssl.SSLCertVerificationError as error:
            raise InputError(f"{url}: its certificate is not trusted: {error.verify_message}") from error
        except (OSError, http.client.HTTPException) as error:
            raise _Again(f"{type(error).__name__}: {error}") from error

    def _refuse_host(self, parts: SplitResult, url: str) -> None:
        if parts.netloc not in self._allowed:
            raise InputError(
                f"{url}: leads away from {', '.join(sorted(self._allowed))}",
                hint="name the host in redirect_hosts of the source, if you trust it",
            )

    def _wait_for_turn(self, parts: SplitResult) -> None:
        if is_loopback(parts.hostname or "") or not self._settings.pause_seconds:
            return
        now = time.monotonic()
        if now < self._next_start:
            self._sleep(self._next_start - now)
        self._next_start = max(now, self._next_start) + self._settings.pause_seconds


_HEADERS = {"User-Agent": f"mypt/{__version__}", "Accept-Encoding": "identity"}


@contextmanager
def _connection(parts: SplitResult, timeout: float) -> Iterator[http.client.HTTPConnection]:
    host = parts.hostname or ""
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, parts.port, timeout=timeout, context=context
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=timeout)
    try:
        yield connection
    finally:
        connection.close()


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _refuse_failure(url: str, response: http.client.HTTPResponse) -> None:
    if response.status in _BUSY:
        raise _Again(f"the server answers {response.status} {response.reason}", _retry_after(response))
    is_expected = response.status in (
        http.client.OK, http.client.PARTIAL_CONTENT, http.client.NOT_MODIFIED,
        http.client.REQUESTED_RANGE_NOT_SATISFIABLE,
    )  # fmt: skip
    if not is_expected:
        raise InputError(
            f"{url}: the server answers {response.status} {response.reason}",
            hint="look whether it has moved; what is locked may be gone here and still be on a mirror",
        )


def _retry_after(response: http.client.HTTPResponse) -> float | None:
    """Return how many seconds the server wants to be left alone, said as a number or as a date."""
    value = response.getheader("Retry-After") or ""
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def _refuse_type(wanted: Wanted, response: http.client.HTTPResponse) -> None:
    """A page that says *not found* or *log in* with status 200 is not the file."""
    found = (response.getheader("Content-Type") or "").partition(";")[0].strip().lower()
    is_page = urlsplit(wanted.url).path.endswith((".html", ".htm", "/"))
    is_right = (
        found.startswith(wanted.content_types) if wanted.content_types else is_page or found != "text/html"
    )
    if not is_right:
        expected = " or ".join(wanted.content_types) or "a file"
        raise InputError(f"{wanted.url}: is {found or 'of no type'}, expected {expected}")


def _revision(response: http.client.HTTPResponse) -> str:
    """Return what tells states of a file apart, as JSON."""
    known = {"etag": response.getheader("ETag"), "last-modified": response.getheader("Last-Modified")}
    return json.dumps({name: value for name, value in known.items() if value})


def _refuse_other_part(response: http.client.HTTPResponse, part: Path, have: int, revision: str) -> None:
    """Start again when the rest that is offered is not the rest of what arrived."""
    is_rest = (response.getheader("Content-Range") or "").startswith(f"bytes {have}-")
    if not is_rest or revision != _revision_noted(part):
        part.unlink(missing_ok=True)
        raise _Again("the file changed while it was fetched")


def _condition(revision: str, etag_header: str, date_header: str) -> dict[str, str]:
    """Return the header that asks for this state; a weak ETag cannot join parts of a file."""
    known = json.loads(revision or "{}")
    etag, date = known.get("etag", ""), known.get("last-modified", "")
    if etag and not (etag_header == "If-Range" and etag.startswith("W/")):
        return {etag_header: etag}
    return {date_header: date} if date else {}


def _note_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _revision_noted(part: Path) -> str:
    return str(read_json(_note_of(part))["revision"]) if _note_of(part).exists() and part.exists() else ""


def _finished(target: Path, wanted: Wanted) -> Download | None:
    """Return the download that an earlier run finished, if it is the one that is wanted."""
    if not target.exists() or not _note_of(target).exists():
        return None
    done = Download.model_validate(read_json(_note_of(target)))
    is_wanted = done.url == wanted.url and wanted.sha256 in ("", done.sha256)
    return done if is_wanted and sha256_file(target) == done.sha256 else None
