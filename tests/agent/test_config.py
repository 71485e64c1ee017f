"""Limits and which tools there are."""

import pytest
from pydantic import ValidationError

from mypt.agent.config import AgentConfig, McpServer, result_room


@pytest.mark.parametrize(("context", "room"), [(1024, 1024), (256, 400), (8192, 3000)])
def test_a_result_leaves_room_for_another_and_the_answer(context: int, room: int) -> None:
    assert result_room(AgentConfig(), context) == room


def test_no_server_of_further_tools_is_on_by_default() -> None:
    assert AgentConfig().tools.servers == ()


@pytest.mark.parametrize("name", ["workspace", "Upper", "a.b", ""])
def test_a_server_has_a_name_of_its_own(name: str) -> None:
    with pytest.raises(ValidationError):
        McpServer(name=name, command=("true",))


@pytest.mark.parametrize("change", [{"steps": 0}, {"steps": 65}, {"seconds": 0}, {"result_characters": 10}])
def test_limits_that_make_no_sense_are_refused(change: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        AgentConfig.model_validate(change)
