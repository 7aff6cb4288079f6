/** Who is asked for what, and whose answer counts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { formatIp } from '../../../../rules/ip.ts';
import type { Answer } from 'dns-packet';
import { freePort } from '../../../daemons/daemon.ts';
import type { NameSets } from '../../../../core/dns/exchange.ts';
import { configOf } from '../config/check.ts';
import { a, aaaa, answersOf, read, reply, soa } from './messages.ts';
import { ask, resolverOf, serveUdp } from './resolver-lab.ts';
import type { UdpServer } from './resolver-lab.ts';

interface Behaviour {
  /** By name; a name that is missing does not exist. */
  readonly names?: Readonly<Record<string, readonly Answer[]>>;
  readonly rcode?: number;
  readonly delay?: number;
  readonly silent?: boolean;
}

/** A resolver of the test's own, as it is written in a list of resolvers. */
async function resolver(
  t: TestContext,
  behaviour: Behaviour,
): Promise<UdpServer & { url: string }> {
  const { names = {}, rcode, delay = 0, silent = false } = behaviour;
  const timers: NodeJS.Timeout[] = [];
  t.after(() => timers.forEach(clearTimeout));
  const server = await serveUdp(t, (message, send) => {
    if (silent) return;
    const { name, type } = read(message).questions![0]!;
    const answers = names[name]?.filter((one) => one.type === type);
    const answer = reply(message, {
      rcode: rcode ?? (answers === undefined ? 3 : 0),
      answers: answers ?? [],
      authorities: answers === undefined ? [soa('test', 60)] : [],
    });
    timers.push(setTimeout(send, delay, answer));
  });
  return { ...server, url: `127.0.0.1:${server.port}` };
}

const knows = (name: string, address: string): Behaviour => ({
  names: { [name]: [a(name, address)] },
});

test('the first good answer of all wins', async (t) => {
  const slow = await resolver(t, { ...knows('site.test', '192.0.2.1'), delay: 500 });
  const fast = await resolver(t, knows('site.test', '192.0.2.2'));
  const names = resolverOf(t, `dns: {nameserver: ["${slow.url}", "${fast.url}"]}`);
  const found = await ask(names, 'site.test');
  assert.deepEqual(answersOf(found.message), ['192.0.2.2']);
  assert.deepEqual([found.server, found.policy], [fast.url, null]);
  assert.equal(slow.queries.length, 1);
});

test('an answer that there is nothing waits a moment for one who knows better', async (t) => {
  const everybodys = await resolver(t, {});
  const local = await resolver(t, { ...knows('nas.test', '192.0.2.5'), delay: 30 });
  const names = resolverOf(t, `dns: {nameserver: ["${everybodys.url}", "${local.url}"]}`);
  assert.deepEqual(answersOf((await ask(names, 'nas.test')).message), ['192.0.2.5']);
  assert.equal(read((await ask(names, 'nowhere.test')).message).rcode, 'NXDOMAIN');
});

test('an answer that there is nothing does not wait for a server that never answers', async (t) => {
  const good = await resolver(t, {});
  const dead = await resolver(t, { silent: true });
  const names = resolverOf(t, `dns: {nameserver: ["${good.url}", "${dead.url}"]}`);
  assert.equal(read((await ask(names, 'nowhere.test')).message).rcode, 'NXDOMAIN');
});

test('a server that failed lately is asked last, until the network changes', async (t) => {
  const good = await resolver(t, { ...knows('site.test', '192.0.2.1'), delay: 20 });
  const port = await freePort();
  const names = resolverOf(t, `dns: {nameserver: ["127.0.0.1:${port}", "${good.url}"]}`);
  // Nobody listens there yet, which is known at once.
  assert.deepEqual(answersOf((await ask(names, 'site.test')).message), ['192.0.2.1']);
  const late = await serveUdp(
    t,
    (message, send) => send(reply(message, { answers: [a('site.test', '192.0.2.2')] })),
    port,
  );
  assert.deepEqual(answersOf((await ask(names, 'site.test')).message), ['192.0.2.1']);
  assert.equal(late.queries.length, 0);
  names.flush();
  assert.deepEqual(answersOf((await ask(names, 'site.test')).message), ['192.0.2.2']);
});

