/** The test of an upstream, step by step, against real proxies and against servers that are none. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { endpoints } from '../../core/api/endpoints.ts';
import type { UpstreamSettings, UpstreamTestStep } from '../../core/api/upstreams.ts';
import { startDante } from '../daemons/socks-servers.ts';
import { broken, ports, proxies, resolver, site4 } from './addresses.ts';
import { labConfig } from './config.ts';
import { Lab } from './lab.ts';
import { prefixFor } from './processes.ts';
import type { Instance } from './sluice.ts';

const DANTE_LOGIN_PORT = 1082;
const login = { username: 'alice', password: 'correct-horse' };

const base: UpstreamSettings = {
  ...{ name: 'form', type: 'socks5', server: proxies.dante, port: 1080 },
  ...{ username: '', password: '', udp: false, tls: null, dialerProxy: '', headers: {} },
};

describe('the test of an upstream', () => {
  let lab: Lab;
  let sluice: Instance;

  const steps = async (
    settings: Partial<UpstreamSettings> | string,
    url = 'http://site.test/small',
    asks: string = resolver.v4,
  ): Promise<Map<string, UpstreamTestStep>> => {
    const asked =
      typeof settings === 'string'
        ? { settings: null, name: settings }
        : { settings: { ...base, ...settings }, name: null };
    const found = new Map<string, UpstreamTestStep>();
    const body = { ...asked, url, expected: '200', timeout: 3_000, resolver: asks };
    for await (const step of sluice.client.stream(endpoints.testUpstream, { body })) {
      found.set(step.step, step);
    }
    return found;
  };
  const states = (found: Map<string, UpstreamTestStep>): string =>
    [...found.values()].map(({ step, state }) => `${step} ${state}`).join(', ');

  before(async () => {
    lab = await Lab.start();
    await lab.startProxies();
    const place = lab.place('net');
    await startDante({
      ...{ prefix: prefixFor(place), parent: lab.folder, address: proxies.dante },
      ...{ port: DANTE_LOGIN_PORT, external: 'eth0', ...login },
    });
    sluice = await lab.startSluice(labConfig(lab.certificates, ['MATCH,REJECT']));
  });
  after(() => lab.stop());

  const TLS = { sni: '', skipCertVerify: false, fingerprint: '', caText: '' };
  /** What goes wrong in each: the step, the code, what is said, and what to do. */
  const failures: readonly (readonly [
    title: string,
    settings: Partial<UpstreamSettings>,
    step: string,
    code: string,
    message: RegExp,
    fix: RegExp,
  ])[] = [
    [
      'a wrong password',
      { port: DANTE_LOGIN_PORT, ...login, password: 'wrong' },
      ...(['auth', 'ERR_UPSTREAM_AUTH', /does not accept this user name/, /Check both/] as const),
    ],
    [
      'no login where one is wanted',
      { port: DANTE_LOGIN_PORT },
      ...(['auth', 'ERR_UPSTREAM_AUTH', /wants a user name and a password/, /Enter them/] as const),
    ],
    [
      'no login for an HTTP proxy that wants one',
      { type: 'http', server: proxies.tinyproxy, port: 8888 },
      ...(['auth', 'ERR_UPSTREAM_AUTH', /wants a user name and a password/, /Enter them/] as const),
    ],
    [
      'an HTTP proxy taken for SOCKS',
      { server: proxies.squid, port: 3128 },
      ...(['auth', 'WRONG_PROTOCOL', /is an HTTP proxy/, /type HTTP/] as const),
    ],
    [
      'a SOCKS proxy taken for HTTP',
      { type: 'http' },
      ...(['auth', 'WRONG_PROTOCOL', /speaks SOCKS5/, /type SOCKS5/] as const),
    ],
    [
      'a web server taken for SOCKS',
      { server: site4, port: 80 },
      ...(['auth', 'WRONG_PROTOCOL', /is a web server, and no proxy/, /Check the port/] as const),
    ],
    [
      'a web server taken for an HTTP proxy',
      { type: 'http', server: site4, port: 80 },
      ...(['auth', 'WRONG_PROTOCOL', /is a web server, and no proxy/, /Check the port/] as const),
    ],
    [
      'TLS that was not expected',
      { server: proxies.microsocks, port: 1443 },
      ...(['auth', 'WRONG_PROTOCOL', /expects TLS/, /Switch TLS on/] as const),
    ],
    [
      'TLS with a server that has none',
      { server: proxies.microsocks, tls: TLS },
      ...(['tls', 'WRONG_PROTOCOL', /speaks SOCKS5 without TLS/, /Switch TLS off/] as const),
    ],
    [
      'a certificate of an unknown authority',
      { server: proxies.microsocks, port: 1443, tls: { ...TLS, sni: 'site.test' } },
      ...([
        'tls',
        'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
        /an authority that this machine does not know/,
        /ca-str/,
      ] as const),
    ],
    [
      'a port that nobody listens on',
      { port: 1 },
      ...(['connect', 'ERR_UPSTREAM_REFUSED', /refused/, /something listens/] as const),
    ],
    [
      'a server that says nothing',
      { server: broken.silent4 },
      ...(['connect', 'ERR_UPSTREAM_TIMEOUT', /No answer within 3 s/, /no firewall/] as const),
    ],
    [
      'a server whose name nobody knows',
      { server: 'nowhere.test' },
      ...(['resolve', 'ERR_UPSTREAM_HOST_UNREACHABLE', /^nowhere\.test has no/, /name/] as const),
    ],
  ];

  for (const [title, settings, step, code, message, fix] of failures) {
    test(`${title}: the step and the cause are named`, async () => {
      const found = await steps(settings);
      const failed = found.get(step);
      assert.equal(failed?.state, 'failed', states(found));
      assert.equal(failed.code, code);
      assert.match(failed.message, message);
      assert.match(failed.fix, fix);
      const rest = [...found.values()].slice([...found.keys()].indexOf(step) + 1);
      assert.deepEqual(new Set(rest.map(({ state }) => state)), new Set(['skipped']));
      assert.equal(found.size, 7);
    });
  }

  const NO_UDP = 'resolve skipped, connect ok, tls skipped, auth ok, tcp ok, udp skipped, dns ok';
  for (const [title, settings, expected] of [
    ['Dante with everything', { udp: true }, NO_UDP.replace('udp skipped', 'udp ok')],
    [
      'Dante with a login',
      { port: DANTE_LOGIN_PORT, ...login, udp: true },
      NO_UDP.replace('udp skipped', 'udp ok'),
    ],
    ['Dante by SOCKS4', { type: 'socks4' }, NO_UDP.replace('dns ok', 'dns skipped')],
    [
      'microsocks, which has no UDP',
      { server: proxies.microsocks, udp: true },
      NO_UDP.replace('udp skipped', 'udp failed'),
    ],
    ['microsocks without UDP', { server: proxies.microsocks }, NO_UDP],
    ['squid', { type: 'http', server: proxies.squid, port: 3128 }, NO_UDP],
    [
      'a proxy behind another one',
      { type: 'http', server: proxies.squid, port: 3128, dialerProxy: 'microsocks' },
      NO_UDP,
    ],
    [
      'one of the file, with TLS and a CA',
      'microsocks-tls',
      NO_UDP.replace('tls skipped', 'tls ok'),
    ],
    ['one of the file, with a login', 'tinyproxy', NO_UDP],
    [
      'a server by its name',
      { server: 'site.test', port: ports.http, type: 'http' },
      'resolve ok, connect ok, tls skipped, auth failed, tcp skipped, udp skipped, dns skipped',
    ],
  ] as const satisfies readonly (readonly [string, Partial<UpstreamSettings> | string, string])[]) {
    test(`${title}: ${expected}`, async () => {
      const found = await steps(settings);
      assert.equal(states(found), expected, JSON.stringify([...found.values()], null, 1));
    });
  }

  test('a CA in the form is believed, a name that it is not for is not', async () => {
    const caText = readFileSync(lab.certificates.ca, 'utf8');
    const at = { server: proxies.microsocks, port: 1443 };
    const good = await steps({ ...at, tls: { ...TLS, sni: 'site.test', caText } });
    assert.equal(good.get('tls')?.state, 'ok');
    assert.equal(good.get('tcp')?.state, 'ok');
    const bad = await steps({ ...at, tls: { ...TLS, sni: 'else.test', caText } });
    assert.equal(bad.get('tls')?.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
    assert.match(bad.get('tls')?.message ?? '', /not for else\.test; it is for /);
    const blind = await steps({ ...at, tls: { ...TLS, skipCertVerify: true } });
    assert.equal(blind.get('tls')?.state, 'warning');
    assert.equal(blind.get('auth')?.state, 'ok');
  });

  test('UDP that works and is not switched on is told', async () => {
    const { state, fix = '' } = (await steps({})).get('udp') ?? {};
    assert.equal(state, 'ok');
    assert.match(fix, /Switch UDP on/);
  });

  test('somebody else who answers is no success; a name that the proxy does not find is told apart', async () => {
    const wrong = await steps({}, 'http://site.test/nothing');
    assert.equal(wrong.get('tcp')?.code, 'ERR_HTTP_STATUS');
    assert.equal(wrong.get('dns')?.state, 'ok');
    const unknown = await steps({}, 'http://nowhere.test/');
    assert.equal(unknown.get('tcp')?.state, 'failed');
    assert.equal(unknown.get('dns')?.code, 'NO_ADDRESS');
  });

  test('what is not there, or is no server, is refused before anything is tried', async () => {
    await assert.rejects(steps('nobody'), { code: 'ERR_PROXY_UNKNOWN' });
    await assert.rejects(steps('DIRECT'), { code: 'ERR_TEST_REFUSED' });
    await assert.rejects(steps({ server: 'no name' }), { code: 'ERR_UPSTREAM_INVALID' });
  });

  test('only a few at once; whoever goes away makes room', async () => {
    const body = { settings: { ...base, server: broken.silent4 }, name: null, timeout: 20_000 };
    const begin = async () => {
      const lines = sluice.client.stream(endpoints.testUpstream, { body });
      await lines.next();
      return lines;
    };
    const running = await Promise.all([begin(), begin(), begin(), begin()]);
    await assert.rejects(begin(), { code: 'ERR_TEST_BUSY' });
    await Promise.all(running.map((lines) => lines.return(undefined)));
    for (;;) {
      const next = await begin().catch((error: { code?: string }) => error);
      if ('next' in next) {
        await next.return(undefined);
        break;
      }
      assert.equal(next.code, 'ERR_TEST_BUSY');
    }
  });

  test('nothing of it comes back through the tunnel', async () => {
    assert.equal((await sluice.counters())['ownFlowsRefused'], 0);
    assert.deepEqual(await sluice.flows(), []);
  });

  test('a relay that gives up, since it has no route to the resolver', async () => {
    const found = await steps({ udp: true }, undefined, '192.88.99.1');
    const { state, code, message } = found.get('udp') ?? assert.fail('no step');
    assert.deepEqual([state, code], ['failed', 'ERR_UPSTREAM_CLOSED']);
    assert.match(message, /UDP relay/);
  });
});
