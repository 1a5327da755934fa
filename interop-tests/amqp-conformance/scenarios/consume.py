"""Consumers: tags, limits, priorities, exclusivity, cancellation."""
from .registry import scenario


def filled(c, count, queue="q", **flags):
    c.qd(queue, **flags)
    c.pubs(queue, range(1, count + 1))
    c.until(queue, ready=count)


@scenario()
def consume_ok_comes_first(c):
    filled(c, 3)
    c.consume()
    c.take(3)


@scenario()
def server_made_tag(c):
    filled(c, 1)
    c.consume(tag="")
    c.take()


@scenario()
def no_wait(c):
    filled(c, 1)
    c.send("Basic.Consume", queue=c.n("q"), consumer_tag="t", nowait=True)
    c.take()
    c.send("Basic.Cancel", consumer_tag="t", nowait=True)
    c.quiet()
    c.qd()


@scenario()
def no_wait_without_tag(c):
    filled(c, 1)
    c.send("Basic.Consume", queue=c.n("q"), consumer_tag="", nowait=True)
    c.quiet()


@scenario()
def missing_queue(c):
    c.consume("missing")


@scenario()
def tag_used_twice(c):
    c.qd(exclusive=True)
    c.consume(tag="t")
    c.consume(tag="t")


@scenario()
def tag_used_again_after_cancel(c):
    c.qd(exclusive=True)
    c.consume(tag="t")
    c.cancel("t")
    c.consume(tag="t")
    c.pub("q", b"1")
    c.take()


@scenario()
def same_tag_in_two_channels(c):
    c.qd(exclusive=True)
    c.call("Channel.Open", 2)
    c.consume(tag="t")
    c.consume(tag="t", channel=2)


@scenario()
def cancel_unknown(c):
    c.cancel("never")


@scenario()
def cancel_keeps_unacked(c):
    filled(c, 2)
    c.qos(1)
    c.consume()
    c.take()
    c.cancel()
    c.ack(1)
    c.until(ready=1)
    c.qd()
    c.get()


@scenario()
def no_delivery_after_cancel(c):
    c.qd()
    c.consume()
    c.cancel()
    c.pub("q", b"1")
    c.quiet()
    c.get()


@scenario(differs="some clients answer a cancel of the server; RabbitMQ closes them with 503, cmqd does not mind")
def cancel_ok_from_the_client_is_ignored(c):
    c.send("Basic.CancelOk", consumer_tag="t")
    c.quiet()


@scenario()
def told_when_the_queue_goes(c):
    filled(c, 1)
    c.call("Channel.Open", 2)
    c.consume(channel=2)
    c.take(channel=2)
    c.qdel()
    c.take(channel=2)
    c.ack(1, channel=2)
    c.quiet()
    c.qd()
    c.consume(channel=2)


@scenario(connects=False)
def not_told_without_the_capability(run):
    c = run.peer(capabilities=["basic.nack"])
    c.qd()
    c.consume()
    c.qdel()
    c.quiet()


@scenario()
def queue_deleted_in_the_consumers_channel(c):
    c.qd()
    c.consume()
    c.send("Queue.Delete", queue=c.n("q"))
    c.take_any_order(2)


@scenario()
def exclusive_consumer(c):
    c.qd()
    c.call("Channel.Open", 2)
    c.consume(exclusive=True)
    c.consume(tag="u", channel=2)
    c.reopen(2)
    c.consume(tag="u", channel=2, exclusive=True)
    c.reopen(2)
    c.get(channel=2)
    c.cancel()
    c.consume(tag="u", channel=2)
    c.consume(exclusive=True)


@scenario()
def exclusive_consumer_of_the_same_channel(c):
    c.qd()
    c.consume(exclusive=True)
    c.consume(tag="u")


@scenario()
def no_ack_ignores_prefetch(c):
    filled(c, 5)
    c.qos(1)
    c.consume(no_ack=True)
    c.take(5)
    c.ack(1)
    c.take()


@scenario()
def no_local_is_ignored(c):
    c.qd()
    c.consume(no_local=True)
    c.pub("q", b"own")
    c.take()


@scenario()
def prefetch_per_consumer(c):
    filled(c, 8)
    c.qos(2)
    c.consume(tag="a")
    c.take(2)
    c.quiet()
    c.consume(tag="b")
    c.take(2)
    c.quiet()
    c.ack(1)
    c.take()
    c.quiet()


@scenario()
def prefetch_counts_for_consumers_to_come(c):
    filled(c, 6)
    c.qos(1)
    c.consume(tag="a")
    c.take()
    c.qos(3)
    c.quiet()
    c.consume(tag="b")
    c.take(3)
    c.quiet()


@scenario()
def prefetch_of_the_channel(c):
    filled(c, 8)
    c.qos(3, all_consumers=True)
    c.consume(tag="a")
    c.take(3)
    c.quiet()
    c.until(ready=5)
    c.ack(3, multiple=True)
    c.take(3)
    c.quiet()


