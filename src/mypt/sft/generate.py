"""The generate step: a generator's episodes without evaluation items and duplicates, as an artifact."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from mypt.config import fingerprint
from mypt.conversation.episode import Episode
from mypt.errors import InputError
from mypt.evaluation.beside import files_beside
from mypt.evaluation.leaks import LeakIndex
from mypt.evaluation.suite import shipped_suites
from mypt.execution.runner import Progress
from mypt.files import sha256_file, write_json
from mypt.provenance.artifact import Artifact, find, open_artifact, staged
from mypt.provenance.manifest import MANIFEST_NAME, read_manifest
from mypt.sft.diversity import DiversityMeter, digest_of, normal_form
from mypt.sft.episode_files import REPORT_NAME, SPLITS, batches, write_rows
from mypt.sft.generator import EpisodeGenerator, GeneratorSettings, Split
from mypt.sft.phrase_lists import phrases_digest
from mypt.tokenizer.tokenizer import Tokenizer
from mypt.workspace.rows import OPERATOR
from mypt.workspace.workspace import Workspace

MakeGenerator: TypeAlias = Callable[[GeneratorSettings, Tokenizer], EpisodeGenerator]

_CONTENT = {"system", "messages"}
_BATCH = 512
_MAX_ROUNDS = 8
_RESERVE = 8
_SPARE = 1.25  # of what is missing, since some of it will be dropped too


@dataclass(frozen=True)
class Generation:
    """What is to be generated, and by whom."""

    settings: GeneratorSettings
    make: MakeGenerator
    """The class of the generator, or what else makes one of settings."""
    tokenizer: Tokenizer

    def n_wanted(self, split: Split) -> int:
        """Return how many episodes a split is to have."""
        return self.settings.count if split == "train" else self.settings.val_count

    def episodes(self, split: Split, n_episodes: int) -> Iterator[Episode]:
        """Yield that many episodes of a split; InputError when there cannot be so many."""
        name = "count" if split == "train" else "val_count"
        settings = self.settings.model_copy(update={name: n_episodes})
        return self.make(settings, self.tokenizer).episodes(split)


def generate(
    work: Generation,
    out: Path,
    *,
    leaks: LeakIndex | None = None,
    replace: bool = False,
    progress: Progress | None = None,
) -> Artifact:
    """Return the episodes of a generator, made or found as they were made before.

    Episodes that hold an evaluation item and duplicates are dropped and counted, and others drawn
    in their place; where there are no others, the counts say how many there are. Raises InputError
    when the generator cannot do what the settings ask for.
    """
    inputs, sources = _origins(work, leaks)
    found = find(out, "episodes", work.settings, inputs, sources, replace=replace)
    if found is not None:
        return found
    with staged(out, "episodes", work.settings, inputs, sources, replace=replace) as draft:
        sieve = _Sieve(leaks)
        meters = {split: DiversityMeter(work.tokenizer) for split in SPLITS}
        report: dict[str, Any] = {}
        for split in SPLITS:
            episodes = _drawn(work, split, sieve, progress)
            draft.counts[split] = write_rows(draft.path, split, meters[split].watched(episodes))
            report[split] = {
                "wanted": work.n_wanted(split),
                "drawn": sieve.n_drawn[split],
                "dropped": dict(sorted(sieve.dropped[split].items())),
                "diversity": meters[split].result().model_dump(mode="json"),
            }
        report["in_train_and_val"] = {
            name: len(meters["train"].named(name) & meters["val"].named(name))
            for name in ("payload", "template")
        }
        write_json(draft.path / REPORT_NAME, report)
        draft.licences |= licences_of(inputs)
    return open_artifact(out, "episodes")


class _Sieve:
    """Lets through what holds no evaluation item and was not said before, in train and then in val."""

    def __init__(self, leaks: LeakIndex | None) -> None:
        self._leaks = leaks
        self._rounds: dict[Split, dict[bytes, int]] = {split: {} for split in SPLITS}
        self._forms: dict[bytes, Split] = {}
        self.n_drawn: Counter[Split] = Counter()
        self.dropped: dict[Split, Counter[str]] = {split: Counter() for split in SPLITS}

    def kept(self, episodes: Sequence[Episode], split: Split, round_: int) -> Iterator[Episode]:
        """Yield the episodes that stay; one that came in an earlier round is passed over, not counted."""
        rounds = self._rounds[split]
        with_digests = [(digest_of(one.model_dump_json(include=_CONTENT)), one) for one in episodes]
        fresh = [(digest, one) for digest, one in with_digests if rounds.get(digest, round_) == round_]
        cases = self._leaks.find_many([one for _, one in fresh]) if self._leaks else [None] * len(fresh)
        for (digest, episode), case in zip(fresh, cases, strict=True):
            held = f"evaluation {bucket_of(case)}" if case is not None else ""
            reason = held or self._repeated(digest, episode, split)
            rounds[digest] = round_
            self.n_drawn[split] += 1
            if reason:
                self.dropped[split][reason] += 1
            else:
                yield episode

    def _repeated(self, digest: bytes, episode: Episode, split: Split) -> str:
        for other, digests in self._rounds.items():
            if digest in digests:
                return "duplicate" if other == split else f"duplicate of {other}"
        form = digest_of(normal_form(episode))
        if form in self._forms:
            other = self._forms[form]
            return "near-duplicate" if other == split else f"near-duplicate of {other}"
        self._forms[form] = split
        return ""


def rule_digests(tokenizer: Tokenizer, leaks: LeakIndex | None) -> dict[str, str]:
    """Return the digests of what rows are counted and refused by, for a manifest."""
    digests = {"tokenizer": fingerprint(tokenizer.to_json())}
    if leaks is not None:
        judged = [*shipped_suites().values(), *files_beside()]
        digests["suites"] = fingerprint({path.name: sha256_file(path) for path in judged})
    return digests


def licences_of(inputs: Sequence[Artifact]) -> dict[str, int]:
    """Return the licences of artifacts, added up."""
    return dict(sum((Counter(artifact.manifest.licences) for artifact in inputs), Counter[str]()))


def bucket_of(case: str) -> str:
    """Return the bucket that the id of a case begins with."""
    return case.partition("-")[0]


def _drawn(work: Generation, split: Split, sieve: _Sieve, progress: Progress | None) -> Iterator[Episode]:
    """Yield as many episodes as are wanted, or as there are.

    What is dropped is made up for by asking for more. A few more are asked for at once, as most generators
    make an episode only when it is taken, and some are slow.
    """
    wanted = work.n_wanted(split)
    asked, n_kept, n_before = wanted + wanted // 100 + _RESERVE, 0, -1
    for round_ in range(_MAX_ROUNDS):
        if n_kept in (wanted, n_before):
            return
        n_before = n_kept
        for batch in batches(_episodes(work, split, asked), _BATCH):
            for episode in sieve.kept(batch, split, round_):
                yield episode
                n_kept += 1
                if n_kept == wanted:
                    break
            if progress is not None:
                progress(n_kept, wanted)
            if n_kept == wanted:
                return
        asked += math.ceil((wanted - n_kept) * _SPARE)


def _episodes(work: Generation, split: Split, asked: int) -> Iterator[Episode]:
    """Yield as many as are asked for; where there cannot be so many, as many as the settings want."""
    try:
        yield from work.episodes(split, asked)
    except InputError:
        yield from work.episodes(split, work.n_wanted(split))


def _origins(work: Generation, leaks: LeakIndex | None) -> tuple[list[Artifact], dict[str, str]]:
    """Return what the episodes are made from: artifacts, and digests of everything else."""
    folders = [Path(name) for name in work.settings.documents]
    sealed = [folder for folder in folders if (folder / MANIFEST_NAME).is_file()]
    digests = {folder.as_posix(): _workspace_digest(folder) for folder in folders if folder not in sealed}
    inputs = [open_artifact(folder, read_manifest(folder).kind) for folder in sealed]
    return inputs, rule_digests(work.tokenizer, leaks) | {"phrases": phrases_digest()} | digests


def _workspace_digest(folder: Path) -> str:
    """Return what changes with any document; the database itself changes by being read."""
    with Workspace.open(folder) as workspace:
        return fingerprint(sorted(document.id for document in workspace.documents(OPERATOR)))
