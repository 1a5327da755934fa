"""exchange.bind and unbind."""
from .registry import scenario


@scenario()
def through_two(c):
    c.xd("a", "topic")
    c.xd("b", "fanout")
    c.qd(exclusive=True)
    c.xb("b", "a", "k.#")
    c.qb("q", "b")
    c.pub("k.1", b"through", exchange="a", mandatory=True)
    c.get()
    c.pub("other", b"not through", exchange="a", mandatory=True)
    c.take()
    c.xu("b", "a", "k.#")
    c.pub("k.1", b"no more", exchange="a", mandatory=True)
    c.take()


@scenario()
def two_ways_one_copy(c):
    c.xd("a", "fanout")
    c.xd("b", "fanout")
    c.xd("c", "fanout")
    c.qd(exclusive=True)
    c.xb("b", "a")
    c.xb("c", "a")
    for source in ("a", "b", "c"):
        c.qb("q", source)
    c.pub("", b"1", exchange="a")
    c.get()
    c.get()


@scenario()
def cycles_end(c):
    c.xd("a", "fanout")
    c.xd("b", "fanout")
    c.qd(exclusive=True)
    c.xb("b", "a")
    c.xb("a", "b")
    c.xb("a", "a")
    c.qb("q", "b")
    c.pub("", b"1", exchange="a")
    c.get()
    c.get()


@scenario()
def by_headers(c):
    c.xd("a", "headers")
    c.xd("b", "direct")
    c.qd(exclusive=True)
    c.xb("b", "a", args=[("x-match", "S", "any"), ("n", "I", 1)])
    c.qb("q", "b", "k")
    c.pub("k", b"1", exchange="a", headers=[("n", "I", 1)], mandatory=True)
    c.get()
    c.pub("k", b"2", exchange="a", headers=[("n", "I", 2)], mandatory=True)
    c.take()


@scenario()
def bad_x_match(c):
    c.xd("a", "headers")
    c.xd("b")
    c.xb("b", "a", args=[("x-match", "S", "foo")])


@scenario()
def into_an_internal_exchange(c):
    c.xd("a")
    c.xd("b", "fanout", internal=True)
    c.qd(exclusive=True)
    c.xb("b", "a", "k")
    c.qb("q", "b")
    c.pub("k", b"1", exchange="a")
    c.get()


@scenario()
def missing_source(c):
    c.xd("b")
    c.xb("b", "missing")


@scenario()
def missing_destination(c):
    c.xd("a")
    c.xb("missing", "a")


@scenario()
def both_missing(c):
    c.xb("missing", "missing too")


@scenario()
def default_source(c):
    c.xd("b")
    c.xb("b", "", "k")


@scenario()
def default_destination(c):
    c.xd("a")
    c.xb("", "a", "k")


@scenario()
def unbind_default(c):
    c.xd("a")
    c.xu("a", "", "k")


@scenario()
def unbind_what_is_missing(c):
    c.xd("a")
    c.xd("b")
    c.xu("b", "a", "never")
    c.xu("missing", "a", "k")
    c.xu("b", "missing", "k")
    c.xu("missing", "missing too", "k")


@scenario()
def auto_delete_source_goes_with_its_last_binding(c):
    c.xd("a", auto_delete=True)
    c.xd("b")
    c.xb("b", "a", "1")
    c.xb("b", "a", "2")
    c.xu("b", "a", "1")
    c.xd("a", passive=True)
    c.xu("b", "a", "2")
    c.xd("a", passive=True)


@scenario()
def auto_delete_destination_stays(c):
    c.xd("a")
    c.xd("b", auto_delete=True)
    c.xb("b", "a", "1")
    c.xu("b", "a", "1")
    c.xd("b", passive=True)


@scenario()
def auto_delete_chain(c):
    """Each is the source of the next; the last binding takes them all along."""
    c.xd("a", auto_delete=True)
    c.xd("b", auto_delete=True)
    c.qd()
    c.xb("b", "a", "k")
    c.qb("q", "b", "k")
    c.qdel()
    c.xd("b", passive=True)
    c.reopen()
    c.xd("a", passive=True)


@scenario()
def delete_if_unused_looks_at_the_source(c):
    c.xd("a")
    c.xd("b")
    c.xb("b", "a", "k")
    c.xdel("a", if_unused=True)
    c.reopen()
    c.xdel("b", if_unused=True)
    c.xdel("a", if_unused=True)


@scenario()
def no_wait(c):
    c.xd("a")
    c.xd("b", "fanout")
    c.qd(exclusive=True)
    c.qb("q", "b")
    c.send("Exchange.Bind", destination=c.n("b"), source=c.n("a"), routing_key="k", nowait=True)
    c.pub("k", b"1", exchange="a", mandatory=True)
    c.get()
    c.send("Exchange.Unbind", destination=c.n("b"), source=c.n("a"), routing_key="k", nowait=True)
    c.pub("k", b"2", exchange="a", mandatory=True)
    c.take()


@scenario()
def to_predeclared(c):
    c.xd("a")
    c.qd(exclusive=True)
    c.qb("q", "amq.fanout", "")
    c.xb("amq.fanout", "a", "k")
    c.pub("k", b"1", exchange="a")
    c.get()
    c.xu("amq.fanout", "a", "k")


@scenario()
def cc_goes_through_too(c):
    c.xd("a")
    c.xd("b")
    c.qd(exclusive=True)
    c.xb("b", "a", "one")
    c.qb("q", "b", "two")
    c.pub("one", b"1", exchange="a", headers=[("CC", "A", [("S", "two")])], mandatory=True)
    c.get()
    c.pub("one", b"2", exchange="a", mandatory=True)
    c.take()


@scenario()
def bound_twice_and_unbound_once(c):
    c.xd("a")
    c.xd("b", "fanout")
    c.qd(exclusive=True)
    c.qb("q", "b")
    c.xb("b", "a", "k")
    c.xb("b", "a", "k")
    c.xu("b", "a", "k")
    c.pub("k", b"1", exchange="a", mandatory=True)
    c.take()


@scenario()
def destination_deleted(c):
    c.xd("a")
    c.xd("b", "fanout")
    c.xb("b", "a", "k")
    c.xdel("b")
    c.pub("k", b"1", exchange="a", mandatory=True)
    c.take()
    c.xdel("a", if_unused=True)
