"""Protocol header, login, tune, virtual host, close."""
import struct

import wire
from .registry import scenario

SILENT = ("RabbitMQ 3.10 drops the socket without a word; cmqd gives the reason, as 3.6 does for the figures of tune-ok")


def greeted(run, **options):
    peer = run.peer(handshake=False, **options)
    peer.raw(wire.PROTOCOL, "header 0-9-1")
    peer.take()
    return peer


def wrong_header(run, header):
    peer = run.peer(handshake=False)
    peer.raw(header, "header " + header.hex())
    peer.take(2)


@scenario(connects=False)
def header_of_http(run):
    wrong_header(run, b"GET / HTTP/1.1\r\n\r\n"[:8])


@scenario(connects=False)
def header_of_0_9_2(run):
    wrong_header(run, b"AMQP\x00\x00\x09\x02")


@scenario(connects=False)
def header_of_1_0(run):
    wrong_header(run, b"AMQP\x00\x01\x00\x00")


@scenario(connects=False)
def header_of_0_9(run):
    peer = run.peer(handshake=False)
    peer.raw(b"AMQP\x01\x01\x00\x09", "header 0-9")
    peer.take()


@scenario(connects=False)
def plain(run):
    peer = greeted(run)
    peer.start_ok()
    peer.take()
    peer.tune_ok()
    peer.call("Connection.Open", 0, virtual_host="/")
    peer.call("Connection.Close", 0, reply_code=200, reply_text="bye", class_id=0, method_id=0)


@scenario(connects=False)
def amqplain(run):
    peer = greeted(run)
    peer.start_ok("AMQPLAIN", wire.table([("LOGIN", "S", "guest"), ("PASSWORD", "S", "guest")])[4:])
    peer.take()


@scenario(connects=False)
def amqplain_with_a_wrong_password(run):
    peer = greeted(run)
    peer.start_ok("AMQPLAIN", wire.table([("LOGIN", "S", "guest"), ("PASSWORD", "S", "wrong")])[4:])
    peer.take()


@scenario(connects=False)
def wrong_password_told(run):
    peer = greeted(run)
    peer.start_ok(response=b"\0guest\0wrong")
    peer.take()
    peer.send("Connection.CloseOk", 0)
    peer.take()


@scenario(connects=False)
def wrong_password_not_told(run):
    peer = greeted(run)
    peer.start_ok(response=b"\0guest\0wrong", capabilities=[])
    peer.take()


@scenario(connects=False)
def unknown_user(run):
    peer = greeted(run)
    peer.start_ok(response=b"\0nobody\0guest")
    peer.take()


@scenario(connects=False)
def empty_password(run):
    peer = greeted(run)
    peer.start_ok(response=b"\0guest\0")
    peer.take()


@scenario(connects=False)
def unknown_mechanism(run):
    peer = greeted(run)
    peer.start_ok("NONSENSE")
    peer.take()


@scenario(connects=False)
def mechanism_that_is_not_enabled(run):
    peer = greeted(run)
    peer.start_ok("RABBIT-CR-DEMO", b"guest")
    peer.take()


@scenario(connects=False)
def plain_response_of_one_part(run):
    peer = greeted(run)
    peer.start_ok(response=b"guest")
    peer.take()


@scenario(connects=False)
def plain_with_an_authzid(run):
    peer = greeted(run)
    peer.start_ok(response=b"other\0guest\0guest")
    peer.take()


def tuned(run, **figures):
    peer = greeted(run)
    peer.start_ok()
    peer.take()
    peer.tune_ok(**figures)
    return peer


@scenario(connects=False, differs=SILENT)
def frame_max_too_low(run):
    tuned(run, frame_max=4095).take()


@scenario(connects=False, differs=SILENT)
def frame_max_of_0(run):
    tuned(run, frame_max=0).take()


@scenario(connects=False, differs=SILENT)
def frame_max_too_high(run):
    tuned(run, frame_max=131073).take()


