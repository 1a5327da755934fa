"""queue.declare, delete and purge."""
import wire
from .registry import scenario


def redeclared(c, first, second):
    c.qd("q", **first)
    c.qd("q", **second)


@scenario()
def declare_counts(c):
    c.qd()
    c.pubs("q", [1, 2])
    c.until(ready=2)
    c.qd()
    c.consume()
    c.take(2)
    c.qd()
    c.qd(passive=True)


@scenario()
def other_durability(c):
    redeclared(c, {"durable": True}, {})


@scenario()
def other_auto_delete(c):
    redeclared(c, {}, {"auto_delete": True})


@scenario()
def other_exclusive(c):
    redeclared(c, {}, {"exclusive": True})


@scenario()
def exclusive_declared_without(c):
    redeclared(c, {"exclusive": True}, {})


@scenario()
def exclusive_durable_and_not(c):
    redeclared(c, {"exclusive": True, "durable": True}, {"exclusive": True})


@scenario()
def several_differences(c):
    redeclared(c, {}, {"durable": True, "auto_delete": True, "args": [("x-expires", "I", 1000)]})


ARGUMENTS = [
    ("ttl differs", [("x-message-ttl", "I", 1000)], [("x-message-ttl", "I", 2000)]),
    ("ttl gone", [("x-message-ttl", "I", 1000)], []),
    ("ttl new", [], [("x-message-ttl", "I", 60000)]),
    ("ttl of another width", [("x-message-ttl", "I", 1000)], [("x-message-ttl", "l", 1000)]),
    ("ttl as short", [("x-message-ttl", "s", 1000)], []),
    ("ttl as byte", [("x-message-ttl", "b", 100)], []),
    ("ttl as unsigned byte", [("x-message-ttl", "B", 100)], []),
    ("ttl as unsigned short", [("x-message-ttl", "u", 100)], []),
    ("ttl as unsigned int", [("x-message-ttl", "i", 100)], []),
    ("ttl as long", [("x-message-ttl", "l", 100)], []),
    ("ttl as L", [("x-message-ttl", "L", 100)], []),
    ("expires differs", [("x-expires", "I", 100000)], [("x-expires", "I", 200000)]),
    ("max length differs", [("x-max-length", "I", 1)], [("x-max-length", "I", 2)]),
    ("max length bytes differs", [("x-max-length-bytes", "I", 1)], [("x-max-length-bytes", "I", 2)]),
    ("dead letter exchange differs", [("x-dead-letter-exchange", "S", "a")], [("x-dead-letter-exchange", "S", "b")]),
    ("dead letter exchange gone", [("x-dead-letter-exchange", "S", "a")], []),
    ("dead letter key differs", [("x-dead-letter-exchange", "S", "a"), ("x-dead-letter-routing-key", "S", "b")],
     [("x-dead-letter-exchange", "S", "a"), ("x-dead-letter-routing-key", "S", "c")]),
    ("queue mode differs", [("x-queue-mode", "S", "lazy")], [("x-queue-mode", "S", "default")]),
    ("unknown argument differs", [("x-any", "I", 1)], [("x-any", "S", "one")]),
    ("ttl as text", [("x-message-ttl", "S", "1000")], None),
    ("ttl as float", [("x-message-ttl", "d", 1.0)], None),
    ("ttl as bool", [("x-message-ttl", "t", True)], None),
    ("ttl as void", [("x-message-ttl", "V", None)], None),
    ("ttl as table", [("x-message-ttl", "F", [])], None),
    ("ttl as array", [("x-message-ttl", "A", [])], None),
    ("ttl as timestamp", [("x-message-ttl", "T", 1)], None),
    ("ttl negative", [("x-message-ttl", "I", -1)], None),
    ("ttl too big", [("x-message-ttl", "l", 1 << 50)], None),
    ("expires zero", [("x-expires", "I", 0)], None),
    ("expires negative", [("x-expires", "I", -5)], None),
    ("expires too big", [("x-expires", "l", 1 << 50)], None),
    ("max length negative", [("x-max-length", "I", -1)], None),
    ("max length as text", [("x-max-length", "S", "1")], None),
    ("max length bytes negative", [("x-max-length-bytes", "I", -1)], None),
    ("dead letter exchange as number", [("x-dead-letter-exchange", "I", 1)], None),
    ("dead letter key as number", [("x-dead-letter-exchange", "S", "a"), ("x-dead-letter-routing-key", "I", 1)], None),
    ("dead letter key alone", [("x-dead-letter-routing-key", "S", "a")], None),
    ("queue mode unknown", [("x-queue-mode", "S", "quick")], None),
    ("queue mode as number", [("x-queue-mode", "I", 1)], None),
]


