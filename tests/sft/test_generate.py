"""What a generator gives becomes an artifact without repeats and without what is judged by."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mypt.conversation.episode import Episode, UserMessage
from mypt.errors import InputError
from mypt.evaluation.case import Case, Exact
from mypt.evaluation.leaks import LeakIndex
from mypt.files import read_json
from mypt.provenance.artifact import Artifact
from mypt.sft.episode_files import read_rows
from mypt.sft.generate import Generation, MakeGenerator, bucket_of, generate
from mypt.sft.generator import GeneratorSettings, Split
from mypt.tokenizer.tokenizer import Tokenizer
from mypt.workspace.workspace import Workspace
from tests.dataset.corpora import ENGLISH, GERMAN, bilingual, corpus_of
from tests.sft.sample_episodes import TOKENIZER, EchoGenerator, echoes, episode
from tests.workspace.fakes import plain_text


def run(out: Path, make: MakeGenerator = EchoGenerator, **settings: Any) -> Artifact:
    """Generate with small settings."""
    values = {"generator": "echo", "count": 40, "val_count": 10, **settings}
    leaks = values.pop("leaks", None)
    return generate(Generation(GeneratorSettings(**values), make, TOKENIZER), out, leaks=leaks)


def from_list(train: list[Episode], val: list[Episode] | None = None) -> MakeGenerator:
    """Return a generator that has just these, and says so when more are asked for."""

    class Listed:
        def __init__(self, settings: GeneratorSettings, _tokenizer: Tokenizer) -> None:
            self._settings = settings

        def episodes(self, split: Split) -> Iterator[Episode]:
            own = train if split == "train" else val or []
            count = self._settings.count if split == "train" else self._settings.val_count
            if count > len(own):
                raise InputError(f"there are only {len(own)}")
            yield from own[:count]

    return Listed


def case(question: str, bucket: str = "echo", **values: Any) -> Case:
    """Return a case that asks one question."""
    return Case(
        id=f"{bucket}-en-001", bucket=bucket, phase=1, language="en", system="You are MyPT.",
        messages=(UserMessage(content=question),), check=Exact(answers=("x",)), **values,
    )  # fmt: skip


def rows(artifact: Artifact, split: Split) -> list[Any]:
    return [numbered.row for numbered in read_rows(artifact.path, split)]


def test_the_episodes_of_a_generator_are_all_there(tmp_path: Path) -> None:
    made = run(tmp_path / "made")

    assert rows(made, "train") == echoes("train", 40)
    assert rows(made, "val") == echoes("val", 10)
    assert made.manifest.counts["train"]["rows"] == 40
    assert read_json(made.path / "report.json")["val"]["diversity"]["episodes"] == 10


def test_the_same_settings_give_the_same_bytes_and_are_found_again(tmp_path: Path) -> None:
    first, second = run(tmp_path / "a"), run(tmp_path / "b")
    written = (first.path / "train.jsonl").stat().st_ino

    again = run(tmp_path / "a")

    assert first.digest == second.digest == again.digest
    assert (first.path / "train.jsonl").stat().st_ino == written


def test_others_are_drawn_in_place_of_what_is_dropped(tmp_path: Path) -> None:
    first = echoes("train", 1)[0].messages[0]
    assert isinstance(first, UserMessage)

    made = run(tmp_path / "made", leaks=LeakIndex([case(first.content)]))

    report = read_json(made.path / "report.json")["train"]
    assert report["dropped"] == {"evaluation echo": 1}
    assert rows(made, "train") == echoes("train", 41)[1:]


def test_repeats_are_dropped_and_the_report_says_how_many_there_are(tmp_path: Path) -> None:
    train = [episode("Say one", "one"), episode("Say one", "one"), episode("say: One!", "One."),
             episode("Say 1", "1"), episode("Say 2", "2")]  # fmt: skip

    made = run(tmp_path / "made", from_list(train), count=5, val_count=0)

    report = read_json(made.path / "report.json")["train"]
    assert rows(made, "train") == [train[0], train[3], train[4]]
    assert report["dropped"] == {"duplicate": 1, "near-duplicate": 1}
    assert (report["wanted"], made.manifest.counts["train"]["rows"]) == (5, 3)


def test_a_generator_that_shuffles_all_it_has_fills_up_too(tmp_path: Path) -> None:
    class Shuffled(EchoGenerator):
        def episodes(self, split: Split) -> Iterator[Episode]:
            found = list(super().episodes(split))
            Random(len(found)).shuffle(found)  # noqa: S311
            yield from [*found[:-15], *found[:15]]

    made = run(tmp_path / "made", Shuffled, val_count=0)

    report = read_json(made.path / "report.json")["train"]
    assert len({str(row.messages) for row in rows(made, "train")}) == 40
    assert report["drawn"] == 40 + report["dropped"]["duplicate"]


def test_nothing_is_held_out_that_is_learned(tmp_path: Path) -> None:
    train = [episode("Say one", "one")]
    val = [episode("Say one", "one"), episode("Say: one", "one"), episode("Say two", "two")]

    made = run(tmp_path / "made", from_list(train, val), count=1, val_count=3)

    assert rows(made, "val") == val[2:]
    dropped = read_json(made.path / "report.json")["val"]["dropped"]
    assert dropped == {"duplicate of train": 1, "near-duplicate of train": 1}


def test_payloads_and_templates_in_both_splits_are_counted(tmp_path: Path) -> None:
    shared = {"payload": "one", "template": "a"}
    train, val = [episode("Say one", "one", meta=shared)], [episode("Repeat one", "one", meta=shared)]

    made = run(tmp_path / "made", from_list(train, val), count=1, val_count=1)

    assert read_json(made.path / "report.json")["in_train_and_val"] == {"payload": 1, "template": 1}


def test_more_than_there_can_be_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there are only 1"):
        run(tmp_path / "made", from_list([episode("Say one", "one")]), count=2)

    assert list(tmp_path.iterdir()) == []


def test_documents_that_are_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no workspace"):
        run(tmp_path / "made", documents=(str(tmp_path / "nowhere"),))


def test_a_workspace_that_was_only_read_is_the_same_and_one_more_document_makes_other_work(
    tmp_path: Path,
) -> None:
    (tmp_path / "one.txt").write_text(ENGLISH, encoding="utf-8")
    (tmp_path / "two.txt").write_text(GERMAN, encoding="utf-8")
    folder = str(tmp_path / "texts")
    with Workspace.create(tmp_path / "texts", plain_text) as workspace:
        workspace.add([tmp_path / "one.txt"], owner="ann")
        made = run(tmp_path / "made", documents=(folder,))
        assert run(tmp_path / "made", documents=(folder,)).digest == made.digest
        workspace.add([tmp_path / "two.txt"], owner="ann")

    with pytest.raises(InputError, match="other inputs"):
        run(tmp_path / "made", documents=(folder,))


def test_a_corpus_is_an_input(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path / "corpus", bilingual())

    made = run(tmp_path / "made", documents=(str(corpus.path),))

    assert [entry.digest for entry in made.manifest.inputs] == [corpus.digest]


def test_the_bucket_is_the_beginning_of_a_case_id() -> None:
    assert bucket_of("operators.copy-de-017") == "operators.copy"
