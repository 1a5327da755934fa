"""Dead-lettering and x-death."""
from .registry import scenario


def dlx(exchange, key=None, *more):
    args = [("x-dead-letter-exchange", "S", exchange)]
    if key is not None:
        args.append(("x-dead-letter-routing-key", "S", key))
    return args + list(more)


def graveyard(c, kind="fanout"):
    c.xd("dead", kind)
    c.qd("graves")
    c.qb("graves", "dead", "#" if kind == "topic" else "")


def buried(c, count=1):
    c.until("graves", ready=count)
    for _ in range(count + 1):
        c.get("graves")


@scenario()
def rejected(c):
    graveyard(c)
    c.qd(args=dlx(c.n("dead")))
    c.pub("q", b"1", content_type="t", delivery_mode=2, priority=3, headers=[("a", "b", 1)])
    c.until(ready=1)
    c.get(no_ack=False)
    c.reject(1, requeue=False)
    buried(c)


@scenario()
def nacked_many_in_order(c):
    graveyard(c)
    c.qd(args=dlx(c.n("dead")))
    c.pubs("q", [1, 2, 3])
    c.until(ready=3)
    for _ in range(3):
        c.get(no_ack=False)
    c.nack(0, multiple=True, requeue=False)
    buried(c, 3)


@scenario()
def expired_by_queue(c):
    graveyard(c)
    c.qd(args=dlx(c.n("dead"), None, ("x-message-ttl", "I", 100)))
    c.pub("q", b"1")
    buried(c)


@scenario()
def expired_by_message(c):
    graveyard(c)
    c.qd(args=dlx(c.n("dead")))
    c.pub("q", b"1", expiration="100")
    buried(c)


@scenario()
def expired_by_the_smaller(c):
    graveyard(c)
    c.qd(args=dlx(c.n("dead"), None, ("x-message-ttl", "I", 100)))
    c.pub("q", b"1", expiration="60000")
    buried(c)


@scenario()
def rejected_with_expiration(c):
    graveyard(c)
    c.qd(args=dlx(c.n("dead")))
    c.pub("q", b"1", expiration="60000")
    c.until(ready=1)
    c.get(no_ack=False)
    c.reject(1, requeue=False)
    buried(c)


@scenario()
def too_long(c):
    graveyard(c)
    c.qd(args=dlx(c.n("dead"), None, ("x-max-length", "I", 1)))
    c.pubs("q", [1, 2, 3])
    buried(c, 2)
    c.get()


@scenario()
def too_many_bytes(c):
    graveyard(c)
    c.qd(args=dlx(c.n("dead"), None, ("x-max-length-bytes", "I", 3)))
    c.pubs("q", [b"aaa", b"bbbb"])
    buried(c, 2)


@scenario()
def key_keeps(c):
    graveyard(c, "topic")
    c.xd("x", "topic")
    c.qd(args=dlx(c.n("dead")))
    c.qb("q", "x", "#")
    c.pub("some.key", b"1", exchange="x")
    c.until(ready=1)
    c.get(no_ack=False)
    c.reject(1, requeue=False)
    buried(c)


@scenario()
def key_replaced_and_cc_gone(c):
    graveyard(c)
    c.qd(args=dlx(c.n("dead"), "other"))
    c.pub("q", b"1", headers=[("CC", "A", [("S", "cc1")]), ("BCC", "A", [("S", "bcc")]), ("a", "I", 1)])
    c.until(ready=1)
    c.get(no_ack=False)
    c.reject(1, requeue=False)
    buried(c)


@scenario()
def cc_routes_again(c):
    c.xd("dead")
    c.qd("graves")
    c.qb("graves", "dead", "cc1")
    c.qd(args=dlx(c.n("dead")))
    c.pub("q", b"1", headers=[("CC", "A", [("S", "cc1"), ("S", "cc2")]), ("a", "I", 1)])
    c.until(ready=1)
    c.get(no_ack=False)
    c.reject(1, requeue=False)
    buried(c)


@scenario()
def through_the_default_exchange(c):
    c.qd("graves")
    c.qd(args=dlx("", c.n("graves")))
    c.pub("q", b"1")
    c.until(ready=1)
    c.get(no_ack=False)
    c.reject(1, requeue=False)
    buried(c)


@scenario()
def missing_exchange_drops(c):
    c.qd(args=dlx("missing"))
    c.pub("q", b"1")
    c.until(ready=1)
    c.get(no_ack=False)
    c.reject(1, requeue=False)
    c.quiet()
    c.get()


@scenario()
def unroutable_drops(c):
    c.xd("dead")
    c.qd(args=dlx(c.n("dead")))
    c.pub("q", b"1")
    c.until(ready=1)
    c.get(no_ack=False)
    c.reject(1, requeue=False)
    c.quiet()
    c.get()


@scenario()
def rejected_again_and_again(c):
    """To itself, by the default exchange: reason rejected is never taken for a cycle."""
    c.qd(args=dlx(""))
    c.pub("q", b"1")
    for i in range(1, 4):
        c.until(ready=1)
        c.get(no_ack=False)
        c.reject(i, requeue=False)
    c.until(ready=1)
    c.get()


@scenario()
def cycle_without_reject_is_dropped(c):
    c.qd(args=dlx("", None, ("x-message-ttl", "I", 100)))
    c.pub("q", b"1")
    c.until(ready=1)
    c.until(ready=0)
    c.quiet(1.0)
    c.get()


