"""queue.bind and unbind."""
from .registry import scenario


@scenario()
def missing_exchange(c):
    c.qd(exclusive=True)
    c.qb("q", "missing")


@scenario()
def missing_queue(c):
    c.qb("missing", "amq.direct")


@scenario()
def both_missing(c):
    c.qb("missing", "missing too")


@scenario()
def default_exchange(c):
    c.qd(exclusive=True)
    c.qb("q", "", "k")


@scenario()
def unbind_from_the_default_exchange(c):
    c.qd(exclusive=True)
    c.qu("q", "", c.n("q"))


@scenario()
def unbind_what_is_missing(c):
    c.qd(exclusive=True)
    c.qu("q", "amq.direct", "never bound")
    c.qu("missing", "amq.direct", "k")
    c.qu("q", "missing", "k")
    c.qu("missing", "missing", "k")


@scenario()
def same_binding_twice(c):
    c.xd()
    c.qd(exclusive=True)
    c.qb(key="k")
    c.qb(key="k")
    c.pub("k", b"1", exchange="x")
    c.get()
    c.get()
    c.qu(key="k")
    c.pub("k", b"2", exchange="x", mandatory=True)
    c.take()


@scenario()
def several_bindings_one_copy(c):
    c.xd("x", "topic")
    c.qd(exclusive=True)
    for key in ("a.*", "#", "*.b", "a.b"):
        c.qb(key=key)
    c.pub("a.b", b"1", exchange="x")
    c.get()
    c.get()


@scenario()
def arguments_tell_bindings_apart(c):
    c.xd()
    c.qd(exclusive=True)
    c.qb(key="k", args=[("a", "I", 1)])
    c.qb(key="k", args=[("a", "I", 2)])
    c.qu(key="k", args=[("a", "I", 1)])
    c.pub("k", b"still", exchange="x", mandatory=True)
    c.get()
    c.qu(key="k", args=[])
    c.pub("k", b"still", exchange="x", mandatory=True)
    c.get()
    c.qu(key="k", args=[("a", "I", 2)])
    c.pub("k", b"gone", exchange="x", mandatory=True)
    c.take()


@scenario()
def arguments_in_another_order(c):
    c.xd()
    c.qd(exclusive=True)
    c.qb(key="k", args=[("a", "I", 1), ("b", "S", "x")])
    c.qu(key="k", args=[("b", "S", "x"), ("a", "I", 1)])
    c.pub("k", b"gone", exchange="x", mandatory=True)
    c.quiet()


@scenario()
def durable_exchange_transient_queue(c):
    c.xd(durable=True)
    c.qd()
    c.qb(key="k")
    c.pub("k", b"1", exchange="x", mandatory=True)
    c.until(ready=1)
    c.get()


@scenario()
def transient_exchange_durable_queue(c):
    c.xd()
    c.qd(durable=True)
    c.qb(key="k")
    c.pub("k", b"1", exchange="x", mandatory=True)
    c.until(ready=1)
    c.get()


@scenario()
def no_wait_error_still_closes(c):
    c.qd(exclusive=True)
    c.send("Queue.Bind", queue=c.n("q"), exchange=c.n("missing"), routing_key="", nowait=True)
    c.take()


def x_match(name, kind, value):
    def play(c):
        c.xd("x", "headers")
        c.qd(exclusive=True)
        c.qb(args=[("x-match", kind, value), ("a", "I", 1)])
    play.__name__ = "x_match_" + name
    scenario()(play)


x_match("unknown", "S", "foo")
x_match("empty", "S", "")
x_match("as_byte", "b", 4)
x_match("as_int", "I", 4)
x_match("as_bool", "t", True)
x_match("as_void", "V", None)
x_match("any", "S", "any")


@scenario()
def x_match_elsewhere_is_not_looked_at(c):
    c.qd(exclusive=True)
    c.qb("q", "amq.direct", "k", args=[("x-match", "S", "foo")])
