"""Sends numbered datagrams as fast as it can, or counts those that arrive until none does.

Usage: udp-burst.py send ADDRESS PORT COUNT SIZE
       udp-burst.py count ADDRESS PORT
"""

import socket
import sys
import time

mode, address, port = sys.argv[1:4]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
endpoint = socket.socket(family, socket.SOCK_DGRAM)
if mode == "send":
    count, size = int(sys.argv[4]), int(sys.argv[5])
    endpoint.connect((address, int(port)))
    # The first finds the way; no program sends hundreds before it has an answer.
    endpoint.send(bytes(size))
    time.sleep(0.3)
    for number in range(1, count):
        endpoint.send(number.to_bytes(4, "big") + bytes(size - 4))
        if number % 50 == 0:
            time.sleep(0.002)
else:
    endpoint.setsockopt(socket.SOL_SOCKET, 33, 1 << 24)  # SO_RCVBUFFORCE
    endpoint.bind((address, int(port)))
    print("ready", flush=True)
    endpoint.settimeout(20)
    seen = set()
    try:
        while True:
            seen.add(endpoint.recv(65536)[:4])
            endpoint.settimeout(2)
    except TimeoutError:
        print(len(seen), flush=True)
