"""Answers every datagram with a name.

Usage: udp-name.py NAME ADDRESS,PORT...
"""

import select
import socket
import sys

servers = []
for end in sys.argv[2:]:
    address, port = end.split(",")
    server = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((address, int(port)))
    servers.append(server)
print("ready", flush=True)
while True:
    for server in select.select(servers, [], [])[0]:
        server.sendto(sys.argv[1].encode(), server.recvfrom(2048)[1])
