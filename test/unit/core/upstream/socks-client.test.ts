import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Attempt } from '../../../../core/upstream/attempt.ts';
import { negotiate } from '../../../../core/upstream/socks-client.ts';
import { Wire } from '../../../../core/upstream/wire.ts';
import { startMicrosocks } from '../../../daemons/socks-servers.ts';
import {
  ask,
  failureOf,
  loopbackOutbound,
  patient,
  readText,
  serveEcho,
  serveReplies,
} from './loopback.ts';
import type { Place } from './loopback.ts';

/** A CONNECT over SOCKS5: what production does not ask of the package, and could. */
async function connectBy(
  { address, port }: Place,
  destination: { host: string; port: number },
  login = { username: '', password: '' },
) {
  const attempt = new Attempt({ upstream: 'x', goal: () => 'test', limitMs: 5_000 });
  const stream = await loopbackOutbound().connectTcp(address, port, patient);
  const wire = new Wire(stream, attempt);
  const checked: string[] = [];
  const reply = await negotiate(
    wire,
    { version: 5, command: 'connect', destination, ...login, keepMs: 5_000 },
    (index, bytes) => checked.push(`${index}:${bytes.toString('hex')}`),
    attempt,
  ).catch((error: unknown) => {
    stream.destroy();
    throw error;
  });
  wire.release();
  return { stream, reply, checked };
}

test('connects through microsocks with a password', async (t) => {
  const echo = await serveEcho(t);
  const login = { username: 'alice', password: 'secret' };
  const proxy = await startMicrosocks(login);
  t.after(() => proxy.stop());
  const { stream } = await connectBy(proxy, { host: '127.0.0.1', port: echo.port }, login);
  assert.equal(await ask(stream, 'hello'), 'hello');
});

test('leaves what follows the last reply in the stream', async (t) => {
  const proxy = await serveReplies(t, [5, 0], [5, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x68, 0x69]);
  const { stream, reply } = await connectBy(proxy, { host: 'x.test', port: 80 });
  assert.equal(reply.toString('hex'), '05000001000000000000');
  assert.equal(await readText(stream, 2), 'hi');
});

test('shows each reply as it grows', async (t) => {
  const proxy = await serveReplies(t, [5, 0], [5, 0, 0, 3, 1, 0x61, 0, 80]);
  const { stream, checked } = await connectBy(proxy, { host: 'x.test', port: 80 });
  stream.destroy();
  assert.deepEqual(checked.slice(0, 4), ['0:05', '0:0500', '1:05', '1:0500']);
  assert.equal(checked.at(-1), '1:0500000301610050');
});

test('what the package complains about is a protocol error', async (t) => {
  const proxy = await serveReplies(t, [9, 9]);
  const error = await failureOf(connectBy(proxy, { host: 'x.test', port: 80 }));
  assert.equal(error.code, 'ERR_UPSTREAM_PROTOCOL');
});
