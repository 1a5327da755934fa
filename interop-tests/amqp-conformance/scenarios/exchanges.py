"""exchange.declare and delete."""
from .registry import scenario


@scenario()
def declare_all_types(c):
    for kind in ("direct", "fanout", "topic", "headers"):
        c.xd(kind, kind)
        c.xd(kind, kind)
        c.xd(kind, kind, passive=True)


def redeclared(c, first, second):
    c.xd("x", **first)
    c.xd("x", **second)


@scenario()
def other_type(c):
    redeclared(c, {}, {"kind": "fanout"})


@scenario()
def other_durability(c):
    redeclared(c, {"durable": True}, {})


@scenario()
def other_auto_delete(c):
    redeclared(c, {}, {"auto_delete": True})


@scenario()
def other_internal(c):
    redeclared(c, {"internal": True}, {})


@scenario()
def other_arguments_are_not_compared(c):
    redeclared(c, {"args": [("x-any", "I", 1)]}, {"args": [("x-any", "I", 2)]})


@scenario()
def several_differences(c):
    redeclared(c, {}, {"kind": "topic", "durable": True, "auto_delete": True})


@scenario()
def unknown_type(c):
    c.xd("x", "nonsense")


@scenario()
def unknown_type_of_an_existing_exchange(c):
    c.call("Exchange.Declare", exchange="amq.direct", type="nonsense", durable=True)


@scenario()
def passive_missing(c):
    c.xd("missing", passive=True)


@scenario()
def passive_ignores_everything_else(c):
    c.xd("x")
    c.xd("x", "fanout", passive=True, durable=True)


@scenario()
def passive_with_unknown_type(c):
    c.xd("x")
    c.xd("x", "nonsense", passive=True)


@scenario()
def default_exchange_declare(c):
    c.xd("", "direct", durable=True)


@scenario()
def default_exchange_passive(c):
    c.xd("", "direct", passive=True)


@scenario()
def default_exchange_delete(c):
    c.xdel("")


@scenario()
def reserved_name(c):
    c.xd("amq.mine")


@scenario()
def reserved_name_passive(c):
    c.xd("amq.mine", passive=True)


@scenario()
def predeclared(c):
    for name, kind in (("amq.direct", "direct"), ("amq.fanout", "fanout"), ("amq.topic", "topic"),
                       ("amq.headers", "headers"), ("amq.match", "headers")):
        c.xd(name, kind, durable=True)
        c.xd(name, kind, passive=True)
    c.xd("amq.rabbitmq.trace", "topic", durable=True, internal=True)


@scenario()
def predeclared_with_another_type(c):
    c.xd("amq.direct", "topic", durable=True)


@scenario()
def delete_predeclared(c):
    c.xdel("amq.direct")


@scenario()
def delete_reserved_that_is_missing(c):
    c.xdel("amq.mine")


@scenario()
def delete_missing(c):
    c.xdel("missing")
    c.xdel("missing", if_unused=True)


@scenario()
def delete_if_unused(c):
    c.xd()
    c.qd(exclusive=True)
    c.qb()
    c.xdel(if_unused=True)
    c.reopen()
    c.qu()
    c.xdel(if_unused=True)
    c.xd(passive=True)


@scenario()
def delete_with_bindings(c):
    c.xd()
    c.qd(exclusive=True)
    c.qb()
    c.xdel()
    c.xd()
    c.pub("", b"lost", exchange="x", mandatory=True)
    c.take()


@scenario()
def auto_delete_goes_with_its_last_binding(c):
    c.xd(auto_delete=True)
    c.qd(exclusive=True)
    c.xd(passive=True, auto_delete=True)
    c.qb(key="a")
    c.qb(key="b")
    c.qu(key="a")
    c.xd(passive=True)
    c.qu(key="b")
    c.xd(passive=True)


@scenario()
def auto_delete_goes_with_the_bound_queue(c):
    c.xd(auto_delete=True)
    c.qd(exclusive=True)
    c.qb(key="a")
    c.qdel()
    c.xd(passive=True)


@scenario()
def no_wait(c):
    c.xd(wait=False)
    c.quiet()
    c.xd(passive=True)
    c.send("Exchange.Delete", exchange=c.n("x"), nowait=True)
    c.quiet()
    c.xd(passive=True)


@scenario()
def no_wait_error_still_closes(c):
    c.xd()
    c.xd("x", "fanout", wait=False)
    c.take()


@scenario()
def publish_to_internal(c):
    c.xd(internal=True)
    c.pub("a", b"", exchange="x")
    c.take()


@scenario()
def name_of_255_bytes(c):
    name = "x" * (255 - len(c.run.prefix))
    c.xd(name)
    c.xd(name, passive=True)


@scenario()
def long_name_is_cut_in_the_error(c):
    c.xd("y" * (255 - len(c.run.prefix)), passive=True)


@scenario()
def name_with_odd_characters(c):
    c.xd("a b/%'\"é\u20ac")
    c.xd("a b/%'\"é\u20ac", "fanout")