@scenario(connects=False, differs=SILENT)
def channel_max_of_0(run):
    tuned(run, channel_max=0).take()


@scenario(connects=False, differs=SILENT)
def channel_max_too_high(run):
    tuned(run, channel_max=2048).take()


@scenario(connects=False)
def frame_max_of_4096(run):
    peer = tuned(run, frame_max=4096)
    peer.frame_max = 4096
    peer.call("Connection.Open", 0, virtual_host="/")
    peer.call("Channel.Open", 1)
    peer.qd(exclusive=True)
    peer.pub("q", b"x" * 20000)
    peer.get()
    peer.say(f"frames of {peer.last_frames}")


@scenario(connects=False)
def tune_ok_and_open_together(run):
    peer = greeted(run)
    peer.start_ok()
    peer.take()
    peer.tune_ok()
    peer.send("Connection.Open", 0, virtual_host="/")
    peer.send("Channel.Open", 1)
    peer.take(2)


@scenario(connects=False)
def vhost_that_is_not_there(run):
    peer = tuned(run)
    peer.call("Connection.Open", 0, virtual_host="nowhere")


@scenario(connects=False)
def vhost_of_empty_name(run):
    peer = tuned(run)
    peer.call("Connection.Open", 0, virtual_host="")


@scenario(connects=False, differs=SILENT)
def open_before_tune_ok(run):
    peer = greeted(run)
    peer.start_ok()
    peer.take()
    peer.call("Connection.Open", 0, virtual_host="/")


@scenario(connects=False)
def open_before_start_ok(run):
    peer = greeted(run)
    peer.send("Connection.Open", 0, virtual_host="/")
    peer.take()


@scenario(connects=False)
def channel_before_connection_open(run):
    tuned(run).call("Channel.Open", 1)


@scenario(connects=False)
def start_ok_twice(run):
    peer = run.peer()
    peer.start_ok()
    peer.take()


@scenario()
def second_connection_open(c):
    c.call("Connection.Open", 0, virtual_host="/")


@scenario()
def channel_method_on_channel_0(c):
    c.call("Queue.Declare", 0, queue="q")


@scenario()
def connection_method_on_a_channel(c):
    c.call("Connection.Close", 1, reply_code=200, reply_text="", class_id=0, method_id=0)


@scenario()
def close_by_the_client_with_channels_open(c):
    c.call("Channel.Open", 2)
    c.call("Connection.Close", 0, reply_code=320, reply_text="why not", class_id=0, method_id=0)


@scenario(connects=False)
def client_close_answers_a_server_close(run):
    peer = run.peer()
    peer.call("Channel.Open", 1)
    peer.call("Connection.Close", 0, reply_code=200, reply_text="", class_id=0, method_id=0)


@scenario()
def update_secret(c):
    c.raw(wire.frame(wire.METHOD, 0, struct.pack(">HH", 10, 70) + wire.long("new") + wire.short("because")),
          "0 Connection.UpdateSecret")
    c.take()


@scenario(connects=False)
def server_heartbeats(run):
    run.heartbeats = True
    peer = run.peer(heartbeat=1)
    peer.take()
    peer.raw(wire.frame(wire.HEARTBEAT, 0, b""), "heartbeat")
    peer.take()


@scenario(connects=False)
def silent_client_is_dropped(run):
    run.peer(heartbeat=1).take()


@scenario(connects=False)
def heartbeat_on_a_channel(run):
    peer = run.peer()
    peer.raw(wire.frame(wire.HEARTBEAT, 1, b""), "1 heartbeat")
    peer.take()


@scenario(connects=False)
def socket_dropped_requeues_unacked(run):
    peer = run.peer()
    peer.qd()
    peer.pubs("q", [1, 2, 3])
    peer.until(ready=3)
    peer.consume()
    peer.take(3)
    peer.ack(2)
    peer.until(ready=0)
    peer.link.close()
    peer.closed = True
    other = run.peer("b")
    other.until(ready=2)
    other.get()
    other.get()
    other.get()
