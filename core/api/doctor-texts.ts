/**
 * What the self test says, in English, by its codes: the command line prints it, the interface's
 * English catalogue takes it as it is, and its others have the same codes. See `fill-in.ts`.
 */
export const doctorTexts = {
  'doctor.aborted': 'This was not finished within {seconds} seconds.',
  'doctor.defect': 'This could not be looked at: {message}',
  'doctor.needsCapture': 'Nothing is captured, so there is nothing to look at.',
  'doctor.needsCore': 'Sluice does not run, so there is nothing to look at.',

  'doctor.uplink.ok': 'This machine has a way out.',
  'doctor.uplink.none': 'This machine has no way out: no network gives it a default route.',
  'doctor.uplink.silent': 'This machine has a default route, but the router does not answer.',
  'doctor.uplink.way': '{family} leaves by {device} with the address {address}.',
  'doctor.uplink.noWay': 'There is no way out for {family}.',
  'doctor.uplink.router': 'The router {gateway} answers.',
  'doctor.uplink.routerSilent': 'The router {gateway} on {device} does not answer.',
  'doctor.uplink.fixConnect':
    'Connect this machine to a network: plug in a cable, join a Wi-Fi, or start the network service.',
  'doctor.uplink.fixRouter':
    'Check the cable or the Wi-Fi. If other devices have no connection either, restart the router.',

  'doctor.capture.ok': 'What the programs of this machine send comes to Sluice.',
  'doctor.capture.off': 'Nothing goes through Sluice: capture is switched off.',
  'doctor.capture.noTunnel': 'Nothing goes through Sluice: it was started without a tunnel.',
  'doctor.capture.noRoutes': 'The tunnel is there, but nothing is led into it.',
  'doctor.capture.past': 'What programs send goes past Sluice: it leaves by {device}.',
  'doctor.capture.nowhere': 'What programs send is refused by a route of this machine.',
  'doctor.capture.lost': 'What programs send is led to Sluice, but does not arrive.',
  'doctor.capture.arrived': 'A connection arrived after {ms} ms.',
  'doctor.capture.rules': 'Routing rules of others are asked before those of Sluice: {rules}',
  'doctor.capture.halves':
    'Another VPN claims {networks} by {device}, which goes before a default route.',
  'doctor.capture.only': 'Only these networks are captured (tun.route-address): {networks}.',
  'doctor.capture.excluded':
    'These networks go past Sluice as configured (tun.route-exclude-address): {networks}.',
  'doctor.capture.fixOn': 'Switch capture on.',
  'doctor.capture.fixTunnel': 'Set tun.enable to true, and restart Sluice.',
  'doctor.capture.fixRoutes': 'Set tun.auto-route to true.',
  'doctor.capture.fixVpn':
    'Another VPN or a routing rule goes first. End it, or have it leave the default route alone.',
  'doctor.capture.fixFirewall':
    'Look for a firewall on this machine that drops what goes into {device}.',

  'doctor.dns.ok': 'The names that programs look up come to Sluice.',
  'doctor.dns.off': 'Sluice answers no names (dns.enable is false): queries are relayed.',
  'doctor.dns.leak': 'Names that programs look up go past Sluice.',
  'doctor.dns.foreign': 'A program that asks a resolver of its own choice goes past Sluice.',
  'doctor.dns.straight': 'Every name that is looked up is shown to a resolver past the proxies.',
  'doctor.dns.silent': 'Programs of this machine get no answer when they look up a name.',
  'doctor.dns.asked': 'A query to {server} came to Sluice.',
  'doctor.dns.askedPast': 'A query to {server} did not come to Sluice.',
  'doctor.dns.program': 'A name that was looked up as programs do came to Sluice.',
  'doctor.dns.programPast': 'A name that was looked up as programs do did not come to Sluice.',
  'doctor.dns.resolvConf': '/etc/resolv.conf leads to {servers}.',
  'doctor.dns.resolved': 'systemd-resolved answers programs of this machine.',
  'doctor.dns.noHijack':
    'Queries to other resolvers are relayed like any flow: tun.dns-hijack does not name them.',
  'doctor.dns.fewStraight':
    'Where a true address is needed, Sluice itself asks {servers} past the proxies.',
  'doctor.dns.allStraight': 'Sluice itself asks {servers} past the proxies.',
  'doctor.dns.clear': 'Whoever is on the way can read what is asked of {servers}.',
  'doctor.dns.fixResolvConf':
    'Another program has changed where this machine asks for names. Switch capture off and on, and Sluice takes it back.',
  'doctor.dns.fixSystemDns': 'Set sluice.system-dns to true, so that this machine asks Sluice.',
  'doctor.dns.fixHijack': 'Have tun.dns-hijack name any:53 and tcp://any:53.',
  'doctor.dns.fixRules':
    'Another VPN or a routing rule takes the queries away. End it, or have it leave port 53 alone.',
  'doctor.dns.fixStraight':
    'Write #NAME of a proxy behind the servers of dns.nameserver, or use fake addresses (dns.enhanced-mode: fake-ip).',

  'doctor.ipv6.ok': 'IPv6 comes to Sluice, too.',
  'doctor.ipv6.refused': 'IPv6 is refused, and so cannot go past Sluice.',
  'doctor.ipv6.absent': 'This machine has no IPv6.',
  'doctor.ipv6.leak': 'IPv6 goes past Sluice: it leaves by {device}.',
  'doctor.ipv6.none': 'IPv6 leads nowhere on this machine, and so cannot go past Sluice.',
  'doctor.ipv6.lost': 'IPv6 is led to Sluice, but does not arrive.',
  'doctor.ipv6.fixNetworks':
    'tun.route-address names no IPv6 network. Add ::/0 to it, or leave the setting out.',

  'doctor.upstream.ok': '{name} answers: {ms} ms.',
  'doctor.upstream.okAll': 'All {count} upstreams in use answer.',
  'doctor.upstream.failed': '{name}, which most traffic takes, does not work.',
  'doctor.upstream.some': 'Of {total} upstreams in use, {count} [does|do] not work.',
  'doctor.upstream.none': 'The rules send nothing out.',
  'doctor.upstream.delay': '{name}: {ms} ms.',
  'doctor.upstream.error': '{name}: {message}',
  'doctor.upstream.more': 'Only the first {count} were tested.',
  'doctor.upstream.fixLogin': 'Correct the user name and the password of {name}.',
  'doctor.upstream.fixServer':
    'Check that the server of {name} runs, and that its address and port are right, or choose another upstream.',
  'doctor.upstream.fixTls':
    'Check the TLS settings of {name}: its certificate is not the one that is expected.',
  'doctor.upstream.fixDirect':
    'No proxy is in the way: check that this machine reaches the internet and that its resolver answers, or name another test page (url of the group).',
  'doctor.upstream.fixOther': 'Look at {name}, or choose another upstream.',

  'doctor.udp.ok': '{name} carries datagrams (calls, games, QUIC).',
  'doctor.udp.direct': 'Datagrams leave directly.',
  'doctor.udp.refused': 'The rules refuse what no other rule takes, datagrams too.',
  'doctor.udp.without': '{name} carries no datagrams.',
  'doctor.udp.broken': '{name} takes datagrams, but does not bring them anywhere.',
  'doctor.udp.failed': '{name} could not be asked whether it carries datagrams.',
  'doctor.udp.reason': '{message}',
  'doctor.udp.answered': 'A DNS query to {server} through it was answered after {ms} ms.',
  'doctor.udp.silent': 'A DNS query to {server} through it was not answered.',
  'doctor.udp.noServer':
    'It was not tried with a query: dns.nameserver names no resolver of the internet.',
  'doctor.udp.next': 'Datagrams go through {name} instead.',
  'doctor.udp.past':
    'Datagrams leave directly (sluice.udp-fallback: direct): their destinations see the address of this machine.',
  'doctor.udp.reject':
    'Datagrams are refused at once: browsers go on with TCP, calls and games may not work.',
  'doctor.udp.fixUpstream':
    'Where you need calls or games, choose an upstream that carries UDP, such as a SOCKS5 server with UDP ASSOCIATE.',
  'doctor.udp.fixServer': 'Check that the resolver {server} can be reached, or name another one.',
  'doctor.udp.fixBroken':
    'Set udp: false for {name}, so that programs are told at once, or have its server let UDP through.',

  'doctor.mtu.ok': 'Packets of every size fit.',
  'doctor.mtu.large': 'The tunnel takes packets of {mtu} bytes, which other networks do not.',
  'doctor.mtu.guests':
    'Guests have a smaller packet size than the tunnel: large answers may be lost.',
  'doctor.mtu.lost': 'Packets of the full size do not come through the tunnel.',
  'doctor.mtu.tunnel': 'The tunnel: {mtu} bytes.',
  'doctor.mtu.uplink': 'The way out, {device}: {mtu} bytes.',
  'doctor.mtu.guest': 'Behind {device}: {mtu} bytes.',
  'doctor.mtu.path': 'A datagram of {mtu} bytes came through the tunnel and back.',
  'doctor.mtu.fix': 'Set tun.mtu to {mtu}, and restart Sluice.',

  'doctor.loop.ok': "Sluice's own connections do not come back to it.",
  'doctor.loop.now': "Sluice's own connections come back to it through the tunnel.",
  'doctor.loop.before':
    "{count} of Sluice's own connections came back through the tunnel since it was started. It does not happen now.",
  'doctor.loop.local': 'An upstream on this machine may send its own connections to itself.',
  'doctor.loop.refused': '{count} were refused since Sluice was started.',
  'doctor.loop.forwarder':
    '{program} passes on what comes to {server}: who is behind it cannot be told, and is captured like any guest.',
  'doctor.loop.fixRules':
    'Something leads back to Sluice what it sends: a routing rule, another VPN, or a router that uses this machine as its gateway. Remove that.',
  'doctor.loop.fixLocal':
    'Add a rule above the others that sends the server of that upstream DIRECT, such as IP-CIDR,ADDRESS/32,DIRECT.',

  'doctor.guests.ok': 'The guests of this machine can go through Sluice.',
  'doctor.guests.none': 'There are no containers or virtual machines on this machine.',
  'doctor.guests.off': 'This machine passes on nothing for its guests.',
  'doctor.guests.past': 'What guests send goes past Sluice.',
  'doctor.guests.firewall': 'A firewall may keep guests from the internet.',
  'doctor.guests.led': '{device} ({zone}): led to Sluice.',
  'doctor.guests.ledPast': '{device} ({zone}): leaves by {way}, past Sluice.',
  'doctor.guests.refused': '{device} ({zone}): refused by a route of this machine.',
  'doctor.guests.dropping': 'What is not allowed by a rule is dropped here: {chains}.',
  'doctor.guests.noForwarding': 'Forwarding is off for {family}.',
  'doctor.guests.wsl':
    'This is a Linux within Windows (WSL): only what runs inside it is seen here.',
  'doctor.guests.fixForwarding':
    'Switch forwarding on (sysctl net.ipv4.ip_forward=1), which container engines and hypervisors usually do.',
  'doctor.guests.fixFirewall':
    'If a guest reaches nothing, allow forwarding from its interface into {device} and back.',

  'doctor.config.ok': 'The rule file is in use as it is.',
  'doctor.config.rejected': 'The rule file has an error, and the one before it is in use.',
  'doctor.config.restart': 'Some settings of the rule file need a restart.',
  'doctor.config.lists': 'Some lists could not be fetched.',
  'doctor.config.warnings': 'The rule file has {count} [warning|warnings].',
  'doctor.config.error': '{message}',
  'doctor.config.paths': 'Changed since the start: {paths}.',
  'doctor.config.list': '{name}: {message}',
  'doctor.config.fixError': 'Correct the error, or undo the latest change.',
  'doctor.config.fixRestart': 'Restart Sluice.',
  'doctor.config.fixLists': 'Fetch the lists again; check their addresses if that fails.',
  'doctor.config.fixWarnings': 'Look at the warnings in the editor.',

  'doctor.cleanup.ok': 'Nothing is left of an earlier run.',
  'doctor.cleanup.undone': 'An earlier run had been killed; what it left was put back.',
  'doctor.cleanup.left': 'What an earlier run left could not all be put back.',
  'doctor.cleanup.found': 'An earlier run has left changes on this machine.',
  'doctor.cleanup.item': '{text}',
  'doctor.cleanup.fix': 'Stop Sluice, and run "sluice cleanup" as root.',

  'note.error': '{message}',
  'note.noUplink': 'No way out: this machine has no default route.',
  'note.loop':
    '{count} [connection|connections] of Sluice itself came back through the tunnel. The self test says whether that goes on.',
  'note.rejected': 'The rule file has an error, and the one before it is in use: {message}',
  'note.restart': 'These settings need a restart: {paths}',
  'note.leftovers':
    'What an earlier run left could not all be put back. Stop Sluice, and run "sluice cleanup" as root.',
  'note.selfTest': 'Checks that failed in the latest self test: {count}.',
  'note.dns':
    'Names may go past Sluice: programs of this machine ask {servers}, which Sluice has not set.',
  'note.ipv6':
    'IPv6 goes past Sluice: tun.route-address names no IPv6 network. Add ::/0 to it, or leave it out.',
  'note.vpn':
    'Another VPN goes first: it claims {networks} by {device}. End it, or have it leave the default route alone.',
  'note.mtu':
    'The tunnel takes packets of {mtu} bytes, guests behind {device} only of {smallest}: large answers may be lost.',
  'note.wslMtu': 'The tunnel takes packets of {mtu} bytes, which WSL does not.',
} as const;

export type DoctorCode = keyof typeof doctorTexts;
