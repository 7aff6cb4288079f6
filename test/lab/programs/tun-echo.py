"""Holds a TUN device and stands in for the stack: prints a line for each packet that arrives,
`udp 192.0.2.2:1024 > 198.51.100.10:7`, and sends each UDP datagram back to where it came from.

Usage: tun-echo.py DEVICE
"""

import fcntl
import os
import socket
import struct
import sys

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6"}


def parse(packet):
    """Protocol name, family, address length, offset of the source address, offset of the payload."""
    if packet[0] >> 4 == 4:
        return PROTOCOLS.get(packet[9], str(packet[9])), socket.AF_INET, 4, 12, (packet[0] & 15) * 4
    return PROTOCOLS.get(packet[6], str(packet[6])), socket.AF_INET6, 16, 8, 40


def main():
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
    flags = IFF_TUN | IFF_NO_PI
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", sys.argv[1].encode(), flags))
    print("ready", flush=True)
    while True:
        try:
            packet = bytearray(os.read(tun, 65535))
        except OSError:
            # EIO until the interface is up.
            import time

            time.sleep(0.02)
            continue
        protocol, family, size, at, payload = parse(packet)
        src, dst = bytes(packet[at : at + size]), bytes(packet[at + size : at + 2 * size])
        src_port, dst_port = struct.unpack_from("!HH", packet, payload)
        ends = (
            socket.inet_ntop(family, src),
            src_port,
            socket.inet_ntop(family, dst),
            dst_port,
        )
        print(protocol, "%s:%d > %s:%d" % ends, flush=True)
        if protocol == "udp":
            # The checksums stay right when the two ends change places.
            packet[at : at + 2 * size] = dst + src
            struct.pack_into("!HH", packet, payload, dst_port, src_port)
            os.write(tun, packet)


main()
