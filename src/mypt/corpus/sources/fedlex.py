"""Swiss federal law in force on a date: the official index, asked in SPARQL, and its XML files.

The vocabulary is JOLux. A law is a ConsolidationAbstract; its dated full texts are Consolidations, each with
Expressions by language and files by format. https://fedlex.data.admin.ch
"""

import datetime
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from mypt.corpus.archive import safe_name, write_new
from mypt.corpus.licence import Licence
from mypt.corpus.lock import Download, Pin
from mypt.corpus.sources.download import Client, Wanted
from mypt.corpus.sources.fetching import Fetched, Job, Origin
from mypt.corpus.sources.settings import NetworkSettings, SourceSettings
from mypt.errors import InputError
from mypt.files import write_jsonl

LICENCE = "LicenseRef-CH-URG-Art5"
"""Laws have no copyright: Art. 5 of the Swiss Copyright Act (URG)."""

MISSING = "missing.jsonl"
"""Laws and languages for which there is no text."""

_LANGUAGES = {"de": "DEU", "en": "ENG", "fr": "FRA", "it": "ITA"}
_XML = ("application/xml", "text/xml", "application/akn+xml", "application/octet-stream")
_RESULTS = "application/sparql-results+json"
_IN_FORCE = "https://fedlex.data.admin.ch/vocabulary/enforcement-status/0"
_REPUBLICATION = re.compile(r"-(\d+)\.xml$")
_AT_A_TIME = 100

