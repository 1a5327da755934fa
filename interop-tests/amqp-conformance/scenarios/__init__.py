from . import (bindings, channels, confirms, consume, content, dead_letters, exchanges, expiry, frames, handshake,
               not_there, queues, routing, settle)
from .registry import SCENARIOS
