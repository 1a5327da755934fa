"""Publishing: returns, confirms, refusals."""
import wire
from .registry import scenario


def confirmed(c):
    c.call("Confirm.Select")


@scenario()
def select_twice(c):
    confirmed(c)
    confirmed(c)
    c.send("Confirm.Select", nowait=True)
    c.quiet()


@scenario()
def numbers_count_from_select(c):
    c.qd()
    c.pub("q", b"before")
    confirmed(c)
    c.pub("q", b"after")
    c.take()
    confirmed(c)
    c.pub("q", b"more")
    c.take()


@scenario()
def return_comes_before_its_ack(c):
    confirmed(c)
    for i in range(3):
        c.pub("missing", str(i).encode(), mandatory=True, message_id=str(i))
        c.take(2)


@scenario()
def unroutable_is_acked(c):
    confirmed(c)
    c.pub("missing", b"1")
    c.take()


@scenario()
def unroutable_without_confirms(c):
    c.pub("missing", b"1", exchange="amq.topic", mandatory=True, content_type="text/plain", headers=[("a", "b", 1)])
    c.take()
    c.pub("missing", b"2", exchange="amq.topic")
    c.quiet()


@scenario()
def persistent_to_durable(c):
    confirmed(c)
    c.qd(durable=True)
    c.pub("q", b"1", delivery_mode=2)
    c.take()
    c.pub("q", b"2", delivery_mode=1, mandatory=True)
    c.take()


@scenario()
def all_are_confirmed(c):
    confirmed(c)
    c.qd(durable=True)
    c.say("-> 1000 publishes")
    for i in range(1000):
        c.raw(wire.method(1, "Basic.Publish", exchange="", routing_key=c.n("q"))
              + wire.content(1, wire.properties(delivery_mode=2), str(i).encode()))
    c.run.muted, done = True, set()
    while len(done) < 1000 and (unit := c.read(1)):
        words = dict(word.split("=") for word in unit[1].split() if "=" in word)
        tag = int(words["delivery_tag"])
        done |= set(range(1, tag + 1)) if words["multiple"] == "True" else {tag}
    c.run.muted = False
    c.say(f"<- {len(done)} of them confirmed")
    c.qd(durable=True)


@scenario()
def immediate(c):
    c.pub("q", b"1", immediate=True)
    c.take()


@scenario()
def missing_exchange(c):
    c.pub("q", b"1", exchange="missing")
    c.take()


@scenario()
def missing_exchange_amid_publishes(c):
    c.qd()
    confirmed(c)
    c.pubs("q", [1, 2, 3])
    c.until(ready=3)
    c.run.muted = True
    c.quiet()
    c.run.muted = False
    c.pub("q", b"4", exchange="missing")
    c.pubs("q", [5, 6, 7])
    c.take()
    c.quiet()
    c.reopen()
    c.qd()


@scenario()
def missing_exchange_mandatory(c):
    c.pub("q", b"1", exchange="missing", mandatory=True)
    c.take()


@scenario()
def expiration_forms(c):
    for text in ("", "ten", "1.5", "-1", "10s", " 10", "0x10", "1e3"):
        c.pub("q", b"", expiration=text)
        c.take()
        c.reopen()


@scenario(differs="cmqd has 3.6's limit of 4294967295 ms; 3.10 takes more")
def expiration_of_more_than_49_days(c):
    c.pub("q", b"", expiration="4294967296")
    c.take()


@scenario()
def expiration_with_a_plus(c):
    c.qd()
    c.pub("q", b"1", expiration="+60000")
    c.until(ready=1)
    c.get()


@scenario()
def user_id_of_another(c):
    c.pub("q", b"", user_id="other")
    c.take()


@scenario()
def user_id_of_oneself(c):
    c.qd(exclusive=True)
    c.pub("q", b"1", user_id="guest")
    c.get()


@scenario()
def reply_to_without_reply_consumer(c):
    c.pub("q", b"", reply_to="amq.rabbitmq.reply-to")
    c.take()


@scenario()
def channel_error_after_confirmed(c):
    confirmed(c)
    c.pub("missing", b"1")
    c.take()
    c.qd("missing", passive=True)
    c.reopen()
    c.pub("missing", b"2", mandatory=True)
    c.take()
    c.quiet()
    confirmed(c)
    c.pub("missing", b"3")
    c.take()


@scenario()
def select_no_wait_counts_from_there(c):
    c.qd()
    c.send("Confirm.Select", nowait=True)
    c.pub("q", b"1")
    c.take()


@scenario()
def to_a_queue_that_is_gone(c):
    confirmed(c)
    c.qd()
    c.pub("q", b"1", mandatory=True)
    c.take()
    c.qdel()
    c.pub("q", b"2", mandatory=True)
    c.take(2)


@scenario()
def to_several_queues_one_ack(c):
    confirmed(c)
    c.xd("x", "fanout")
    for name in ("a", "b", "c"):
        c.qd(name, durable=name == "a")
        c.qb(name, "x")
    c.pub("", b"1", exchange="x", delivery_mode=2, mandatory=True)
    c.take()
    c.quiet()


@scenario()
def confirmed_when_dropped_at_once(c):
    confirmed(c)
    c.qd(args=[("x-message-ttl", "I", 0), ("x-max-length", "I", 0)])
    c.pub("q", b"1", mandatory=True)
    c.take()
    c.quiet()
