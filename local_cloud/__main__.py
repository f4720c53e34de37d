"""`python -m local_cloud [PORT]`: the local cloud until Ctrl-C."""

from __future__ import annotations

import signal
import sys

from .server import LocalCloud


def main(port: int) -> None:
    """Serves on `port`, 0 for a free one, until it is interrupted."""
    ends = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # for all threads: the signal waits for `sigwait`
    with LocalCloud(port) as cloud:
        print(f"local cloud at {cloud.endpoint}, account {cloud.account}; Ctrl-C ends it")
        print("export", *(f"{name}={value}" for name, value in cloud.keys.items()), flush=True)
        signal.sigwait(ends)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
