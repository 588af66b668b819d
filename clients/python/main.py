"""A login service in Python, as a client of Countersign.

Enrols users, logs them in and meets every answer that a login has to know. The programs beside it
tell the same story, step by step, in other languages.
"""

import sys

import grpc

from channel import open_channel
from countersign_client import CountersignError
from expectations import Unexpected
from settings import read_settings
from story import Story


def main() -> None:
    settings = read_settings()
    with open_channel(settings) as channel:
        for name, tell in Story(settings, channel).steps():
            try:
                tell()
            except (Unexpected, CountersignError, grpc.RpcError) as error:
                sys.exit(f"not ok {name}: {error!r}")
            print("ok", name, flush=True)


main()
