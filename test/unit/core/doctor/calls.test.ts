/** What the self test sends and hears, against servers of this machine. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { createServer } from 'node:net';
import { afterEach, describe, test } from 'node:test';

import { DirectWayOut } from '../../../../core/dns/direct-way-out.ts';
import { callTcp, callUdp } from '../../../../core/doctor/call.ts';
import { probeAddress } from '../../../../core/doctor/probe-address.ts';
import { exchangeDatagram } from '../../../../core/doctor/relayed-datagram.ts';
import type { Endpoint } from '../../../../core/upstream/endpoint.ts';
import { parseIp } from '../../../../rules/ip.ts';

const never = new AbortController().signal;
const datagrams = new DirectWayOut({
  bindingFor: () => ({ device: '', address4: '', address6: '' }),
});
const payload = Buffer.from('query');
const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

function at(host: string, port: number): Endpoint {
  return { host, port, ip: parseIp(host) };
}

const FAR = at('203.0.113.53', 53);

/** What it answers to the first, the second, ... datagram; null: nothing. */
async function serve(...answers: readonly (((heard: Buffer) => Buffer) | null)[]): Promise<number> {
  const socket = createSocket('udp4');
  sockets.push(socket);
  let heard = 0;
  socket.on('message', (message, from) => {
    const answer = answers[Math.min(heard, answers.length - 1)];
    heard += 1;
    if (answer != null) socket.send(answer(message), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return socket.address().port;
}

describe('a TCP call', () => {
  test('is answered by whoever listens, and by a reset', async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    assert.equal(await callTcp('127.0.0.1', port, never), 'answered');
    await new Promise((resolve) => server.close(resolve));
    assert.equal(await callTcp('127.0.0.1', port, never), 'answered');
  });

  test('to nowhere is told so', async () => {
    assert.equal(await callTcp('255.255.255.255', 1, never), 'unreachable');
  });

  test('ends with its signal', async () => {
    const reason = new Error('gone');
    await assert.rejects(callTcp('127.0.0.1', 1, AbortSignal.abort(reason)), reason);
  });
});

describe('a datagram', () => {
  test('and its answer', async () => {
    const port = await serve((heard) => Buffer.concat([heard, heard]));
    const answer = await callUdp('127.0.0.1', port, Buffer.from('ab'), never);
    assert.equal(answer?.toString(), 'abab');
  });

  test('that nobody takes has none', async () => {
    const port = await serve(null);
    sockets.splice(0)[0]!.close();
    assert.equal(await callUdp('127.0.0.1', port, Buffer.from('ab'), never), null);
  });

  test('through a relay has the header of RFC 1928, and its answer loses it', async () => {
    const heard: Buffer[] = [];
    const port = await serve((message) => {
      heard.push(message);
      // As from a server that is known by a name.
      return Buffer.concat([Buffer.from([0, 0, 0, 3, 1, 0x78, 0, 53]), Buffer.from('answer')]);
    });
    const question = { relay: { address: '127.0.0.1', port }, target: FAR, payload, wait: 5000 };
    const answer = await exchangeDatagram(datagrams, question, never);
    assert.equal(answer?.toString(), 'answer');
    const header = [0, 0, 0, 1, 203, 0, 113, 53, 0, 53];
    assert.deepEqual(heard, [Buffer.concat([Buffer.from(header), Buffer.from('query')])]);
  });

  test('that is lost is sent again', async () => {
    const port = await serve(null, (heard) => heard);
    const question = { relay: null, target: at('127.0.0.1', port), payload, wait: 8000 };
    const answer = await exchangeDatagram(datagrams, question, never);
    assert.equal(answer?.toString(), 'query');
  });

  test('answered with what is no datagram of a relay is not answered', async () => {
    const port = await serve((heard) => heard.subarray(0, 4));
    const question = { relay: { address: '127.0.0.1', port }, target: FAR, payload, wait: 100 };
    assert.equal(await exchangeDatagram(datagrams, question, never), null);
  });

  test('to a relay at an address that nothing can be sent to is not answered', async () => {
    const relay = { address: '255.255.255.255', port: 9 };
    const question = { relay, target: FAR, payload, wait: 8000 };
    assert.equal(await exchangeDatagram(datagrams, question, never), null);
  });
});

describe('where the self test calls', () => {
  test('at nobody’s address, where everything is captured', () => {
    assert.equal(probeAddress([], 4), '192.0.0.8');
    assert.equal(probeAddress([], 6), '100::8');
    assert.equal(probeAddress(['0.0.0.0/1', '128.0.0.0/1', '::/0'], 4), '192.0.0.8');
    assert.equal(probeAddress(['0.0.0.0/1', '128.0.0.0/1', '::/0'], 6), '100::8');
  });

  test('in the first network of those that are', () => {
    assert.equal(probeAddress(['2001:db8::/32', '10.9.0.0/16', '10.8.0.0/16'], 4), '10.9.0.0');
  });

  test('nowhere, where none is of the family', () => {
    assert.equal(probeAddress(['10.9.0.0/16'], 6), null);
  });
});
