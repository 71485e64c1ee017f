"""A question → the passages that answer it best, for one reader.

Permission and filters make a mask before anything is scored. Words are looked up in an index of the passages
that the reader may read, cut out of the whole once and kept while the workspace stays as it is: no score and
no search time depends on what others may read. Statistics (document frequencies, mean length, z-scores) are
those of the passages that are left after the filters.
"""

import threading
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mypt.config import fingerprint
from mypt.errors import InputError, StorageFull
from mypt.retrieval.analysis import ANALYSIS_VERSION
from mypt.retrieval.compounds import with_compounds_split
from mypt.retrieval.embedder import Embedder
from mypt.retrieval.flat_store import FlatStore
from mypt.retrieval.fusion import Values, best, fuse, join_meanings, standardise
from mypt.retrieval.hit import Hit
from mypt.retrieval.index import KEYWORD_NAME, check_embedders, open_keywords
from mypt.retrieval.keyword_cache import keys_digest, write_cache
from mypt.retrieval.keyword_index import KeywordIndex, KeywordScores, Mask
from mypt.retrieval.keyword_question import read_question
from mypt.retrieval.matches import find_matches
from mypt.retrieval.settings import MAX_QUERY, MAX_TOP_K, RetrievalSettings
from mypt.retrieval.vector_cache import open_vectors
from mypt.workspace.chunk import CHUNKER_VERSION
from mypt.workspace.passage_table import PassageTable
from mypt.workspace.rows import Filters, Reader
from mypt.workspace.workspace import Workspace

_DEFAULT = RetrievalSettings()
_EVERYTHING = Filters()
_KEPT_QUESTIONS = 64
_CATCHING_UP_SECONDS = 10.0  # how often vectors that another process computes are looked for


@dataclass(frozen=True)
class _State:
    """Everything that is searched, as of one revision."""

    table: PassageTable
    keywords: KeywordIndex
    passages: str
    """What names the passages."""
    stores: Mapping[str, FlatStore]
    """By embedder."""
    opened: float

    @property
    def revision(self) -> int:
        return self.table.revision

    @cached_property
    def is_complete(self) -> bool:
        """Whether every embedder has come to every passage."""
        return all(bool(store.present.all()) for store in self.stores.values())


@dataclass(frozen=True)
class _Part:
    """The passages that one reader may read."""

    positions: npt.NDArray[np.int64]
    keywords: KeywordIndex


@dataclass(frozen=True)
class _Ranking:
    """Scores of the passages of one part, and what they are made of."""

    scores: Values
    similarities: Mapping[str, npt.NDArray[np.float32]]
    words: KeywordScores
    terms: frozenset[str]


