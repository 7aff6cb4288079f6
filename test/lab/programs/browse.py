"""Sends one of everything that programs of a busy machine send, and waits for nothing.

Usage: browse.py NAME ADDRESS4 ADDRESS6 RESOLVER4 RESOLVER6 BROADCAST

Prints how many sends the system itself refused.
"""

import os
import socket
import struct
import sys
import time

name, four, six, resolver4, resolver6, broadcast = sys.argv[1:]
refused = 0
keep = []


def datagram(address, port, data):
    global refused
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sending = socket.socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET:
        sending.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    keep.append(sending)
    try:
        sending.sendto(data, (address, port))
    except OSError:
        refused += 1


def connection(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    connecting = socket.socket(family, socket.SOCK_STREAM)
    connecting.setblocking(False)
    keep.append(connecting)
    connecting.connect_ex((address, port))


def question(text, kind):
    head = struct.pack(">HHHHHH", 77, 0x0100, 1, 0, 0, 0)
    labels = b"".join(bytes([len(part)]) + part.encode() for part in text.split("."))
    return head + labels + struct.pack(">BHH", 0, kind, 1)


def looked_up(text):
    try:
        return [info[4][0] for info in socket.getaddrinfo(text, 443, type=socket.SOCK_STREAM)]
    except OSError:
        return []


# Names, as programs look them up, and as they ask resolvers that they bring along.
addresses = [four, six] + looked_up(name) + looked_up("www." + name) + looked_up("no-such." + name)
for kind in (1, 28, 65, 16, 15, 33, 12, 2, 257):
    for asked in (resolver4, resolver6, "8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "198.18.0.2"):
        datagram(asked, 53, question(name, kind))
for asked in (resolver4, resolver6, "8.8.8.8", "2606:4700:4700::1111"):
    connection(asked, 53)
    connection(asked, 853)  # DNS over TLS
    connection(asked, 443)  # DNS over HTTPS
    datagram(asked, 443, b"\xc0\x00\x00\x00\x01" + bytes(1195))  # DNS over HTTP/3
    datagram(asked, 853, b"\xc0\x00\x00\x00\x01" + bytes(1195))  # DNS over QUIC

# Web, QUIC, STUN, NTP, WireGuard, games and traceroute.
for address in addresses + ["203.0.113.200", "10.1.2.3", "172.16.9.9", "100.64.1.1", "fd99::1"]:
    for port in (80, 443, 22, 8443, 5228):
        connection(address, port)
    datagram(address, 443, b"\xc0\x00\x00\x00\x01" + bytes(1195))
    datagram(address, 443, bytes.fromhex("c00000000108") + os.urandom(1194))
    datagram(address, 3478, bytes.fromhex("000100002112a442") + os.urandom(12))
    datagram(address, 123, b"\x23" + bytes(47))
    datagram(address, 51820, os.urandom(148))
    datagram(address, 27015, b"\xff\xff\xff\xffTSource Engine Query\x00")
    datagram(address, 33434, bytes(32))
    datagram(address, 9, os.urandom(4000))  # fragments

# What looks around.
for address, port in (
    ("224.0.0.251", 5353),
    ("224.0.0.252", 5355),
    ("239.255.255.250", 1900),
    ("255.255.255.255", 67),
    (broadcast, 137),
):
    datagram(address, port, question("printer.local", 12))

time.sleep(1)
print(refused)
