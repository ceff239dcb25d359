"""Language models over the chat-completions protocol: one client, its limits, its accounts, its cache."""

from harness.model.accounts import Ceilings, Price, Usage, load_prices
from harness.model.cache import ChatCache
from harness.model.client import ChatClient, Message
from harness.model.failures import NoTools
from harness.model.limiter import Limiter
from harness.model.replies import Reply, ToolCall
from harness.model.settings import ModelSettings

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
    "Usage",
    "load_prices",
]
