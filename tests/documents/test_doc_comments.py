"""Java and TypeScript files give their documentation comments."""

import pytest

from mypt.documents.doc_comments import JAVA, TYPESCRIPT
from mypt.documents.raw_file import RawFile


def _java(source: str, name: str = "A.java") -> str:
    return JAVA.to_text(RawFile(name, source.encode()))


def _typescript(source: str, name: str = "a.ts") -> str:
    return TYPESCRIPT.to_text(RawFile(name, source.encode()))


def test_java_declarations_end_before_their_bodies() -> None:
    source = """/** A licence, not a documentation. */
package a;

/** Says <b>hello</b>.
 * @since 1
 */
@Deprecated
public class A<T> extends B {
    /** Numbers. */
    static final int[] N = {1, 2};

    // between
    /** Not this one. */
    /** Adds.
     * @param a.b.C x the number
     */
    @Override
    public int add(int x)
            throws E { return "/** no comment */".length(); }

    int undocumented() { /** lost */ return 1; }

    enum K { /** First. */ ONE(1) { }, /** Second. */ TWO; }
}

/** A pair. */ record P(int a) { /** Checks. */ P { } }
"""

    assert _java(source) == (
        "@Deprecated\npublic class A<T> extends B\nSays hello.\n\nSince: 1\n\n"
        "static final int[] N\nNumbers.\n\n"
        "@Override\npublic int add(int x)\n        throws E\nAdds.\n\nParameter C: x the number\n\n"
        "ONE(1)\nFirst.\n\nTWO\nSecond.\n\n"
        "record P(int a)\nA pair.\n\nP\nChecks.\n"
    )


def test_a_package_is_documented_in_its_own_file_alone() -> None:
    assert _java("/** All of it. */\npackage a;\n", "a/package-info.java") == "package a\nAll of it.\n"
    assert _java("/** All of it. */\npackage a;\n") == ""


def test_typescript_declarations_of_every_kind_are_described() -> None:
    source = """
/** Adds. */
export declare function add(a: number, options: { deep: boolean }): void;
/** An interface. */
interface I {
    /** A property. */
    readonly p: string;
    /** Runs.
     * @param {string} x - what
     *   to run
     * @returns nothing
     */
    run(x: number): void;
}
/** A shape. */ type S = { /** Its side. */ side: number };
/** Names. */ declare namespace n { /** A kind. */ enum K { /** One. */ ONE = 1, /** Two. */ TWO } }
/** A class. */ export default class C { /** Makes it. */ constructor(private a: string) { f(/** no */ a); } }
/** A value. */ export const v = { a: 1 };
/** An arrow. */ const arrow = (a: number) => { return a; };
/** A constructor. */ declare var D: { new (): D };
"""

    assert _typescript(source).split("\n\n") == [
        "export declare function add(a: number, options: { deep: boolean }): void\nAdds.",
        "interface I\nAn interface.",
        "readonly p: string\nA property.",
        "run(x: number): void\nRuns.",
        "Parameter x (string): what\n  to run\nReturns: nothing",
        "type S\nA shape.",
        "side: number\nIts side.",
        "declare namespace n\nNames.",
        "enum K\nA kind.",
        "ONE = 1\nOne.",
        "TWO\nTwo.",
        "export default class C\nA class.",
        "constructor(private a: string)\nMakes it.",
        "export const v\nA value.",
        "const arrow = (a: number)\nAn arrow.",
        "declare var D\nA constructor.\n",
    ]


def test_tsx_has_its_own_grammar() -> None:
    source = "/** Shows. */\nexport function Box() { return <div>{x}</div>; }\n/** After. */\nlet a = 1;\n"

    assert _typescript(source, "Box.TSX") == "export function Box()\nShows.\n\nlet a = 1\nAfter.\n"


@pytest.mark.parametrize(
    "source", ["", "class A { }", "/**/ class A { }", "// x\nclass A { }", "/** open", "/** end */"]
)
def test_files_without_documentation_are_empty(source: str) -> None:
    assert _java(source) == _typescript(source) == ""


@pytest.mark.parametrize(
    "source", ["{" * 50_000, "/** x */ class A {" * 300, "/** a */ }" * 3_000, "((((" * 20_000]
)
def test_broken_files_are_read_without_failing(source: str) -> None:
    _java(source)
    _typescript(source)


def test_windows_lines_tabs_and_signs_of_the_model_are_read() -> None:
    source = "class A {\n\t/**\n\t * Größe <|endoftext|> &lt;myPT_assistant>\n\t */\n\tint size();\n}\n"
    source = source.replace("\n", "\r\n")

    assert _java(source) == "int size()\nGröße <|endoftext|> <myPT_assistant>\n"
    assert _typescript(source.replace("int size()", "size: number")) == (
        "size: number\nGröße <|endoftext|> &lt;myPT_assistant>\n"
    )
