"""Tiles computed by the workers of a dask.distributed cluster, which may be started on this machine."""

from __future__ import annotations

import logging
import pickle
import re
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from typing_extensions import override

from lrviz.foundation.errors import MissingLibrary, UnfinishedError, UsageError
from lrviz.foundation.pools import deaf_to_ctrl_c, main_out_of_sight
from lrviz.foundation.version import __version__

if TYPE_CHECKING:
    from distributed import Client

LOCAL = "local"
_ADDRESS = re.compile(r"(?:(?:tcp|tls)://)?(?:[\w.-]+|\[[0-9A-Fa-f:.%\w]+\]):\d{1,5}")
_PATIENCE = 5
"""Seconds within which a scheduler has to answer."""

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


class Cluster(Executor):
    """Computes on the workers of a cluster; if one is lost, another computes its tiles.

    Tiles are sent as bytes, which only a worker unpickles: the scheduler needs no lrviz, and a worker with another
    version of lrviz reports that before it unpickles them.
    """

    def __init__(self, client: Client) -> None:
        # Every tile already has a name in the store: dask need not hash it again.
        self._executor = client.get_executor(pure=False)
        self._function = _performer()

    @override
    def submit(self, fn: Callable[Given, Answer], /, *args: Given.args, **kwargs: Given.kwargs) -> Future[Answer]:
        future: Future[Answer] = Future()
        future.set_running_or_notify_cancel()

        def arrived(sent: Future[tuple[Any, str]]) -> None:
            try:
                found, refusal = sent.result()
            except CancelledError:
                future.set_exception(BrokenExecutor("the connection to the cluster is lost"))
            except Exception as error:
                future.set_exception(error)
            else:
                if refusal:
                    future.set_exception(UnfinishedError(f"worker refused: {refusal}"))
                else:
                    future.set_result(found)

        work = pickle.dumps((fn, args, kwargs))
        self._executor.submit(self._function, work, __version__).add_done_callback(arrived)
        return future

    @override
    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._executor.shutdown(wait=wait and not cancel_futures)


@contextmanager
def on_cluster(address: str, note: Callable[[str], None]) -> Iterator[Executor]:
    """Yield an executor on the cluster with a scheduler at an address; `local` starts one on this machine.

    note: called with messages for a waiting user. The processes of a local cluster end with this.
    Raises UsageError where no address is given, MissingLibrary without dask.distributed, UnfinishedError where nothing
    answers at the address.
    """
    if address != LOCAL and not _ADDRESS.fullmatch(address):
        raise UsageError(f"--dask: {address!r} given; write HOST:PORT, tcp://HOST:PORT, tls://HOST:PORT or {LOCAL}")
    try:
        import dask

        # Its logs are for administrators of a cluster; a sweep reports its own errors.
        with dask.config.set({"logging.distributed": "critical"}):
            import distributed
    except ModuleNotFoundError as error:
        raise MissingLibrary.of("dask.distributed", "'lrviz[dask]'") from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with ExitStack() as ended:
        known: Any = ended.enter_context(_of_this_machine()) if address == LOCAL else address
        try:
            client = distributed.Client(known, timeout=_PATIENCE, set_as_default=False)
        except (OSError, ValueError, TypeError, RuntimeError, MemoryError) as error:
            raise UnfinishedError(_nobody(address, error)) from error
        ended.callback(_closed, client)
        cluster = Cluster(client)
        # Unfinished tiles are of no use once this ends.
        ended.callback(cluster.shutdown, wait=False)
        if not client.scheduler_info(n_workers=0)["n_workers"]:
            note(f"no worker at {address} yet; waiting for one (start it with: dask worker {address})")
            client.wait_for_workers(1)
        yield cluster


@contextmanager
def _of_this_machine() -> Iterator[object]:
    """Yield a cluster of processes on the loopback of this machine, one for each core."""
    from distributed import LocalCluster

    with main_out_of_sight(), deaf_to_ctrl_c():
        cluster = LocalCluster(
            host="127.0.0.1", processes=True, threads_per_worker=1, dashboard_address=None,
            silence_logs=logging.CRITICAL,
        )  # fmt: skip
    # While it is stopped, its scheduler logs a critical error if a client is gone before its last message.
    logging.getLogger("distributed.scheduler").setLevel(logging.CRITICAL + 1)
    try:
        yield cluster
    finally:
        cluster.close()


def _closed(client: Client) -> None:
    # A scheduler that is lost cannot be stopped.
    with suppress(Exception):
        client.close(timeout=_PATIENCE)


def _nobody(address: str, error: BaseException) -> str:
    # dask reads the first bytes of whatever answers as a length.
    reason = "another program answers" if isinstance(error, MemoryError) else str(error) or type(error).__name__
    if address.startswith("tls://"):
        hint = "certificates are those of dask's configuration, distributed.comm.tls"
    else:
        hint = "dask scheduler starts one, dask worker HOST:PORT its workers; --dask local needs neither"
    return f"--dask {address}: no scheduler answers ({reason}); {hint}"


def _performer() -> Callable[[bytes, str], tuple[Any, str]]:
    """Return the function for workers: sent by value, because they may have another version of lrviz, or none."""

    def perform(work: bytes, version: str) -> tuple[Any, str]:
        import pickle

        try:
            from lrviz.foundation.version import __version__ as known
        except ImportError:
            return None, f"lrviz is not installed there; it needs lrviz {version}"
        if known != version:
            return None, f"lrviz is {known} there and {version} here"
        fn, args, kwargs = pickle.loads(work)
        return fn(*args, **kwargs), ""

    return perform
