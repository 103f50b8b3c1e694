"""Sweeps on a cluster of dask: a scheduler and workers, each a process on loopback, that are killed in the middle."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import lrviz
from lrviz.runs.sweeping import cluster, on_surface, run
from tests.cli import COMMAND, Ended, environment

SWEEP = [
    "sweep", "sgd", "--fn", "rosenbrock", "--over", "lr=1e-5..1e-3:99", "--over", "momentum=0..0.9:6",
    "--steps", "4000", "--starts", "64", "--no-plot",
]  # fmt: skip
"""Eight tiles."""


def until(true: Callable[[], object]) -> None:
    """Wait for something to be true."""
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


class Running:
    """Processes of a test, all of which end with it. told: the file in which the scheduler says where it is."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.told = folder, folder / "scheduler.json"
        self.processes: list[subprocess.Popen[str]] = []
        self.start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-show", "--no-dashboard")

    @cached_property
    def address(self) -> str:
        """Where the scheduler listens, once it has written all of it down."""
        until(lambda: self.told.exists() and self.told.read_text().endswith("\n}"))
        address: str = json.loads(self.told.read_text())["address"]
        return address

    def start(self, what: str, *words: str, **changes: str) -> subprocess.Popen[str]:
        """Start a scheduler or a worker."""
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *words, "--scheduler-file", str(self.told)]
        with (self.folder / f"{what}-{len(self.processes)}.txt").open("w") as log:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment(PYTHONWARNINGS="", **changes),
                stdout=log,
                stderr=log,
                text=True,
            )
        self.processes.append(process)
        return process

    def worker(self, **changes: str) -> subprocess.Popen[str]:
        """Start a worker on loopback that is not started again when it is killed."""
        return self.start("worker", "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard", **changes)

    def client(self, *words: str) -> subprocess.Popen[str]:
        """Start a sweep on the cluster."""
        process = subprocess.Popen(
            [*COMMAND, *SWEEP, "--dask", self.address, *words], cwd=self.folder, env=environment(PYTHONWARNINGS=""),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.processes.append(process)
        return process


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    found = Running(tmp_path)
    yield found
    for process in found.processes:
        process.kill()
        process.communicate()


@pytest.mark.process
@pytest.mark.slow
def test_whatever_is_killed_the_bytes_are_those_of_one_process(running: Running, ended: Ended, tmp_path: Path) -> None:
    """The client is killed and started again, then a worker: its tile is computed by another."""
    serial = ended(*SWEEP, "--json", "-", "--store", tmp_path / "serial").stdout
    store = tmp_path / "store"

    def kept() -> int:
        return len(list(store.glob("*/*.npz")))

    workers = [running.worker(), running.worker()]
    first = running.client("--store", str(store))
    until(lambda: kept() >= 2)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    before = kept()
    assert before < len(list((tmp_path / "serial").glob("*/*.npz")))
    again = running.client("--store", str(store), "--json", "-")
    until(lambda: kept() > before)
    os.kill(workers[0].pid, signal.SIGKILL)
    out, err = again.communicate(timeout=60)
    assert again.returncode == 0, err
    record, alone = json.loads(out), json.loads(serial)
    tiles: dict[str, int] = record.pop("tiles")
    assert tiles["reused"] == before
    assert tiles["computed"] + before == alone.pop("tiles")["computed"]
    assert record == alone
    for path in (tmp_path / "serial").glob("*/*.npz"):
        assert (store / path.relative_to(tmp_path / "serial")).read_bytes() == path.read_bytes()


@pytest.mark.process
@pytest.mark.slow
def test_a_worker_of_another_lrviz_is_refused(running: Running, tmp_path: Path) -> None:
    other = tmp_path / "other" / "lrviz" / "foundation"
    other.mkdir(parents=True)
    (other.parent / "__init__.py").touch()
    (other / "__init__.py").touch()
    (other / "version.py").write_text('__version__ = "9.9.9"\n')
    client = running.client("--store", "store")
    assert client.stderr is not None
    # A client may come before the workers.
    assert client.stderr.readline().startswith(f"no worker at {running.address} yet; waiting for one")
    running.worker(PYTHONPATH=str(tmp_path / "other"))
    out, refused = client.communicate(timeout=60)
    assert (client.returncode, out) == (3, "")
    assert refused.startswith("worker refused: lrviz is 9.9.9 there and ")
    assert not list((tmp_path / "store").glob("*/*"))


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_what_a_local_cluster_started_ends_with_it(number: signal.Signals, tmp_path: Path) -> None:
    """Ctrl-C reaches every process of a terminal's group, kill -9 one: no process is left, finished tiles are."""
    process = subprocess.Popen(
        [*COMMAND, *SWEEP, "--dask", "local", "--store", "store"], cwd=tmp_path, env=environment(PYTHONWARNINGS=""),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    until(lambda: list((tmp_path / "store").glob("*/*.npz")))
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    # Every process has these pipes open until it ends.
    out, err = process.communicate(timeout=20)
    assert process.returncode == (130 if number == signal.SIGINT else -number)
    assert (out, "Traceback" in err) == ("", False), err


@pytest.mark.process
@pytest.mark.slow
def test_a_clients_executor_is_given_what_its_workers_can_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two tiles for each thread of the cluster, whatever this machine has; and the bytes are the same."""
    # Importing it takes longer than most files of tests.
    from distributed import Client, LocalCluster

    monkeypatch.setattr(on_surface, "_FEWEST", 5)
    monkeypatch.setattr(on_surface, "_WORK", 5)
    terms: dict[str, Any] = {"fn": "booth", "over": "lr=0.01..1:20", "steps": 5, "starts": 5}
    flying: list[int] = []

    def counted(some: dict[Any, Any], **how: Any) -> Any:
        flying.append(len(some))
        return wait(some, **how)

    monkeypatch.setattr(run, "wait", counted)
    with (
        LocalCluster(n_workers=2, threads_per_worker=3, processes=False, dashboard_address=None) as workers,
        Client(workers, set_as_default=False) as client,
    ):
        found = lrviz.sweep(["sgd"], executor=client.get_executor(pure=False), store=tmp_path / "there", **terms)
    alone = lrviz.sweep(["sgd"], store=tmp_path / "here", **terms)
    assert max(flying) == 12
    assert found.arrays["median"].tobytes() == alone.arrays["median"].tobytes()


def test_without_dask_it_is_said_what_to_install(ended: Ended, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dask", None)
    done = ended("sweep", "sgd", "--fn", "booth", "--over", "lr=0.1..1", "--dask", "127.0.0.1:1", "--store", "store")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "dask.distributed is not installed (pip install 'lrviz[dask]')\n"


def test_where_no_cluster_is_it_is_said_how_to_start_one(ended: Ended, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", 0.2)
    done = ended("sweep", "sgd", "--fn", "booth", "--over", "lr=0.1..1", "--dask", "127.0.0.1:1", "--store", "store")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("--dask 127.0.0.1:1: no scheduler answers (")
    assert done.stderr.endswith(
        "; dask scheduler starts one, dask worker HOST:PORT its workers; --dask local needs neither\n"
    )


WRONG: dict[str, Any] = {
    "": "--dask: '' given; write HOST:PORT, tcp://HOST:PORT, tls://HOST:PORT or local",
    "there": "--dask: 'there' given; write HOST:PORT, tcp://HOST:PORT, tls://HOST:PORT or local",
    "ftp://there:1": "--dask: 'ftp://there:1' given; write HOST:PORT, tcp://HOST:PORT, tls://HOST:PORT or local",
    "\x1b[31m:1": r"--dask: '\x1b[31m:1' given; write HOST:PORT, tcp://HOST:PORT, tls://HOST:PORT or local",
    "there:1 --jobs 2": "--jobs given with --dask; a cluster has its own processes",
}
"""What --dask is given, and all that is said."""


@pytest.mark.parametrize("address", WRONG)
def test_a_wrong_address_is_one_clear_message(address: str, ended: Ended) -> None:
    words = address.split(" ") if address else [""]
    done = ended("sweep", "sgd", "--fn", "booth", "--over", "lr=0.1..1", "--dask", *words, "--store", "store")
    assert (done.returncode, done.stdout, done.stderr.splitlines()) == (2, "", [WRONG[address]])


def test_another_program_at_the_address_is_no_scheduler(ended: Ended, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", 2)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with suppress(OSError):
                while True:
                    with server.accept()[0] as connection:
                        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        Thread(target=answer, daemon=True).start()
        address = f"127.0.0.1:{server.getsockname()[1]}"
        done = ended("sweep", "sgd", "--fn", "booth", "--over", "lr=0.1..1", "--dask", address, "--store", "store")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"--dask {address}: no scheduler answers (another program answers); dask scheduler")
