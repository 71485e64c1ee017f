"""What decides about one text: tidied, its language told, judged, and screened for sensitive data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from mypt.config import Section
from mypt.corpus.profiles import Profile
from mypt.corpus.quality import QUALITY_VERSION, Rejection, judge
from mypt.corpus.sensitive import SENSITIVE_VERSION, SensitivePolicy, screen
from mypt.corpus.tidy import TIDY_VERSION, count_control_tokens, tidy
from mypt.documents.language import LANGUAGE_PATTERN, LANGUAGE_VERSION, guess_language

__all__ = ["VERSION", "CleanSettings", "Cleaned", "Rejection", "clean"]

VERSION = f"{TIDY_VERSION}.{QUALITY_VERSION}.{SENSITIVE_VERSION} {LANGUAGE_VERSION}"
"""Changes whenever the same text may come out otherwise."""

CONTROL_TOKENS = "control_tokens"
"""What counts call the places where a text spells a token that means something to the model."""


class CleanSettings(Section):
    """How texts are cleaned and judged."""

    profile: Profile | None = None
    """What a text must be like; null judges each source by the profile that it names itself."""
    languages: tuple[Annotated[str, Field(pattern=LANGUAGE_PATTERN)], ...] = ()
    """Languages that stay, `unknown` among them where code and tables should; empty keeps all."""
    control_tokens: Literal["keep", "reject"] = "keep"
    """Whether a text may spell tokens such as <|endoftext|>; what is kept stays text in any case."""
    sensitive: SensitivePolicy = SensitivePolicy()
    """What is done about secrets and personal data."""


@dataclass(frozen=True)
class Cleaned:
    """A text that stays."""

    text: str
    language: str
    counts: Mapping[str, int] = field(default_factory=dict)
    """Kind of sensitive data, or control tokens → how often it was found; never what it was."""


def clean(text: str, settings: CleanSettings, language: str = "auto") -> Cleaned | Rejection:
    """Return a text as it stays in the corpus, or why it goes; `auto` tells its language from its words."""
    text = tidy(text)
    if not text:
        return Rejection("empty")
    n_control = count_control_tokens(text)
    if n_control and settings.control_tokens == "reject":
        return Rejection(CONTROL_TOKENS, n_control, 0)
    language = guess_language(text) if language == "auto" else language
    if settings.languages and language not in settings.languages:
        return Rejection("language", language, ", ".join(settings.languages))
    rejection = judge(text, language, settings.profile or Profile())
    if rejection is not None:
        return rejection
    screened = screen(text, settings.sensitive)
    if screened.forbidden:
        return Rejection(f"sensitive: {screened.forbidden}", screened.counts[screened.forbidden], 0)
    counts = {CONTROL_TOKENS: n_control} if n_control else {}
    return Cleaned(screened.text, language, {**screened.counts, **counts})