test('servers that all failed lately are asked all the same', async (t) => {
  const port = await freePort();
  const names = resolverOf(t, `dns: {nameserver: ["127.0.0.1:${port}"]}`);
  await assert.rejects(ask(names, 'site.test'), /refused the connection/);
  await serveUdp(
    t,
    (message, send) => send(reply(message, { answers: [a('site.test', '192.0.2.2')] })),
    port,
  );
  assert.deepEqual(answersOf((await ask(names, 'site.test')).message), ['192.0.2.2']);
});

test('rcode answers by itself, and at once', async (t) => {
  const server = await resolver(t, knows('site.test', '192.0.2.1'));
  const names = resolverOf(
    t,
    `dns: {nameserver: ["${server.url}"], nameserver-policy: {+.ads.test: rcode://name_error, +.off.test: rcode://success}}`,
  );
  const denied = await ask(names, 'x.ads.test');
  assert.equal(read(denied.message).rcode, 'NXDOMAIN');
  assert.deepEqual([denied.server, denied.policy], ['rcode://name_error', '+.ads.test']);
  const empty = read((await ask(names, 'off.test')).message);
  assert.deepEqual([empty.rcode, empty.answers], ['NOERROR', []]);
  assert.equal(server.queries.length, 0);
});

test('a policy sends names to servers of its own, the most specific one first', async (t) => {
  const [main, corp, deep, set, late] = await Promise.all(
    ['1', '2', '3', '4', '5'].map((n) =>
      resolver(t, {
        names: Object.fromEntries(
          ['a.test', 'b.corp.test', 'x.deep.corp.test', 'listed.test', 'cn.test'].map((name) => [
            name,
            [a(name, `192.0.2.${n}`)],
          ]),
        ),
      }),
    ),
  );
  const sets: NameSets = (kind, name) =>
    kind === 'geosite' && name === 'cn'
      ? { has: (domain) => domain === 'cn.test' || domain === 'listed.test' }
      : kind === 'rule-set' && name === 'mine'
        ? { has: (domain) => domain === 'listed.test' }
        : null;
  const names = resolverOf(
    t,
    `dns:
      nameserver: ["${main!.url}"]
      nameserver-policy:
        "+.corp.test": "${corp!.url}"
        "*.deep.corp.test,other.test": "${deep!.url}"
        "rule-set:mine,absent": "${set!.url}"
        "geosite:cn": "${late!.url}"`,
    { sets },
  );
  const asked = async (name: string) => {
    const { message, policy } = await ask(names, name);
    return [answersOf(message)[0], policy];
  };
  assert.deepEqual(await asked('a.test'), ['192.0.2.1', null]);
  assert.deepEqual(await asked('b.corp.test'), ['192.0.2.2', '+.corp.test']);
  assert.deepEqual(await asked('x.deep.corp.test'), ['192.0.2.3', '*.deep.corp.test,other.test']);
  assert.deepEqual(await asked('listed.test'), ['192.0.2.4', 'rule-set:mine,absent']);
  assert.deepEqual(await asked('cn.test'), ['192.0.2.5', 'geosite:cn']);
});

test('a policy whose servers fail does not fall back on the others', async (t) => {
  const main = await resolver(t, knows('x.corp.test', '192.0.2.1'));
  const names = resolverOf(
    t,
    `dns: {nameserver: ["${main.url}"], nameserver-policy: {+.corp.test: "127.0.0.1:1"}}`,
  );
  await assert.rejects(ask(names, 'x.corp.test'), { code: 'ERR_DNS_FAILED' });
  assert.equal(main.queries.length, 0);
});

