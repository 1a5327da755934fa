"""Unmodified paho-mqtt (Debian's 1.6) against cmqd: python3 paho_scenarios.py <scenario>, with MQTT_HOST, MQTT_PORT.

Ends with 0 if the scenario went as it should.
"""

import os
import queue
import signal
import sys
import uuid

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

PATIENCE_SECONDS = 45
VERSIONS = (mqtt.MQTTv31, mqtt.MQTTv311, mqtt.MQTTv5)


def unique(prefix):
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


class Client:
    """A connected client that waits for what it asks."""

    def __init__(self, version, client_id=None, clean=True, expiry=None, will=None, properties=None, user=None,
                 transport="tcp", port=None):
        self.messages, self.acks, self.connected = queue.Queue(), queue.Queue(), queue.Queue()
        client_id = client_id or unique("py")
        if version == mqtt.MQTTv5:
            self.paho = mqtt.Client(client_id, protocol=version, transport=transport)
            self.paho.on_connect = lambda _c, _u, flags, code, _p: self.connected.put((flags["session present"], code))
            self.paho.on_subscribe = lambda _c, _u, mid, codes, _p: self.acks.put((mid, [code.value for code in codes]))
            self.paho.on_unsubscribe = lambda _c, _u, mid, _p, codes: self.acks.put((mid, codes))
        else:
            self.paho = mqtt.Client(client_id, clean_session=clean, protocol=version, transport=transport)
            self.paho.on_connect = lambda _c, _u, flags, code: self.connected.put((flags["session present"], code))
            self.paho.on_subscribe = lambda _c, _u, mid, codes: self.acks.put((mid, list(codes)))
            self.paho.on_unsubscribe = lambda _c, _u, mid: self.acks.put((mid, []))
        self.paho.on_message = lambda _c, _u, message: self.messages.put(message)
        if will:
            self.paho.will_set(*will)
        if user:
            self.paho.username_pw_set(*user)
        if transport == "websockets":
            self.paho.ws_set_options(path="/mqtt")
        arguments = {}
        if version == mqtt.MQTTv5:
            connect = properties or Properties(PacketTypes.CONNECT)
            if expiry is not None:
                connect.SessionExpiryInterval = expiry
            arguments = {"clean_start": clean, "properties": connect}
        self.paho.connect(os.environ["MQTT_HOST"], int(port or os.environ["MQTT_PORT"]), 60, **arguments)
        self.paho.loop_start()
        self.present, self.code = self.connected.get()

    def subscribe(self, topic, qos=0, **options):
        _, mid = self.paho.subscribe(topic, qos, **options)
        return self._ack(mid)

    def unsubscribe(self, topic):
        return self._ack(self.paho.unsubscribe(topic)[1])

    def publish(self, topic, payload, qos=0, retain=False, properties=None):
        info = self.paho.publish(topic, payload, qos, retain, properties)
        info.wait_for_publish()
        assert info.is_published()

    def next(self):
        return self.messages.get()

    def until(self, text):
        before = []
        while True:
            message = self.next()
            if message.payload.decode() == text:
                return before
            before.append(message.payload.decode())

    def mark(self, topic):
        text = unique("mark")
        self.publish(topic, text, 1)
        return text

    def end(self):
        self.paho.disconnect()
        self.paho.loop_stop()

    def kill(self):
        self.paho.loop_stop()
        self.paho.socket().close()

    def _ack(self, wanted):
        mid, codes = self.acks.get()
        assert mid == wanted, (mid, wanted)
        return codes


def qualities():
    for version in VERSIONS:
        client, topic = Client(version), unique("q")
        for granted in range(3):
            assert client.subscribe(f"{topic}/{granted}", granted) == [granted]
            for sent in range(3):
                client.publish(f"{topic}/{granted}", f"m{sent}", sent)
                message = client.next()
                assert (message.payload.decode(), message.qos) == (f"m{sent}", min(sent, granted))
        client.end()


def sessions():
    for version in VERSIONS:
        topic, name = unique("s"), unique("device")
        options = {"client_id": name, "clean": False, "expiry": 300}
        device = Client(version, **options)
        assert device.present == 0
        # One quality only: paho hands a QoS 2 message on when it is released, behind later ones of QoS 1.
        device.subscribe(topic, 1)
        device.end()
        publisher = Client(version)
        for i in range(30):
            publisher.publish(topic, f"{i}", i % 3)
        device = Client(version, **options)
        assert device.present == (0 if version == mqtt.MQTTv31 else 1)
        for i in range(30):
            if i % 3:
                message = device.next()
                assert (message.payload.decode(), message.qos) == (f"{i}", 1)
        device.end()
        assert Client(version, client_id=name, clean=True).present == 0


