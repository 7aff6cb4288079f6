import type { settingNone as none, settingOptions as english } from '../en/setting-options.ts';

type Texts = Readonly<Record<keyof typeof english, readonly [title: string, help: string]>>;

export const settingOptions: Texts = {
  mode: [
    '模式',
    'rule：由规则决定。global：全部走 GLOBAL 代理组。direct：全部直连。在首页切换的模式会一直有效，直到文件中的值改变。',
  ],
  'log-level': ['日志级别', '写入日志的详细程度。'],
  ipv6: ['IPv6', '关闭后，IPv6 流量会被拒绝，域名也不再有 IPv6 地址；流量绝不会绕过隧道。'],
  'interface-name': ['出口网卡', 'Sluice 自身访问互联网所用的网络接口。'],
  'find-process-mode': [
    '查找进程',
    'off：不查找连接所属的进程。strict：规则需要时，或有人查看连接列表时查找。always：每个连接都查找。',
  ],
  'unified-delay': ['统一延迟', '测试代理时只计一次往返，不包含之前的握手。'],
  'profile.store-selected': ['记住代理组的选择', '重启后仍使用代理组中手动选择的成员。'],
  'profile.store-fake-ip': [
    '保存 Fake-IP 映射',
    '重启后 Fake-IP 仍对应原来的域名，因为程序会记住这些地址。',
  ],

  'tun.enable': ['接管流量', '关闭后完全不创建隧道，不接管任何流量。'],
  'tun.device': ['设备名称', '最多 15 个字符。'],
  'tun.mtu': [
    '最大数据包（MTU）',
    '超过 1500 时，WSL、容器和热点会丢失大数据包。系统会合并数据包，所以 1500 同样快。',
  ],
  'tun.auto-route': ['自动设置路由', '把流量引入隧道。关闭后需要自己设置路由。'],
  'tun.inet4-address': ['隧道的 IPv4 地址', '带前缀长度的地址。'],
  'tun.inet6-address': ['隧道的 IPv6 地址', '带前缀长度的地址。'],
  'tun.route-address': ['只接管', '只有发往这些地址的流量进入隧道。每行一个网段。'],
  'tun.route-exclude-address': ['不接管', '发往这些地址的流量不进入隧道。每行一个网段。'],
  'tun.dns-hijack': [
    'DNS 劫持',
    '发往这些地址的查询由 Sluice 回答，不论原本发给谁。any:53 表示所有地址，tcp:// 表示 TCP 查询。',
  ],
  'tun.udp-timeout': ['UDP 空闲超时', '超过这段时间没有数据的 UDP 会话会结束。'],
  'tun.endpoint-independent-nat': [
    '全锥形 NAT',
    '任何地址都可以回应程序的 UDP 端口，适合游戏和通话。关闭后只有程序联系过的地址可以回应。',
  ],
  'tun.iproute2-table-index': ['路由表编号', 'Linux：存放 Sluice 路由的路由表。'],
  'tun.iproute2-rule-index': ['首个路由规则', 'Linux：Sluice 使用的路由规则优先级从这里开始。'],

  'dns.enable': ['启用 DNS', '关闭后查询像其他连接一样转发，域名规则能看到的域名会减少。'],
  'dns.listen': ['DNS 监听地址', '在这个地址和端口也回答 UDP 和 TCP 查询。'],
  'dns.ipv6': ['域名的 IPv6 地址', '关闭后（或总开关 IPv6 关闭时），域名没有 IPv6 地址。'],
  'dns.ipv6-timeout': ['等待 IPv6 地址', '已有 IPv4 地址时，最多再等这么久。'],
  'dns.enhanced-mode': [
    '增强模式',
    'fake-ip：给域名分配虚拟的 Fake-IP 地址，规则总能知道域名。redir-host：返回真实地址并记住对应关系。normal 是 redir-host 的别名。',
  ],
  'dns.fake-ip-range': ['IPv4 Fake-IP 网段', '8 到 28 位的网段，不能与其他用途重叠。'],
  'dns.fake-ip-range6': ['IPv6 Fake-IP 网段', '32 到 120 位的网段，不能与其他用途重叠。'],
  'dns.fake-ip-ttl': ['Fake-IP 的有效期', '遵守有效期的程序在此之后会重新查询。'],
  'dns.fake-ip-filter': [
    'Fake-IP 过滤',
    '这些域名不使用 Fake-IP（也可反过来，见下一项）。*.x 表示一级，+.x 表示该域名及其所有子域名；也可写 geosite:类别 和 rule-set:规则集。每行一个。',
  ],
  'dns.fake-ip-filter-mode': [
    'Fake-IP 过滤模式',
    'blacklist：列表中的域名使用真实地址。whitelist：只有列表中的域名使用 Fake-IP。rule：每行是一条以 fake-ip 或 real-ip 结尾的规则。',
  ],
  'dns.use-hosts': ['使用 hosts 表', '按下面的 hosts 表回答。'],
  'dns.use-system-hosts': ['使用系统 hosts 文件', '同时按 /etc/hosts 回答。'],
  'dns.respect-rules': [
    '按规则访问 DNS 服务器',
    '由规则决定如何访问 DNS 服务器。需要先设置“代理服务器专用 DNS”。',
  ],
  'dns.default-nameserver': [
    '默认 DNS（解析 DNS 服务器的域名）',
    '用来查询其他 DNS 服务器的域名，因此必须是 IP 地址。',
  ],
  'dns.nameserver': [
    'DNS 服务器',
    '同时查询全部服务器，采用第一个有效的应答：1.1.1.1、tcp://、tls://、https://、system、dhcp://eth0。# 之后可以写经过的代理。每行一个。',
  ],
  'dns.fallback': ['后备 DNS 服务器（fallback）', '其他服务器的应答不可信时，采用它们的应答。'],
  'dns.nameserver-policy': ['指定域名的 DNS 服务器', '这些域名改由指定的服务器查询。'],
  'dns.proxy-server-nameserver': ['代理服务器专用 DNS', '用来查询代理服务器的域名。'],
  'dns.proxy-server-nameserver-policy': [
    '指定代理服务器的 DNS',
    '这些代理服务器的域名改由指定的服务器查询。',
  ],
  'dns.direct-nameserver': ['直连专用 DNS', '用来查询直连目标的域名。'],
  'dns.direct-nameserver-follow-policy': [
    '直连时先按指定域名',
    '直连的域名也先按“指定域名的 DNS 服务器”查询。',
  ],
  'dns.cache-algorithm': ['缓存算法', 'lru：保留最近使用的应答。arc：同时保留经常使用的应答。'],
  'dns.cache-max-size': ['缓存应答数', '最多记住多少条应答。'],
  'dns.fallback-filter.geoip': ['只信任一个国家', '只有地址位于下面国家的应答才可信。'],
  'dns.fallback-filter.geoip-code': ['国家代码', '两个字母，例如 CN。'],
  'dns.fallback-filter.geosite': [
    '改问后备服务器的列表',
    '这些 GEOSITE 列表中的域名只向后备服务器查询。',
  ],
  'dns.fallback-filter.ipcidr': ['不可信的地址', '应答的地址落在这些网段内时不可信。'],
  'dns.fallback-filter.domain': ['改问后备服务器的域名', '这些域名只向后备服务器查询。'],
  hosts: ['hosts 表', '域名及其应答：一个地址、用逗号分隔的多个地址、另一个域名，或 lan。'],

  'sniffer.enable': [
    '域名嗅探',
    '自动：规则需要域名而无法从别处得知时才嗅探。开启：按下面的设置。关闭：从不嗅探。',
  ],
  'sniffer.override-destination': [
    '以域名作为目标',
    '用域名替换地址：直连时重新解析，代理收到的是域名。关闭后只有规则看到域名。',
  ],
  'sniffer.parse-pure-ip': ['嗅探纯 IP 连接', '对直接连接 IP 地址、没有域名的连接进行嗅探。'],
  'sniffer.force-dns-mapping': [
    '嗅探已解析域名的连接',
    'redir-host 模式下，即使已从 DNS 查询得知域名也嗅探。',
  ],
  'sniffer.force-domain': ['强制嗅探的域名', '域名或通配，每行一个。'],
  'sniffer.skip-domain': ['跳过嗅探的域名', '嗅探到这些域名时不予采用。域名或通配，每行一个。'],
  'sniffer.skip-src-address': ['跳过嗅探的来源', '来自这些网段的连接不嗅探。'],
  'sniffer.skip-dst-address': ['跳过嗅探的目标', '发往这些网段的连接不嗅探。'],
  'sniffer.sniff.HTTP.ports': ['HTTP：端口', '端口或范围（如 8080-8880），每行一个。'],
  'sniffer.sniff.HTTP.override-destination': ['HTTP：以域名作为目标', '仅用于 HTTP。'],
  'sniffer.sniff.TLS.ports': ['TLS：端口', '端口或范围（如 8443-8449），每行一个。'],
  'sniffer.sniff.TLS.override-destination': ['TLS：以域名作为目标', '仅用于 TLS。'],
  'sniffer.sniff.QUIC.ports': ['QUIC：端口', '端口或范围，每行一个。'],
  'sniffer.sniff.QUIC.override-destination': ['QUIC：以域名作为目标', '仅用于 QUIC。'],

  'sluice.connect-timeout': ['连接超时', '经由代理建立连接的总时间，包含每一次握手。'],
  'sluice.sniff-timeout': ['嗅探超时', '规则需要域名时，最多等待首个数据这么久。'],
  'sluice.system-dns': ['作为系统 DNS', '隧道开启期间，系统的 DNS 指向 Sluice，结束后恢复原状。'],
  'sluice.icmp': ['Ping', 'reply：代替任何地址直接回应。off：丢弃。direct：绕过代理发给真实主机。'],
  'sluice.udp-fallback': [
    '代理不支持 UDP 时',
    'next：改用代理组中下一个支持 UDP 的成员。direct：直连。reject：立即拒绝，浏览器会从 QUIC 改用 TCP。',
  ],
  'sluice.udp-timeouts.dns': ['DNS 会话空闲超时', '只查询域名的 UDP 会话。'],
  'sluice.udp-timeouts.quic': ['QUIC 会话空闲超时', 'QUIC（HTTP/3）会话。'],

  'sluice.limits.max-flows': ['TCP 连接数', '同时存在的上限，超出的会被丢弃并计数。'],
  'sluice.limits.max-half-open': ['正在建立的连接数', '其中尚未建立完成的上限。'],
  'sluice.limits.max-udp-sessions': ['UDP 会话数', '同时存在的上限。'],
  'sluice.limits.max-buffer-bytes': [
    '数据包内存',
    '传输中的数据包所占内存，超出后像路由器一样丢包。',
  ],

  'geodata-mode': ['使用 geoip 数据', '地址所属国家取自 geoip 文件，而不是 mmdb。'],
  'geo-auto-update': ['自动更新数据', '定期重新获取 GEOIP 和 GEOSITE 数据。'],
  'geo-update-interval': ['更新间隔', '开启自动更新时有效。'],
  'global-ua': ['User-Agent', 'Sluice 下载时使用的标识。订阅服务器会查找其中的“clash”。'],
  'etag-support': ['只获取新内容', '告诉服务器本地已有文件的版本。'],
  'geox-url.geoip': ['geoip 来源', '国家数据（v2ray 格式）：网址或文件。'],
  'geox-url.mmdb': ['mmdb 来源', '国家数据（MaxMind 格式）：网址或文件。'],
  'geox-url.asn': ['asn 来源', '网络数据（AS 号，MaxMind 格式）：网址或文件。'],
  'geox-url.geosite': ['geosite 来源', '域名列表（v2ray 格式）：网址或文件。'],

  'external-controller': [
    '界面地址',
    '本界面和 API 的监听地址。127.0.0.1 以外的地址会让其他机器也能访问。留空表示不监听。修改后本页面也会随之改变地址。',
  ],
  secret: ['API 密钥', '程序和面板访问时必须提供。“sluice ui”的链接不需要密钥。'],
  'external-controller-cors.allow-origins': [
    '可调用 API 的网页',
    '例如 https://board.example.com，每行一个。* 表示所有网页：任何网页都可以尝试密钥。',
  ],
  'external-controller-cors.allow-private-network': [
    '来自互联网的网页',
    '允许互联网上的网页调用，而不仅限于本地网络。',
  ],
};

export const settingNone: Readonly<Record<keyof typeof none, string>> = {
  'interface-name': '自动查找',
  'tun.device': '由系统选择',
  'tun.inet4-address': '自动选择',
  'tun.inet6-address': '自动选择',
  'tun.route-address': '全部',
  'dns.listen': '不监听',
  'dns.proxy-server-nameserver': '与其他域名相同',
  'dns.direct-nameserver': '与其他域名相同',
  'sniffer.enable': '自动',
  'sniffer.sniff.HTTP.ports': '不嗅探',
  'sniffer.sniff.TLS.ports': '不嗅探',
  'sniffer.sniff.QUIC.ports': '不嗅探',
  'sniffer.sniff.HTTP.override-destination': '同上',
  'sniffer.sniff.TLS.override-destination': '同上',
  'sniffer.sniff.QUIC.override-destination': '同上',
  'external-controller': '不监听',
  secret: '随机密钥',
};