for (const [what, first, expected] of [
  ['an answer in the country is believed', knows('site.test', '192.0.2.1'), '192.0.2.1'],
  ['an answer on a private network is believed', knows('site.test', '10.1.2.3'), '10.1.2.3'],
  ['an answer elsewhere is not', knows('site.test', '203.0.113.66'), '198.51.100.1'],
  ['an answer in a forbidden prefix is not', knows('site.test', '192.0.2.240'), '198.51.100.1'],
  ['an answer that there is nothing is not', {}, '198.51.100.1'],
  ['a failure is not an answer', { rcode: 2 }, '198.51.100.1'],
] as const) {
  test(`with fallback: ${what}`, async (t) => {
    const main = await resolver(t, first);
    const fallback = await resolver(t, knows('site.test', '198.51.100.1'));
    const names = resolverOf(
      t,
      `dns:
        nameserver: ["${main.url}"]
        fallback: ["${fallback.url}"]
        fallback-filter: {geoip-code: CN, ipcidr: [192.0.2.240/28]}`,
      { countryOf: (ip) => (formatIp(ip).startsWith('192.0.2.') ? ['cn'] : []) },
    );
    assert.deepEqual(answersOf((await ask(names, 'site.test')).message), [expected]);
  });
}

test('with fallback, names of the filter are asked of it alone', async (t) => {
  const main = await resolver(t, knows('x.blocked.test', '192.0.2.1'));
  const fallback = await resolver(t, {
    names: {
      'x.blocked.test': [a('x.blocked.test', '198.51.100.1')],
      'g.test': [a('g.test', '198.51.100.2')],
    },
  });
  const names = resolverOf(
    t,
    `dns:
      nameserver: ["${main.url}"]
      fallback: ["${fallback.url}"]
      fallback-filter: {geoip: false, domain: [+.blocked.test], geosite: [gfw]}`,
    {
      sets: (kind, name) =>
        kind === 'geosite' && name === 'gfw' ? { has: (one) => one === 'g.test' } : null,
    },
  );
  assert.deepEqual(answersOf((await ask(names, 'x.blocked.test')).message), ['198.51.100.1']);
  assert.deepEqual(answersOf((await ask(names, 'g.test')).message), ['198.51.100.2']);
  assert.equal(main.queries.length, 0);
});

test('with fallback, what it does not know either does not exist', async (t) => {
  const main = await resolver(t, {});
  const names = resolverOf(t, `dns: {nameserver: ["${main.url}"], fallback: ["127.0.0.1:1"]}`);
  assert.equal(read((await ask(names, 'nowhere.test')).message).rcode, 'NXDOMAIN');
});

test('with fallback, an answer that is not believed is never given', async (t) => {
  const main = await resolver(t, knows('site.test', '203.0.113.66'));
  const names = resolverOf(t, `dns: {nameserver: ["${main.url}"], fallback: ["127.0.0.1:1"]}`);
  await assert.rejects(ask(names, 'site.test'), { code: 'ERR_DNS_FAILED' });
});

test('with fallback, other types are asked of nameserver alone', async (t) => {
  const main = await resolver(t, { names: { 'site.test': [] } });
  const fallback = await resolver(t, {});
  const names = resolverOf(t, `dns: {nameserver: ["${main.url}"], fallback: ["${fallback.url}"]}`);
  await ask(names, 'site.test', 'TXT');
  assert.equal(fallback.queries.length, 0);
});

test('each purpose has its resolvers', async (t) => {
  const everywhere = (n: number): Behaviour => knows('site.test', `192.0.2.${n}`);
  const [main, proxy, policy, direct] = await Promise.all(
    [1, 2, 3, 4].map((n) => resolver(t, everywhere(n))),
  );
  const yaml = (more: string): string => `
dns:
  nameserver: ["${main!.url}"]
  ${more}
`;
  const { signal } = new AbortController();
  const plain = resolverOf(t, yaml(''));
  for (const purpose of ['client', 'proxy-server', 'direct', 'rule'] as const) {
    assert.deepEqual(await plain.resolve('site.test', purpose, signal), ['192.0.2.1']);
  }
  const own = resolverOf(
    t,
    yaml(`proxy-server-nameserver: ["${proxy!.url}"]
  direct-nameserver: ["${direct!.url}"]
  nameserver-policy: {site.test: "${policy!.url}"}`),
  );
  assert.deepEqual(await own.resolve('site.test', 'client', signal), ['192.0.2.3']);
  assert.deepEqual(await own.resolve('site.test', 'rule', signal), ['192.0.2.3']);
  assert.deepEqual(await own.resolve('site.test', 'proxy-server', signal), ['192.0.2.2']);
  assert.deepEqual(await own.resolve('site.test', 'direct', signal), ['192.0.2.4']);
  const following = resolverOf(
    t,
    yaml(`proxy-server-nameserver: ["${proxy!.url}"]
  proxy-server-nameserver-policy: {site.test: "${policy!.url}"}
  direct-nameserver: ["${direct!.url}"]
  direct-nameserver-follow-policy: true
  nameserver-policy: {site.test: "${main!.url}"}`),
  );
  assert.deepEqual(await following.resolve('site.test', 'proxy-server', signal), ['192.0.2.3']);
  assert.deepEqual(await following.resolve('site.test', 'direct', signal), ['192.0.2.1']);
});

