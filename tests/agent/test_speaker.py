"""Every speaker is one."""

from mypt.agent.engine_speaker import EngineSpeaker
from mypt.agent.openai_connection import OpenAiServer
from mypt.agent.openai_speaker import OpenAiSpeaker
from mypt.agent.speaker import ModelName, Speaker
from mypt.inference.config import SamplingConfig
from mypt.inference.scripted_engine import ScriptedEngine
from mypt.tokenizer.character import CharacterTokenizer
from tests.agent.conversations import script


def test_all_speakers_are_speakers() -> None:
    ours = EngineSpeaker(ScriptedEngine([]), CharacterTokenizer(""), SamplingConfig(), ModelName("m"))

    for speaker in (ours, OpenAiSpeaker(OpenAiServer()), script()):
        assert isinstance(speaker, Speaker)
        assert speaker.model.name
        assert speaker.context_tokens > 0