@scenario()
def retry_cycle(c):
    """Rejected into a queue that expires back: the usual retry."""
    c.qd("work", args=dlx("", c.n("wait")))
    c.qd("wait", args=dlx("", c.n("work"), ("x-message-ttl", "I", 100)))
    c.pub("work", b"1", headers=[("n", "I", 1)])
    for i in range(1, 4):
        c.until("work", ready=1)
        c.get("work", no_ack=False)
        c.reject(i, requeue=False)
    c.until("work", ready=1)
    c.get("work")


@scenario()
def several_queues_and_reasons(c):
    graveyard(c)
    c.qd("b", args=dlx(c.n("dead")))
    c.qd("a", args=dlx("", c.n("b"), ("x-message-ttl", "I", 100)))
    c.pub("a", b"1", expiration="90000")
    c.until("b", ready=1)
    c.get("b", no_ack=False)
    c.reject(1, requeue=False)
    buried(c)


@scenario()
def own_x_death_of_the_client(c):
    graveyard(c)
    c.qd(args=dlx(c.n("dead")))
    c.pub("q", b"1", headers=[("x-death", "S", "mine"), ("b", "I", 1)])
    c.until(ready=1)
    c.get(no_ack=False)
    c.reject(1, requeue=False)
    buried(c)


@scenario()
def to_several_queues(c):
    graveyard(c)
    c.qd("graves2")
    c.qb("graves2", "dead", "")
    c.qd(args=dlx(c.n("dead")))
    c.pub("q", b"1")
    c.until(ready=1)
    c.get(no_ack=False)
    c.reject(1, requeue=False)
    buried(c)
    c.until("graves2", ready=1)
    c.get("graves2")


@scenario()
def purge_and_delete_do_not_dead_letter(c):
    graveyard(c)
    c.qd(args=dlx(c.n("dead")))
    c.pub("q", b"1")
    c.until(ready=1)
    c.purge()
    c.pub("q", b"2")
    c.until(ready=1)
    c.qdel()
    c.quiet()
    c.get("graves")


@scenario()
def properties_stay_byte_exact(c):
    graveyard(c)
    c.qd(args=dlx(c.n("dead")))
    c.pub("q", b"1", content_type="a", content_encoding="b", delivery_mode=1, priority=9, correlation_id="c",
          reply_to="d", message_id="e", timestamp=1234567890, type="f", user_id="guest", app_id="g", cluster_id="h",
          headers=[("z", "s", 1), ("y", "B", 2), ("x", "F", [("k", "f", 0.5)]), ("w", "x", b"\0\xff"), ("v", "D", (2, 314))])
    c.until(ready=1)
    c.get(no_ack=False)
    c.reject(1, requeue=False)
    buried(c)


def deaths(queue, reason, count):
    return ("A", [("F", [("count", "l", count), ("reason", "S", reason), ("queue", "S", queue), ("time", "T", 5),
                         ("exchange", "S", "theirs"), ("routing-keys", "A", [("S", "old")])])])


@scenario()
def x_death_of_the_client_is_counted_on(c):
    graveyard(c)
    c.qd(args=dlx(c.n("dead")))
    c.pub("q", b"1", headers=[("x-death", *deaths(c.n("q"), "rejected", 5))])
    c.until(ready=1)
    c.get(no_ack=False)
    c.reject(1, requeue=False)
    buried(c)


@scenario()
def x_death_of_the_client_for_another_queue(c):
    graveyard(c)
    c.qd(args=dlx(c.n("dead")))
    c.pub("q", b"1", headers=[("x-death", *deaths("elsewhere", "expired", 5))])
    c.until(ready=1)
    c.get(no_ack=False)
    c.reject(1, requeue=False)
    buried(c)


@scenario()
def into_an_internal_exchange(c):
    c.xd("dead", "fanout", internal=True)
    c.qd("graves")
    c.qb("graves", "dead")
    c.qd(args=dlx(c.n("dead")))
    c.pub("q", b"1")
    c.until(ready=1)
    c.get(no_ack=False)
    c.reject(1, requeue=False)
    buried(c)


@scenario()
def through_exchange_bindings(c):
    graveyard(c)
    c.xd("first", "direct")
    c.xb("dead", "first", "k")
    c.qd(args=dlx(c.n("first"), "k"))
    c.pub("q", b"1")
    c.until(ready=1)
    c.get(no_ack=False)
    c.reject(1, requeue=False)
    buried(c)


@scenario()
def to_a_consumer(c):
    graveyard(c)
    c.qd(args=dlx(c.n("dead"), None, ("x-message-ttl", "I", 0)))
    c.call("Channel.Open", 2)
    c.consume("graves", channel=2)
    c.pub("q", b"1")
    c.take(channel=2)
    c.ack(1, channel=2)
    c.quiet(channel=2)


@scenario()
def persistent_through_durable_queues(c):
    c.xd("dead", "fanout", durable=True)
    c.qd("graves", durable=True)
    c.qb("graves", "dead")
    c.qd(durable=True, args=dlx(c.n("dead")))
    c.pub("q", b"x" * 300000, delivery_mode=2)
    c.until(ready=1)
    c.get(no_ack=False)
    c.reject(1, requeue=False)
    buried(c)


@scenario()
def requeued_and_then_rejected(c):
    graveyard(c)
    c.qd(args=dlx(c.n("dead")))
    c.pub("q", b"1")
    c.until(ready=1)
    c.get(no_ack=False)
    c.reject(1)
    c.until(ready=1)
    c.get(no_ack=False)
    c.reject(2, requeue=False)
    buried(c)
