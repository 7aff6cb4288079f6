/** What `sluice run` begins with: the tunnel takes everything, and everything goes out directly. */

export const DEFAULT_CONFIG_NAME = '(built-in configuration)';

export const DEFAULT_CONFIG_TEXT = `\
# Sluice: everything on this machine goes through the tunnel, and out directly.
#
# To send traffic through a proxy, add the proxy and point a rule at it. Saving the file applies
# it at once; sluice check FILE looks for mistakes first, and "sluice ui" opens an editor for it.

mode: rule
log-level: info
ipv6: true

tun:
  enable: true
  auto-route: true

# proxies:
#   - name: office
#     type: socks5          # or http, socks4
#     server: 192.0.2.10
#     port: 1080
#     username: me          # leave both out where none are needed
#     password: secret
#     udp: true             # where the proxy relays UDP

rules:
  # The first rule that matches decides.
  # - IP-CIDR,192.168.0.0/16,DIRECT,no-resolve
  # - DOMAIN-SUFFIX,example.com,office
  # - MATCH,office          # instead of the last line
  - MATCH,DIRECT
`;