def add(name, first, second):
    def play(c):
        c.qd("q", args=first)
        if second is not None:
            c.qd("q", args=second)
    play.__name__ = "argument_" + name.replace(" ", "_")
    scenario()(play)


for each in ARGUMENTS:
    add(*each)


@scenario()
def bad_argument_of_an_existing_queue(c):
    c.qd()
    c.qd(args=[("x-message-ttl", "S", "1")])


@scenario()
def duplicate_argument_first_counts(c):
    c.qd(args=[("x-message-ttl", "I", 1000), ("x-message-ttl", "I", 2000)])
    c.qd(args=[("x-message-ttl", "I", 1000)])
    c.qd(args=[("x-message-ttl", "I", 2000)])


@scenario()
def passive_missing(c):
    c.qd("missing", passive=True)


@scenario()
def passive_ignores_everything_else(c):
    c.qd()
    c.qd(passive=True, durable=True, auto_delete=True, args=[("x-message-ttl", "I", 1)])


@scenario()
def passive_without_a_name(c):
    c.qd("", passive=True)


@scenario()
def reserved_name(c):
    c.qd("amq.mine")


@scenario()
def reserved_name_passive(c):
    c.qd("amq.mine", passive=True)


@scenario()
def server_named(c):
    c.qd("", exclusive=True)
    c.qb("", "amq.direct", c.n("k"))
    c.qb("", "amq.direct", "")
    c.pub(c.n("k"), b"1", exchange="amq.direct")
    c.get("")
    c.purge("")
    c.consume("")
    c.cancel()
    c.qu("", "amq.direct", c.n("k"))
    c.qdel("")
    c.qdel("")


@scenario()
def last_declared_is_the_key_too(c):
    c.xd()
    c.qd(exclusive=True)
    c.qb("", "x", "")
    c.pub(c.n("q"), b"by name", exchange="x", mandatory=True)
    c.pub("", b"by nothing", exchange="x", mandatory=True)
    c.take()
    c.get("")
    c.qu("", "x", "")
    c.pub(c.n("q"), b"gone", exchange="x", mandatory=True)
    c.take()


@scenario()
def named_queue_with_empty_key(c):
    c.xd()
    c.qd(exclusive=True)
    c.qb("q", "x", "")
    c.pub("", b"by nothing", exchange="x", mandatory=True)
    c.get()


@scenario()
def last_declared_is_per_channel(c):
    c.qd(exclusive=True)
    c.call("Channel.Open", 2)
    c.get("", channel=2)


def without_declared(name, play):
    play.__name__ = "none_declared_" + name
    scenario()(play)


without_declared("bind", lambda c: c.qb("", "amq.direct", c.n("k")))
without_declared("unbind", lambda c: c.qu("", "amq.direct", c.n("k")))
without_declared("purge", lambda c: c.purge(""))
without_declared("delete", lambda c: c.qdel(""))
without_declared("consume", lambda c: c.consume(""))


@scenario()
def last_declared_by_passive(c):
    c.qd()
    c.qd("r")
    c.qd("q", passive=True)
    c.pub("q", b"q")
    c.until("q", ready=1)
    c.get("")


@scenario(connects=False)
def exclusive_from_elsewhere(run):
    a, b = run.peer("a"), run.peer("b")
    a.qd(exclusive=True)
    a.qb("q", "amq.direct", a.n("k"))
    for attempt in (lambda: b.qd(), lambda: b.qd(exclusive=True), lambda: b.qd(passive=True),
                    lambda: b.qb("q", "amq.direct", a.n("k")), lambda: b.qu("q", "amq.direct", a.n("k")),
                    lambda: b.get(), lambda: b.consume(), lambda: b.purge(), lambda: b.qdel()):
        attempt()
        b.reopen()
    b.pub("q", b"publishing is allowed", mandatory=True)
    b.quiet()
    a.get()


@scenario(connects=False)
def exclusive_goes_with_its_connection(run):
    a, b = run.peer("a"), run.peer("b")
    a.qd(exclusive=True)
    a.call("Connection.Close", 0, reply_code=200, reply_text="", class_id=0, method_id=0)
    b.qd(passive=True)


