"""Sends datagrams that may not be fragmented until one fits, and prints what the path is said to carry.

Usage: udp-mtu.py ADDRESS PORT SIZE [may]     (may: they may be fragmented)
"""

import socket
import sys
import time

address, port, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
six = ":" in address
asking = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
level, discover, mtu = (41, 23, 24) if six else (0, 10, 14)
asking.setsockopt(level, discover, 0 if sys.argv[4:] else 2)  # IP_PMTUDISC_DONT, IP_PMTUDISC_DO
asking.settimeout(2)
asking.connect((address, port))
for attempt in range(20):
    try:
        asking.send(bytes(size))
        print("answer", len(asking.recv(65536)), "mtu", asking.getsockopt(level, mtu))
        break
    except TimeoutError:
        print("no answer")
        break
    except OSError as error:
        if error.errno != 90:  # EMSGSIZE
            raise
        path = asking.getsockopt(level, mtu)
        print("too big for", path)
        size = path - (48 if six else 28)
    time.sleep(0.05)
