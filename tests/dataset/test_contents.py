"""What a manifest counts comes from the table of documents."""

from pathlib import Path

from tests.dataset.corpora import bilingual, dataset_of


def test_repeated_tokens_count_again_and_documents_once(tmp_path: Path) -> None:
    once = dataset_of(tmp_path / "once", bilingual(8)).manifest.counts
    mixture = {"weights": {"de": 1, "en": 0}, "max_epochs": 2}
    twice = dataset_of(tmp_path / "twice", bilingual(8), mixture=mixture).manifest.counts

    assert twice["tokens"]["train.source.de"] == 2 * once["tokens"]["train.source.de"]
    assert "train.source.en" not in twice["tokens"]
    assert twice["tokens"]["val"] == once["tokens"]["val"]
    assert twice["documents"]["train"] < once["documents"]["train"]
