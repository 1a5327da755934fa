#!/usr/bin/env python3
"""Runs the scenarios against the broker on a port and compares what it says with what RabbitMQ said."""
import argparse
import difflib
import pathlib
import re
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

import wire
from corrections import CORRECTIONS
from peer import Peer
from scenarios import SCENARIOS

HERE = pathlib.Path(__file__).parent


class Run:
    """One scenario against one broker."""

    def __init__(self, scenario, port):
        self.scenario, self.port = scenario, port
        self.prefix = scenario.name.replace(" ", "-") + "~"
        self.lines, self.muted, self.heartbeats = [], False, False
        self.peers, self.made, self._probe = [], set(), None

    def own(self, name):
        return name if name == "" or name.startswith(("amq.", self.prefix)) else self.prefix + name

    def say(self, line):
        if not self.muted:
            self.lines.append(line)

    def remember(self, kind, fields):
        if kind in ("Queue.Declare", "Exchange.Declare") and not fields.get("passive"):
            name = fields.get("queue" if kind[0] == "Q" else "exchange")
            if name and not name.startswith("amq."):
                self.made.add((kind, name))

    def peer(self, name="", **options):
        peer = Peer(self, name, **options)
        self.peers.append(peer)
        return peer

    def probe(self):
        if self._probe is None:
            self._probe = Peer(self)
        return self._probe

    def clean(self):
        self.muted = True
        for peer in self.peers + ([self._probe] if self._probe else []):
            peer.close()
        if not self.made:
            return
        last = Peer(self)
        for kind, name in self.made:
            if kind == "Queue.Declare":
                last.send("Queue.Delete", 1, queue=name)
            else:
                last.send("Exchange.Delete", 1, exchange=name)
            unit = last.read(1)
            if unit is None or "DeleteOk" not in unit[1]:
                last.reopen()
        last.close()

    def transcript(self):
        try:
            self.scenario.play(self.peer() if self.scenario.connects else self)
        except Exception:  # The transcript is the report: a scenario that breaks must not stop the others.
            self.say("broke: " + traceback.format_exc().strip().replace("\n", "\n  "))
        lines = [self.normal(line) for line in self.lines]
        try:
            self.clean()
        except Exception as broken:
            lines.append(f"clean-up broke: {broken!r}")
        return lines

    def normal(self, line):
        line = line.replace(self.prefix, "")
        line = re.sub(r"amq\.(gen|ctag)-[-_A-Za-z0-9]{22}", r"amq.\1-*", line)
        return re.sub(r"\btime=T:\d+", "time=T:*", line)


def corrected(lines):
    """What 3.10 says in the words of 3.6."""
    for pattern, words, _ in CORRECTIONS:
        lines = [re.sub(pattern, words, line) for line in lines]
    return lines


def path_of(scenario):
    return HERE / "expected" / scenario.group / (scenario.name.replace(" ", "-") + ".txt")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--only", default="", help="a regular expression on 'group/name'")
    parser.add_argument("--record", choices=["rabbitmq", "cmqd"],
                        help="write the expected transcripts instead: those of RabbitMQ, or those that differ on purpose")
    parser.add_argument("--parallel", type=int, default=4)
    parser.add_argument("--show", action="store_true", help="print the transcripts")
    options = parser.parse_args()

    chosen = [s for s in SCENARIOS if re.search(options.only, f"{s.group}/{s.name}")]
    if options.record:
        chosen = [s for s in chosen if bool(s.differs) == (options.record == "cmqd")]
    failed, print_lock, started = [], threading.Lock(), time.monotonic()

    def play(scenario):
        lines = Run(scenario, options.port).transcript()
        if options.record == "rabbitmq":
            lines = corrected(lines)
        path = path_of(scenario)
        if options.record:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(lines) + "\n")
        expected = path.read_text().splitlines() if path.exists() else []
        with print_lock:
            if options.show:
                print(f"== {scenario.group}/{scenario.name}", *lines, sep="\n")
            elif lines != expected:
                failed.append(f"{scenario.group}/{scenario.name}")
                print(f"== {scenario.group}/{scenario.name}")
                print(*difflib.unified_diff(expected, lines, "expected", "got", lineterm="", n=3), sep="\n")

    with ThreadPoolExecutor(options.parallel) as pool:
        list(pool.map(play, chosen))
    print(f"{len(chosen)} scenarios, {len(failed)} differ, {time.monotonic() - started:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
