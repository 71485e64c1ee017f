"""The parent: hostile files cost a child and get a reason, never more."""

import os
import signal
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from mypt.extraction.extractor import Extractor, extract
from mypt.extraction.limits import Limits
from mypt.extraction.pages import Unextractable
from tests.extraction.make import SAMPLES

BAD_CHILD = "tests.extraction.bad_child"


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor() as shared:
        yield shared


@pytest.fixture(scope="module")
def bad_extractor() -> Iterator[Extractor]:
    with Extractor(module=BAD_CHILD) as shared:
        yield shared


def _file(folder: Path, content: bytes | str, name: str = "file.txt") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _do(extractor: Extractor, folder: Path, action: str) -> str:
    return extractor.extract(_file(folder, action)).pages[0].text


def _reason(extractor: Extractor, path: Path) -> tuple[str, str]:
    with pytest.raises(Unextractable) as caught:
        extractor.extract(path)
    return caught.value.reason, caught.value.detail


def _child(extractor: Extractor) -> int:
    assert extractor._child is not None
    return extractor._child._process.pid


def test_a_file_is_read(tmp_path: Path) -> None:
    found = extract(_file(tmp_path, "Hello world.\n"))

    assert found.format == "text"
    assert [page.text for page in found.pages] == ["Hello world."]


def test_every_sample_is_the_same_in_any_process_and_order(extractor: Extractor) -> None:
    paths = sorted(SAMPLES.iterdir())
    together = [extractor.extract(path) for path in paths]

    alone = [extract(path) for path in paths]
    reverse = [extractor.extract(path) for path in reversed(paths)]

    assert together == alone == reverse[::-1]


def test_one_child_reads_file_after_file(extractor: Extractor, tmp_path: Path) -> None:
    path = _file(tmp_path, "Hello")
    extractor.extract(path)
    first = _child(extractor)

    extractor.extract(path)

    assert _child(extractor) == first


def test_a_child_is_renewed_after_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mypt.extraction.extractor._MOST_FILES", 2)
    with Extractor(module=BAD_CHILD) as extractor:
        processes = [_do(extractor, tmp_path, "process") for _ in range(4)]

    assert processes[0] == processes[1] != processes[2] == processes[3]


def test_the_child_ends_with_its_extractor(tmp_path: Path) -> None:
    with Extractor() as extractor:
        extractor.extract(_file(tmp_path, "Hello"))
        child = psutil.Process(_child(extractor))

    assert not child.is_running()


def test_a_child_whose_parent_is_gone_ends(tmp_path: Path) -> None:
    with Extractor() as extractor:
        extractor.extract(_file(tmp_path, "Hello"))
        assert extractor._child is not None
        process = extractor._child._process
        assert process.stdin is not None

        process.stdin.close()  # what the death of the parent does

        assert process.wait(timeout=20) == 0


def test_a_missing_file_is_not_readable(extractor: Extractor, tmp_path: Path) -> None:
    assert _reason(extractor, tmp_path / "none")[0] == "not readable"


def test_a_folder_is_not_readable(extractor: Extractor, tmp_path: Path) -> None:
    assert _reason(extractor, tmp_path) == ("not readable", "no plain file")


