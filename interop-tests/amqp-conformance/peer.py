"""One scripted client. Whatever it sends and receives becomes a line of the transcript."""
import socket
import struct
import time

import wire

PATIENCE = 10.0
QUIET = 0.3
CAPABILITIES = ["publisher_confirms", "exchange_exchange_bindings", "basic.nack", "consumer_cancel_notify",
                "connection.blocked", "authentication_failure_close"]


def client_properties(*names):
    return [("capabilities", "F", [(name, "t", True) for name in names])]


class Peer:
    def __init__(self, run, name="", channels=(1,), capabilities=CAPABILITIES, frame_max=131072, heartbeat=0,
                 handshake=True):
        self.run, self.name, self.frame_max = run, name, frame_max
        self.link = wire.Link(run.port)
        self.waiting = []     # frames of other channels, read while one channel was waited for
        self.partial = {}     # channel -> content under way
        self.closed = False
        if not handshake:
            return
        muted, run.muted = run.muted, True
        self.raw(wire.PROTOCOL)
        self.take()
        self.start_ok(capabilities=capabilities)
        self.take()
        self.tune_ok(frame_max=frame_max, heartbeat=heartbeat)
        self.call("Connection.Open", 0, virtual_host="/")
        for channel in channels:
            self.call("Channel.Open", channel)
        run.muted = muted

    # --- names of this scenario

    def n(self, name):
        return self.run.own(name)

    # --- raw

    def say(self, line):
        self.run.say((f"{self.name}: " if self.name else "") + line)

    def raw(self, data, note=None):
        if note:
            self.say("-> " + note)
        self.link.send(data)

    def read(self, channel=None, patience=PATIENCE):
        """The next whole unit (a method, with its content if it has one) as (channel, text), or None when nothing
        comes in time. What belongs to another channel is kept."""
        for i, unit in enumerate(self.waiting):
            if channel is None or unit[0] in (0, channel):
                return self.waiting.pop(i)
        deadline = time.monotonic() + patience
        while True:
            try:
                unit = self.unit(deadline)
            except socket.timeout:
                return None
            except wire.Closed:
                if self.closed:
                    return None
                self.closed = True
                return 0, "socket closed"
            if unit is None:
                continue
            if channel is None or unit[0] in (0, channel):
                return unit
            self.waiting.append(unit)

    def unit(self, deadline):
        kind, channel, payload = self.link.frame(deadline)
        if kind == 0:
            return 0, "header " + payload.hex()
        if kind == wire.HEARTBEAT:
            return (0, "heartbeat") if self.run.heartbeats else None
        if kind == wire.METHOD:
            text = wire.show_method(payload)
            self.raw_method = payload
            if payload[:2] == b"\0\x3c" and payload[2:4] in (b"\0\x32", b"\0\x3c", b"\0\x47"):
                self.partial[channel] = [text, None, 0, bytearray(), []]
                return None
            return channel, text
        part = self.partial[channel]
        if kind == wire.HEADER:
            class_id, weight, size = struct.unpack(">HHQ", payload[:12])
            assert class_id == 60 and weight == 0
            part[1], part[2] = payload[12:], size
        else:
            part[3] += payload
            part[4].append(len(payload))
        if len(part[3]) < part[2]:
            return None
        del self.partial[channel]
        self.last_block, self.last_body, self.last_frames = part[1], bytes(part[3]), part[4]
        return channel, f"{part[0]} | {wire.show_properties(part[1])} | {wire.show_body(part[3])}"

    def show(self, unit):
        channel, text = unit
        self.say(f"<- {channel} {text}" if text != "socket closed" else "<- socket closed")

    def take(self, count=1, channel=None, patience=PATIENCE):
        """Waits for so many units and shows them."""
        for _ in range(count):
            unit = self.read(channel, patience)
            self.show(unit) if unit else self.say("<- nothing")
            if unit is None or unit[1] == "socket closed":
                return

    def take_any_order(self, count, channel=None):
        """As take, for what may come in any order."""
        lines = []
        for _ in range(count):
            unit = self.read(channel)
            lines.append(f"<- {unit[0]} {unit[1]}" if unit else "<- nothing")
        for line in sorted(lines):
            self.say(line)

    def quiet(self, seconds=QUIET, channel=None):
        """Shows what still comes until the line is silent; says so when nothing did."""
        came = False
        while unit := self.read(channel, seconds):
            came = True
            self.show(unit)
            if unit[1] == "socket closed":
                return
        if not came:
            self.say("<- nothing")

    def send(self, kind, channel=1, arguments=None, **fields):
        shown = "".join(f" {key}={value!r}" for key, value in fields.items())
        if arguments is not None:
            shown += " " + wire.show_table(wire.table(arguments)[4:])
        self.say(f"-> {channel} {kind}{shown}")
        self.run.remember(kind, fields)
        self.raw(wire.method(channel, kind, arguments, **fields))

    def call(self, kind, channel=1, arguments=None, **fields):
        self.send(kind, channel, arguments, **fields)
        self.take(channel=channel)

    # --- connection

    def start_ok(self, mechanism="PLAIN", response=b"\0guest\0guest", capabilities=CAPABILITIES):
        payload = (struct.pack(">HH", 10, 11) + wire.table(client_properties(*capabilities))
                   + wire.short(mechanism) + wire.long(response) + wire.short("en_US"))
        self.raw(wire.frame(wire.METHOD, 0, payload), f"0 Connection.StartOk {mechanism} {wire.show_text(response)}")

    def tune_ok(self, channel_max=2047, frame_max=131072, heartbeat=0):
        self.send("Connection.TuneOk", 0, channel_max=channel_max, frame_max=frame_max, heartbeat=heartbeat)

    def close(self):
        if not self.closed:
            muted, self.run.muted = self.run.muted, True
            self.send("Connection.Close", 0, reply_code=200, reply_text="bye", class_id=0, method_id=0)
            while (unit := self.read(0)) and "CloseOk" not in unit[1] and unit[1] != "socket closed":
                pass
            self.run.muted = muted
        self.link.close()

    def reopen(self, channel=1):
        """Takes the server's close of a channel and opens the number again."""
        self.send("Channel.CloseOk", channel)
        self.call("Channel.Open", channel)

    # --- short forms; names of queues and exchanges are those of this scenario

    def qd(self, queue="q", channel=1, args=None, wait=True, **flags):
        (self.call if wait else self.send)(
            "Queue.Declare", channel, args, queue=self.n(queue), **flags, **({} if wait else {"nowait": True}))

    def xd(self, exchange="x", kind="direct", channel=1, args=None, wait=True, **flags):
        (self.call if wait else self.send)(
            "Exchange.Declare", channel, args, exchange=self.n(exchange), type=kind, **flags,
            **({} if wait else {"nowait": True}))

    def qb(self, queue="q", exchange="x", key="", channel=1, args=None):
        self.call("Queue.Bind", channel, args, queue=self.n(queue), exchange=self.n(exchange), routing_key=key)

    def qu(self, queue="q", exchange="x", key="", channel=1, args=None):
        self.call("Queue.Unbind", channel, args, queue=self.n(queue), exchange=self.n(exchange), routing_key=key)

    def xb(self, destination, source, key="", channel=1, args=None):
        self.call("Exchange.Bind", channel, args, destination=self.n(destination), source=self.n(source),
                  routing_key=key)

    def xu(self, destination, source, key="", channel=1, args=None):
        self.call("Exchange.Unbind", channel, args, destination=self.n(destination), source=self.n(source),
                  routing_key=key)

    def qdel(self, queue="q", channel=1, **flags):
        self.call("Queue.Delete", channel, queue=self.n(queue), **flags)

    def xdel(self, exchange="x", channel=1, **flags):
        self.call("Exchange.Delete", channel, exchange=self.n(exchange), **flags)

    def purge(self, queue="q", channel=1):
        self.call("Queue.Purge", channel, queue=self.n(queue))

    def pub(self, key="q", body=b"", exchange="", channel=1, block=None, mandatory=False, immediate=False, **props):
        key = self.n(key) if exchange == "" else key
        block = wire.properties(**props) if block is None else block
        flags = " mandatory" * mandatory + " immediate" * immediate
        self.say(f"-> {channel} publish {exchange!r} {key!r}{flags} | {wire.show_properties(block)} "
                 f"| {wire.show_body(body)}")
        self.raw(wire.method(channel, "Basic.Publish", exchange=self.n(exchange), routing_key=key,
                             mandatory=mandatory, immediate=immediate)
                 + wire.content(channel, block, body, self.frame_max))

    def pubs(self, key, bodies, **options):
        for body in bodies:
            self.pub(key, body if isinstance(body, bytes) else str(body).encode(), **options)

    def get(self, queue="q", no_ack=True, channel=1):
        self.call("Basic.Get", channel, queue=self.n(queue), no_ack=no_ack)

    def consume(self, queue="q", tag="t", channel=1, args=None, **flags):
        self.call("Basic.Consume", channel, args, queue=self.n(queue), consumer_tag=tag, **flags)

    def cancel(self, tag="t", channel=1):
        self.call("Basic.Cancel", channel, consumer_tag=tag)

    def ack(self, tag, multiple=False, channel=1):
        self.send("Basic.Ack", channel, delivery_tag=tag, multiple=multiple)

    def nack(self, tag, multiple=False, requeue=True, channel=1):
        self.send("Basic.Nack", channel, delivery_tag=tag, multiple=multiple, requeue=requeue)

    def reject(self, tag, requeue=True, channel=1):
        self.send("Basic.Reject", channel, delivery_tag=tag, requeue=requeue)

    def qos(self, count, all_consumers=False, channel=1):
        self.call("Basic.Qos", channel, prefetch_size=0, prefetch_count=count, global_qos=all_consumers)

    def until(self, queue="q", ready=0, patience=PATIENCE):
        """Asks until the queue has so many ready messages; silent, on a channel of its own."""
        muted, self.run.muted = self.run.muted, True
        deadline = time.monotonic() + patience
        probe = self.run.probe()
        while time.monotonic() < deadline:
            probe.send("Queue.Declare", 1, queue=self.n(queue), passive=True)
            unit = probe.read(1)
            if unit and f"message_count={ready} " in unit[1] + " ":
                break
            time.sleep(0.02)
        else:
            self.run.muted = muted
            self.say(f"<- queue never has {ready} ready: {unit}")
        self.run.muted = muted
