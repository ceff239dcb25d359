"""Language models over the chat-completions protocol: one client, its limits, its accounts, its cache."""

from findbench.harness.model.accounts import Ceilings, Price, load_prices
from findbench.harness.model.cache import ChatCache
from findbench.harness.model.client import ChatClient, Message
from findbench.harness.model.failures import NoTools
from findbench.harness.model.limiter import Limiter
from findbench.harness.model.replies import Reply
from findbench.harness.schema import ModelSettings, ToolCall

__all__ = [
    "Ceilings",
    "ChatCache",
    "ChatClient",
    "Limiter",
    "Message",
    "ModelSettings",
    "NoTools",
    "Price",
    "Reply",
    "ToolCall",
    "load_prices",
]
