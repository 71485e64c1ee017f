"""The official index of Swiss law in small: a real SPARQL engine, and the files beside it."""

from urllib.parse import parse_qs

import pyoxigraph

from tests.corpus.http_server import Page, WebServer

_PREFIXES = """
@prefix jolux: <http://data.legilux.public.lu/resource/ontology/jolux#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix voc: <https://fedlex.data.admin.ch/vocabulary/> .
@prefix lang: <http://publications.europa.eu/resource/authority/language/> .
"""
_LAW = """
<{law}> a jolux:ConsolidationAbstract ; jolux:inForceStatus <{status}> ;
  jolux:classifiedByTaxonomyEntry [
    skos:notation "{sr}"^^<{notation}id-systematique> , "x{sr}"^^<{notation}other> ] ;
  jolux:isRealizedBy [ jolux:language lang:DEU ; jolux:title "Gesetz {sr}"@de ] .
"""
_TEXT = """
<{law}/{day}> jolux:isMemberOf <{law}> ; jolux:dateApplicability "{date}"^^xsd:date ;
  jolux:isRealizedBy [ jolux:language lang:{language} ; jolux:isEmbodiedBy
    [ jolux:userFormat <{format}> ; jolux:isExemplifiedBy <{url}> ] ] .
"""
_VOCABULARY = "https://fedlex.data.admin.ch/vocabulary"
_BASE = "https://fedlex.data.admin.ch/eli/cc/27"


class Fedlex:
    """An index that is filled law by law."""

    def __init__(self, server: WebServer) -> None:
        self.server = server
        self.endpoint = f"{server.url}/sparqlendpoint"
        self.queries: list[str] = []
        self._store = pyoxigraph.Store()
        server.forms["/sparqlendpoint"] = self._answer

    def add_law(self, sr: str, *, status: int = 0, end: str = "", number: int = 1) -> str:
        """Add a law without any text; return its address."""
        law = f"{_BASE}/{sr.replace('.', '_')}-{number}"
        self._load(_LAW.format(law=law, sr=sr, status=f"{_VOCABULARY}/enforcement-status/{status}",
                               notation=f"{_VOCABULARY}/notation-type/"))  # fmt: skip
        if end:
            self._load(f'<{law}> jolux:dateNoLongerInForce "{end}"^^xsd:date .')
        return law

    def add_text(
        self,
        law: str,
        date: str,
        language: str = "DEU",
        *,
        suffix: str = "",
        host: str = "",
        kind: str = "xml",
    ) -> str:
        """Add a dated text, and its file to the server; return the path of the file."""
        day = date.replace("-", "")
        path = f"/filestore/{law.rpartition('/')[2]}-{day}-{language}-{kind}{suffix}.{kind}"
        url = f"{host or self.server.url}{path}"
        self._load(_TEXT.format(law=law, day=day, date=date, language=language, url=url,
                                format=f"{_VOCABULARY}/user-format/{kind}"))  # fmt: skip
        text = f"<?xml version='1.0'?><akomaNtoso><!-- {path} --></akomaNtoso>"
        self.server.pages[path] = Page(text.encode(), "application/xml", etag=f'"{day}"')
        return path

    def _load(self, turtle: str) -> None:
        self._store.load(f"{_PREFIXES}{turtle}".encode(), format=pyoxigraph.RdfFormat.TURTLE)

    def _answer(self, body: bytes) -> Page:
        query = parse_qs(body.decode())["query"][0]
        self.queries.append(query)
        results = self._store.query(query)
        assert isinstance(results, pyoxigraph.QuerySolutions)
        data = results.serialize(format=pyoxigraph.QueryResultsFormat.JSON)
        return Page(data or b"", "application/sparql-results+json")
