"""A resolver that misbehaves as the first label of the name says, and prints a line for each query,
`A silent.test 192.0.2.2`. What it does answer is 203.0.113.1 and 2001:db8:3::1.

Usage: bad-dns.py ADDRESS
"""

import socket
import struct
import sys

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((sys.argv[1], 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(2048)
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode())
        at += query[at] + 1
    question = query[12 : at + 5]
    kind = struct.unpack_from("!H", query, at + 1)[0]
    print({1: "A", 28: "AAAA"}.get(kind, kind), ".".join(labels), client[0], flush=True)

    def reply(code, data=None, number=query[:2]):
        answers = 0 if data is None else 1
        answer = struct.pack("!2s5H", number, 0x8180 | code, 1, answers, 0, 0) + question
        if data is not None:
            answer += struct.pack("!HHHIH", 0xC00C, kind, 1, 60, len(data)) + data
        server.sendto(answer, client)

    right = socket.inet_aton("203.0.113.1") if kind == 1 else socket.inet_pton(socket.AF_INET6, "2001:db8:3::1")
    mode = labels[0]
    if mode == "garbage":
        server.sendto(b"\xff" * 40, client)
    elif mode == "servfail":
        reply(2)
    elif mode == "refused":
        reply(5)
    elif mode == "forged":
        reply(0, right, bytes([query[0] ^ 1, query[1]]))
    elif mode == "loop":
        server.sendto(query[:2] + b"\x81\x80\0\x01\0\x01\0\0\0\0" + question + b"\xc0\x0c" * 20, client)
    elif mode == "half" and kind == 1 or mode == "fine":
        reply(0, right)
