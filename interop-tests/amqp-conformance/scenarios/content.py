"""Properties and bodies must come out as they went in."""
import wire
from .registry import scenario

ALL_TYPES = [
    ("t", "t", True), ("b", "b", -5), ("B", "B", 250), ("s", "s", -300), ("u", "u", 65000), ("I", "I", -70000),
    ("i", "i", 4000000000), ("l", "l", -5000000000), ("L", "L", 5), ("f", "f", 1.5), ("d", "d", 2.25), ("D", "D", (2, 314)),
    ("S", "S", "text \u20ac"), ("x", "x", b"\0\1\xff"), ("A", "A", [("I", 1), ("S", "two"), ("F", [("n", "V", None)])]),
    ("T", "T", 1700000000), ("F", "F", [("z", "I", 1), ("a", "I", 2)]), ("V", "V", None), ("", "S", "empty key"),
    ("dup", "I", 1), ("dup", "I", 2), ("raw", "S", b"\xff\xfe")]


def round_trip(c, block):
    c.qd(exclusive=True)
    c.pub("q", b"body", block=block)
    c.get()
    c.say(f"same bytes: {c.last_block == block}")


@scenario()
def every_property(c):
    round_trip(c, wire.properties(
        content_type="text/plain", content_encoding="utf-8", headers=[("a", "I", 1)], delivery_mode=2, priority=200,
        correlation_id="id", reply_to="back", expiration="60000", message_id="m", timestamp=1 << 40, type="t",
        user_id="guest", app_id="app", cluster_id="old"))


@scenario()
def no_property(c):
    round_trip(c, wire.properties())


@scenario()
def every_field_type(c):
    round_trip(c, wire.properties(headers=ALL_TYPES))


@scenario()
def empty_values(c):
    round_trip(c, wire.properties(content_type="", headers=[], correlation_id="", message_id="", timestamp=0,
                                  priority=0))


@scenario()
def odd_delivery_mode(c):
    for mode in (0, 3, 77):
        c.pub("q", b"body", delivery_mode=mode)
        c.take()
        c.reopen()


@scenario()
def strings_of_255_bytes(c):
    round_trip(c, wire.properties(content_type="c" * 255, correlation_id="i" * 255, message_id="\xe9" * 127))


@scenario()
def raw_bytes_in_strings(c):
    round_trip(c, wire.properties(correlation_id=b"\xff\x00\xfe", message_id=b"\x80"))


@scenario()
def header_table_of_100_kb(c):
    round_trip(c, wire.properties(headers=[(f"k{i}", "S", "v" * 1000) for i in range(100)]))


@scenario()
def properties_through_durable_queue(c):
    c.qd(durable=True)
    block = wire.properties(headers=ALL_TYPES, delivery_mode=2)
    c.pub("q", b"body", block=block)
    c.until(ready=1)
    c.get()
    c.say(f"same bytes: {c.last_block == block}")


@scenario()
def properties_in_a_return(c):
    block = wire.properties(headers=ALL_TYPES, delivery_mode=2, priority=7)
    c.pub("missing", b"body", block=block, mandatory=True)
    c.take()
    c.say(f"same bytes: {c.last_block == block}")


def size(name, count):
    def play(c):
        c.qd()
        c.pub("q", (bytes(range(251)) * (count // 251 + 1))[:count])
        c.until(ready=1, patience=60)
        c.get(no_ack=False)
        c.say(f"frames of {sorted(set(c.last_frames))}, {len(c.last_frames)} of them")
    play.__name__ = "body_of_" + name
    scenario()(play)


size("0", 0)
size("1", 1)
size("one_frame_less_1", 131063)
size("one_frame", 131064)
size("one_frame_and_1", 131065)
size("two_frames", 262128)
size("5_MB", 5_000_000)
size("64_MB", 64 << 20)


@scenario()
def body_in_tiny_frames(c):
    c.qd(exclusive=True)
    c.say("-> a body of 9 bytes in frames of 1, 0, 3, 0 and 5")
    c.raw(wire.method(1, "Basic.Publish", exchange="", routing_key=c.n("q"))
          + wire.content(1, wire.properties(), b"", size=9)
          + b"".join(wire.frame(wire.BODY, 1, part) for part in (b"a", b"", b"bcd", b"", b"efghi")))
    c.get()


@scenario()
def interleaved_channels(c):
    c.call("Channel.Open", 2)
    c.qd("a", exclusive=True)
    c.qd("b", exclusive=True)
    c.say("-> two contents, frame by frame in turn")
    for channel, queue in ((1, "a"), (2, "b")):
        c.raw(wire.method(channel, "Basic.Publish", exchange="", routing_key=c.n(queue)))
    for channel in (1, 2):
        c.raw(wire.content(channel, wire.properties(app_id=str(channel)), b"", size=6))
    for part in (b"12", b"34", b"56"):
        for channel in (1, 2):
            c.raw(wire.frame(wire.BODY, channel, part))
    c.get("a")
    c.get("b", channel=2)


@scenario()
def everything_in_single_bytes(c):
    c.qd(exclusive=True)
    c.say("-> a publish, one byte at a time")
    for byte in (wire.method(1, "Basic.Publish", exchange="", routing_key=c.n("q"))
                 + wire.content(1, wire.properties(message_id="m"), b"slow")):
        c.raw(bytes([byte]))
    c.get()


@scenario(differs="cmqd takes 64 MiB at most (Limits:MaxMessageBytes); RabbitMQ 3.6 about 2 GB")
def body_of_64_MB_and_1(c):
    c.qd(exclusive=True)
    c.say("-> method and header of a body of 67108865 bytes")
    c.raw(wire.method(1, "Basic.Publish", exchange="", routing_key=c.n("q"))
          + wire.content(1, wire.properties(), b"", size=(64 << 20) + 1) + wire.frame(wire.BODY, 1, b"x" * 1000))
    c.take()
    c.reopen()
    c.qd(exclusive=True)
