/** Resolvers behind proxies whose names have to be looked up: what waits for itself ends with an error. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { NameResolver } from '../../../../core/dns/name-resolver.ts';
import type { ResolverTarget, WayOut } from '../../../../core/dns/way-out.ts';
import { DirectWayOut } from '../../../../core/dns/direct-way-out.ts';
import { a, answersOf, reply } from './messages.ts';
import { ask, resolverOf, serveTcp, serveUdp, unbound } from './resolver-lab.ts';

const proxies = 'proxies: [{name: exit, type: socks5, server: exit.test, port: 1}]\n';

/** The way through `exit` needs the address of exit.test, as it does in the engine. */
function throughExit(resolver: () => NameResolver): WayOut & { readonly asked: ResolverTarget[] } {
  const direct = new DirectWayOut({ bindingFor: () => unbound });
  const asked: ResolverTarget[] = [];
  return {
    asked,
    async connect(target, signal): Promise<Duplex> {
      asked.push(target);
      if (target.via === null) return direct.connect(target, signal);
      await resolver().resolve('exit.test', 'proxy-server', signal);
      return connect(target.port, target.host);
    },
    openUdp: async (target, handlers, signal) =>
      target.via === null ? direct.openUdp(target, handlers, signal) : null,
  };
}

async function serve(t: TestContext) {
  const answers = [a('site.test', '192.0.2.1'), a('exit.test', '192.0.2.2')];
  const answer = (message: Buffer): Buffer => {
    const isExit = message.subarray(13, 17).toString() === 'exit';
    return reply(message, { answers: [answers[isExit ? 1 : 0]!] });
  };
  const udp = await serveUdp(t, (message, send) => send(answer(message)));
  const tcp = await serveTcp(t, (message, send) => send(answer(message)), udp.port);
  return { ...udp, tcp };
}

test('a plain resolver behind a proxy is asked over TCP, through it', async (t) => {
  const server = await serve(t);
  const way = throughExit(() => names);
  const names: NameResolver = resolverOf(
    t,
    `${proxies}dns: {nameserver: ["127.0.0.1:${server.port}#exit"], proxy-server-nameserver: ["127.0.0.1:${server.port}"]}`,
    { wayOut: way },
  );
  assert.deepEqual(answersOf((await ask(names, 'site.test')).message), ['192.0.2.1']);
  assert.deepEqual(
    way.asked.map(({ via }) => via),
    [{ proxy: 'exit' }],
  );
  assert.equal(server.tcp.connections.length, 1);
});

for (const how of ['tcp://', 'tls://', 'https://', '']) {
  test(`a proxy whose name only ${how || 'UDP'} resolvers behind it know is an error that says so`, async (t) => {
    const server = await serve(t);
    const names: NameResolver = resolverOf(
      t,
      `${proxies}dns: {nameserver: ["${how}127.0.0.1:${server.port}#exit"]}`,
      { wayOut: throughExit(() => names) },
    );
    await assert.rejects(ask(names, 'site.test'), (error: Error) => {
      assert.match(
        error.message,
        /it waits for itself: the way to .*#exit, which needs exit\.test, which needs the way to/,
      );
      return true;
    });
    await assert.rejects(names.resolve('exit.test', 'proxy-server', new AbortController().signal), {
      name: 'UpstreamError',
      message: /it waits for itself/,
    });
  });
}

test('many who ask at once are all told', async (t) => {
  const server = await serve(t);
  const names: NameResolver = resolverOf(
    t,
    `${proxies}dns: {nameserver: ["tcp://127.0.0.1:${server.port}#exit"]}`,
    { wayOut: throughExit(() => names) },
  );
  const { signal } = new AbortController();
  const results = await Promise.allSettled([
    ...Array.from({ length: 10 }, () => ask(names, 'site.test')),
    ...Array.from({ length: 10 }, () => names.resolve('exit.test', 'proxy-server', signal)),
  ]);
  assert.deepEqual(new Set(results.map(({ status }) => status)), new Set(['rejected']));
});

test('of several resolvers, the one that needs no proxy answers', async (t) => {
  const server = await serve(t);
  const names: NameResolver = resolverOf(
    t,
    `${proxies}dns: {nameserver: ["tcp://127.0.0.1:${server.port}#exit", "127.0.0.1:${server.port}"]}`,
    { wayOut: throughExit(() => names) },
  );
  const { signal } = new AbortController();
  assert.deepEqual(await names.resolve('exit.test', 'proxy-server', signal), ['192.0.2.2']);
});

test('the name of a resolver that default-nameserver asks through a proxy is a circle, too', async (t) => {
  const server = await serve(t);
  const names: NameResolver = resolverOf(
    t,
    `${proxies}dns:
      default-nameserver: ["tcp://127.0.0.1:${server.port}#exit"]
      nameserver: ["tcp://dns.test:${server.port}"]`,
    { wayOut: throughExit(() => names) },
  );
  await assert.rejects(ask(names, 'site.test'), /it waits for itself/);
});

test('a way that is refused is a failure that says so', async (t) => {
  const names = resolverOf(t, `${proxies}dns: {nameserver: ["tcp://127.0.0.1:53#exit"]}`);
  await assert.rejects(ask(names, 'site.test'), /the way through a proxy is not open yet/);
});
