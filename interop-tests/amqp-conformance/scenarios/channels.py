"""Opening, closing and using channels."""
import struct

import wire
from .registry import scenario


@scenario()
def method_on_an_unopened_channel(c):
    c.call("Queue.Declare", 7, queue="q")


@scenario()
def second_open(c):
    c.call("Channel.Open", 1)


@scenario()
def close_ok_on_an_unopened_channel(c):
    c.send("Channel.CloseOk", 9)
    c.quiet()


@scenario()
def close_on_an_unopened_channel(c):
    c.call("Channel.Close", 9, reply_code=200, reply_text="", class_id=0, method_id=0)


@scenario()
def channel_closed_and_used_again(c):
    c.qd(exclusive=True)
    c.pub("q", b"1")
    c.get(no_ack=False)
    c.call("Channel.Close", 1, reply_code=200, reply_text="", class_id=0, method_id=0)
    c.call("Channel.Open", 1)
    c.get(no_ack=False)
    c.call("Channel.Close", 1, reply_code=200, reply_text="", class_id=0, method_id=0)
    c.call("Queue.Declare", 1, queue="q")


@scenario()
def channel_reopened_after_an_error(c):
    c.qd("missing", passive=True)
    c.reopen()
    c.qd(exclusive=True)


@scenario()
def frames_after_the_servers_close_are_dropped(c):
    c.send("Queue.Declare", queue=c.n("missing"), passive=True)
    for i in range(3):
        c.send("Queue.Declare", queue=c.n("also missing"), passive=True)
        c.pub("q", b"dropped")
    c.take()
    c.quiet()
    c.reopen()
    c.qd(exclusive=True)


@scenario()
def crossing_closes(c):
    c.send("Queue.Declare", queue=c.n("missing"), passive=True)
    c.send("Channel.Close", reply_code=200, reply_text="", class_id=0, method_id=0)
    c.take(2)
    c.send("Channel.CloseOk")
    c.quiet()
    c.call("Channel.Open")


@scenario()
def error_in_one_channel_leaves_the_other(c):
    c.call("Channel.Open", 2)
    c.qd(exclusive=True, channel=2)
    c.qd("missing", passive=True)
    c.pub("q", b"1", channel=2)
    c.get(channel=2)


@scenario(connects=False)
def more_channels_than_agreed(run):
    peer = run.peer(handshake=False)
    run.muted = True
    peer.raw(wire.PROTOCOL)
    peer.take()
    peer.start_ok()
    peer.take()
    run.muted = False
    peer.tune_ok(channel_max=2)
    peer.call("Connection.Open", 0, virtual_host="/")
    peer.call("Channel.Open", 1)
    peer.call("Channel.Open", 2)
    peer.call("Channel.Open", 3)


@scenario(connects=False)
def channel_number_above_the_maximum(run):
    peer = run.peer(handshake=False)
    run.muted = True
    peer.raw(wire.PROTOCOL)
    peer.take()
    peer.start_ok()
    peer.take()
    run.muted = False
    peer.tune_ok(channel_max=2)
    peer.call("Connection.Open", 0, virtual_host="/")
    peer.call("Channel.Open", 500)


@scenario()
def flow_on(c):
    c.call("Channel.Flow", active=True)


@scenario()
def flow_off(c):
    c.call("Channel.Flow", active=False)


@scenario()
def access_request(c):
    c.raw(wire.frame(wire.METHOD, 1, struct.pack(">HH", 30, 10) + wire.short("/data") + b"\x1f"),
          "1 Access.Request")
    c.take()


@scenario()
def client_sends_a_server_method(c):
    c.call("Queue.DeclareOk", queue="q", message_count=0, consumer_count=0)


@scenario()
def client_sends_a_delivery(c):
    c.call("Basic.GetEmpty")


@scenario()
def channel_close_drops_consumers_and_requeues(c):
    c.qd()
    c.pubs("q", [1, 2, 3, 4])
    c.until(ready=4)
    c.call("Channel.Open", 2)
    c.consume(channel=2)
    c.take(4, channel=2)
    c.ack(1, channel=2)
    c.call("Channel.Close", 2, reply_code=200, reply_text="", class_id=0, method_id=0)
    c.until(ready=3)
    for _ in range(4):
        c.get()


@scenario()
def unfinished_content_is_dropped_with_the_channel(c):
    c.qd(exclusive=True)
    c.raw(wire.method(1, "Basic.Publish", exchange="", routing_key=c.n("q")), "1 publish, method only")
    c.call("Channel.Close", reply_code=200, reply_text="", class_id=0, method_id=0)