def test_a_fifo_is_not_waited_for(extractor: Extractor, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")

    assert _reason(extractor, tmp_path / "pipe.txt") == ("not readable", "no plain file")


def test_a_device_is_not_readable(extractor: Extractor) -> None:
    assert _reason(extractor, Path("/dev/zero")) == ("not readable", "no plain file")


def test_a_link_is_not_followed(extractor: Extractor, tmp_path: Path) -> None:
    _file(tmp_path, "secret", "secret.txt")
    (tmp_path / "link.txt").symlink_to("secret.txt")

    assert _reason(extractor, tmp_path / "link.txt") == ("not readable", "no plain file")


def test_a_link_that_takes_the_place_of_a_checked_file_is_not_followed(
    extractor: Extractor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _file(tmp_path, "secret", "secret.txt")
    (tmp_path / "link.txt").symlink_to("secret.txt")
    plain = (tmp_path / "secret.txt").lstat()
    monkeypatch.setattr(Path, "lstat", lambda _: plain)

    assert _reason(extractor, tmp_path / "link.txt")[0] == "not readable"


def test_a_path_with_nul_is_not_readable(extractor: Extractor) -> None:
    assert _reason(extractor, Path("a\0b.txt"))[0] == "not readable"


def test_a_file_without_permission_is_not_readable(extractor: Extractor, tmp_path: Path) -> None:
    path = _file(tmp_path, "secret")
    path.chmod(0)
    is_root = os.geteuid() == 0
    extractor.extract(_file(tmp_path, "warm", "warm.txt"))

    if is_root:
        os.seteuid(65534)
    try:
        reason = _reason(extractor, path)
    finally:
        if is_root:
            os.seteuid(0)

    assert reason == ("not readable", "Permission denied")


def test_a_file_above_the_limit_is_refused_before_a_byte_is_read(
    extractor: Extractor, tmp_path: Path
) -> None:
    path = tmp_path / "large.pdf"
    with path.open("wb") as file:
        file.truncate(500_000_000)

    assert _reason(extractor, path) == ("too large", "500000000 bytes; at most 200000000 are read")


def test_a_file_that_shrinks_while_it_is_read_is_not_readable(
    extractor: Extractor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _file(tmp_path, "12345")
    real = os.fstat

    def larger(descriptor: int) -> os.stat_result:
        status = list(real(descriptor))
        status[stat.ST_SIZE] += 10
        return os.stat_result(status)

    monkeypatch.setattr(os, "fstat", larger)
    reason = _reason(extractor, path)
    monkeypatch.undo()

    assert reason == ("not readable", "it became shorter while it was read")
    assert extractor.extract(path).pages[0].text == "12345"


def test_a_name_that_is_no_text_is_read(extractor: Extractor, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"gr\xfc\xdfe.txt")
    path.write_text("Hello")

    assert extractor.extract(path).pages[0].text == "Hello"


@pytest.mark.parametrize(("action", "signal_name"), [("die", "SIGABRT"), ("exit", "exit status 3")])
def test_a_crash_costs_the_child_only(
    bad_extractor: Extractor, tmp_path: Path, action: str, signal_name: str
) -> None:
    reason, detail = _reason(bad_extractor, _file(tmp_path, action))

    assert (reason, detail) == ("crashed", f"the reading process ended with {signal_name}")
    assert _do(bad_extractor, tmp_path, "babble") == "quiet"


def test_a_file_that_needs_too_much_memory_is_refused(bad_extractor: Extractor, tmp_path: Path) -> None:
    assert _reason(bad_extractor, _file(tmp_path, "eat")) == ("out of memory", "more than 1500 MB")
    assert _do(bad_extractor, tmp_path, "babble") == "quiet"


def test_a_parser_that_recurses_without_end_is_malformed(bad_extractor: Extractor, tmp_path: Path) -> None:
    assert _reason(bad_extractor, _file(tmp_path, "recurse"))[0] == "malformed"


def test_a_reader_that_hangs_is_ended(tmp_path: Path) -> None:
    with Extractor(Limits(wall_seconds=3), BAD_CHILD) as extractor:
        assert _reason(extractor, _file(tmp_path, "hang")) == ("too slow", "more than 3 seconds")
        assert _do(extractor, tmp_path, "babble") == "quiet"


def test_a_reader_that_computes_without_end_is_ended(tmp_path: Path) -> None:
    with Extractor(Limits(cpu_seconds=1), BAD_CHILD) as extractor:
        reason, detail = _reason(extractor, _file(tmp_path, "spin"))

    assert (reason, detail) == ("too slow", "more than 1 seconds of processor time")


def test_processor_time_is_counted_for_each_file_alone(tmp_path: Path) -> None:
    with Extractor(Limits(cpu_seconds=1), BAD_CHILD) as extractor:
        processes = {_do(extractor, tmp_path, "process") for _ in range(3)}

    assert len(processes) == 1


def test_a_killed_child_is_replaced(bad_extractor: Extractor, tmp_path: Path) -> None:
    first = _do(bad_extractor, tmp_path, "process")
    os.kill(_child(bad_extractor), signal.SIGKILL)

    second = _do(bad_extractor, tmp_path, "process")

    assert first != second


def test_a_child_that_is_killed_while_it_reads_is_a_crash(tmp_path: Path) -> None:
    with Extractor(module=BAD_CHILD) as extractor:
        _do(extractor, tmp_path, "babble")
        killers = [threading.Thread(target=_kill_when_busy, args=(extractor,)) for _ in range(1)]
        for killer in killers:
            killer.start()
        reason = _reason(extractor, _file(tmp_path, "hang"))
        killers[0].join()

    assert reason == ("crashed", "the reading process ended with SIGKILL")


def _kill_when_busy(extractor: Extractor) -> None:
    """Kill two children: the first one is not believed to have died of this file."""
    killed: set[int] = set()
    while len(killed) < 2:
        child = extractor._child
        if child is not None and child._process.pid not in killed and child.n_files:
            time.sleep(0.3)
            killed.add(child._process.pid)
            os.kill(child._process.pid, signal.SIGKILL)
        time.sleep(0.01)


def test_nonsense_for_an_answer_is_a_crash(bad_extractor: Extractor, tmp_path: Path) -> None:
    assert _reason(bad_extractor, _file(tmp_path, "lie"))[0] == "crashed"


def test_what_a_library_prints_is_no_answer(bad_extractor: Extractor, tmp_path: Path) -> None:
    assert _do(bad_extractor, tmp_path, "babble") == "quiet"


@pytest.mark.parametrize("action", ["connect", "look_up", "fetch", "start", "shell", "write", "delete"])
def test_the_child_reaches_no_network_starts_nothing_and_writes_nothing(
    bad_extractor: Extractor, tmp_path: Path, action: str
) -> None:
    reason, detail = _reason(bad_extractor, _file(tmp_path, action))

    assert reason == "malformed"
    assert detail.startswith(("Refused: ", "URLError: <urlopen error"))


def test_secrets_of_the_environment_do_not_reach_the_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MYPT_TEST_SECRET", "secret")
    with Extractor() as extractor:
        extractor.extract(_file(tmp_path, "Hello"))

        names = set(psutil.Process(_child(extractor)).environ())

    assert "MYPT_TEST_SECRET" not in names


def test_a_module_in_the_current_folder_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _file(tmp_path, "raise SystemExit(9)", "struct.py")
    monkeypatch.chdir(tmp_path)

    assert extract(_file(tmp_path, "Hello")).pages[0].text == "Hello"


@pytest.mark.parametrize("sample", sorted(path.name for path in SAMPLES.iterdir()))
def test_a_file_cut_off_anywhere_gives_pages_or_a_reason(
    extractor: Extractor, tmp_path: Path, sample: str
) -> None:
    whole = (SAMPLES / sample).read_bytes()
    reasons = set()

    for part in range(20):
        path = _file(tmp_path, whole[: len(whole) * part // 20], sample)
        try:
            extractor.extract(path)
        except Unextractable as error:
            reasons.add(error.reason)

    assert reasons <= {"malformed", "no text", "unknown format"}
