"""The local cloud: MiniStack with this package's additions, served by a thread of this process."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Self

import boto3  # type: ignore[import-untyped]  # boto3 has no types
import botocore.session  # type: ignore[import-untyped]
from botocore.config import Config as ClientConfig  # type: ignore[import-untyped]
from hypercorn.asyncio import serve
from hypercorn.config import Config

from .logs.query_outcomes import QueryOutcome
from .ministack import ACCOUNT, HOST, REGION, load_module, set_environment
from .protocol.front import Front
from .protocol.guard import guard
from .services import Services

IDLE = 75  # seconds; clients keep a connection for up to a minute, and some never finish a body
TICK = 60.0  # seconds between two evaluations of all alarms, as on CloudWatch

_RUNNING = threading.Lock()

# Variables that would lead a subprocess to a person's own account.
_PRIVATE = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
)


class LocalCloud:
    """AWS on 127.0.0.1: `with LocalCloud() as cloud: cloud.client("sns")`.

    All state is in memory, and gone when the cloud stops. One at a time in a process. It answers
    only requests signed with its secret, which changes at each start, so no other user of this machine.

    Args:
        port: 0 for a free one.
        clock: seconds since 1970, by which alarms are evaluated.
        wait_scale: by which the waits and retries of state machines are multiplied: 0.01 for a fast test.
    """

    account = ACCOUNT

    def __init__(
        self, port: int = 0, clock: Callable[[], float] = time.time, wait_scale: float = 1.0
    ) -> None:
        self._port, self._clock, self._wait_scale = port, clock, wait_scale
        self._secret = secrets.token_hex(20)
        self._ready = threading.Event()
        self._stack = ExitStack()
        self._session = boto3.session.Session(botocore_session=botocore.session.Session())

    @property
    def endpoint(self) -> str:
        """The URL that clients use as their endpoint."""
        return f"http://{HOST}:{self._port}"

    @property
    def keys(self) -> dict[str, str]:
        """Access key and secret of its account, by the environment variables that SDKs read."""
        return {"AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": self._secret}

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(_ensure_single())
            listener = stack.enter_context(socket.create_server((HOST, self._port)))
            self._port = listener.getsockname()[1]
            stack.enter_context(set_environment(self._port))
            self._services = stack.enter_context(Services(self._clock, self._wait_scale).install())
            self._start(listener.detach())
            stack.callback(self._stop)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start(self, listener: int) -> None:
        self._thread = threading.Thread(
            target=asyncio.run, args=(self._serve(listener),), name="local-cloud", daemon=True
        )
        self._thread.start()
        self._ready.wait()

    def _stop(self) -> None:
        self._services.stop()
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        load_module("app")._reset_all_state()

    async def _serve(self, listener: int) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        load_module("app")._MAIN_LOOP = self._loop
        config = Config()
        config.bind, config.loglevel, config.errorlog = [f"fd://{listener}"], "ERROR", None
        config.keep_alive_timeout = config.read_timeout = IDLE
        ticker = asyncio.create_task(self._tick())
        self._ready.set()
        await serve(guard(Front(self._secret)), config, shutdown_trigger=self._stopping.wait)
        ticker.cancel()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            self._services.evaluate(self._clock())

    def evaluate_alarms(self, now: float | None = None) -> None:
        """Brings all alarms to the state they should have at `now`, in seconds since 1970."""
        time_ = self._clock() if now is None else now
        asyncio.run_coroutine_threadsafe(self._evaluate(time_), self._loop).result()

    def plan_queries(self, *outcomes: QueryOutcome) -> None:
        """Plans how the next calls of StartQuery go, in turn; those after them complete at once."""
        self._services.plan_queries(outcomes)

    async def _evaluate(self, now: float) -> None:
        self._services.evaluate(now)

    def client(self, service: str, region: str = REGION, account: str = ACCOUNT, **credentials: str) -> Any:
        """A boto3 client of this cloud, as the user `local` of an account.

        Args:
            credentials: `aws_access_key_id` and `aws_secret_access_key` of another user.
        """
        ours = {"aws_access_key_id": account, "aws_secret_access_key": self._secret, **credentials}
        return self._session.client(
            service,
            region_name=region,
            endpoint_url=self.endpoint,
            **ours,
            config=ClientConfig(retries={"total_max_attempts": 1}, proxies={}),
        )

    def environment(self, region: str = REGION) -> dict[str, str]:
        """This process's environment variables, such that the SDKs of a subprocess use this cloud only."""
        kept = {name: value for name, value in os.environ.items() if name not in _PRIVATE}
        return {
            **kept,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            **self.keys,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "CDK_DEFAULT_ACCOUNT": ACCOUNT,
            "CDK_DEFAULT_REGION": region,
            "NO_PROXY": HOST,
            "no_proxy": HOST,
        }


@contextmanager
def _ensure_single() -> Iterator[None]:
    """Allows one local cloud a process: MiniStack's state is in its modules."""
    if not _RUNNING.acquire(blocking=False):
        raise RuntimeError("one local cloud at a time in a process")
    try:
        yield
    finally:
        _RUNNING.release()
