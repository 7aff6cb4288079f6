/** Resolvers over TCP: one connection for all, and what happens when it breaks, lies or falls silent. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { FramedConnection } from '../../../../../core/dns/servers/framed-connection.ts';
import { a, answersOf, query, read, reply } from '../messages.ts';
import { ask, frame, resolverOf, serveTcp, withId } from '../resolver-lab.ts';

const site = [a('site.test', '203.0.113.9')];
const answer = (message: Buffer): Buffer => reply(message, { answers: site });

test('one connection serves all queries', async (t) => {
  const server = await serveTcp(t, (message, send) => send(answer(message)));
  const resolver = resolverOf(t, `dns: {nameserver: ["tcp://127.0.0.1:${server.port}"]}`);
  await Promise.all(Array.from({ length: 20 }, () => ask(resolver, 'site.test')));
  await ask(resolver, 'site.test');
  assert.equal(server.connections.length, 1);
});

test('answers may come in any order, in pieces, and many in one', async (t) => {
  const waiting: Buffer[] = [];
  const server = await serveTcp(t, (message, _send, stream) => {
    waiting.push(message);
    if (waiting.length < 10) return;
    const bytes = Buffer.concat(
      waiting.reverse().map((one) => {
        const name = read(one).questions![0]!.name;
        return frame(reply(one, { answers: [a(name, `203.0.113.${name.length}`)] }));
      }),
    );
    for (let at = 0; at < bytes.length; at += 37) stream.write(bytes.subarray(at, at + 37));
  });
  const resolver = resolverOf(t, `dns: {nameserver: ["tcp://127.0.0.1:${server.port}"]}`);
  const names = Array.from({ length: 10 }, (_, n) => `${'x'.repeat(n + 1)}.test`);
  const found = await Promise.all(names.map((name) => ask(resolver, name)));
  found.forEach(({ message }, n) =>
    assert.deepEqual(answersOf(message), [`203.0.113.${names[n]!.length}`]),
  );
});

test('a server that closes a connection after each answer is asked by a new one', async (t) => {
  const server = await serveTcp(t, (message, send, stream) => {
    send(answer(message));
    stream.end();
  });
  const resolver = resolverOf(t, `dns: {nameserver: ["tcp://127.0.0.1:${server.port}"]}`);
  for (let n = 0; n < 3; n++) await ask(resolver, 'site.test');
  assert.equal(server.connections.length, 3);
});

test('a connection that breaks when it is used again is not the server’s last word', async (t) => {
  let queries = 0;
  const server = await serveTcp(t, (message, send, stream) => {
    queries += 1;
    if (queries === 2) stream.resetAndDestroy();
    else send(answer(message));
  });
  const resolver = resolverOf(t, `dns: {nameserver: ["tcp://127.0.0.1:${server.port}"]}`);
  await ask(resolver, 'site.test');
  assert.deepEqual(answersOf((await ask(resolver, 'site.test')).message), ['203.0.113.9']);
  assert.equal(queries, 3);
});

test('a connection that falls silent is replaced', async (t) => {
  let queries = 0;
  const server = await serveTcp(t, (message, send) => {
    queries += 1;
    if (queries !== 2) send(answer(message));
  });
  const resolver = resolverOf(t, `dns: {nameserver: ["tcp://127.0.0.1:${server.port}"]}`);
  await ask(resolver, 'site.test');
  assert.deepEqual(answersOf((await ask(resolver, 'site.test')).message), ['203.0.113.9']);
  assert.equal(server.connections.length, 2);
});

test('when the network changes the connection is dropped', async (t) => {
  const server = await serveTcp(t, (message, send) => send(answer(message)));
  const resolver = resolverOf(t, `dns: {nameserver: ["tcp://127.0.0.1:${server.port}"]}`);
  await ask(resolver, 'site.test');
  const closed = new Promise((resolve) => server.connections[0]!.once('close', resolve));
  resolver.flush();
  await closed;
  await ask(resolver, 'site.test');
  assert.equal(server.connections.length, 2);
});

test('a query that nobody waits for leaves nothing behind, not even a dial', async (t) => {
  const server = await serveTcp(t, () => undefined);
  const resolver = resolverOf(t, `dns: {nameserver: ["tcp://127.0.0.1:${server.port}"]}`);
  const abort = new AbortController();
  const asked = ask(resolver, 'site.test', 'A', abort.signal);
  abort.abort(new Error('nobody waits'));
  await assert.rejects(asked, /nobody waits/);
});

for (const [what, lie, reason] of [
  [
    'is a frame that never ends',
    () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
    /it closed the connection/,
  ],
  [
    'is a frame too short for a header',
    () => Buffer.from('0003616263', 'hex'),
    /what it sends is not DNS/,
  ],
  [
    'answers another question',
    (message) => frame(withId(answer(query('evil.test', 'A')), message.readUInt16BE(0))),
    /it answers another question/,
  ],
  [
    'is truncated, which a stream never is',
    (message) => frame(reply(message, { flags: 0x0200 })),
    /it answers another question/,
  ],
  ['is malformed', (message) => frame(answer(message).subarray(0, 40)), /a malformed answer/],
] as [string, (message: Buffer) => Buffer, RegExp][]) {
  test(`what ${what} is a failure that says so`, async (t) => {
    const server = await serveTcp(t, (message, _send, stream) => void stream.end(lie(message)));
    const resolver = resolverOf(t, `dns: {nameserver: ["tcp://127.0.0.1:${server.port}"]}`);
    await assert.rejects(ask(resolver, 'site.test'), reason);
  });
}

test('an answer with an id that nobody waits for is passed over', async (t) => {
  const server = await serveTcp(t, (message, send) => {
    send(withId(answer(message), message.readUInt16BE(0) ^ 1));
    send(answer(message));
  });
  const resolver = resolverOf(t, `dns: {nameserver: ["tcp://127.0.0.1:${server.port}"]}`);
  assert.deepEqual(answersOf((await ask(resolver, 'site.test')).message), ['203.0.113.9']);
});

test('whatever comes on a connection, every query on it ends', async (t) => {
  let noise: readonly Uint8Array[] = [];
  const server = await serveTcp(t, (_message, _send, stream) => {
    for (const chunk of noise) stream.write(chunk);
    stream.end();
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }),
      async (chunks) => {
        noise = chunks;
        const connection = new FramedConnection(connect(server.port, '127.0.0.1'));
        const message = query('site.test', 'A', { id: 0, udpSize: 1232 });
        const asked = { message, questionEnd: message.length - 11, type: 1 };
        await assert.rejects(connection.ask(asked, new AbortController().signal), {
          name: 'ServerFailure',
        });
        assert.equal(connection.isUsable, false);
      },
    ),
    { numRuns: 100 },
  );
});