@scenario()
def prefetch_of_the_channel_holds_for_two_consumers(c):
    filled(c, 8)
    c.qos(3, all_consumers=True)
    c.consume(tag="a")
    c.take(3)
    c.consume(tag="b")
    c.quiet()
    c.until(ready=5)
    muted, c.run.muted = c.run.muted, True
    c.ack(3, multiple=True)
    came = [c.read(1) for _ in range(3)]
    c.run.muted = muted
    c.say(f"<- {len([unit for unit in came if unit])} deliveries, by whichever")
    c.quiet()


@scenario(connects=False)
def limited_channel_leaves_the_rest_to_others(run):
    a, b = run.peer("a"), run.peer("b")
    filled(a, 6)
    a.qos(2, all_consumers=True)
    a.consume()
    a.take(2)
    b.consume()
    b.take(4)
    b.quiet()


@scenario()
def prefetch_of_the_channel_raised(c):
    filled(c, 6)
    c.qos(1, all_consumers=True)
    c.consume()
    c.take()
    c.quiet()
    c.send("Basic.Qos", prefetch_size=0, prefetch_count=3, global_qos=True)
    c.take_any_order(3)
    c.quiet()
    c.send("Basic.Qos", prefetch_size=0, prefetch_count=0, global_qos=True)
    c.take_any_order(4)


@scenario()
def prefetch_of_both_kinds(c):
    filled(c, 8)
    c.qos(3)
    c.qos(4, all_consumers=True)
    c.consume(tag="a")
    c.take(3)
    c.quiet()
    c.consume(tag="b")
    c.take(1)
    c.quiet()


@scenario()
def gets_count_for_the_channels_limit(c):
    filled(c, 4)
    c.qos(2, all_consumers=True)
    c.get(no_ack=False)
    c.get(no_ack=False)
    c.get(no_ack=False)
    c.ack(2, multiple=True)
    c.consume()
    c.take()
    c.pub("q", b"5")
    c.take()
    c.pub("q", b"6")
    c.quiet()


@scenario()
def prefetch_size(c):
    c.call("Basic.Qos", prefetch_size=1, prefetch_count=0, global_qos=False)


@scenario()
def round_robin(c):
    c.qd()
    c.consume(tag="a")
    c.consume(tag="b")
    for i in range(6):
        c.pub("q", str(i).encode())
        c.take()


@scenario()
def priorities(c):
    c.qd()
    c.qos(2)
    c.consume(tag="low", args=[("x-priority", "I", -5)])
    c.consume(tag="none")
    c.consume(tag="high", args=[("x-priority", "I", 10)])
    for i in range(6):
        c.pub("q", str(i).encode())
        c.take()
    c.ack(1)
    c.pub("q", b"again high")
    c.take()


@scenario()
def priority_as_text(c):
    c.qd(exclusive=True)
    c.consume(args=[("x-priority", "S", "1")])


@scenario()
def priority_as_byte(c):
    c.qd(exclusive=True)
    c.consume(args=[("x-priority", "b", 1)])


@scenario()
def unknown_consumer_argument(c):
    c.qd(exclusive=True)
    c.consume(args=[("x-any", "S", "1"), ("x-cancel-on-ha-failover", "t", True)])


@scenario()
def get_counts(c):
    filled(c, 3)
    c.get()
    c.get(no_ack=False)
    c.get()
    c.get()


@scenario()
def get_missing(c):
    c.get("missing")


@scenario()
def tags_go_on_through_gets_and_deliveries(c):
    filled(c, 3)
    c.get(no_ack=True)
    c.get(no_ack=False)
    c.consume()
    c.take()


@scenario(connects=False)
def channel_with_consumer_and_error(run):
    c = run.peer()
    c.qd()
    c.pubs("q", [1, 2])
    c.until(ready=2)
    c.consume()
    c.take(2)
    c.ack(7)
    c.take()
    c.reopen()
    c.until(ready=2)
    c.get()
    c.get()


@scenario(connects=False)
def deliveries_in_order_over_many(run):
    c = run.peer()
    c.qd()
    c.say("-> 2000 publishes")
    run.muted = True
    for i in range(2000):
        c.pub("q", str(i).encode())
    c.consume(no_ack=True)
    bodies = [c.read(1)[1].rsplit("| ", 1)[1] for _ in range(2000)]
    run.muted = False
    c.say(f"<- {len(bodies)} in order: {bodies == [repr(str(i)) for i in range(2000)]}")


@scenario(connects=False)
def exclusive_queue_gone_with_its_connection(run):
    a, b = run.peer("a"), run.peer("b")
    a.qd()
    b.consume()
    a.qdel()
    b.take()


@scenario(connects=False)
def waiting_consumers_take_turns(run):
    a, b = run.peer("a"), run.peer("b")
    a.qd()
    a.qos(1)
    b.qos(1)
    a.consume()
    b.consume()
    for i in range(3):
        a.pub("q", str(i).encode())
        if i < 2:
            (a, b)[i].take()
    a.ack(1)
    a.take()
    b.ack(1)
    b.quiet()


@scenario()
def prefetch_0_again_is_no_limit(c):
    filled(c, 5)
    c.qos(1)
    c.qos(0)
    c.consume()
    c.take(5)
