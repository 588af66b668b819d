"""What the end user does: read codes from an app or from messages, and mistype them."""

import json
import re
from urllib.request import urlopen


def mistyped(code: str) -> str:
    """A code that is one off."""
    return f"{(int(code) + 1) % 1_000_000:0{len(code)}}"


def text_message(outbox: str, phone_number: str) -> str:
    """The newest code sent to a number, from the outbox that Countersign keeps in development."""
    with urlopen(outbox) as response:
        messages = json.load(response)["messages"]
    text = next(message["text"] for message in messages if message["to"] == phone_number)
    return re.search(r"\b[0-9]{6}\b", text)[0]