test('a client subnet is sent along as configured', async (t) => {
  const server = await resolver(t, knows('site.test', '192.0.2.1'));
  const subnetOf = async (text: string): Promise<unknown> => {
    const names = resolverOf(t, `dns: {nameserver: ["${server.url}#ecs=${text}"]}`);
    await ask(names, 'site.test');
    const [opt] = read(server.queries.at(-1)!).additionals!;
    const [option] = (
      opt as { options: { code: number; ip: string; sourcePrefixLength: number }[] }
    ).options;
    return [option!.code, option!.ip, option!.sourcePrefixLength];
  };
  assert.deepEqual(await subnetOf('203.0.113.77/24'), [8, '203.0.113.0', 24]);
  assert.deepEqual(await subnetOf('203.0.113.77'), [8, '203.0.113.77', 32]);
  assert.deepEqual(await subnetOf('2001:db8:1234::/40'), [8, '2001:db8:1200::', 40]);
  assert.deepEqual(await subnetOf('0.0.0.0/0'), [8, '0.0.0.0', 0]);
});

test('types that a server is not to be asked for are left to the others, or answered empty', async (t) => {
  const both = {
    names: { 'site.test': [a('site.test', '192.0.2.1'), aaaa('site.test', '2001:db8::1')] },
  };
  const four = await resolver(t, both);
  const any = await resolver(t, both);
  const alone = resolverOf(t, `dns: {nameserver: ["${four.url}#disable-ipv6=true"]}`);
  assert.deepEqual(answersOf((await ask(alone, 'site.test', 'AAAA')).message), []);
  assert.equal(four.queries.length, 0);
  const two = resolverOf(t, `dns: {nameserver: ["${four.url}#disable-ipv6=true", "${any.url}"]}`);
  assert.deepEqual(answersOf((await ask(two, 'site.test', 'AAAA')).message), ['2001:db8::1']);
  assert.equal(four.queries.length, 0);
});

test('a new configuration counts for the next query', async (t) => {
  const before = await resolver(t, knows('site.test', '192.0.2.1'));
  const after = await resolver(t, knows('site.test', '192.0.2.2'));
  const names = resolverOf(t, `dns: {nameserver: ["${before.url}"]}`);
  const { signal } = new AbortController();
  assert.deepEqual(await names.resolve('site.test', 'client', signal), ['192.0.2.1']);
  names.apply(configOf(`dns: {nameserver: ["${after.url}"]}`));
  assert.deepEqual(await names.resolve('site.test', 'client', signal), ['192.0.2.2']);
  assert.deepEqual(answersOf((await ask(names, 'site.test')).message), ['192.0.2.2']);
});

test('without dns.enable the resolvers of the system are asked, and no other', async (t) => {
  const server = await resolver(t, knows('site.test', '192.0.2.1'));
  const names = resolverOf(
    t,
    `dns: {enable: false, nameserver: ["${server.url}"], nameserver-policy: {site.test: "${server.url}"}}`,
  );
  const { signal } = new AbortController();
  await assert.rejects(names.resolve('site.test', 'client', signal), /asked system/);
  assert.equal(server.queries.length, 0);
});
