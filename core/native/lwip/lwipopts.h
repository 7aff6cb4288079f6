// lwIP as Sluice uses it: the TCP state machine and IP output, no threads, no timers of its own,
// memory from malloc. Everything around it (demultiplexing, UDP, ICMP, limits) is ours.
#ifndef SLUICE_LWIPOPTS_H
#define SLUICE_LWIPOPTS_H

#define NO_SYS 1
#define LWIP_TIMERS 0
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_SOCKET 0
#define LWIP_NETCONN 0
#define LWIP_STATS 0
#define LWIP_SINGLE_NETIF 0

#define LWIP_IPV4 1
#define LWIP_IPV6 1
#define LWIP_ARP 0
#define LWIP_ETHERNET 0
#define LWIP_ICMP 0
// Referred to by ip6_input, which we never call.
#define LWIP_ICMP6 1
#define LWIP_IGMP 0
#define LWIP_IPV6_MLD 0
#define LWIP_IPV6_AUTOCONFIG 0
#define LWIP_IPV6_SEND_ROUTER_SOLICIT 0
#define LWIP_IPV6_SCOPES 0
#define LWIP_ND6_QUEUEING 0
#define LWIP_UDP 0
#define LWIP_RAW 0
#define LWIP_DNS 0
#define LWIP_DHCP 0

// A super-segment is larger than the MTU on purpose: the kernel cuts it (TSO).
#define IP_FRAG 0
#define IP_REASSEMBLY 0
#define LWIP_IPV6_FRAG 0
#define LWIP_IPV6_REASS 0

#define MEM_LIBC_MALLOC 1
#define MEMP_MEM_MALLOC 1
#define MEM_ALIGNMENT 8
#define MEMP_NUM_TCP_SEG 65535
#define PBUF_POOL_BUFSIZE 1600
#define PBUF_LINK_HLEN 0
#define LWIP_SUPPORT_CUSTOM_PBUF 1

#define LWIP_TCP 1
#define LWIP_CALLBACK_API 1
#define TCP_LISTEN_BACKLOG 0
#define LWIP_TCP_SACK_OUT 1
#define LWIP_TCP_TIMESTAMPS 0
#define LWIP_TCP_KEEPALIVE 1
#define TCP_QUEUE_OOSEQ 1
#define TCP_OOSEQ_MAX_BYTES TCP_WND
#define TCP_OOSEQ_MAX_PBUFS 1024
#define TCP_OVERSIZE 0
#define LWIP_TCP_PCB_NUM_EXT_ARGS 0

// Advertised is min(TCP_MSS, MTU - headers); accepted is anything up to a whole IP packet.
// (The C library has a macro of the same name, for something else.)
#undef TCP_MSS
#define TCP_MSS 65495
#define LWIP_WND_SCALE 1
#define TCP_RCV_SCALE 4
#define TCP_WND (960 * 1024)
#define TCP_SND_BUF (960 * 1024)
#define TCP_SND_QUEUELEN 8192
#define TCP_SNDLOWAT (64 * 1024 - 1)
#define LWIP_DISABLE_TCP_SANITY_CHECKS 1
// Flow::take_window_update decides when a window that opened is told of.
#define TCP_WND_UPDATE_THRESHOLD 0xffffffffu

// The tick is ours (`TcpStack::tick`); the slow timer runs at every second one. Round trips to the
// application are short, so a lost packet should not cost the half second of lwIP's own default.
#define TCP_TMR_INTERVAL 25
#define LWIP_TCP_RTO_TIME 1000
// How long the last acknowledgement may take, twice over: until then an application that has sent
// its FIN may be slow to read. (TIME_WAIT has its own time, in TcpStack.)
#define TCP_MSL 60000
#define TCP_SYNMAXRTX 6

// Checksums: the kernel completes ours and vouches for its own; `wire/checksum.cc` does the rest.
#define CHECKSUM_GEN_IP 1
#define CHECKSUM_GEN_TCP 0
#define CHECKSUM_CHECK_IP 0
#define CHECKSUM_CHECK_TCP 0

#define LWIP_HOOK_FILENAME "lwip_hooks.h"
#define LWIP_HOOK_TCP_ISN sluice_tcp_isn

#endif
