"""ack, nack, reject, recover."""
from .registry import scenario


def held(c, count):
    """Publishes and gets so many, unacknowledged."""
    c.qd()
    c.pubs("q", range(1, count + 1))
    c.until(ready=count)
    for _ in range(count):
        c.get(no_ack=False)


def rest(c, count):
    c.until(ready=count)
    for _ in range(count + 1):
        c.get()


@scenario()
def ack_unknown(c):
    c.ack(1)
    c.take()


@scenario()
def ack_zero(c):
    held(c, 1)
    c.ack(0)
    c.take()


@scenario()
def ack_zero_multiple(c):
    held(c, 3)
    c.ack(0, multiple=True)
    c.quiet()
    c.qd()
    c.ack(0, multiple=True)
    c.quiet()


@scenario()
def ack_twice(c):
    held(c, 1)
    c.ack(1)
    c.ack(1)
    c.take()


@scenario()
def ack_multiple_unknown(c):
    held(c, 2)
    c.ack(5, multiple=True)
    c.take()
    c.reopen()
    rest(c, 2)


@scenario()
def ack_multiple(c):
    held(c, 4)
    c.ack(2)
    c.ack(3, multiple=True)
    c.nack(0, multiple=True)
    rest(c, 1)


@scenario()
def ack_multiple_of_one_already_acked(c):
    held(c, 3)
    c.ack(2)
    c.ack(2, multiple=True)
    c.take()


@scenario()
def ack_of_another_channel(c):
    held(c, 1)
    c.call("Channel.Open", 2)
    c.ack(1, channel=2)
    c.take(channel=2)


@scenario()
def nack_unknown(c):
    c.nack(1)
    c.take()


@scenario()
def nack_zero(c):
    c.nack(0)
    c.take()


@scenario()
def nack_multiple_requeues_in_order(c):
    held(c, 4)
    c.nack(3, multiple=True)
    rest(c, 3)


@scenario()
def nack_without_requeue_drops(c):
    held(c, 3)
    c.nack(2, multiple=True, requeue=False)
    c.nack(3)
    rest(c, 1)


@scenario()
def nack_zero_multiple_with_none(c):
    c.nack(0, multiple=True)
    c.quiet()


@scenario()
def reject_unknown(c):
    c.reject(3)
    c.take()


@scenario()
def reject_requeues_at_its_place(c):
    held(c, 2)
    c.pubs("q", [3, 4])
    c.until(ready=2)
    c.reject(2)
    c.reject(1)
    rest(c, 4)


@scenario()
def reject_drops(c):
    held(c, 1)
    c.reject(1, requeue=False)
    rest(c, 0)


@scenario()
def recover(c):
    held(c, 3)
    c.ack(2)
    c.call("Basic.Recover", requeue=True)
    rest(c, 2)


@scenario()
def recover_to_the_consumer(c):
    c.qd()
    c.pubs("q", [1, 2, 3])
    c.until(ready=3)
    c.consume()
    c.take(3)
    c.call("Basic.Recover", requeue=True)
    c.take(3)
    c.ack(3)
    c.take()


@scenario()
def recover_async(c):
    held(c, 1)
    c.send("Basic.RecoverAsync", requeue=True)
    c.quiet()
    rest(c, 1)


@scenario()
def recover_without_requeue(c):
    c.call("Basic.Recover", requeue=False)


@scenario()
def recover_async_without_requeue(c):
    c.call("Basic.RecoverAsync", requeue=False)


@scenario()
def requeued_by_one_comes_to_the_other(c):
    c.qd()
    c.call("Channel.Open", 2)
    c.qos(1)
    c.qos(1, channel=2)
    c.consume(tag="a")
    c.pub("q", b"1")
    c.take()
    c.consume(tag="b", channel=2)
    c.pub("q", b"2")
    c.take(channel=2)
    c.pub("q", b"3")
    c.quiet()
    c.ack(1, channel=2)
    c.take(channel=2)
    c.nack(1)
    c.take(channel=1)


@scenario()
def redelivered_only_when_it_was_out(c):
    c.qd()
    c.pubs("q", [1, 2, 3])
    c.until(ready=3)
    c.qos(1)
    c.consume()
    c.take()
    c.cancel()
    c.nack(1)
    rest(c, 3)


@scenario()
def cancelled_consumer_without_prefetch(c):
    c.qd()
    c.pubs("q", [1, 2, 3])
    c.until(ready=3)
    c.consume()
    c.take(3)
    c.cancel()
    c.nack(3, multiple=True)
    rest(c, 3)


@scenario()
def nack_to_two_consumers(c):
    c.qd()
    c.call("Channel.Open", 2)
    c.qos(2)
    c.consume()
    c.pubs("q", [1, 2])
    c.take(2)
    c.nack(2, multiple=True)
    c.take(2)
    c.ack(4, multiple=True)
    c.quiet()


@scenario()
def requeued_comes_before_what_is_newer(c):
    c.qd()
    c.pubs("q", [1, 2, 3, 4, 5])
    c.until(ready=5)
    for _ in range(3):
        c.get(no_ack=False)
    c.nack(2)
    c.until(ready=3)
    c.get(no_ack=False)
    c.nack(0, multiple=True)
    rest(c, 5)


@scenario()
def recover_with_nothing_held(c):
    c.call("Basic.Recover", requeue=True)


@scenario()
def ack_for_a_no_ack_get(c):
    c.qd()
    c.pub("q", b"1")
    c.until(ready=1)
    c.get(no_ack=True)
    c.ack(1)
    c.take()


@scenario(connects=False)
def connection_closed_requeues_in_order(run):
    a, b = run.peer("a"), run.peer("b")
    a.qd()
    a.pubs("q", [1, 2, 3, 4])
    a.until(ready=4)
    a.consume()
    a.take(4)
    a.ack(2)
    a.call("Connection.Close", 0, reply_code=200, reply_text="", class_id=0, method_id=0)
    rest(b, 3)
