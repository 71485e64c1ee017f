"""The whole line, and everything that can go wrong with it, through the real command line."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import pytest

from tests.cli.line import (
    BUILD_CORPUS,
    BUILD_DATASET,
    CORPUS,
    DATASET,
    MODEL,
    PRETRAIN,
    RUN,
    contents,
    left_behind,
    make_line,
    recipes,
    refused,
    run,
    run_process,
    text_files,
    write_line,
)

STEPS = {CORPUS: BUILD_CORPUS, DATASET: BUILD_DATASET, RUN: PRETRAIN}
ON_WINDOWS = sys.platform == "win32"


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the whole line was run; not to be changed."""
    return make_line(tmp_path_factory.mktemp("line"))


@pytest.fixture
def own_line(line: Path, tmp_path: Path) -> Path:
    """Return a copy of the line that a test may spoil."""
    return shutil.copytree(line, tmp_path / "line")


def remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def empty(path: Path) -> None:
    shutil.rmtree(path)
    path.mkdir()


def put_nul(path: Path) -> None:
    path.write_bytes(b"Art. 1\0")


def put_latin_1(path: Path) -> None:
    path.write_bytes("Würde".encode("latin-1"))


def put_two_encodings(path: Path) -> None:
    path.write_bytes("Würde ".encode() + "für".encode("latin-1"))


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2])


def change_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def copy_beside(path: Path) -> None:
    shutil.copy(path, path.with_name("train-00001.bin"))


def put_a_wrong_digest(path: Path) -> None:
    manifest = json.loads(path.read_bytes())
    manifest["files"][min(manifest["files"])]["sha256"] = "0" * 64
    path.write_text(json.dumps(manifest), encoding="utf-8")


def mistype_a_key(path: Path) -> None:
    recipe = json.loads(path.read_bytes())
    recipe["knid"] = recipe.pop("kind")
    path.write_text(json.dumps(recipe), encoding="utf-8")


class Fault(NamedTuple):
    """One thing that is wrong, and how the step that meets it must end."""

    step: str
    spoil: Callable[[Path], None]
    name: str
    code: int
    message: str


FAULTS = [
    Fault(CORPUS, remove, "texts/de", 2, "texts/de: no such folder"),
    Fault(CORPUS, empty, "texts/de", 2, "texts/de: is empty"),
    Fault(CORPUS, put_nul, "texts/de/0.txt", 2, "texts/de/0.txt: binary: NUL byte at offset 6"),
    Fault(CORPUS, put_two_encodings, "texts/de/0.txt", 2, "texts/de/0.txt: unknown encoding: byte 0xfc"),
    Fault(CORPUS, mistype_a_key, BUILD_CORPUS[-1], 2, "knid: no such setting; did you mean `kind`?"),
    Fault(CORPUS, cut_off, BUILD_CORPUS[-1], 2, f"{BUILD_CORPUS[-1]}: not valid JSON"),
    Fault(CORPUS, put_latin_1, BUILD_CORPUS[-1], 2, f"{BUILD_CORPUS[-1]}: not UTF-8 text"),
    Fault(CORPUS, remove, BUILD_CORPUS[-1], 2, f"{BUILD_CORPUS[-1]}: cannot be read"),
    Fault(DATASET, mistype_a_key, BUILD_DATASET[-1], 2, "knid: no such setting"),
    Fault(DATASET, remove, CORPUS, 3, f"{CORPUS}: this artifact does not exist"),
    Fault(DATASET, remove, f"{CORPUS}/manifest.json", 3, f"{CORPUS}: this artifact has no manifest.json"),
    Fault(DATASET, cut_off, f"{CORPUS}/manifest.json", 3, "not a manifest that this version"),
    Fault(DATASET, put_a_wrong_digest, f"{CORPUS}/manifest.json", 3, "clusters.parquet: its content is not"),
    Fault(
        DATASET, change_a_byte, f"{CORPUS}/documents-00000.parquet", 3, "its content is not what was sealed"
    ),
    Fault(RUN, mistype_a_key, PRETRAIN[-1], 2, "knid: no such setting"),
    Fault(RUN, cut_off, f"{DATASET}/train-00000.bin", 3, "train-00000.bin: "),
    Fault(RUN, change_a_byte, f"{DATASET}/train-00000.bin", 3, "its content is not what was sealed"),
    Fault(RUN, copy_beside, f"{DATASET}/train-00000.bin", 3, "train-00001.bin: not listed in the manifest"),
    Fault(
        RUN,
        remove,
        f"{DATASET}/val-general-00000.bin",
        3,
        "val-general-00000.bin: listed in the manifest, but missing",
    ),
    Fault(RUN, remove, f"{DATASET}/manifest.json", 3, f"{DATASET}: this artifact has no manifest.json"),
    Fault(RUN, put_a_wrong_digest, f"{DATASET}/manifest.json", 3, "documents.parquet: its content is not"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.spoil.__name__} {fault.name}")
def test_a_fault_is_one_clear_error_and_costs_nothing(fault: Fault, line: Path, own_line: Path) -> None:
    remove(own_line / fault.step)
    fault.spoil(own_line / fault.name)

    message = refused(run(own_line, *STEPS[fault.step]), fault.code)

    assert fault.message in message
    assert not (own_line / fault.step).exists()
    assert left_behind(own_line) == []
    for name in ("texts", "configs", CORPUS, DATASET):
        if name != fault.step:
            shutil.rmtree(own_line / name, ignore_errors=True)
            shutil.copytree(line / name, own_line / name)
    assert run(own_line, *STEPS[fault.step]).code == 0
    for name in (CORPUS, DATASET, MODEL):
        assert contents(own_line / name) == contents(line / name)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("training.steps=none", "training.steps: Input should be a valid integer"),
        ("training.steps=0", "training.steps: Input should be greater than 0, got 0"),
        ("training.learning_rate=NaN", "training.learning_rate: "),
        ("training=5", "training: "),
        ("model.n_head=5", "n_embd"),
        ("model.preset=", "preset"),
        ("training.warmup_steps=12", "warmup_steps=12 leaves no step of steps=12"),
        ("=5", "expected key=value"),
    ],
)
def test_a_setting_that_cannot_be_stops_before_anything_is_written(
    line: Path, setting: str, message: str
) -> None:
    outcome = run(line, *PRETRAIN, "--out", "never", "--set", setting)

    assert message in refused(outcome, 2)
    assert not (line / "never").exists()


