"""What is asked and answered in an episode of one turn."""

from mypt.conversation.episode import AssistantMessage, Episode, UserMessage


def turn(episode: Episode) -> tuple[str, str]:
    question, answer = episode.messages
    assert isinstance(question, UserMessage)
    assert isinstance(answer, AssistantMessage)
    return question.content, answer.content
