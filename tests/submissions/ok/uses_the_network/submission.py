"""Reaches who listens on this machine, and opens odd sockets; raises with all that it could do."""

import socket


def connected(family, address, kind=socket.SOCK_STREAM):
    with socket.socket(family, kind) as here:
        here.settimeout(0.3)
        here.connect(address)


def heard(family, address):
    """Whether somebody is there: silence, where nobody would be refused."""
    with socket.socket(family, socket.SOCK_DGRAM) as here:
        here.settimeout(0.2)
        here.connect(address)
        here.send(b"x")
        try:
            here.recv(1)
        except TimeoutError:
            return


def opened(family, kind):
    socket.socket(getattr(socket, family), getattr(socket, kind)).close()


def others():
    assert len(socket.if_nameindex()) > 1


def train(images, labels, *, port, name):
    ways = {
        "tcp": lambda: connected(socket.AF_INET, ("127.0.0.1", port)),
        "udp": lambda: heard(socket.AF_INET, ("127.0.0.1", port)),
        "abstract": lambda: connected(socket.AF_UNIX, f"\0{name}"),
        "tcp6": lambda: connected(socket.AF_INET6, ("::1", port)),
        "interfaces": others,
        "packet": lambda: opened("AF_PACKET", "SOCK_RAW"),
        "raw": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).close(),
        "vsock": lambda: opened("AF_VSOCK", "SOCK_STREAM"),
        "ciphers": lambda: opened("AF_ALG", "SOCK_SEQPACKET"),
        "bus": lambda: opened("AF_CAN", "SOCK_RAW"),
    }
    found = []
    for name_of_way, way in ways.items():
        try:
            way()
            found.append(name_of_way)
        except (OSError, AttributeError, AssertionError):
            continue
    if found:
        raise RuntimeError(f"found {' '.join(found)}.")
    return lambda images: [0] * len(images)
