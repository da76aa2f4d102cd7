"""Ports of the local stack, against sockets of this very process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from deploy.local.ports import HOST, free_ports, is_free, listens


def test_free_ports_are_free_and_different() -> None:
    ports = free_ports(50)
    assert len(set(ports)) == 50
    assert all(map(is_free, ports))


def test_free_ports_are_never_given_to_outgoing_connections() -> None:
    outgoing = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text()
    lowest = int(outgoing.split()[0])
    assert max(free_ports(50)) < lowest


def test_a_bound_port_is_not_free() -> None:
    with socket.socket() as server:
        server.bind((HOST, 0))
        assert not is_free(server.getsockname()[1])


def test_a_process_listens_on_its_own_port_alone() -> None:
    with socket.socket() as server, _stranger() as stranger:
        server.bind((HOST, 0))
        port = server.getsockname()[1]
        assert not listens(os.getpid(), port)
        server.listen()
        assert listens(os.getpid(), port)
        assert not listens(stranger.pid, port)
        stranger.kill()


def test_a_process_that_is_gone_listens_nowhere() -> None:
    with _stranger() as stranger:
        stranger.kill()
    assert not listens(stranger.pid, 1)


def _stranger() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
