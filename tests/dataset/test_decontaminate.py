"""Training documents that hold what is evaluated."""

import random
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from mypt.dataset.decontaminate import (
    DecontaminationConfig,
    EvaluationSet,
    certify,
    digest_of,
)
from mypt.documents.words import Texts
from mypt.files import canonical_json

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
CONFIG = DecontaminationConfig()


def words(prefix: str, n: int) -> list[str]:
    return [f"{prefix}{number}" for number in range(n)]


def shares(
    evaluation: list[str], training: list[str], config: DecontaminationConfig = CONFIG
) -> list[list[float]]:
    overlaps = EvaluationSet(evaluation, config).overlaps(Texts.from_strings(training))
    table = np.zeros((len(training), len(evaluation)))
    table[overlaps.training, overlaps.evaluation] = overlaps.share
    return table.tolist()


def test_a_copy_is_found_whatever_stands_around_it() -> None:
    question = words("frage", 40)
    training = [" ".join([*words("a", 500), *question, *words("b", 500)]), " ".join(words("c", 900))]

    assert shares([" ".join(question)], training) == [[1.0], [0.0]]


def test_the_share_is_that_of_the_evaluation_documents_runs() -> None:
    question = words("frage", 32)  # 20 runs of 13
    training = [" ".join([*question[:22], *words("a", 100)])]  # 10 of them

    assert shares([" ".join(question)], training) == [[0.5]]


def test_an_excerpt_is_measured_by_its_own_runs() -> None:
    book = words("buch", 5_000)

    assert shares([" ".join(book)], [" ".join(book[100:200])]) == [[1.0]]


def test_each_evaluation_document_has_its_own_share() -> None:
    one, two = words("eins", 32), words("zwei", 32)
    training = [" ".join([*one, *two[:22]])]

    assert shares([" ".join(one), " ".join(two), " ".join(words("drei", 50))], training) == [[1.0, 0.5, 0.0]]


def test_a_run_that_two_evaluation_documents_share_counts_for_both() -> None:
    common = words("gleich", 13)
    evaluation = [" ".join([*common, "x"]), " ".join([*common, "y"])]

    assert shares(evaluation, [" ".join([*words("a", 50), *common])]) == [[0.5, 0.5]]


def test_what_is_repeated_counts_once_in_shares_and_each_time_in_counts() -> None:
    common = words("gleich", 13)
    evaluation = EvaluationSet([" ".join([*common, "x"])], CONFIG)

    overlaps = evaluation.overlaps(Texts.from_strings([" ".join([*common, "a"] * 30)]))

    assert overlaps.n_found.tolist() == [30]
    assert overlaps.n_ngrams.tolist() == [14 * 30 - 12]
    assert overlaps.share.tolist() == [0.5]


def test_twelve_shared_words_are_no_overlap() -> None:
    common = words("gleich", 12)

    assert shares([" ".join([*common, "x", "y"])], [" ".join([*common, "a", "b"])]) == [[0.0]]


def test_a_short_evaluation_document_is_one_run_of_all_its_words() -> None:
    short = words("kurz", 9)

    assert shares([" ".join(short)], [" ".join([*words("a", 30), *short]), " ".join(short[:8])]) == [
        [1.0],
        [0.0],
    ]


def test_what_is_shorter_still_is_not_looked_for_and_is_counted() -> None:
    evaluation = EvaluationSet(["Art. 1", "", "vier Worte sind wenig"], CONFIG)

    overlaps = evaluation.overlaps(Texts.from_strings(["Art. 1", "vier Worte sind wenig"]))

    assert overlaps.highest().tolist() == [0.0, 0.0]
    assert evaluation.n_too_short == 3


def test_umlauts_and_scripts_without_spaces_are_found() -> None:
    german, japanese = "Ä ö ü ß " * 5, "吾輩は猫である。名前はまだ無い。どこで生れたか"

    found = shares(
        [german, japanese], [f"vorher {german} nachher", f"前置き{japanese}終わり", "吾輩は犬である"]
    )

    assert found == [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]


def test_batches_give_what_the_whole_gives() -> None:
    texts = [path.read_text("utf-8") for path in sorted(SAMPLE.glob("*/*.md"))]
    evaluation = EvaluationSet(texts[::9], CONFIG)
    training = [text for text in texts if text not in texts[::9]]

    whole = evaluation.overlaps(Texts.from_strings(training)).highest()
    batches = [
        evaluation.overlaps(Texts.from_strings(training[i : i + 7])) for i in range(0, len(training), 7)
    ]

    assert np.concatenate([batch.highest() for batch in batches]).tolist() == whole.tolist()
    assert whole.max() > 0.0  # the acts share formulas


def test_real_text_agrees_with_sets_of_words() -> None:
    texts = [path.read_text("utf-8") for path in sorted((SAMPLE / "en").glob("*.txt"))]
    generator = random.Random(0)  # noqa: S311
    evaluation = [" ".join(text.split()[40 : 40 + generator.randrange(14, 90)]) for text in texts]

    found = np.array(shares(evaluation, texts))

    assert (np.diag(found) == 1.0).all()
    assert found.sum() < 2 * len(texts)


def test_no_documents_share_nothing() -> None:
    assert shares([], ["ein Text"]) == [[]]
    assert shares([" ".join(words("a", 20))], []) == []
    assert EvaluationSet([], CONFIG).overlaps(Texts.from_strings([])).highest().tolist() == []


def test_the_certificate_says_what_was_compared_and_what_is_left() -> None:
    question = words("frage", 32)
    training = [" ".join(question), " ".join([*question[:15], *words("a", 99)]), " ".join(words("b", 99))]
    evaluation = EvaluationSet([" ".join(question), "zu kurz"], CONFIG)
    overlaps = evaluation.overlaps(Texts.from_strings(training))
    kept = [text for text, goes in zip(training, overlaps.contaminated(0.5), strict=True) if not goes]

    certificate = certify(evaluation, overlaps.highest(), digest_of(kept))

    assert kept == training[1:]
    assert asdict(certificate) == {
        "ngram_words": 13,
        "max_overlap": 0.5,
        "evaluation_documents": 2,
        "evaluation_too_short": 1,
        "evaluation_digest": digest_of(["zu kurz", " ".join(question)]),
        "training_documents": 3,
        "training_removed": 1,
        "training_digest": digest_of(kept),
        "highest_remaining": 3 / 20,
    }
    assert canonical_json(certificate.to_row())


def test_a_digest_depends_on_the_texts_and_not_on_their_order() -> None:
    assert digest_of(["a", "b"]) == digest_of(["b", "a"])
    assert len({digest_of([]), digest_of(["a"]), digest_of(["a", "a"]), digest_of(["ab"])}) == 4


@pytest.mark.parametrize("n", [5, 8])
def test_runs_may_have_another_length(n: int) -> None:
    config = DecontaminationConfig(ngram_words=n, min_words=n)
    common = words("gleich", n)

    assert shares([" ".join(common)], [" ".join(["x", *common, "y"]), " ".join(common[1:])], config) == [
        [1.0],
        [0.0],
    ]
