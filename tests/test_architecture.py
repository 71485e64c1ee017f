"""The shape of the tree: where files stand, how long they may be, what may import what."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "mypt"
TESTS = ROOT / "tests"

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50
MAX_SOURCE_LINES = 60_000

# Tests of the whole, or of something outside src/mypt. Everything else mirrors one source file.
TESTS_WITHOUT_SOURCE = {
    "documents/test_golden_code.py",
    "documents/test_golden.py",
    "model/test_architecture_points.py",
    "training/test_faults.py",
    "training/test_many_processes.py",
    "test_architecture.py",
    "test_docs.py",
    "test_line.py",
    "test_offline.py",
    "test_pipeline.py",
    "test_tasks.py",
}

SOURCE_FILES = sorted(SOURCE.rglob("*.py"))
TEST_FILES = sorted(TESTS.rglob("*.py"))
ALL_FILES = [*SOURCE_FILES, *TEST_FILES, *sorted((ROOT / "docs").glob("*.py")), ROOT / "tasks.py"]
MODULES = [path for path in SOURCE_FILES if path.name not in ("__init__.py", "__main__.py")]
PACKAGES = [path for path in SOURCE_FILES if path.name == "__init__.py" and path.parent != SOURCE]

every_file = pytest.mark.parametrize("path", ALL_FILES, ids=lambda path: str(path.relative_to(ROOT)))
every_source = pytest.mark.parametrize("path", SOURCE_FILES, ids=lambda path: str(path.relative_to(SOURCE)))
every_module = pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
every_package = pytest.mark.parametrize("path", PACKAGES, ids=lambda path: path.parent.name)


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _n_lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


@every_module
def test_every_module_has_its_test_file(path: Path) -> None:
    mirror = TESTS / path.relative_to(SOURCE).with_name(f"test_{path.name}")

    assert mirror.is_file(), f"write {mirror.relative_to(ROOT)}"


def test_every_test_file_has_its_module() -> None:
    expected = {str(path.relative_to(SOURCE).with_name(f"test_{path.name}").as_posix()) for path in MODULES}
    found = {path.relative_to(TESTS).as_posix() for path in TEST_FILES if path.name.startswith("test_")}

    assert found - expected - TESTS_WITHOUT_SOURCE == set()


@every_file
def test_every_file_starts_by_saying_what_it_is(path: Path) -> None:
    docstring = ast.get_docstring(_tree(path)) or ""

    first_line = docstring.partition("\n")[0]

    assert first_line.rstrip().endswith((".", "`.")), f"first line of the docstring: {first_line!r}"


@every_file
def test_no_file_is_too_long(path: Path) -> None:
    assert _n_lines(path) <= MAX_FILE_LINES


@every_file
def test_no_function_is_too_long(path: Path) -> None:
    lengths = {
        node.name: (node.end_lineno or node.lineno) - node.lineno + 1
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert {name: lines for name, lines in lengths.items() if lines > MAX_FUNCTION_LINES} == {}


def test_the_source_stays_within_its_budget() -> None:
    assert sum(_n_lines(path) for path in SOURCE_FILES) <= MAX_SOURCE_LINES


@every_package
def test_every_package_says_what_it_does_and_what_it_may_not(path: Path) -> None:
    docstring = ast.get_docstring(_tree(path)) or ""
    first_line, _, charter = docstring.partition("\n")
    limits = {"no", "not", "nothing", "never", "neither", "nor", "only", "without"}

    words = set(charter.lower().replace(".", " ").replace(",", " ").replace(":", " ").split())

    assert first_line.endswith("."), "say in one line what goes in and what comes out"
    assert words & limits, "say in a second paragraph what this package does not know or do"


@every_package
def test_a_package_file_holds_only_its_charter_and_public_names(path: Path) -> None:
    allowed = (ast.Expr, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)

    assert [node for node in _tree(path).body if not isinstance(node, allowed)] == []


@every_source
def test_imports_are_absolute(path: Path) -> None:
    relative = [n.lineno for n in ast.walk(_tree(path)) if isinstance(n, ast.ImportFrom) and n.level > 0]

    assert relative == []


@every_source
def test_only_the_command_line_prints(path: Path) -> None:
    printing = [node.lineno for node in _calls(_tree(path), "print")]

    assert printing == [] or path.relative_to(SOURCE).parts[0] == "cli"


def _calls(tree: ast.Module, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


@every_source
def test_nothing_is_left_open_in_the_sources(path: Path) -> None:
    marks = ("TODO", "FIXME", "XXX", "NotImplementedError")
    lines = path.read_text(encoding="utf-8").splitlines()

    found = [
        f"{number}: {line.strip()}" for number, line in enumerate(lines, 1) if any(m in line for m in marks)
    ]

    assert found == []


def _imported_packages(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def test_whatever_is_imported_is_a_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    declared = {re.split(r"[<>=!~; \[]", line)[0].lower() for line in [*project["dependencies"], *extras]}
    imported = {name for path in SOURCE_FILES for name in _imported_packages(_tree(path))}
    providers = packages_distributions()

    # Peers that no test needs installed.
    providers = {"faiss": ["faiss-cpu"], "lancedb": ["lancedb"], "rank_bm25": ["rank-bm25"], **providers}

    foreign = {name for name in imported if name not in sys.stdlib_module_names and name != "mypt"}

    found = {name: {d.lower().replace("_", "-") for d in providers.get(name, [])} for name in foreign}
    assert {name for name, distributions in found.items() if not declared & distributions} == set()


def test_imports_go_down_the_floors(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # It would silence the loggers of every module that was imported before, for all later tests.
    monkeypatch.setattr("importlinter.cli.logging_config.dictConfig", lambda _: None)

    code = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True, no_logo=True)

    assert code == 0, capsys.readouterr().out
