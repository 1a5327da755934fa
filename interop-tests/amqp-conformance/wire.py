"""Frames, tables and methods of AMQP 0-9-1, byte by byte, over pika's generated method classes."""
import socket
import struct
import time
import zlib

from pika import spec

METHOD, HEADER, BODY, HEARTBEAT, END = 1, 2, 3, 8, 0xCE
PROTOCOL = b"AMQP\x00\x00\x09\x01"

PROPERTIES = [
    ("content_type", 15, "str"), ("content_encoding", 14, "str"), ("headers", 13, "table"),
    ("delivery_mode", 12, "B"), ("priority", 11, "B"), ("correlation_id", 10, "str"),
    ("reply_to", 9, "str"), ("expiration", 8, "str"), ("message_id", 7, "str"), ("timestamp", 6, "Q"),
    ("type", 5, "str"), ("user_id", 4, "str"), ("app_id", 3, "str"), ("cluster_id", 2, "str")]

NUMBERS = {"b": "b", "B": "B", "s": "h", "u": "H", "I": "i", "i": "I", "l": "q", "L": "q", "f": "f", "d": "d",
           "T": "Q", "t": "?"}


def to_bytes(text):
    return text if isinstance(text, bytes) else text.encode()


def short(text):
    data = to_bytes(text)
    return bytes([len(data)]) + data


def long(data):
    data = to_bytes(data)
    return struct.pack(">I", len(data)) + data


def field(kind, value):
    """One typed value: ("I", 5), ("S", "text"), ("A", [typed...]), ("F", [(key, kind, value)...]), ("V", None)."""
    tag = kind.encode()
    if kind in NUMBERS:
        return tag + struct.pack(">" + NUMBERS[kind], value)
    if kind in "Sx":
        return tag + long(value)
    if kind == "V":
        return tag
    if kind == "D":
        return tag + struct.pack(">BI", *value)
    if kind == "A":
        return tag + long(b"".join(field(*item) for item in value))
    if kind == "F":
        return tag + table(value)
    raise ValueError(kind)


def table(fields):
    return long(b"".join(short(key) + field(kind, value) for key, kind, value in fields))


def properties(**values):
    """The property block: flags, then the values that are there."""
    flags, out = 0, b""
    for name, bit, kind in PROPERTIES:
        if name not in values:
            continue
        flags |= 1 << bit
        value = values.pop(name)
        out += (short(value) if kind == "str" else table(value) if kind == "table"
                else struct.pack(">" + kind, value))
    assert not values, values
    return struct.pack(">H", flags) + out


def frame(kind, channel, payload, end=END):
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + bytes([end])


def method(channel, kind, arguments=None, **fields):
    """A method frame; arguments is a list of typed fields for methods that end in a table."""
    made = getattr(spec, kind.split(".")[0])
    made = getattr(made, kind.split(".")[1])(**fields)
    payload = struct.pack(">I", made.INDEX) + b"".join(made.encode())
    if arguments is not None:
        assert payload.endswith(b"\0\0\0\0")
        payload = payload[:-4] + table(arguments)
    return frame(METHOD, channel, payload)


def content(channel, block, body, frame_max=131072, size=None, weight=0, class_id=60):
    size = len(body) if size is None else size
    out = frame(HEADER, channel, struct.pack(">HHQ", class_id, weight, size) + block)
    step = frame_max - 8
    return out + b"".join(frame(BODY, channel, body[i:i + step]) for i in range(0, len(body), step))


class Cursor:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        part = self.data[self.at:self.at + size]
        assert len(part) == size, "cut"
        self.at += size
        return part

    def number(self, code):
        return struct.unpack(">" + code, self.take(struct.calcsize(">" + code)))[0]

    def short(self):
        return self.take(self.number("B"))

    def long(self):
        return self.take(self.number("I"))

    def left(self):
        return self.at < len(self.data)


def show_text(data):
    try:
        text = data.decode()
        if all(char.isprintable() or char in "\n\t" for char in text):
            return repr(text)
    except UnicodeDecodeError:
        pass
    return "0x" + data.hex()


def show_value(cursor):
    kind = chr(cursor.number("B"))
    if kind in NUMBERS:
        return f"{kind}:{cursor.number(NUMBERS[kind])}"
    if kind in "Sx":
        return f"{kind}:{show_text(cursor.long())}"
    if kind == "V":
        return "V"
    if kind == "D":
        return f"D:{cursor.number('B')}/{cursor.number('I')}"
    if kind == "A":
        items = Cursor(cursor.long())
        out = []
        while items.left():
            out.append(show_value(items))
        return "A:[" + ", ".join(out) + "]"
    if kind == "F":
        return "F:" + show_table(cursor.long())
    raise ValueError(f"type {kind}")


def show_table(data):
    cursor, out = Cursor(data), []
    while cursor.left():
        key = show_text(cursor.short())[1:-1]
        out.append(f"{key}={show_value(cursor)}")
    return "{" + ", ".join(sorted(out, key=lambda field: field.partition("=")[0])) + "}"


def show_properties(block):
    cursor = Cursor(block)
    flags, out = cursor.number("H"), []
    for name, bit, kind in PROPERTIES:
        if not flags >> bit & 1:
            continue
        value = (show_text(cursor.short()) if kind == "str" else show_table(cursor.long()) if kind == "table"
                 else cursor.number(kind))
        out.append(f"{name}={value}")
    if cursor.left():
        out.append("rest=" + cursor.data[cursor.at:].hex())
    return " ".join(out)


def show_body(body):
    if len(body) <= 40:
        return show_text(bytes(body))
    return f"<{len(body)} bytes, crc {zlib.crc32(body):08x}>"


HIDDEN = {"ticket", "server_properties", "reserved_1", "reserved_2"}


def show_method(payload):
    index = struct.unpack(">I", payload[:4])[0]
    known = spec.methods.get(index)
    if known is None:
        return f"method {index >> 16},{index & 0xffff}"
    made = known()
    made.decode(payload, 4)
    fields = "".join(f" {name}={value!r}" for name, value in vars(made).items() if name not in HIDDEN)
    return made.NAME.replace("Connection.", "connection.") + fields


class Closed(Exception):
    """The server has closed the socket."""


class Link:
    """A socket, cut into frames."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()

    def send(self, data):
        self.socket.settimeout(60)
        try:
            self.socket.sendall(data)
        except (ConnectionError, TimeoutError):
            pass  # What the server had to say first is still to be read.

    def fill(self, deadline):
        self.socket.settimeout(max(0.001, deadline - time.monotonic()))
        try:
            data = self.socket.recv(1 << 20)
        except ConnectionError:
            data = b""
        if not data:
            raise Closed
        self.buffer += data

    def frame(self, deadline):
        """Type, channel, payload; socket.timeout after the deadline."""
        while True:
            if self.buffer[:4] == b"AMQP" and len(self.buffer) >= 8:
                header = bytes(self.buffer[:8])
                del self.buffer[:8]
                return 0, 0, header
            if len(self.buffer) >= 7 and self.buffer[:4] != b"AMQP":
                kind, channel, size = struct.unpack(">BHI", self.buffer[:7])
                if len(self.buffer) >= size + 8:
                    payload = bytes(self.buffer[7:7 + size])
                    assert self.buffer[7 + size] == END, "bad end octet from the server"
                    del self.buffer[:8 + size]
                    return kind, channel, payload
            self.fill(deadline)

    def close(self):
        self.socket.close()
