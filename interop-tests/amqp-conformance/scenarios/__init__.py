from . import (bindings, channels, confirms, consume, content, dead_letters, exchange_bindings, exchanges, expiry, frames, handshake,
               not_there, queues, routing, settle)
from .registry import SCENARIOS
