"""Every citation checked: whether it was retrieved in this conversation, and supports what is said."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mypt.agent.answer import Citation, Sentence
from mypt.agent.exact_values import exact_values
from mypt.agent.retrieved import retrieved_passages
from mypt.agent.room import shown_title
from mypt.agent.support import Evidence, Support, SupportMeasure, content_terms
from mypt.agent.view import WorkspaceView
from mypt.conversation.episode import Episode
from mypt.documents.language import UNKNOWN, guess_language
from mypt.workspace.rows import PassageRow
from mypt.workspace.sentences import split_sentences

_LEAST_WORDS_TO_FIND = 2


@dataclass(frozen=True)
class Checked:
    """An answer's sentences and citations."""

    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]


def check_citations(
    text: str, cited: Sequence[str], episode: Episode, view: WorkspaceView, threshold: float
) -> Checked:
    """Return each sentence of an answer with its support, and each citation with its place.

    A passage that this conversation has not shown supports nothing, whatever it says. Where the
    model cites nothing at all, passages shown that support a sentence are cited for it, and say so.
    """
    shown = retrieved_passages(episode)
    rows = {row.id: row for row in view.passages(list(shown))}
    titles = {row.document_id: _title(view, row.document_id) for row in rows.values()}
    evidence = {name: _evidence(name, seen, rows, titles) for name, seen in shown.items()}
    measure = SupportMeasure(list(evidence.values()), threshold)
    names = list(dict.fromkeys(cited))
    if not names:
        return _found(_judged(text, measure, list(evidence.values())), rows, titles)
    sentences = _judged(text, measure, [evidence[name] for name in names if name in evidence])
    citations = [_citation(name, rows, titles, is_retrieved=name in shown) for name in names]
    return Checked(sentences, tuple(_with_support(one, sentences) for one in citations))


def _found(
    sentences: Sequence[Sentence], rows: Mapping[str, PassageRow], titles: Mapping[str, str]
) -> Checked:
    """Return the passages that support sentences as citations; a sentence without one has none."""
    judged = tuple(_uncited(one) if _is_left_uncited(one) else one for one in sentences)
    names = dict.fromkeys(one.support.passage_id for one in judged if one.support.status == "supported")
    citations = [replace(_citation(name, rows, titles, is_retrieved=True), is_found=True) for name in names]
    return Checked(judged, tuple(_with_support(one, judged) for one in citations))


def _is_left_uncited(sentence: Sentence) -> bool:
    """Say whether no passage is taken for a sentence: none supports it, or one word would fit to many."""
    n_words = len(content_terms(sentence.text)) + len(exact_values(sentence.text))
    is_supported = sentence.support.status == "supported"
    return sentence.support.status == "unsupported" or (is_supported and n_words < _LEAST_WORDS_TO_FIND)


def _uncited(sentence: Sentence) -> Sentence:
    return replace(sentence, support=Support("unsupported", sentence.support.score, doubt="no citation"))


def _judged(text: str, measure: SupportMeasure, cited: Sequence[Evidence]) -> tuple[Sentence, ...]:
    language = guess_language(text)
    return tuple(
        Sentence(start, end, text[start:end], measure.judge(text[start:end], language, cited))
        for start, end in _sentences(text)
    )


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of sentences; each line of an answer ends one, as items of a list do."""
    for line in re.finditer(r"[^\n]+", text):
        yield from ((line.start() + start, line.start() + end) for start, end in split_sentences(line[0]))


def _title(view: WorkspaceView, document_id: str) -> str:
    document = view.document(document_id)
    return document.title if document else ""


def _evidence(name: str, seen: str, rows: Mapping[str, PassageRow], titles: Mapping[str, str]) -> Evidence:
    """Return the passage as the workspace has it; one given as context alone is as it was shown."""
    row = rows.get(name)
    if row is None:
        return Evidence(name, seen, "", UNKNOWN)
    headings = "\n".join([titles[row.document_id], *row.heading_path])
    return Evidence(name, row.text, headings, row.language)


def _citation(
    name: str, rows: Mapping[str, PassageRow], titles: Mapping[str, str], *, is_retrieved: bool
) -> Citation:
    row = rows.get(name)
    if row is None:
        return Citation(name, is_retrieved)
    title = shown_title(titles[row.document_id])
    return Citation(name, is_retrieved, row.document_id, title, row.page, row.start, row.end)


def _with_support(citation: Citation, sentences: Sequence[Sentence]) -> Citation:
    scores = [one.support.score for one in sentences if one.support.passage_id == citation.id]
    return replace(citation, support=max(scores, default=0.0))