@scenario()
def auto_delete_after_cancel(c):
    c.qd(auto_delete=True)
    c.get()
    c.qd(passive=True)
    c.consume(tag="a")
    c.consume(tag="b")
    c.cancel("a")
    c.qd(passive=True)
    c.cancel("b")
    c.qd(passive=True)


@scenario()
def auto_delete_after_channel_close(c):
    c.qd(auto_delete=True)
    c.call("Channel.Open", 2)
    c.consume(channel=2)
    c.call("Channel.Close", 2, reply_code=200, reply_text="", class_id=0, method_id=0)
    c.qd(passive=True)


@scenario()
def auto_delete_after_channel_error(c):
    c.qd(auto_delete=True)
    c.call("Channel.Open", 2)
    c.consume(channel=2)
    c.ack(99, channel=2)
    c.take(channel=2)
    c.qd(passive=True)


@scenario()
def no_wait(c):
    c.qd(wait=False)
    c.quiet()
    c.qd(passive=True)
    c.send("Queue.Bind", queue=c.n("q"), exchange="amq.direct", routing_key=c.n("k"), nowait=True)
    c.quiet()
    c.pub(c.n("k"), b"1", exchange="amq.direct", mandatory=True)
    c.quiet()
    c.send("Queue.Purge", queue=c.n("q"), nowait=True)
    c.quiet()
    c.get()
    c.send("Queue.Delete", queue=c.n("q"), nowait=True)
    c.quiet()
    c.qd(passive=True)


@scenario()
def no_wait_error_still_closes(c):
    c.qd()
    c.qd(durable=True, wait=False)
    c.take()


@scenario()
def no_wait_passive_missing(c):
    c.qd("missing", passive=True, wait=False)
    c.take()


@scenario()
def delete_counts(c):
    c.qd()
    c.pubs("q", [1, 2, 3])
    c.until(ready=3)
    c.get(no_ack=False)
    c.qdel()
    c.qdel()
    c.ack(1)
    c.quiet()


@scenario()
def delete_missing(c):
    c.qdel("missing")
    c.qdel("missing", if_unused=True, if_empty=True)


@scenario()
def delete_if_empty(c):
    c.qd()
    c.pub("q", b"1")
    c.until(ready=1)
    c.qdel(if_empty=True)
    c.reopen()
    c.get()
    c.qdel(if_empty=True)


@scenario()
def delete_if_empty_with_unacked(c):
    c.qd()
    c.pub("q", b"1")
    c.until(ready=1)
    c.get(no_ack=False)
    c.qdel(if_empty=True)


@scenario()
def delete_if_unused(c):
    c.qd()
    c.call("Channel.Open", 2)
    c.consume(channel=2)
    c.qdel(if_unused=True)
    c.reopen()
    c.cancel(channel=2)
    c.qdel(if_unused=True)


@scenario()
def delete_if_unused_and_if_empty(c):
    c.qd()
    c.pub("q", b"1")
    c.until(ready=1)
    c.call("Channel.Open", 2)
    c.consume(channel=2)
    c.take(channel=2)
    c.call("Basic.Recover", 2, requeue=True)
    c.take(channel=2)
    c.qdel(if_unused=True, if_empty=True)


@scenario()
def purge_leaves_unacked(c):
    c.qd()
    c.pubs("q", [1, 2, 3])
    c.until(ready=3)
    c.get(no_ack=False)
    c.purge()
    c.purge()
    c.reject(1)
    c.until(ready=1)
    c.get()


@scenario()
def purge_missing(c):
    c.purge("missing")


@scenario()
def name_with_odd_characters(c):
    c.qd("a b/%'\"é\u20ac")
    c.pub("a b/%'\"é\u20ac", b"1", mandatory=True)
    c.until("a b/%'\"é\u20ac", ready=1)
    c.get("a b/%'\"é\u20ac")
    c.qd("a b/%'\"é\u20ac", durable=True)


@scenario()
def name_of_255_bytes(c):
    name = "q" * (255 - len(c.run.prefix))
    c.qd(name)
    c.pub(name, b"1")
    c.until(name, ready=1)
    c.get(name)


@scenario()
def later_series_arguments_are_ignored(c):
    c.qd(args=[("x-any", "S", "min-masters"), ("x-ha-policy", "S", "all")])
    c.qd()
