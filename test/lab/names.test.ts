/**
 * Names and datagrams as people use them: real clients look names up, and their connections, over
 * every protocol, go where the rules send the name.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ports, resolver, site4, site6, sites, uplink } from './addresses.ts';
import { connectResult, curl } from './clients.ts';
import { labConfig } from './config.ts';
import { Lab } from './lab.ts';
import type { NamespaceName } from './namespaces.ts';
import type { Instance } from './sluice.ts';

const clients: readonly NamespaceName[] = ['home', 'guest'];
const fake4 = /^198\.18\./;
const fake6 = /^fdfe:dcba:9876:/;

describe('names', () => {
  let lab: Lab;
  let sluice: Instance;

  const use = (rules: readonly string[], ...extra: string[]): Promise<void> =>
    sluice.apply(labConfig(lab.certificates, rules, extra));

  /** The answers, one a line, over whatever `args` say. */
  async function dig(from: NamespaceName, ...args: string[]): Promise<string> {
    const common = ['+short', '+tries=1', '+time=3'];
    return (await lab.output(from, 'dig', [...common, ...args])).trim();
  }

  /** The status in the header of a reply. */
  async function digStatus(from: NamespaceName, ...args: string[]): Promise<string> {
    const text = await lab.output(from, 'dig', ['+tries=1', '+time=3', ...args]);
    return /status: ([A-Z]+)/.exec(text)?.[1] ?? text;
  }

  async function echo(from: NamespaceName, host: string, family: 4 | 6): Promise<string> {
    const args = ['-t0.3', '-', `UDP${family}:${host}:${ports.echo}`];
    const { stdout, stderr } = await lab.exec(from, 'socat', args, { input: 'hello' });
    return stdout === ''
      ? (/Connection refused|Permission denied|No route/.exec(stderr)?.[0] ?? stderr)
      : stdout;
  }

  /** Fetches a file by HTTP/3, with a real client; the file, or why there is none. */
  async function http3(from: NamespaceName, host: string): Promise<string> {
    const file = join(lab.folder, 'small');
    const folder = `--download=${lab.folder}`;
    const { stdout, stderr, timedOut } = await lab.exec(from, 'gtlsclient', [
      ...['--quiet', '--exit-on-all-streams-close', '--handshake-timeout=3s', folder],
      ...[host, '443', `https://${host}/small`],
    ]);
    if (timedOut) return 'hung';
    try {
      return readFileSync(file, 'utf8').trim();
    } catch {
      return `${stdout}${stderr}`.trim();
    } finally {
      await lab.exec('net', 'rm', ['-f', file]);
    }
  }

  before(async () => {
    lab = await Lab.start();
    await lab.startProxies();
    const { cert, key } = lab.certificates;
    const root = join(lab.folder, 'www');
    lab.spawn('net', 'gtlsserver', ['--quiet', '-d', root, '*', '443', key, cert]);
    sluice = await lab.startSluice(labConfig(lab.certificates, ['MATCH,DIRECT']));
  });
  after(() => lab.stop());

  for (const from of clients) {
    test(`${from}: every way to ask gets an answer, whoever was asked`, async () => {
      await use(['MATCH,DIRECT']);
      for (const server of [`@${resolver.v4}`, `@${resolver.v6}`, '@192.0.2.77', '@198.18.0.2']) {
        assert.match(await dig(from, server, 'site.test'), fake4, server);
        assert.match(await dig(from, '+tcp', server, 'site.test', 'AAAA'), fake6, server);
      }
      // What has no address is asked of the true resolver.
      assert.equal(await digStatus(from, 'big.site.test', 'TXT'), 'NOERROR');
      assert.equal((await dig(from, 'big.site.test', 'TXT')).split('\n').length, 21, 'by TCP');
      const four = await dig(from, 'site.test');
      assert.equal(await dig(from, '-x', four), 'site.test.');
      assert.equal(await digStatus(from, 'nothing.invalid'), 'NXDOMAIN');
    });

    test(`${from}: truncated over UDP, whole over TCP`, async () => {
      const args = ['+ignore', '+bufsize=512', 'big.site.test', 'TXT'];
      const cut = await lab.output(from, 'dig', args);
      assert.match(cut, /flags: qr tc/);
      const whole = await lab.output(from, 'dig', ['+bufsize=512', 'big.site.test', 'TXT']);
      assert.match(whole, /ANSWER: 21,/);
    });
  }

  for (const mode of ['fake-ip', 'redir-host']) {
    for (const from of clients) {
      for (const family of ['-4', '-6']) {
        test(`${mode}: curl by name from ${from} with ${family}`, async () => {
          await use(
            ['DOMAIN,www.site.test,microsocks', 'DOMAIN-SUFFIX,site.test,DIRECT', 'MATCH,REJECT'],
            `dns: {enhanced-mode: ${mode}}`,
          );
          for (const scheme of ['http', 'https']) {
            const direct = await curl(lab, from, `${scheme}://site.test/`, [family]);
            // A name is reached by the family that answers first, whichever the client began with.
            const own: readonly string[] = [uplink.home4, uplink.home6];
            assert.ok(own.includes(direct.split(' ')[0] ?? ''), direct);
            const proxied = await curl(lab, from, `${scheme}://www.site.test/`, [family]);
            assert.ok(!own.includes(proxied.split(' ')[0] ?? ''), proxied);
            await assert.rejects(curl(lab, from, `${scheme}://other.test/`, [family]));
          }
          const [flow] = await sluice.flows('closed');
          assert.equal(flow?.domainFrom, mode === 'fake-ip' ? 'fake-ip' : 'dns');
        });
      }
    }
  }

  for (const mode of ['fake-ip', 'redir-host']) {
    test(`${mode}: datagrams follow the rules for names, and answers come from who was asked`, async () => {
      await use(
        [
          'DOMAIN,v4.site.test,dante',
          'DOMAIN,v6.site.test,dante',
          'DOMAIN,site.test,DIRECT',
          'MATCH,REJECT',
        ],
        `dns: {enhanced-mode: ${mode}}`,
      );
      for (const from of clients) {
        assert.equal(await echo(from, 'v4.site.test', 4), 'hello');
        assert.equal(await echo(from, 'v6.site.test', 6), 'hello');
        assert.equal(await echo(from, 'site.test', 4), 'hello');
        assert.equal(await echo(from, 'site.test', 6), 'hello');
        assert.match(await echo(from, 'other.test', 4), /No route|Permission denied/);
      }
      const flows = await sluice.flows();
      const relayed = flows.find(({ domain }) => domain === 'v4.site.test');
      assert.deepEqual([relayed?.upstream, relayed?.host], ['dante', 'v4.site.test']);
    });
  }

  test('an address rule sees the address of a name, and is asked for it once', async () => {
    await use([`IP-CIDR,${site4}/32,microsocks`, 'MATCH,REJECT']);
    const body = await curl(lab, 'guest', 'http://site.test/', ['-4']);
    assert.equal((await sluice.flows('closed'))[0]?.upstream, 'microsocks', body);
    await assert.rejects(curl(lab, 'guest', 'http://www.site.test/', ['-4']));
  });

  test('udp-fallback: the next member of the group that carries datagrams', async () => {
    const group = (...members: string[]): string =>
      `proxy-groups: [{name: g, type: select, proxies: [${members.join(', ')}]}]`;
    await use(['MATCH,g'], group('squid', 'microsocks', 'dante'));
    assert.equal(await echo('guest', 'v4.site.test', 4), 'hello');
    const [flow] = await sluice.flows('live');
    assert.equal(flow?.upstream, 'dante');
    await use(['MATCH,g'], group('squid', 'microsocks'));
    assert.equal(await echo('guest', 'v4.site.test', 4), 'Connection refused');
    await use(['MATCH,g'], group('squid'), 'sluice: {udp-fallback: direct}');
    assert.equal(await echo('guest', 'v4.site.test', 4), 'hello');
    const flows = await sluice.flows('live');
    assert.ok(flows.some(({ chain }) => chain.join() === 'DIRECT'));
  });

  test('HTTP/3: straight, through SOCKS5 by name, and refused by rule', async () => {
    await use(['DOMAIN,v4.site.test,dante', 'DOMAIN,site.test,DIRECT', 'MATCH,REJECT']);
    for (const from of clients) {
      assert.equal(await http3(from, 'site.test'), 'hello');
      assert.equal(await http3(from, 'v4.site.test'), 'hello');
    }
    assert.match(await http3('guest', 'other.test'), /TIMEOUT|refused|denied/i);
  });

  test('HTTP/3 without DNS of ours: the name is read from the Initial', async () => {
    await use(
      ['DST-PORT,53,DIRECT', 'DOMAIN,v4.site.test,dante', 'MATCH,REJECT'],
      'dns: {enable: false}',
    );
    assert.equal(await http3('guest', 'v4.site.test'), 'hello');
    const flow = (await sluice.flows()).find(({ destination }) => destination.port === 443);
    assert.deepEqual(
      [flow?.domain, flow?.domainFrom, flow?.host, flow?.upstream],
      ['v4.site.test', 'quic', 'v4.site.test', 'dante'],
    );
  });

  test('DNS over HTTPS is a flow with a name, and can be refused by rule', async () => {
    await use(['DOMAIN,shop.site.test,REJECT', 'MATCH,DIRECT']);
    await assert.rejects(curl(lab, 'guest', 'https://shop.site.test/dns-query'));
    const [flow] = await sluice.flows('closed');
    assert.deepEqual([flow?.domain, flow?.state], ['shop.site.test', 'refused']);
    // A browser that is told no falls back to the system's resolver, and that is us.
    assert.match(await dig('guest', 'site.test'), fake4);
  });

  test('ipv6: false: no AAAA, and IPv6 is refused at once instead of let past', async () => {
    await use(['MATCH,DIRECT'], 'ipv6: false');
    for (const from of clients) {
      assert.equal(await dig(from, 'site.test', 'AAAA'), '');
      assert.match(await dig(from, 'site.test'), fake4);
      assert.equal((await curl(lab, from, 'http://site.test/')).split(' ')[0], uplink.home4);
      assert.equal(await connectResult(lab, from, site6, ports.http), 'net unreachable');
    }
  });

  for (const from of clients) {
    test(`ping from ${from}: answered here through a proxy, by the host itself when direct`, async () => {
      const ping = async (host: string): Promise<string> => {
        const { stdout } = await lab.exec(from, 'ping', ['-n', '-c1', '-W2', host]);
        return /(\d) received/.exec(stdout)?.[1] === '1'
          ? 'answered'
          : (/Packet filtered|Unreachable|prohibited|unreachable/i.exec(stdout)?.[0] ?? 'silence');
      };
      const silent = '198.51.100.202';
      await use(['MATCH,microsocks'], 'sluice: {icmp: direct}');
      assert.equal(await ping('site.test'), 'answered');
      assert.equal(await ping(silent), 'answered', 'no proxy carries ICMP');
      await use(['DOMAIN,other.test,REJECT', 'MATCH,DIRECT'], 'sluice: {icmp: direct}');
      for (const host of ['site.test', site4, site6, 'v6.site.test']) {
        assert.equal(await ping(host), 'answered', host);
      }
      assert.equal(await ping(silent), 'silence');
      assert.notEqual(await ping('other.test'), 'answered');
      await use(['MATCH,DIRECT']);
      assert.equal(await ping(silent), 'answered', 'icmp: reply');
    });
  }

  test('a made-up address survives a restart, and an unknown one is refused at once', async () => {
    await use(['MATCH,DIRECT']);
    const address = await dig('guest', 'shop.site.test');
    await sluice.restart();
    const body = await curl(lab, 'guest', `http://${address}/`, ['-H', 'Host: shop.site.test']);
    const served: readonly string[] = sites['shop.site.test'];
    assert.ok(served.includes(body.trim().split(' ')[2] ?? ''), body);
    await assert.rejects(
      curl(lab, 'guest', 'http://198.18.77.77/'),
      /No route to host|Failed to connect/,
    );
    const [flow] = await sluice.flows('closed');
    assert.equal(flow?.error?.code, 'ERR_FLOW_STALE_FAKE_IP');
  });

  for (const port of [53, 5335]) {
    test(`a resolver on port ${port} of this machine that we ask does not wait for itself`, async () => {
      const dnsmasq = lab.spawn('home', 'dnsmasq', [
        ...['--keep-in-foreground', '--conf-file=/dev/null', '--no-resolv', '--no-hosts'],
        ...['--user=root', '--bind-interfaces', '--listen-address=127.0.0.1', '--pid-file='],
        ...[`--port=${port}`, `--server=${resolver.v4}`],
      ]);
      await dnsmasq.listening(port);
      await use(['MATCH,DIRECT'], `dns: {nameserver: ["127.0.0.1:${port}"]}`);
      for (const from of clients) {
        assert.equal((await dig(from, 'big.site.test', 'TXT')).split('\n').length, 21);
        assert.match(await dig(from, 'site.test'), fake4);
        assert.match(await curl(lab, from, 'http://shop.site.test/'), /shop\.site\.test/);
      }
      await dnsmasq.stop();
    });
  }

  test('names still lead somewhere after a reload, and no flow is dropped by it', async () => {
    await use(['MATCH,DIRECT']);
    const slow = curl(lab, 'guest', 'http://site.test/100k', ['--limit-rate', '60k']);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await use(['MATCH,DIRECT'], 'dns: {enhanced-mode: redir-host}');
    await use(['MATCH,DIRECT']);
    assert.equal((await slow).length, 100_000);
  });

  test('nothing of its own came back through the tunnel', async () => {
    assert.equal((await sluice.status()).breaker.refused, 0);
  });
});