def test_texts_shorter_than_one_block_are_refused_and_longer_ones_are_not(tmp_path: Path) -> None:
    write_line(tmp_path)
    for number, name in enumerate(text_files()):
        (tmp_path / name).write_text(f"{number}\n", encoding="utf-8")
    assert run(tmp_path, *BUILD_CORPUS).code == run(tmp_path, *BUILD_DATASET).code == 0

    message = refused(run(tmp_path, *PRETRAIN), 2)

    assert "too few for one window of 32 tokens" in message
    assert not (tmp_path / MODEL).exists()
    write_line(tmp_path)
    for command in (BUILD_CORPUS, BUILD_DATASET, PRETRAIN):
        assert run(tmp_path, *command, "--replace").code == 0


@pytest.mark.parametrize("command", ["generate", "chat", "trace"])
def test_a_model_folder_without_its_manifest_is_used_by_no_command(own_line: Path, command: str) -> None:
    (own_line / MODEL / "manifest.json").unlink()
    tokens = (command, MODEL) if command == "trace" else (command, "--model", MODEL)

    message = refused(run(own_line, *tokens, stdin="Art.\n"), 3)

    assert message.startswith(f"{MODEL}: this artifact has no manifest.json")


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_changed_model_does_not_speak(own_line: Path, name: str) -> None:
    change_a_byte(own_line / MODEL / name)

    message = refused(run(own_line, "generate", "Art.", "--model", MODEL), 3)

    assert message.startswith(f"{MODEL}/{name}: its content is not what was sealed")


LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}))"
ANEW = {CORPUS: "on_unreadable=drop", DATASET: "seed=9", RUN: "training.steps=4"}


@pytest.mark.skipif(ON_WINDOWS, reason="needs limits on file size")
@pytest.mark.parametrize(("step", "limit"), [(CORPUS, 1000), (DATASET, 1000), (RUN, 20_000)])
def test_a_full_disk_is_said_so_and_the_old_artifact_stays(own_line: Path, step: str, limit: int) -> None:
    command = (*STEPS[step], "--replace", "--set", ANEW[step])
    target = own_line / (MODEL if step == RUN else step)
    before = contents(target)

    full = run_process(own_line, *command, first=LIMITED.format(limit))

    message = refused(full, 3)
    assert "no room left on the disk" in message
    assert "free some space" in message
    assert contents(target) == before
    assert left_behind(own_line) == []
    assert run(own_line, *command).code == 0
    assert contents(target) != before


@pytest.mark.skipif(ON_WINDOWS, reason="needs limits on file size")
@pytest.mark.parametrize("step", [CORPUS, DATASET])
def test_a_full_disk_leaves_nothing_where_nothing_was(line: Path, own_line: Path, step: str) -> None:
    remove(own_line / step)

    full = run_process(own_line, *STEPS[step], first=LIMITED.format(1000))

    assert "no room left on the disk" in refused(full, 3)
    assert not (own_line / step).exists()
    assert left_behind(own_line) == []
    assert run(own_line, *STEPS[step]).code == 0
    assert contents(own_line / step) == contents(line / step)


# Root may write anywhere, so it becomes nobody first, after importing what nobody may not be able to read.
AS_NOBODY = "import os, mypt.cli.corpus; os.geteuid() or os.setuid(65534)"


@pytest.mark.skipif(ON_WINDOWS, reason="a folder's mode does not keep anybody out there")
def test_a_folder_that_may_not_be_written_is_said_so(own_line: Path) -> None:
    own_line.chmod(0o755)
    (own_line / "shut").mkdir(mode=0o555)

    message = refused(run_process(own_line, *BUILD_CORPUS, "--out", "shut/corpus", first=AS_NOBODY), 2)

    assert message.startswith("shut/work: cannot be written: Permission denied")
    assert list((own_line / "shut").iterdir()) == []


