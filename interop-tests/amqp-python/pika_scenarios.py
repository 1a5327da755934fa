"""Unmodified pika against cmqd: python3 pika_scenarios.py <scenario>, with AMQP_URL set.

Ends with 0 if the scenario went as it should.
"""

import os
import signal
import sys
import time
import uuid

import pika
from pika.exceptions import ChannelClosedByBroker, UnroutableError

PATIENCE_SECONDS = 30


def connect():
    return pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))


def unique(prefix):
    return f"{prefix}-{uuid.uuid4()}"


def soon(call):
    """Calls until the first of what it returns is there; for what the broker does in its own time."""
    while True:
        answer = call()
        if answer[0] is not None:
            return answer
        time.sleep(0.02)


def refusal(connection, call):
    try:
        call(connection.channel())
    except ChannelClosedByBroker as closed:
        return closed.reply_code
    raise AssertionError("the broker did not refuse")


def declare_pair(channel, **arguments):
    dead, live = unique("dead"), unique("live")
    channel.queue_declare(dead, durable=True)
    arguments = {name.replace("_", "-"): value for name, value in arguments.items()}
    arguments.update({"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead})
    channel.queue_declare(live, durable=True, arguments=arguments)
    return live, dead


def confirms():
    with connect() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        queue = unique("confirms")
        channel.queue_declare(queue, durable=True)
        for i in range(200):
            channel.basic_publish("", queue, f"m{i}".encode(), pika.BasicProperties(delivery_mode=2), mandatory=True)
        expected = 0
        for method, _, body in channel.consume(queue, inactivity_timeout=PATIENCE_SECONDS):
            assert body == f"m{expected}".encode(), (body, expected)
            assert not method.redelivered
            channel.basic_ack(method.delivery_tag)
            expected += 1
            if expected == 200:
                break
        assert channel.cancel() == 0
        assert channel.queue_declare(queue, passive=True).method.message_count == 0


def requeue():
    with connect() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        queue = unique("requeue")
        channel.queue_declare(queue, durable=True)
        assert channel.basic_get(queue)[0] is None
        channel.basic_publish("", queue, b"again")
        method, _, _ = channel.basic_get(queue)
        assert not method.redelivered
        channel.basic_nack(method.delivery_tag, requeue=True)
        method, _, body = soon(lambda: channel.basic_get(queue))
        assert method.redelivered and body == b"again"
        channel.basic_reject(method.delivery_tag, requeue=False)


def dead_letter():
    with connect() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        live, dead = declare_pair(channel)
        channel.basic_publish("", live, b"bad")
        method, _, _ = channel.basic_get(live)
        channel.basic_reject(method.delivery_tag, requeue=False)
        _, properties, body = soon(lambda: channel.basic_get(dead, auto_ack=True))
        death = properties.headers["x-death"][0]
        assert body == b"bad"
        assert (death["queue"], death["reason"], death["count"]) == (live, "rejected", 1), death


def time_to_live():
    with connect() as connection:
        channel = connection.channel()
        live, dead = declare_pair(channel, x_message_ttl=100)
        channel.basic_publish("", live, b"late")
        _, properties, _ = soon(lambda: channel.basic_get(dead, auto_ack=True))
        assert properties.headers["x-death"][0]["reason"] == "expired"


def exclusive():
    with connect() as connection, connect() as stranger:
        channel = connection.channel()
        queue = channel.queue_declare("", exclusive=True).method.queue
        assert queue.startswith("amq.gen-"), queue
        assert refusal(stranger, lambda other: other.queue_declare(queue, passive=True)) == 405
        assert refusal(stranger, lambda other: other.queue_declare(unique("missing"), passive=True)) == 404


def large_body():
    with connect() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        queue = unique("large")
        channel.queue_declare(queue, durable=True)
        for size in (0, 1, 131_064, 131_065, 5 * 1024 * 1024):
            sent = os.urandom(size)
            channel.basic_publish("", queue, sent)
            _, _, body = channel.basic_get(queue, auto_ack=True)
            assert body == sent, size


def headers():
    with connect() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        queue = unique("headers")
        channel.queue_declare(queue, durable=True)
        sent = {
            "text": "wörld", "yes": True, "nothing": None, "small": 1, "negative": -70_000, "big": 2 ** 40,
            "list": [1, "two", [3]], "table": {"inner": {"n": 4}},
        }
        properties = pika.BasicProperties(
            headers=sent, content_type="text/plain", content_encoding="utf-8", delivery_mode=2, priority=3,
            correlation_id="c", reply_to="r", message_id="m", timestamp=1_700_000_000, type="t", user_id="guest",
            app_id="a", cluster_id="k")
        channel.basic_publish("", queue, b"x", properties)
        _, got, _ = channel.basic_get(queue, auto_ack=True)
        assert got == properties, (vars(got), vars(properties))


def topic():
    with connect() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        exchange, queue = unique("topic"), unique("bound")
        channel.exchange_declare(exchange, "topic")
        channel.queue_declare(queue, durable=True)
        channel.queue_bind(queue, exchange, "sensors.*.temp")
        channel.basic_publish(exchange, "sensors.7.temp", b"in")
        channel.basic_publish(exchange, "sensors.7.8.temp", b"out")
        method, _, body = channel.basic_get(queue, auto_ack=True)
        assert (method.exchange, method.routing_key, body) == (exchange, "sensors.7.temp", b"in")
        assert channel.basic_get(queue, auto_ack=True)[0] is None


def mandatory():
    with connect() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        try:
            channel.basic_publish("", unique("nowhere"), b"x", mandatory=True)
        except UnroutableError as returned:
            assert returned.messages[0].method.reply_code == 312
        else:
            raise AssertionError("the message did not come back")


def recover():
    with connect() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        queue = unique("recover")
        channel.queue_declare(queue, durable=True)
        channel.basic_publish("", queue, b"x")
        assert channel.basic_get(queue)[0] is not None
        channel.basic_recover(requeue=True)
        method, _, _ = soon(lambda: channel.basic_get(queue, auto_ack=True))
        assert method.redelivered


SCENARIOS = {call.__name__: call for call in (
    confirms, requeue, dead_letter, time_to_live, exclusive, large_body, headers, topic, mandatory, recover)}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in SCENARIOS or "AMQP_URL" not in os.environ:
        sys.exit(f"usage: AMQP_URL=amqp://... {sys.argv[0]} {'|'.join(SCENARIOS)}")
    signal.alarm(PATIENCE_SECONDS)
    SCENARIOS[sys.argv[1]]()
    print(f"ok {sys.argv[1]}")
