"""A hundred sockets, each of which registers with a server and hears from others that it never spoke to.

Usage: full-cone.py register ADDRESS PORT COUNT   (the applications; prints how many heard of all others)
       full-cone.py serve ADDRESS PORT OTHER...   (answers from itself and from each OTHER address)
"""

import select
import socket
import sys
import time

mode, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
family = socket.AF_INET6 if ":" in address else socket.AF_INET


def open_socket(where):
    one = socket.socket(family, socket.SOCK_DGRAM)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    one.bind(where)
    return one


if mode == "serve":
    main = open_socket((address, port))
    others = [open_socket((other, 0)) for other in sys.argv[4:]]
    print("ready", flush=True)
    while True:
        name, source = main.recvfrom(2000)
        for speaker in [main, *others]:
            speaker.sendto(name + b" " + speaker.getsockname()[0].encode(), source)
else:
    count = int(sys.argv[4])
    sockets = {socket.socket(family, socket.SOCK_DGRAM): number for number in range(count)}
    heard = {number: set() for number in range(count)}
    for one, number in sockets.items():
        one.sendto(str(number).encode(), (address, port))
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and any(len(of) < 3 for of in heard.values()):
        for one in select.select(list(sockets), [], [], 0.2)[0]:
            text, source = one.recvfrom(2000)
            number, speaker = text.decode().split()
            # Whoever speaks is shown under his own address.
            assert int(number) == sockets[one] and source[0] == speaker, (text, source)
            heard[sockets[one]].add(speaker)
    print(sum(len(of) == 3 for of in heard.values()))
