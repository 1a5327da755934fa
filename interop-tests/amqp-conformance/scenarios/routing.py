"""What each type of exchange does with which key and which headers."""
from .registry import scenario


def routed(c, key, headers=None):
    """Publishes and says which of the queues got it; each is read until it is empty."""
    props = {} if headers is None else {"headers": headers}
    c.pub(key, b"m", exchange="x", mandatory=True, **props)
    c.send("Basic.Qos", prefetch_size=0, prefetch_count=0, global_qos=False)
    muted, c.run.muted = c.run.muted, True
    hits, returned = [], False
    while "Qos" not in (unit := c.read(1))[1]:
        returned |= "Return" in unit[1]
    for queue in c.queues:
        c.send("Basic.Get", queue=c.n(queue), no_ack=True)
        unit = c.read(1)
        if "GetOk" in unit[1]:
            hits.append(queue)
    c.run.muted = muted
    c.say(f"   {key!r} reached {hits}{' returned' if returned else ''}")


def bound(c, kind, bindings):
    c.xd("x", kind)
    c.queues = []
    for i, binding in enumerate(bindings):
        queue = f"{i}:{binding}"
        c.queues.append(queue)
        c.qd(queue, exclusive=True)
        if isinstance(binding, str):
            c.qb(queue, "x", binding)
        else:
            c.qb(queue, "x", "", args=binding)


@scenario()
def direct(c):
    bound(c, "direct", ["a", "a.b", "*", "#", "", "A"])
    for key in ("a", "a.b", "*", "#", "", "A", "b", "a.", "é"):
        routed(c, key)


@scenario()
def fanout(c):
    bound(c, "fanout", ["a", "", "b"])
    for key in ("a", "", "zzz"):
        routed(c, key)


@scenario()
def topic(c):
    bound(c, "topic", ["", "#", "*", "a", "a.*", "a.#", "#.a", "*.*", "*.#", "#.*", "#.#", "a.#.b", "a.*.b", "*.a.#",
                       "#.a.#", "a..b", "a.*.", ".*", "*.", ".", "..", "a.b#", "a*", "#.b.*", "A.b", "a.#.#.b", "*.#.*"])
    for key in ("", "a", "b", "a.b", "a.", ".a", ".", "..", "a..b", "a.x.b", "a.x.y.b", "a.b.c", "b.a", "b.a.c", "*", "#",
                "a.*", "a.#", "a.b#", "a*", "A.B", "a.b.c.d.e.f", "é.a", " ", "a b"):
        routed(c, key)


@scenario()
def default_exchange(c):
    c.qd(exclusive=True)
    c.pub("q", b"1", mandatory=True)
    c.get()
    c.pub("missing", b"2", mandatory=True)
    c.take()
    c.pub("missing", b"3")
    c.quiet()


HEADER_BINDINGS = [
    [], [("x-match", "S", "all")], [("x-match", "S", "any")],
    [("a", "I", 1)], [("x-match", "S", "all"), ("a", "I", 1), ("b", "S", "two")],
    [("x-match", "S", "any"), ("a", "I", 1), ("b", "S", "two")],
    [("a", "V", None)], [("x-match", "S", "any"), ("a", "V", None), ("c", "V", None)],
    [("x-key", "S", "ignored"), ("a", "I", 1)], [("x-match", "S", "any"), ("x-key", "S", "v")],
    [("a", "S", "1")], [("a", "t", True)], [("a", "l", 1)], [("a", "d", 1.0)], [("a", "T", 1)],
    [("a", "F", [("n", "I", 1)])], [("a", "A", [("I", 1)])], [("b", "S", "")],
]
HEADERS = [
    None, [], [("a", "I", 1)], [("a", "b", 1)], [("a", "l", 1)], [("a", "S", "1")], [("a", "t", True)], [("a", "V", None)],
    [("a", "d", 1.0)], [("a", "f", 1.0)], [("a", "T", 1)], [("a", "I", 1), ("b", "S", "two")], [("b", "S", "two")],
    [("a", "I", 2), ("b", "S", "two")], [("c", "S", "any")], [("x-key", "S", "v")], [("A", "I", 1)],
    [("a", "F", [("n", "I", 1)])], [("a", "A", [("I", 1)])], [("a", "I", 2), ("a", "I", 1)], [("a", "I", 1), ("a", "I", 2)],
    [("b", "S", "")], [("a", "x", b"1")], [("a", "D", (0, 1))],
]


@scenario()
def headers(c):
    bound(c, "headers", HEADER_BINDINGS)
    for each in HEADERS:
        c.say(f"headers {each}")
        routed(c, "any key", each)


def longstr(*keys):
    return ("A", [("S", key) for key in keys])


@scenario()
def cc_and_bcc(c):
    bound(c, "direct", ["a", "b", "c", "d"])
    routed(c, "a", [("CC", *longstr("b", "c")), ("BCC", *longstr("d"))])
    routed(c, "none", [("CC", *longstr("b"))])
    routed(c, "none", [("BCC", *longstr("b"))])
    routed(c, "none", [("CC", *longstr())])
    routed(c, "a", [("CC", *longstr("a"))])


@scenario()
def cc_is_delivered_and_bcc_is_not(c):
    c.qd(exclusive=True)
    c.pub("nowhere", b"1", headers=[("z", "I", 1), ("CC", *longstr(c.n("q"))), ("BCC", *longstr("hidden")), ("a", "I", 2)])
    c.get()
    c.pub("nowhere", b"2", headers=[("BCC", *longstr(c.n("q")))])
    c.get()


@scenario()
def cc_of_the_wrong_type(c):
    c.pub("q", b"", headers=[("CC", "S", "text")])
    c.take()


@scenario()
def bcc_of_the_wrong_type(c):
    c.pub("q", b"", headers=[("BCC", "I", 1)])
    c.take()


@scenario()
def cc_with_items_of_the_wrong_type(c):
    c.pub("q", b"", headers=[("CC", "A", [("I", 1)])])
    c.quiet()


@scenario()
def bcc_in_a_return(c):
    c.pub("nowhere", b"1", mandatory=True, headers=[("CC", *longstr("nor here")), ("BCC", *longstr("nor there"))])
    c.take()
