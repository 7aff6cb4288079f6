/** What a resolver over UDP must not get us to believe, and what happens when it is of no use. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { test } from 'node:test';
import fc from 'fast-check';
import { a, answersOf, query, read, reply } from '../messages.ts';
import { ask, resolverOf, serveTcp, serveUdp, withId } from '../resolver-lab.ts';

const site = [a('site.test', '203.0.113.9')];
const forged = [a('site.test', '192.0.2.66')];

test('each query has an id of its own and comes from a port of its own', async (t) => {
  const server = await serveUdp(t, (message, send) => send(reply(message, { answers: site })));
  const resolver = resolverOf(t, `dns: {nameserver: [127.0.0.1:${server.port}]}`);
  await Promise.all(Array.from({ length: 50 }, () => ask(resolver, 'site.test')));
  const ids = new Set(server.queries.map((message) => message.readUInt16BE(0)));
  assert.equal(server.queries.length, 50);
  assert.equal(new Set(server.senders).size, 50);
  assert.ok(ids.size > 45, `${ids.size} different ids`);
});

test('the query is what was asked, with an EDNS record that allows what needs no fragments', async (t) => {
  const server = await serveUdp(t, (message, send) => send(reply(message, { answers: site })));
  await ask(resolverOf(t, `dns: {nameserver: [127.0.0.1:${server.port}]}`), 'site.test');
  const { questions, additionals, flag_rd: wantsRecursion } = read(server.queries[0]!);
  assert.deepEqual(questions, [{ name: 'site.test', type: 'A', class: 'IN' }]);
  assert.equal(wantsRecursion, true);
  assert.equal((additionals![0] as { udpPayloadSize?: number }).udpPayloadSize, 1232);
});

for (const [what, lie] of [
  [
    'a wrong id',
    (message) => withId(reply(message, { answers: forged }), message.readUInt16BE(0) ^ 1),
  ],
  [
    'another name',
    (message) =>
      withId(reply(query('evil.test', 'A'), { answers: forged }), message.readUInt16BE(0)),
  ],
  [
    'another type',
    (message) =>
      withId(reply(query('site.test', 'AAAA'), { answers: forged }), message.readUInt16BE(0)),
  ],
  [
    'no question',
    (message) =>
      Buffer.concat([message.subarray(0, 2), Buffer.from('81800000000100000000', 'hex')]),
  ],
  ['the query itself', (message) => message],
  ['a few bytes', () => Buffer.from('hello')],
  ['nothing at all', () => Buffer.alloc(0)],
] as [string, (message: Buffer) => Buffer][]) {
  test(`a datagram with ${what} is not the answer; the true one still is`, async (t) => {
    const server = await serveUdp(t, (message, send) => {
      send(lie(message));
      setTimeout(send, 5, reply(message, { answers: site }));
    });
    const resolver = resolverOf(t, `dns: {nameserver: [127.0.0.1:${server.port}]}`);
    assert.deepEqual(answersOf((await ask(resolver, 'site.test')).message), ['203.0.113.9']);
  });
}

test('a datagram from another port is not the answer, though it knows the id', async (t) => {
  const stranger = createSocket('udp4').unref();
  t.after(() => stranger.close());
  const abort = new AbortController();
  const asked = await serveUdp(t, (message) => {
    stranger.send(reply(message, { answers: forged }), asked.senders.at(-1), '127.0.0.1', () => {
      setTimeout(() => abort.abort(new Error('waited long enough')), 100);
    });
  });
  const resolver = resolverOf(t, `dns: {nameserver: [127.0.0.1:${asked.port}]}`);
  await assert.rejects(ask(resolver, 'site.test', 'A', abort.signal), /waited long enough/);
  assert.equal(asked.queries.length, 1);
});

test('the case of the name may come back changed', async (t) => {
  const server = await serveUdp(t, (message, send) => {
    const answer = reply(message, { answers: site });
    answer[13] = 0x53;
    send(answer);
  });
  const resolver = resolverOf(t, `dns: {nameserver: [127.0.0.1:${server.port}]}`);
  assert.deepEqual(answersOf((await ask(resolver, 'site.test')).message), ['203.0.113.9']);
});

test('a query that is lost is sent again', async (t) => {
  let seen = 0;
  const server = await serveUdp(t, (message, send) => {
    seen += 1;
    if (seen > 1) send(reply(message, { answers: site }));
  });
  const resolver = resolverOf(t, `dns: {nameserver: [127.0.0.1:${server.port}]}`);
  assert.deepEqual(answersOf((await ask(resolver, 'site.test')).message), ['203.0.113.9']);
  assert.deepEqual(server.queries[0], server.queries[1]);
});

test('a truncated answer is asked for again over TCP', async (t) => {
  const udp = await serveUdp(t, (message, send) => send(reply(message, { flags: 0x0200 })));
  await serveTcp(t, (message, send) => send(reply(message, { answers: site })), udp.port);
  const resolver = resolverOf(t, `dns: {nameserver: [127.0.0.1:${udp.port}]}`);
  assert.deepEqual(answersOf((await ask(resolver, 'site.test')).message), ['203.0.113.9']);
});

test('a truncated answer without TCP is a failure that says so', async (t) => {
  const server = await serveUdp(t, (message, send) =>
    send(reply(message, { flags: 0x0200, answers: forged })),
  );
  const resolver = resolverOf(t, `dns: {nameserver: [127.0.0.1:${server.port}]}`);
  await assert.rejects(ask(resolver, 'site.test'), {
    code: 'ERR_DNS_FAILED',
    message: `cannot look up site.test: asked 127.0.0.1:${server.port} (refused the connection)`,
  });
});

for (const [what, broken] of [
  ['cut off', (whole) => whole.subarray(0, whole.length - 3)],
  ['with something behind it', (whole) => Buffer.concat([whole, Buffer.from('more')])],
  [
    'whose name points at itself',
    (whole) =>
      Buffer.concat([
        whole.subarray(0, 27),
        Buffer.from('c01b00010001000000050004cb007109', 'hex'),
      ]),
  ],
] as [string, (whole: Buffer) => Buffer][]) {
  test(`an answer ${what} is a failure that says so`, async (t) => {
    const server = await serveUdp(t, (message, send) =>
      send(broken(reply(message, { answers: site }))),
    );
    const resolver = resolverOf(t, `dns: {nameserver: [127.0.0.1:${server.port}]}`);
    await assert.rejects(ask(resolver, 'site.test'), /\(a malformed answer: /);
  });
}

test('a port on which nobody listens is a failure at once', async (t) => {
  const server = await serveTcp(t, () => undefined);
  const resolver = resolverOf(t, `dns: {nameserver: [127.0.0.1:${server.port}]}`);
  await assert.rejects(ask(resolver, 'site.test'), /\(refused the connection\)/);
});

test('a server that fails, refuses or does not understand leaves it to the others', async (t) => {
  for (const rcode of [1, 2, 4, 5]) {
    const bad = await serveUdp(t, (message, send) => send(reply(message, { rcode })));
    const good = await serveUdp(t, (message, send) => {
      setTimeout(send, 20, reply(message, { answers: site }));
    });
    const resolver = resolverOf(
      t,
      `dns: {nameserver: [127.0.0.1:${bad.port}, 127.0.0.1:${good.port}]}`,
    );
    const found = await ask(resolver, 'site.test');
    assert.equal(found.server, `127.0.0.1:${good.port}`);
  }
});

test('where every server fails, its answer is better than none', async (t) => {
  const bad = await serveUdp(t, (message, send) => send(reply(message, { rcode: 2 })));
  const resolver = resolverOf(t, `dns: {nameserver: [127.0.0.1:${bad.port}]}`);
  assert.equal(read((await ask(resolver, 'site.test')).message).rcode, 'SERVFAIL');
});

test('a server that does not know EDNS is asked without it, from then on', async (t) => {
  const server = await serveUdp(t, (message, send) => {
    const hasEdns = message.readUInt16BE(10) > 0;
    send(reply(message, hasEdns ? { rcode: 1 } : { answers: site }));
  });
  const resolver = resolverOf(t, `dns: {nameserver: [127.0.0.1:${server.port}]}`);
  assert.deepEqual(answersOf((await ask(resolver, 'site.test')).message), ['203.0.113.9']);
  assert.deepEqual(answersOf((await ask(resolver, 'site.test')).message), ['203.0.113.9']);
  assert.deepEqual(
    server.queries.map((message) => message.readUInt16BE(10)),
    [1, 0, 0],
  );
});

test('whatever a server sends, asking it ends', async (t) => {
  let sent = Buffer.alloc(0);
  const server = await serveUdp(t, (message, send) => send(withId(sent, message.readUInt16BE(0))));
  const resolver = resolverOf(t, `dns: {nameserver: [127.0.0.1:${server.port}]}`);
  const start = reply(query('site.test', 'A'), { answers: site });
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 12, maxLength: 80 }),
      fc.nat(start.length),
      async (noise, kept) => {
        sent = Buffer.concat([start.subarray(0, kept), noise]);
        const abort = new AbortController();
        setTimeout(() => abort.abort(new Error('ignored')), 10);
        await ask(resolver, 'site.test', 'A', abort.signal).then(
          ({ message }) => assert.ok(read(message)),
          // "Refused the connection": noise may say that it is cut off, and nobody listens over TCP.
          (error: Error) =>
            assert.match(
              error.message,
              /ignored|malformed answer|it failed|refused|did not understand|the code/,
            ),
        );
      },
    ),
    { numRuns: 150 },
  );
});
