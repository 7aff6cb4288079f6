import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import test from 'node:test';
import { openLab } from './dns-lab.ts';
import type { DnsLab } from './dns-lab.ts';
import { answersOf, query } from './messages.ts';
import { hostsOf } from './scripted-exchange.ts';

const hosts = hostsOf({ 'box.test': { kind: 'addresses', addresses: ['192.0.2.7'] } });

/** A port that is free for TCP, and so most likely for UDP. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function askUdp(port: number, message: Buffer): Promise<Buffer> {
  const socket = createSocket('udp4');
  try {
    socket.send(message, port, '127.0.0.1');
    const [answer] = (await once(socket, 'message')) as [Buffer];
    return answer;
  } finally {
    socket.close();
  }
}

async function askTcp(port: number, message: Buffer): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  socket.end(Buffer.concat([length, message]));
  return (await buffer(socket)).subarray(2);
}

async function openListening(port: number, address = '127.0.0.1'): Promise<DnsLab> {
  return openLab({ hosts, dns: `{listen: '${address}:${port}'}` });
}

test('dns.listen answers by UDP and by TCP', async () => {
  const port = await freePort();
  await using lab = await openListening(port);
  const message = query('box.test', 'A');
  assert.deepEqual(answersOf(await askUdp(port, message)), ['192.0.2.7']);
  assert.deepEqual(answersOf(await askTcp(port, message)), ['192.0.2.7']);
  const transports = lab.service.queries.recent().map((record) => record.toInfo().transport);
  assert.deepEqual(transports, ['udp', 'tcp']);
  assert.deepEqual(lab.lines, []);
});

test('an answer that takes its time finds the way back', async () => {
  const port = await freePort();
  await using lab = await openListening(port);
  lab.exchange.script = async () => {
    await new Promise(setImmediate);
    return Buffer.alloc(0);
  };
  const answer = await askUdp(port, query('site.test', 'TXT', { id: 77 }));
  assert.equal(answer.readUInt16BE(0), 77);
});

test('a port that is taken is an error that says so, and leaves nothing open', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await assert.rejects(openListening(port), { code: 'ERR_DNS_LISTEN', message: /in use/ });
  const socket = createSocket('udp4').bind(port, '127.0.0.1');
  await once(socket, 'listening');
  socket.close();
  server.close();
});

test('an address that others can reach is a warning', async () => {
  const port = await freePort();
  await using lab = await openListening(port, '0.0.0.0');
  assert.equal(lab.lines.length, 1);
  assert.match(lab.lines[0]!, /warning DNS_LISTEN_OPEN/);
  assert.deepEqual(answersOf(await askUdp(port, query('box.test', 'A'))), ['192.0.2.7']);
});

test('another address takes the place of the earlier one; a bad one changes nothing', async () => {
  const [first, second] = [await freePort(), await freePort()];
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  await using lab = await openListening(first);
  const to = (port: number): Promise<void> =>
    lab.service.apply(lab.setup({ hosts, dns: `{listen: '127.0.0.1:${port}'}` }));
  await assert.rejects(to((taken.address() as AddressInfo).port), { code: 'ERR_DNS_LISTEN' });
  assert.equal((await askUdp(first, query('box.test', 'A'))).length, 42);
  await to(second);
  assert.equal((await askUdp(second, query('box.test', 'A'))).length, 42);
  await assert.rejects(askTcp(first, query('box.test', 'A')), { code: 'ECONNREFUSED' });
  taken.close();
});
