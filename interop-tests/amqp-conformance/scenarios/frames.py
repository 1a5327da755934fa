"""Broken frames, and frames out of turn."""
import struct

import wire
from .registry import scenario


def broken(name, data, note, differs=""):
    def play(c):
        c.raw(data(c) if callable(data) else data, note)
        c.take()
    play.__name__ = name
    scenario(differs=differs)(play)


SILENT = "RabbitMQ 3.10 drops the socket without a word; cmqd says what it could not read"
PUBLISH = lambda c: wire.method(1, "Basic.Publish", exchange="", routing_key="q")
QOS = struct.pack(">HH", 60, 10)

broken("bad_end_octet", wire.frame(wire.METHOD, 1, QOS + bytes(7), end=0), "method with end octet 0")
broken("bad_end_octet_of_a_heartbeat", wire.frame(wire.HEARTBEAT, 0, b"", end=1), "heartbeat with end octet 1")
broken("frame_too_large", struct.pack(">BHI", 1, 1, 131072 - 8 + 9) + b"x" * 100, "header of a frame of 131073 bytes")
broken("frame_far_too_large", struct.pack(">BHI", 3, 1, 1 << 30) + b"x" * 100, "header of a frame of 1 GiB")
broken("unknown_frame_type", wire.frame(7, 1, b"abc"), "frame of type 7")
broken("frame_type_0", wire.frame(0, 1, b""), "frame of type 0")
broken("unknown_class", wire.frame(wire.METHOD, 1, struct.pack(">HH", 99, 10)), "class 99", SILENT)
broken("unknown_method", wire.frame(wire.METHOD, 1, struct.pack(">HH", 60, 250)), "method 60,250", SILENT)
broken("method_cut_short", wire.frame(wire.METHOD, 1, QOS + bytes(3)), "basic.qos cut short")
broken("method_too_long", wire.frame(wire.METHOD, 1, QOS + bytes(9)), "basic.qos with 2 bytes more")
broken("method_of_2_bytes", wire.frame(wire.METHOD, 1, b"\0\x3c"), "a method frame of 2 bytes")
broken("empty_method", wire.frame(wire.METHOD, 1, b""), "an empty method frame")
broken("header_without_method", wire.content(1, wire.properties(), b""), "content header out of turn")
broken("body_without_method", wire.frame(wire.BODY, 1, b"x"), "content body out of turn")
broken("method_instead_of_header", lambda c: PUBLISH(c) + PUBLISH(c), "publish, publish")
broken("body_instead_of_header", lambda c: PUBLISH(c) + wire.frame(wire.BODY, 1, b"x"), "publish, body")
broken("header_of_another_class", lambda c: PUBLISH(c) + wire.content(1, b"\0\0", b"x", class_id=50),
       "publish, header of class 50")
broken("method_instead_of_body", lambda c: PUBLISH(c) + wire.content(1, b"\0\0", b"", size=5) + PUBLISH(c),
       "publish, header, publish")
broken("header_instead_of_body", lambda c: PUBLISH(c) + wire.content(1, b"\0\0", b"", size=5)
       + wire.content(1, b"\0\0", b"", size=5), "publish, header, header")
broken("header_frame_on_channel_0", wire.frame(wire.HEADER, 0, bytes(14)), "header on channel 0")
broken("body_frame_on_channel_0", wire.frame(wire.BODY, 0, b"x"), "body on channel 0")
broken("unknown_method_on_channel_0", wire.frame(wire.METHOD, 0, struct.pack(">HH", 10, 99)), "method 10,99", SILENT)
broken("broken_properties", lambda c: PUBLISH(c) + wire.content(1, b"\x80\x00\x20abc", b""),
       "a content type longer than its frame",
       "RabbitMQ closes with a bare 541")
broken("header_frame_cut_short", lambda c: PUBLISH(c) + wire.frame(wire.HEADER, 1, bytes(5)), "content header of 5 bytes")
broken("unknown_field_type", wire.frame(
    wire.METHOD, 1, struct.pack(">HHH", 50, 10, 0) + wire.short("q") + b"\0" + wire.long(b"\x01aZ")), "a field of type Z",
       SILENT)
broken("field_table_cut_short", wire.frame(
    wire.METHOD, 1, struct.pack(">HHH", 50, 10, 0) + wire.short("q") + b"\0" + wire.long(b"\x01aI\0")), "a field cut short", SILENT)


@scenario(differs="3.6 leaves the channel stuck; cmqd closes with 505")
def body_longer_than_announced(c):
    c.raw(PUBLISH(c) + wire.content(1, b"\0\0", b"", size=3) + wire.frame(wire.BODY, 1, b"four"), "publish, 4 of 3 bytes")
    c.take()


@scenario()
def weight_that_is_not_0(c):
    c.raw(PUBLISH(c) + wire.content(1, b"\0\0", b"", size=0, weight=1), "publish, header of weight 1")
    c.take()


@scenario()
def header_after_another_method(c):
    c.qd(exclusive=True)
    c.raw(wire.content(1, wire.properties(), b""), "content header out of turn")
    c.take()


@scenario()
def frame_of_the_greatest_size(c):
    c.qd(exclusive=True)
    c.say("-> a body in one frame of 131072 bytes")
    c.raw(wire.method(1, "Basic.Publish", exchange="", routing_key=c.n("q"))
          + wire.content(1, wire.properties(), b"z" * 131064))
    c.get()


@scenario()
def nothing_answers_after_a_connection_error(c):
    c.send("Channel.Flow", active=False)
    c.send("Queue.Declare", queue=c.n("q"))
    c.take()
    c.quiet()
    c.send("Connection.CloseOk", 0)
    c.take()


@scenario()
def close_after_a_connection_error(c):
    c.call("Channel.Flow", active=False)
    c.call("Connection.Close", 0, reply_code=200, reply_text="", class_id=0, method_id=0)
    c.send("Connection.CloseOk", 0)
    c.take()


@scenario(connects=False)
def large_start_ok(run):
    peer = run.peer(handshake=False)
    peer.raw(wire.PROTOCOL, "header")
    peer.take()
    payload = (struct.pack(">HH", 10, 11) + wire.table([("k", "S", "v" * 5000)]) + wire.short("PLAIN")
               + wire.long(b"\0guest\0guest") + wire.short("en_US"))
    peer.raw(wire.frame(wire.METHOD, 0, payload), "0 Connection.StartOk of more than 4096 bytes")
    peer.take()
