"""Sends a datagram and prints the answer, or what went wrong.

Usage: udp-ask.py ADDRESS PORT [BIND-ADDRESS[,PORT]] [BIND-DEVICE]
"""

import socket
import sys

address, port, bind, device = (sys.argv[1:] + ["", ""])[:4]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
asking = socket.socket(family, socket.SOCK_DGRAM)
asking.settimeout(2)
try:
    if bind:
        own, _, own_port = bind.partition(",")
        asking.bind((own, int(own_port or 0)))
    if device:
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    asking.connect((address, int(port)))
    asking.send(b"tun")
    print(asking.recv(100).decode().strip())
except OSError as error:
    print(error)
