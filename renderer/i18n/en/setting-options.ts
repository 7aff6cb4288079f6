/**
 * Each setting of the file by its path, in English: how it is called, and what it does. Loaded with
 * the page; a test compares the paths with core's list.
 */
type Texts = Readonly<Record<string, readonly [title: string, help: string]>>;

export const settingOptions = {
  mode: [
    'Mode',
    'rule: the rules decide. global: everything goes to the group GLOBAL. direct: everything goes out directly. What is switched on the home page holds until the file says something else.',
  ],
  'log-level': ['Log level', 'How much is written to the log.'],
  ipv6: [
    'IPv6',
    'Off: captured IPv6 is refused, and names have no IPv6 addresses. It is never let past the tunnel.',
  ],
  'interface-name': [
    'Way to the internet',
    'The network interface by which Sluice itself goes out.',
  ],
  'find-process-mode': [
    'Find programs',
    'off: the program of a connection is not looked for. strict: where a rule asks for it, and while somebody looks at the live list. always: for each connection.',
  ],
  'unified-delay': [
    'Delay without handshakes',
    'Tests of proxies measure one round trip, without the handshakes before it.',
  ],
  'profile.store-selected': [
    'Keep choices in groups',
    'The member that you chose in a group is chosen again after a restart.',
  ],
  'profile.store-fake-ip': [
    'Keep fake addresses',
    'Fake addresses lead to the same names after a restart, since programs remember them.',
  ],

  'tun.enable': [
    'Capture traffic',
    'Off: the tunnel is not opened at all, and nothing is captured.',
  ],
  'tun.device': ['Name of the device', 'At most 15 characters.'],
  'tun.mtu': [
    'Largest packet (MTU)',
    'Above 1500, WSL, containers and hotspots lose large packets. 1500 is as fast, since the system joins packets.',
  ],
  'tun.auto-route': [
    'Set routes',
    'Leads traffic into the tunnel. Off: routes are up to you, and nothing comes in by itself.',
  ],
  'tun.inet4-address': ['IPv4 address of the tunnel', 'An address with its prefix length.'],
  'tun.inet6-address': ['IPv6 address of the tunnel', 'An address with its prefix length.'],
  'tun.route-address': [
    'Capture only',
    'Only traffic to these addresses enters the tunnel. Prefixes, one a line.',
  ],
  'tun.route-exclude-address': [
    'Do not capture',
    'Traffic to these addresses never enters the tunnel. Prefixes, one a line.',
  ],
  'tun.dns-hijack': [
    'Answer DNS queries to',
    'Queries to these addresses are answered by Sluice, whoever they are for. any:53 stands for every address; tcp:// for queries by TCP.',
  ],
  'tun.udp-timeout': [
    'Idle UDP ends after',
    'A UDP session in which nothing is sent for so long ends.',
  ],
  'tun.endpoint-independent-nat': [
    'Full cone NAT',
    'Anyone may answer a program’s UDP port, as games and calls want. Off: only those whom it has sent to.',
  ],
  'tun.iproute2-table-index': [
    'Number of the routing table',
    'Linux: the table that holds our routes.',
  ],
  'tun.iproute2-rule-index': [
    'First routing rule',
    'Linux: the first of the rule priorities that are ours.',
  ],

  'dns.enable': [
    'Answer DNS',
    'Off: queries are relayed like any other connection, and rules that name domains see fewer names.',
  ],
  'dns.listen': [
    'Listen for queries at',
    'An address and a port where others may ask, too, by UDP and TCP.',
  ],
  'dns.ipv6': [
    'IPv6 addresses of names',
    'Off, or with IPv6 off altogether, names have no IPv6 addresses.',
  ],
  'dns.ipv6-timeout': [
    'Wait for IPv6 addresses',
    'So long a lookup that has an IPv4 address already waits for IPv6 ones.',
  ],
  'dns.enhanced-mode': [
    'Kind of answers',
    'fake-ip: names get addresses of our own, which lead back to them, so that rules always know the name. redir-host: true addresses, which are remembered. normal is another name for redir-host.',
  ],
  'dns.fake-ip-range': ['Fake IPv4 addresses', 'A prefix of 8 to 28 bits that nothing else uses.'],
  'dns.fake-ip-range6': [
    'Fake IPv6 addresses',
    'A prefix of 32 to 120 bits that nothing else uses.',
  ],
  'dns.fake-ip-ttl': [
    'Programs may keep fake addresses',
    'Programs that respect it ask again after this time.',
  ],
  'dns.fake-ip-filter': [
    'Names with true addresses',
    'These names never get fake addresses (or only they do, see below). *.x is one label, +.x the name and all below it; also geosite:CATEGORY and rule-set:PROVIDER. One a line.',
  ],
  'dns.fake-ip-filter-mode': [
    'What the list of names means',
    'blacklist: names in it keep their true addresses. whitelist: only they get fake ones. rule: its lines are rules that end in fake-ip or real-ip.',
  ],
  'dns.use-hosts': ['Use the table of hosts', 'Answer from the names below.'],
  'dns.use-system-hosts': ['Use the system’s hosts file', 'Answer from /etc/hosts, too.'],
  'dns.respect-rules': [
    'Reach resolvers by the rules',
    'The rules decide how resolvers are reached. Needs resolvers for the servers of proxies.',
  ],
  'dns.default-nameserver': [
    'Resolvers for resolvers',
    'Asked for the names of the other resolvers, so these need IP addresses.',
  ],
  'dns.nameserver': [
    'Resolvers',
    'All are asked at once, and the first good answer counts: 1.1.1.1, tcp://, tls://, https://, system, dhcp://eth0. Behind # may stand a proxy to ask through. One a line.',
  ],
  'dns.fallback': [
    'Resolvers to check with',
    'Their answer is taken where that of the others is not to be trusted.',
  ],
  'dns.nameserver-policy': [
    'Resolvers for certain names',
    'Asked for these names instead of the others.',
  ],
  'dns.proxy-server-nameserver': [
    'Resolvers for servers of proxies',
    'Asked for the names of the servers of your proxies.',
  ],
  'dns.proxy-server-nameserver-policy': [
    'The same for certain servers',
    'Asked for these servers of proxies instead.',
  ],
  'dns.direct-nameserver': [
    'Resolvers for direct connections',
    'Asked for destinations that go out directly.',
  ],
  'dns.direct-nameserver-follow-policy': [
    'Direct: certain names first',
    'For direct connections, too, the resolvers for certain names are asked first.',
  ],
  'dns.cache-algorithm': [
    'Which answers stay',
    'lru: those used lately. arc: also those that are used often.',
  ],
  'dns.cache-max-size': ['Answers to keep', 'How many answers are remembered.'],
  'dns.fallback-filter.geoip': [
    'Trust one country',
    'An answer is trusted only where its addresses are in the country below.',
  ],
  'dns.fallback-filter.geoip-code': ['The country', 'Two letters, such as CN.'],
  'dns.fallback-filter.geosite': [
    'Lists asked elsewhere',
    'Names in these lists of the GEOSITE data are asked of the resolvers to check with alone.',
  ],
  'dns.fallback-filter.ipcidr': [
    'Addresses not to trust',
    'An answer with an address in one of these prefixes is not trusted.',
  ],
  'dns.fallback-filter.domain': [
    'Names asked elsewhere',
    'These names are asked of the resolvers to check with alone.',
  ],
  hosts: [
    'Table of hosts',
    'Names with the address that they are answered with, a list of addresses separated by commas, another name, or lan.',
  ],

  'sniffer.enable': [
    'Read names from connections',
    'By itself: a connection is looked at where a rule needs its name and nothing else tells it. On: as the settings below say. Off: never.',
  ],
  'sniffer.override-destination': [
    'Use the name as the destination',
    'The name takes the place of the address: direct connections go to what it leads to, proxies are asked for it. Off: only rules see it.',
  ],
  'sniffer.parse-pure-ip': ['Connections without a name', 'Look at connections to bare addresses.'],
  'sniffer.force-dns-mapping': [
    'Connections with a looked-up name',
    'In the mode redir-host: look also where the name is known from a lookup.',
  ],
  'sniffer.force-domain': ['Look at these names, too', 'Names and patterns, one a line.'],
  'sniffer.skip-domain': ['Names that count for nothing', 'Names and patterns, one a line.'],
  'sniffer.skip-src-address': [
    'Leave alone: from',
    'Connections from these prefixes are not looked at.',
  ],
  'sniffer.skip-dst-address': [
    'Leave alone: to',
    'Connections to these prefixes are not looked at.',
  ],
  'sniffer.sniff.HTTP.ports': ['HTTP: ports', 'Ports, or ranges such as 8080-8880, one a line.'],
  'sniffer.sniff.HTTP.override-destination': [
    'HTTP: use the name as the destination',
    'For HTTP alone.',
  ],
  'sniffer.sniff.TLS.ports': ['TLS: ports', 'Ports, or ranges such as 8443-8449, one a line.'],
  'sniffer.sniff.TLS.override-destination': [
    'TLS: use the name as the destination',
    'For TLS alone.',
  ],
  'sniffer.sniff.QUIC.ports': ['QUIC: ports', 'Ports, or ranges, one a line.'],
  'sniffer.sniff.QUIC.override-destination': [
    'QUIC: use the name as the destination',
    'For QUIC alone.',
  ],

  'sluice.connect-timeout': [
    'Time to connect',
    'For the whole way through an upstream, every handshake included.',
  ],
  'sluice.sniff-timeout': [
    'Time to read a name',
    'So long a connection waits for its first bytes where a rule needs a name.',
  ],
  'sluice.system-dns': [
    'Be the system’s resolver',
    'The system’s own resolver leads to Sluice while the tunnel is up. It comes back afterwards.',
  ],
  'sluice.icmp': [
    'Ping',
    'reply: answered in place of any address. off: dropped. direct: sent to the real host, past the proxies.',
  ],
  'sluice.udp-fallback': [
    'UDP that a proxy cannot carry',
    'next: through the next member of the group that can. direct: straight out. reject: refused at once, so that browsers change from QUIC to TCP.',
  ],
  'sluice.udp-timeouts.dns': [
    'Idle DNS over UDP ends after',
    'For sessions that only ask for names.',
  ],
  'sluice.udp-timeouts.quic': ['Idle QUIC ends after', 'For sessions of QUIC (HTTP/3).'],

  'sluice.limits.max-flows': [
    'TCP connections',
    'At most so many at once; the rest is dropped and counted.',
  ],
  'sluice.limits.max-half-open': [
    'Connections being opened',
    'At most so many of them that are not established yet.',
  ],
  'sluice.limits.max-udp-sessions': ['UDP sessions', 'At most so many at once.'],
  'sluice.limits.max-buffer-bytes': [
    'Memory for packets',
    'In flight. Beyond it packets are dropped, as a router would.',
  ],

  'geodata-mode': [
    'Countries from geoip',
    'Countries of addresses come from the file geoip instead of mmdb.',
  ],
  'geo-auto-update': ['Update data', 'Fetch the GEOIP and GEOSITE data again and again.'],
  'geo-update-interval': ['Update every', 'Where updating is on.'],
  'global-ua': [
    'Name to servers',
    'What Sluice calls itself when it fetches something. Subscription servers look for “clash”.',
  ],
  'etag-support': [
    'Fetch only what is new',
    'Servers are told which state of a file is here already.',
  ],
  'geox-url.geoip': ['Source of geoip', 'Countries, in the format of v2ray: a URL or a file.'],
  'geox-url.mmdb': ['Source of mmdb', 'Countries, in the format of MaxMind: a URL or a file.'],
  'geox-url.asn': [
    'Source of asn',
    'Networks (AS numbers), in the format of MaxMind: a URL or a file.',
  ],
  'geox-url.geosite': [
    'Source of geosite',
    'Lists of names, in the format of v2ray: a URL or a file.',
  ],

  'external-controller': [
    'Address of the interface',
    'Where this interface and the API listen. Another address than 127.0.0.1 lets other machines reach it. Empty: nowhere. This page moves with it.',
  ],
  secret: [
    'Secret of the API',
    'What programs and dashboards must send. Links from “sluice ui” need none.',
  ],
  'external-controller-cors.allow-origins': [
    'Web pages that may call the API',
    'Origins such as https://board.example.com, one a line. * is every page: each may then try the secret.',
  ],
  'external-controller-cors.allow-private-network': [
    'Pages from the internet',
    'Such a page may come from the internet, not only from this network.',
  ],
} as const satisfies Texts;

/** What it means that nothing is set, where that is more than “none”. */
export const settingNone = {
  'interface-name': 'found by itself',
  'tun.device': 'chosen by the system',
  'tun.inet4-address': 'chosen by itself',
  'tun.inet6-address': 'chosen by itself',
  'tun.route-address': 'everything',
  'dns.listen': 'nowhere',
  'dns.proxy-server-nameserver': 'as the other names',
  'dns.direct-nameserver': 'as the other names',
  'sniffer.enable': 'by itself',
  'sniffer.sniff.HTTP.ports': 'not looked at',
  'sniffer.sniff.TLS.ports': 'not looked at',
  'sniffer.sniff.QUIC.ports': 'not looked at',
  'sniffer.sniff.HTTP.override-destination': 'as above',
  'sniffer.sniff.TLS.override-destination': 'as above',
  'sniffer.sniff.QUIC.override-destination': 'as above',
  'external-controller': 'nowhere',
  secret: 'a random one',
} as const;