class Retriever:
    """Searches one workspace; several threads may, and it follows what is committed meanwhile."""

    def __init__(
        self, workspace: Workspace, embedders: Sequence[Embedder], settings: RetrievalSettings
    ) -> None:
        self._workspace = workspace
        self._embedders = tuple(embedders)
        self._settings = settings
        self._lock = threading.Lock()
        self._state = self._open_state()
        self._parts: OrderedDict[tuple[int, bytes], _Part] = OrderedDict()
        self._questions: OrderedDict[str, dict[str, npt.NDArray[np.float32]]] = OrderedDict()

    @classmethod
    def open(
        cls,
        workspace: Workspace,
        embedders: Sequence[Embedder] = (),
        settings: RetrievalSettings = _DEFAULT,
    ) -> "Retriever":
        """Return what searches a workspace; caches that are missing, stale or damaged are made anew.

        Raises InputError when the index was made with other embedders.
        """
        check_embedders(workspace.index_folder, embedders)
        return cls(workspace, embedders, settings)

    @property
    def digest(self) -> str:
        """Return what names all that decides an answer: passages, vectors, versions, embedders, settings."""
        state = self._current()
        return fingerprint(
            {
                "revision": state.revision,
                "passages": state.passages,
                "analysis": ANALYSIS_VERSION,
                "chunker": CHUNKER_VERSION,
                "embedders": {each.name: each.digest for each in self._embedders},
                "vectors": {name: int(store.present.sum()) for name, store in state.stores.items()},
                "settings": self._settings.model_dump(mode="json"),
            }
        )

    def search(
        self, query: str, reader: Reader, *, top_k: int = 8, filters: Filters = _EVERYTHING
    ) -> list[Hit]:
        """Return the best passages that a reader may read and wants, best first.

        Without any vector yet, passages that have none of the words are not among them. Raises
        InputError for a question that is empty or too long, and for fewer than one hit.
        """
        question = _checked(query, top_k)
        with self._workspace.snapshot():
            state = self._current()
            permitted = self._workspace.allowed_passages(reader)
            if not permitted.any():
                return []
            part = self._part(state, permitted)
            wanted = None
            if filters != _EVERYTHING:
                wanted = self._workspace.allowed_passages(reader, filters)[part.positions]
            ranking = self._rank(question, state, part, wanted)
            return self._hits(reader, state, part, ranking, top_k)

    def _current(self) -> _State:
        """Return the state of the workspace as it is now."""
        revision = self._workspace.revision()
        with self._lock:
            state = self._state
            is_late = not state.is_complete and time.monotonic() - state.opened > _CATCHING_UP_SECONDS
            if state.revision != revision or is_late:
                state = self._state = self._open_state()
                self._parts.clear()
        return state

    def _open_state(self) -> _State:
        workspace = self._workspace
        with workspace.snapshot():
            table = workspace.all_passages()
            kept, is_new = open_keywords(workspace, table)
            if is_new:
                # Who may only read a workspace can search it all the same.
                with suppress(InputError, StorageFull):
                    write_cache(workspace.index_folder / KEYWORD_NAME, kept)
            stores = {
                each.name: open_vectors(
                    workspace.index_folder, table, workspace, each.digest, each.n_dimensions
                ).store(table.ids, self._settings.threads)
                for each in self._embedders
            }
        return _State(table, kept.index, keys_digest(kept.keys), stores, time.monotonic())

    def _part(self, state: _State, permitted: Mask) -> _Part:
        """Return what a reader may read; the last few are kept."""
        key = (state.revision, permitted.tobytes())
        with self._lock:
            part = self._parts.get(key)
        if part is None:
            is_all = bool(permitted.all())
            keywords = state.keywords if is_all else state.keywords.restricted_to(permitted)
            part = _Part(np.flatnonzero(permitted), keywords)
        with self._lock:
            self._parts[key] = part
            self._parts.move_to_end(key)
            while len(self._parts) > self._settings.kept_readers:
                self._parts.popitem(last=False)
        return part

    def _rank(self, question: str, state: _State, part: _Part, wanted: Mask | None) -> _Ranking:
        groups = with_compounds_split(read_question(question), part.keywords.frequency)
        words = part.keywords.score(groups, self._settings.keyword, wanted)
        similarities = self._similarities(question, state, part, wanted)
        scores = fuse(
            join_meanings(
                {name: standardise(each) for name, each in similarities.items()},
                self._settings.embedder_shares,
                len(part.positions),
                None if wanted is None else int(wanted.sum()),
            ),
            words,
            self._settings.keyword_weight,
        )
        if wanted is not None:
            scores[~wanted] = -np.inf
        if all(np.isnan(each).all() for each in similarities.values()):
            scores[words.coverage == 0] = -np.inf
        terms = frozenset(term for group in groups for term, _ in group.terms)
        return _Ranking(scores, similarities, words, terms)

    def _similarities(
        self, question: str, state: _State, part: _Part, wanted: Mask | None
    ) -> dict[str, npt.NDArray[np.float32]]:
        """Return of each embedder how similar each passage of a part is; NaN for one without a vector."""
        compared = np.zeros(len(state.table), dtype=np.bool_)
        compared[part.positions if wanted is None else part.positions[wanted]] = True
        vectors = self._vectors(question)
        return {
            name: store.similarities(vectors[name], compared)[part.positions]
            for name, store in state.stores.items()
        }

    def _vectors(self, question: str) -> dict[str, npt.NDArray[np.float32]]:
        """Return the question's vector by each embedder; the last few questions are remembered."""
        with self._lock:
            known = self._questions.get(question)
        if known is None:
            known = {each.name: each.embed([question], "query")[0] for each in self._embedders}
        with self._lock:
            self._questions[question] = known
            while len(self._questions) > _KEPT_QUESTIONS:
                self._questions.popitem(last=False)
        return known

    def _hits(self, reader: Reader, state: _State, part: _Part, ranking: _Ranking, top_k: int) -> list[Hit]:
        documents = state.table.documents[part.positions]
        places = _capped(ranking.scores, documents, top_k, self._settings.hits_per_document)
        ids = [state.table.id(int(part.positions[place])) for place in places]
        rows = self._workspace.passages(ids, reader)
        titles = {
            id_: self._workspace.document(reader, id_).title for id_ in {row.document_id for row in rows}
        }
        return [
            Hit(
                row,
                titles[row.document_id],
                float(ranking.scores[place]),
                _score_parts(ranking, place),
                find_matches(row.text, ranking.terms),
            )
            for place, row in zip(places, rows, strict=True)
        ]


def _checked(query: str, top_k: int) -> str:
    """Return a question in the form in which texts are kept."""
    if not query.strip():
        raise InputError("the question is empty", hint="say what to look for")
    if len(query) > MAX_QUERY:
        raise InputError(f"a question of {len(query):,} characters, at most {MAX_QUERY:,}", hint="shorten it")
    if not 1 <= top_k <= MAX_TOP_K:
        raise InputError(f"{top_k} hits, expected 1 to {MAX_TOP_K}")
    # Halves of surrogate pairs come from broken JSON; no text holds them, and no model takes them.
    whole = query.encode("utf-8", "replace").decode()
    return unicodedata.normalize("NFC", whole)


def _score_parts(ranking: _Ranking, place: int) -> dict[str, float]:
    parts = {
        name: float(each[place]) for name, each in ranking.similarities.items() if not np.isnan(each[place])
    }
    return parts | {
        "keyword": float(ranking.words.relevance[place]),
        "coverage": float(ranking.words.coverage[place]),
    }


def _capped(scores: Values, documents: npt.NDArray[np.int64], top_k: int, per_document: int) -> list[int]:
    """Return the places of the best, of one document at most so many; 0 sets no limit."""
    if not per_document:
        return best(scores, top_k).tolist()
    looked_at = top_k
    while True:
        looked_at *= 4
        ranked = best(scores, looked_at)
        counts: dict[int, int] = {}
        kept = []
        for place, document in zip(ranked.tolist(), documents[ranked].tolist(), strict=True):
            counts[document] = counts.get(document, 0) + 1
            if counts[document] <= per_document:
                kept.append(place)
        if len(kept) >= top_k or len(ranked) < looked_at:
            return kept[:top_k]
