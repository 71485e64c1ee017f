"""Pages that are images, read by tesseract where a site wants that and the machine has it."""

import os
import shutil
import subprocess

LANGUAGES = "deu+eng"
_SECONDS = 60


def find_tesseract() -> str:
    """Return the path of the program; empty where there is none."""
    return shutil.which("tesseract", path=os.defpath.replace("./", "")) or ""


def recognise(program: str, width: int, height: int, grey: bytes) -> str:
    """Return the text that stands in a grey image; empty when the program fails or takes too long."""
    image = b"P5 %d %d 255\n" % (width, height) + grey
    try:
        done = subprocess.run(  # noqa: S603
            [program, "stdin", "stdout", "-l", LANGUAGES],
            input=image, capture_output=True, timeout=_SECONDS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""