def unacknowledged():
    """What a device did not acknowledge before it died comes again, and is marked as a repetition."""
    topic, name = unique("u"), unique("device")
    options = {"client_id": name, "clean": False, "expiry": 300}
    device = Client(mqtt.MQTTv5, **options)
    device.subscribe(topic, 1)
    device.paho.loop_stop()
    publisher = Client(mqtt.MQTTv5)
    publisher.publish(topic, "x", 1)
    device.paho.socket().close()
    device = Client(mqtt.MQTTv5, **options)
    message = device.next()
    assert (message.payload, message.qos) == (b"x", 1)


def retained():
    publisher, root = Client(mqtt.MQTTv5), unique("r")
    publisher.publish(f"{root}/a", "kept", 1, retain=True)
    for version in VERSIONS:
        client = Client(version)
        client.subscribe(f"{root}/#", 1)
        message = client.next()
        assert (message.payload, message.retain, message.qos) == (b"kept", 1, 1)
        client.publish(f"{root}/a", "live", 1)
        message = client.next()
        assert (message.payload, message.retain) == (b"live", 0)


def wills():
    for version in VERSIONS:
        watcher, topic = Client(version), unique("w")
        watcher.subscribe(topic, 1)
        Client(version, will=(topic, "never", 1)).end()
        Client(version, will=(topic, "lost", 1)).kill()
        assert watcher.next().payload == b"lost"


def options():
    client, topic = Client(mqtt.MQTTv5), unique("o")
    publisher = Client(mqtt.MQTTv5)
    publisher.publish(topic, "kept", 1, retain=True)
    client.subscribe(topic, options=SubscribeOptions(
        qos=1, noLocal=True, retainAsPublished=True, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND))
    client.publish(topic, "mine", 1)
    publisher.publish(topic, "live", 1, retain=True)
    message = client.next()
    assert (message.payload, message.retain) == (b"live", 1)
    assert [code.value for code in client.unsubscribe([topic, "unknown"])] == [0, 0x11]


def properties():
    client, topic = Client(mqtt.MQTTv5), unique("p")
    client.subscribe(topic, 1)
    sent = Properties(PacketTypes.PUBLISH)
    sent.UserProperty = [("one", "1"), ("two", "2"), ("one", "3")]
    sent.ContentType = "text/plain"
    sent.ResponseTopic = "here"
    sent.CorrelationData = b"\x00\xff"
    client.publish(topic, "x", 1, properties=sent)
    got = client.next().properties
    assert got.UserProperty == sent.UserProperty, got.UserProperty
    assert (got.ContentType, got.ResponseTopic, got.CorrelationData) == ("text/plain", "here", b"\x00\xff")


def websocket():
    for version in (mqtt.MQTTv311, mqtt.MQTTv5):
        client, topic = Client(version, transport="websockets", port=os.environ["MQTT_WS_PORT"]), unique("ws")
        client.subscribe(topic, 2)
        for size in (0, 1, 70_000, 1_000_000):
            client.publish(topic, b"x" * size, 2)
            assert len(client.next().payload) == size
        client.end()


def refused():
    for version in VERSIONS:
        client = Client(version, user=("guest", "wrong"))
        code = client.code
        assert (code.value if version == mqtt.MQTTv5 else code) == (0x86 if version == mqtt.MQTTv5 else 4), code


SCENARIOS = {scenario.__name__: scenario for scenario in (
    qualities, sessions, unacknowledged, retained, wills, options, properties, websocket, refused)}


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in SCENARIOS or "MQTT_PORT" not in os.environ:
        sys.exit(f"usage: MQTT_HOST=... MQTT_PORT=... {sys.argv[0]} {'|'.join(SCENARIOS)}")
    signal.alarm(PATIENCE_SECONDS)
    SCENARIOS[sys.argv[1]]()
    print(f"ok {sys.argv[1]}", flush=True)
    # Clients that were killed on purpose still have their threads.
    os._exit(0)


if __name__ == "__main__":
    main()
