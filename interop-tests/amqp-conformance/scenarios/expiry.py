"""TTL, expiring queues and lengths."""
import time

from .registry import scenario


@scenario()
def queue_ttl(c):
    c.qd(args=[("x-message-ttl", "I", 300)])
    c.pubs("q", [1, 2])
    c.until(ready=2)
    c.until(ready=0)
    c.get()


@scenario()
def message_ttl(c):
    c.qd()
    c.pub("q", b"1", expiration="200")
    c.until(ready=1)
    c.until(ready=0)
    c.get()


@scenario()
def message_ttl_is_delivered_as_it_was(c):
    c.qd()
    c.pub("q", b"1", expiration="0060000")
    c.until(ready=1)
    c.get()


@scenario()
def smaller_ttl_counts(c):
    c.qd(args=[("x-message-ttl", "I", 60000)])
    c.pub("q", b"1", expiration="200")
    c.until(ready=1)
    c.until(ready=0)
    c.qd("r", args=[("x-message-ttl", "I", 200)])
    c.pub("r", b"1", expiration="60000")
    c.until("r", ready=1)
    c.until("r", ready=0)


@scenario(differs="cmqd counts what expired behind a message until the next look at the head")
def short_behind_long_stays_counted(c):
    c.qd()
    c.pub("q", b"long", expiration="60000")
    c.pub("q", b"short", expiration="100")
    c.until(ready=2)
    time.sleep(0.5)
    c.qd()
    c.get()
    c.get()


@scenario()
def ttl_0_without_consumer(c):
    c.qd(args=[("x-message-ttl", "I", 0)])
    c.call("Confirm.Select")
    c.pub("q", b"1", mandatory=True)
    c.take()
    c.quiet()
    c.get()


@scenario()
def ttl_0_with_consumer(c):
    c.qd(args=[("x-message-ttl", "I", 0)])
    c.consume()
    c.pub("q", b"1")
    c.take()


@scenario()
def message_ttl_0_with_consumer(c):
    c.qd()
    c.consume()
    c.pub("q", b"1", expiration="0")
    c.take()


@scenario()
def message_ttl_0_without_consumer(c):
    c.qd()
    c.pub("q", b"1", expiration="0")
    c.until(ready=0)
    c.get()


@scenario()
def requeue_does_not_reset_the_age(c):
    c.qd(args=[("x-message-ttl", "I", 600)])
    c.pub("q", b"1")
    c.until(ready=1)
    c.get(no_ack=False)
    time.sleep(0.9)
    c.reject(1)
    c.quiet()
    c.get()


@scenario()
def unacked_does_not_expire(c):
    c.qd(args=[("x-message-ttl", "I", 200)])
    c.pub("q", b"1")
    c.until(ready=1)
    c.get(no_ack=False)
    time.sleep(0.5)
    c.ack(1)
    c.quiet()


@scenario()
def queue_expires(c):
    c.qd(args=[("x-expires", "I", 300)])
    time.sleep(1.2)
    c.qd(passive=True)


@scenario()
def queue_with_consumer_does_not_expire(c):
    c.qd(args=[("x-expires", "I", 300)])
    c.consume()
    time.sleep(1.0)
    c.qd(passive=True)
    c.cancel()
    time.sleep(1.2)
    c.qd(passive=True)


@scenario()
def get_puts_expiry_off(c):
    c.qd(args=[("x-expires", "I", 1000)])
    for _ in range(6):
        time.sleep(0.3)
        c.get()


@scenario()
def declaring_puts_expiry_off(c):
    c.qd(args=[("x-expires", "I", 1000)])
    for _ in range(6):
        time.sleep(0.3)
        c.qd(args=[("x-expires", "I", 1000)])


@scenario()
def max_length(c):
    c.qd(args=[("x-max-length", "I", 2)])
    c.pubs("q", [1, 2, 3, 4])
    c.quiet()
    c.qd(args=[("x-max-length", "I", 2)])
    c.get()
    c.get()
    c.get()


@scenario()
def max_length_counts_ready_only(c):
    c.qd(args=[("x-max-length", "I", 1)])
    c.pub("q", b"1")
    c.until(ready=1)
    c.get(no_ack=False)
    c.pub("q", b"2")
    c.until(ready=1)
    c.get(no_ack=False)
    c.reject(1)
    c.until(ready=1)
    c.reject(2)
    c.quiet()
    c.get()
    c.get()


@scenario()
def max_length_0(c):
    c.qd(args=[("x-max-length", "I", 0)])
    c.call("Confirm.Select")
    c.pub("q", b"1", mandatory=True)
    c.take()
    c.get()
    c.consume()
    c.pub("q", b"2")
    c.take_any_order(2)


@scenario()
def max_length_bytes(c):
    c.qd(args=[("x-max-length-bytes", "I", 10)])
    c.pubs("q", [b"12345", b"67890"])
    c.until(ready=2)
    c.pub("q", b"x")
    c.quiet()
    c.get()
    c.get()
    c.pub("q", b"much too long for it")
    c.quiet()
    c.get()
    c.pub("q", b"")
    c.get()


@scenario()
def max_length_of_both_kinds(c):
    c.qd(args=[("x-max-length-bytes", "I", 100), ("x-max-length", "I", 1)])
    c.pubs("q", [1, 2])
    c.quiet()
    c.get()
    c.get()


@scenario(differs="of 3.7; RabbitMQ writes a lone nack with multiple set")
def overflow_reject_publish(c):
    c.qd(args=[("x-max-length", "I", 1), ("x-overflow", "S", "reject-publish")])
    c.call("Confirm.Select")
    c.pub("q", b"1")
    c.take()
    c.pub("q", b"2", mandatory=True)
    c.take()
    c.get()
    c.get()
