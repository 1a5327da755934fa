"""The list of scenarios; each module adds its own."""
from dataclasses import dataclass
from typing import Callable

SCENARIOS = []


@dataclass
class Scenario:
    group: str
    name: str
    play: Callable
    connects: bool
    differs: str


def scenario(connects=True, differs=""):
    """connects: play gets a connected peer with channel 1 open, else the run, to make peers of its own.
    differs: why cmqd does not do what RabbitMQ does here."""
    def add(play):
        SCENARIOS.append(Scenario(play.__module__.rsplit(".", 1)[1], play.__name__.strip("_").replace("_", " "), play,
                                  connects, differs))
        return play
    return add