_PREFIXES = """PREFIX jolux: <http://data.legilux.public.lu/resource/ontology/jolux#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""
_LAWS = """SELECT DISTINCT ?law ?number ?status ?end WHERE {
  ?law a jolux:ConsolidationAbstract ; jolux:classifiedByTaxonomyEntry/skos:notation ?notation .
  FILTER(DATATYPE(?notation) = <https://fedlex.data.admin.ch/vocabulary/notation-type/id-systematique>)
  BIND(STR(?notation) AS ?number)
  OPTIONAL { ?law jolux:inForceStatus ?status }
  OPTIONAL { ?law jolux:dateNoLongerInForce ?end }
} ORDER BY ?law ?number ?status ?end"""
_VERSIONS = """SELECT DISTINCT ?law ?version ?date WHERE {
  ?law a jolux:ConsolidationAbstract . ?version jolux:isMemberOf ?law ; jolux:dateApplicability ?date .
} ORDER BY ?law ?version ?date"""
_FILES = """SELECT DISTINCT ?version ?language ?url WHERE {
  VALUES ?version { %s }
  VALUES ?language { %s }
  ?version jolux:isRealizedBy ?text . ?text jolux:language ?language ; jolux:isEmbodiedBy ?file .
  ?file jolux:userFormat <https://fedlex.data.admin.ch/vocabulary/user-format/xml> .
  ?file jolux:isExemplifiedBy ?url .
} ORDER BY ?version ?language ?url"""
_TITLES = """SELECT DISTINCT ?law ?language ?title WHERE {
  VALUES ?law { %s }
  VALUES ?language { %s }
  ?law jolux:isRealizedBy ?text . ?text jolux:language ?language ; jolux:title ?title .
} ORDER BY ?law ?language ?title"""


class FedlexSettings(SourceSettings):
    """Swiss federal law from Fedlex, in the version in force on a date."""

    kind: Literal["fedlex"]
    licence: Licence = LICENCE
    """Licence of every text."""
    date: datetime.date
    """Day on which the texts are in force."""
    languages: tuple[Literal["de", "en", "fr", "it"], ...] = Field(default=("de", "en"), min_length=1)
    """Languages wanted; English is there for a part of the laws and has no legal force."""
    sr: tuple[str, ...] = ()
    """Numbers in the classified compilation, such as `220`; all laws when there is none."""
    endpoint: str = "https://fedlex.data.admin.ch/sparqlendpoint"
    """Address that is asked; files are fetched from its host alone."""
    page_size: int = Field(default=1000, gt=0)
    """Rows asked for at a time."""
    network: NetworkSettings = NetworkSettings(pause_seconds=0.5)
    """Patience with servers, and politeness to them."""

    @field_validator("sr")
    @classmethod
    def _are_numbers(cls, numbers: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [number for number in numbers if not re.fullmatch(r"[0-9.]+", number)]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is no number of the classified compilation, such as 311.0")
        return numbers


@dataclass(frozen=True)
class _Version:
    """The text of a law that is in force."""

    law: str
    number: str
    uri: str
    date: str


def fetch_fedlex(settings: FedlexSettings, job: Job) -> Fetched:
    """Fetch every text in force; a language that a law does not have is recorded and no fault."""
    fetched = Fetched(revision=settings.date.isoformat())
    client = Client(settings.network, [settings.endpoint])
    wanted = _locked(job.pin) if job.pin else _asked(settings, client, fetched)
    for item in wanted:
        name = safe_name(item.about["path"])
        place = job.kept / name
        fetched.downloads.append(client.download(item, place))
        data = place.read_bytes()
        if b"<akomaNtoso" not in data:
            place.unlink()
            raise InputError(f"{item.url}: is no Akoma Ntoso", hint="run the same command later")
        with write_new(job.files / name) as file:
            file.write(data)
        fetched.origins.append(
            Origin(name, LICENCE, item.url, "URG Art. 5 para. 1 let. a", item.about.get("title", ""))
        )
    missing = _missing(fetched.downloads, settings.languages)
    write_jsonl(job.folder / MISSING, missing)
    fetched.counts.update(f"no text in {row['language']}" for row in missing)
    return fetched


def _locked(pin: Pin) -> list[Wanted]:
    return [Wanted(item.url, item.sha256, _XML, item.about) for item in pin.downloads]


def _asked(settings: FedlexSettings, client: Client, fetched: Fetched) -> list[Wanted]:
    """Return the file that the index names for each law in force and each language that it has."""
    versions = _in_force(settings, client)
    if not versions:
        raise InputError(
            f"{settings.endpoint}: has no law in force on {settings.date}", hint="look at date and sr"
        )
    urls = _urls(settings, client, versions)
    titles = _titles(settings, client, versions)
    wanted: list[Wanted] = []
    paths: set[str] = set()
    for version in versions:
        for language in settings.languages:
            if url := urls.get((version.uri, language)):
                path = _path(version, language, paths)
                about = {"sr": version.number, "date": version.date, "language": language, "path": path,
                         "title": titles.get((version.law, language), "")}  # fmt: skip
                wanted.append(Wanted(url, "", _XML, about))
    n_without = len({version.uri for version in versions} - {uri for uri, _ in urls})
    if n_without:
        fetched.notes = [f"laws in force without a text in {', '.join(settings.languages)}: {n_without}"]
    return wanted


def _missing(downloads: Sequence[Download], languages: Sequence[str]) -> list[dict[str, str]]:
    """Return the laws and languages that have no text, where another language has one."""
    there = {(item.about["sr"], item.about["date"], item.about["language"]) for item in downloads}
    return [
        {"sr": sr, "date": date, "language": language}
        for sr, date in sorted({(sr, date) for sr, date, _ in there})
        for language in languages
        if (sr, date, language) not in there
    ]


def _in_force(settings: FedlexSettings, client: Client) -> list[_Version]:
    """Return the newest version up to the date of each law that was in force then, by number."""
    day = settings.date.isoformat()
    newest: dict[str, tuple[str, str]] = {}
    for row in _rows(settings, client, _VERSIONS):
        if row["date"][:10] <= day:
            newest[row["law"]] = max(newest.get(row["law"], ("", "")), (row["date"][:10], row["version"]))
    numbers: dict[str, str] = {}
    for row in _rows(settings, client, _LAWS):
        end = row.get("end", "")[:10]
        is_in_force = end > day if end else row.get("status") == _IN_FORCE
        if is_in_force and row["law"] in newest and (not settings.sr or row["number"] in settings.sr):
            numbers.setdefault(row["law"], row["number"])
    versions = [_Version(law, number, newest[law][1], newest[law][0]) for law, number in numbers.items()]
    return sorted(versions, key=lambda version: (version.number, version.law))


def _urls(
    settings: FedlexSettings, client: Client, versions: Sequence[_Version]
) -> dict[tuple[str, str], str]:
    """Return the file of each version and language; of several, the one that was published last."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in _rows_about(settings, client, _FILES, [version.uri for version in versions]):
        found[row["version"], _language(row)].append(row["url"])
    return {key: max(urls, key=lambda url: (_republication(url), url)) for key, urls in found.items()}


def _titles(
    settings: FedlexSettings, client: Client, versions: Sequence[_Version]
) -> dict[tuple[str, str], str]:
    rows = _rows_about(settings, client, _TITLES, [version.law for version in versions])
    return {(row["law"], _language(row)): row["title"] for row in rows}


def _republication(url: str) -> int:
    found = _REPUBLICATION.search(urlsplit(url).path)
    return int(found[1]) if found else 0


def _language(row: Mapping[str, str]) -> str:
    code = row["language"].rpartition("/")[2]
    return next(language for language, known in _LANGUAGES.items() if known == code)


def _path(version: _Version, language: str, taken: set[str]) -> str:
    """Return a name that says number, date and language; two laws of one number get different ones."""
    name = f"SR-{version.number}-{version.date.replace('-', '')}-{language}"
    if name in taken:
        name = f"{name}-{re.sub(r'[^A-Za-z0-9]+', '_', urlsplit(version.law).path).strip('_')}"
    taken.add(name)
    return f"{name}.xml"


def _rows_about(
    settings: FedlexSettings, client: Client, query: str, subjects: Sequence[str]
) -> Iterator[dict[str, str]]:
    """Ask about some subjects at a time, so that no query gets too long or takes too long."""
    base = "http://publications.europa.eu/resource/authority/language/"
    languages = " ".join(f"<{base}{_LANGUAGES[language]}>" for language in settings.languages)
    for start in range(0, len(subjects), _AT_A_TIME):
        some = " ".join(f"<{_iri(subject)}>" for subject in subjects[start : start + _AT_A_TIME])
        yield from _rows(settings, client, query % (some, languages))


def _iri(text: str) -> str:
    """Return an address that can stand in a query; what an index gives must not end it."""
    if re.search(r"[\x00-\x20<>\"{}|\\^`]", text):
        raise InputError(f"{text!a}: not an address that can be asked about")
    return text


def _rows(settings: FedlexSettings, client: Client, query: str) -> Iterator[dict[str, str]]:
    """Yield all rows of a query, page by page."""
    offset = 0
    while True:
        page = f"{_PREFIXES}{query} LIMIT {settings.page_size} OFFSET {offset}"
        rows = _bindings(client.post_form(settings.endpoint, {"query": page}, _RESULTS), settings.endpoint)
        yield from rows
        if len(rows) < settings.page_size:
            return
        offset += settings.page_size


def _bindings(answer: bytes, endpoint: str) -> list[dict[str, str]]:
    try:
        rows = json.loads(answer)["results"]["bindings"]
        return [{name: str(value["value"]) for name, value in row.items()} for row in rows]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{endpoint}: its answer is not the result of a query: {error}") from error