def test_a_disk_that_is_mounted_read_only_is_said_so(own_line: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "mkdir", refuse)

    message = refused(run(own_line, *BUILD_CORPUS, "--out", "stick/corpus"), 2)

    assert message.startswith("stick/work: cannot be written: Read-only file system")


KILLED_AT = dedent(
    """
    import os, signal, sys
    seen = []
    def kill(event, arguments):
        if event != "{event}" or not str(arguments[0]).endswith("{name}"):
            return
        if event == "shutil.rmtree" and not os.path.isdir(arguments[0]):
            return
        seen.append(event)
        if len(seen) == {times}:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(kill)
    """
)


class Kill(NamedTuple):
    """The moment of a kill: when something happens to a file for the n-th time."""

    step: str
    event: str
    name: str
    times: int = 1


KILLS = [
    Kill(CORPUS, "open", ".corpus.staging/dropped.parquet"),
    Kill(CORPUS, "os.rename", ".corpus.staging"),
    Kill(DATASET, "open", ".dataset.staging/train-00000.bin", 3),
    Kill(DATASET, "os.rename", ".dataset.staging"),
]


@pytest.mark.skipif(ON_WINDOWS, reason="needs SIGKILL")
@pytest.mark.parametrize("kill", KILLS, ids=lambda kill: f"{kill.event} {kill.name}")
def test_what_a_kill_leaves_is_cleaned_up_by_the_next_run(line: Path, own_line: Path, kill: Kill) -> None:
    remove(own_line / kill.step)
    remove(own_line / "artifacts" / "tiny" / "work")  # or nothing would be read again
    first = KILLED_AT.format(event=kill.event, name=kill.name, times=kill.times)

    killed = run_process(own_line, *STEPS[kill.step], first=first)

    assert (killed.code, killed.out) == (-signal.SIGKILL, "")
    assert not (own_line / kill.step).exists()
    assert left_behind(own_line)
    assert run(own_line, *STEPS[kill.step]).code == 0
    assert left_behind(own_line) == []
    assert contents(own_line / kill.step) == contents(line / kill.step)


@pytest.mark.skipif(ON_WINDOWS, reason="needs SIGKILL")
@pytest.mark.parametrize(
    ("event", "name"), [("os.rename", ".corpus.staging"), ("shutil.rmtree", ".corpus.replaced")]
)
def test_a_kill_while_an_artifact_is_replaced_costs_neither_the_old_nor_the_new(
    own_line: Path, event: str, name: str
) -> None:
    command = (*BUILD_CORPUS, "--replace", "--set", ANEW[CORPUS])
    first = KILLED_AT.format(event=event, name=name, times=1)

    killed = run_process(own_line, *command, first=first)

    assert killed.code == -signal.SIGKILL
    assert (own_line / "artifacts/tiny/.corpus.replaced/manifest.json").is_file(), "the old one is kept aside"
    assert run(own_line, *command).code == 0
    assert left_behind(own_line) == []
    assert json.loads((own_line / CORPUS / "manifest.json").read_bytes())["recipe"]["on_unreadable"] == "drop"


OFFLINE_LINE = dedent(
    """
    import os, sys

    def refuse(event, arguments):
        if event.startswith("socket."):
            os.write(2, f"{event} {arguments}".encode())
            os._exit(97)  # no except clause can swallow this

    sys.addaudithook(refuse)
    from mypt.cli.app import build_app

    commands = sys.argv[1].split(";")
    for command in commands:
        try:
            build_app()(command.split())
        except SystemExit as end:
            assert not end.code, end
    """
)


def test_the_whole_line_opens_no_socket(line: Path, tmp_path: Path) -> None:
    write_line(tmp_path)
    speak = ("generate", "Die", "--model", MODEL, "--max-new-tokens", "4")
    commands = ";".join(" ".join(command) for command in (BUILD_CORPUS, BUILD_DATASET, PRETRAIN, speak))

    done = subprocess.run(
        [sys.executable, "-c", OFFLINE_LINE, commands], cwd=tmp_path, capture_output=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:3] == [CORPUS.encode(), DATASET.encode(), MODEL.encode()]
    assert contents(tmp_path / MODEL) == contents(line / MODEL)


def test_order_of_files_time_zone_language_and_hash_seed_change_no_byte(line: Path, tmp_path: Path) -> None:
    everything = {**text_files(), **{name: json.dumps(recipe) for name, recipe in recipes().items()}}
    for name, content in reversed(everything.items()):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    env = {"TZ": "Pacific/Kiritimati", "LANG": "de_CH.ISO-8859-1", "LC_ALL": "C", "PYTHONHASHSEED": "77"}

    outcomes = [run_process(tmp_path, *command, env=env) for command in (BUILD_CORPUS, BUILD_DATASET)]

    assert [outcome.code for outcome in outcomes] == [0, 0]
    assert contents(tmp_path / CORPUS) == contents(line / CORPUS)
    assert contents(tmp_path / DATASET) == contents(line / DATASET)
