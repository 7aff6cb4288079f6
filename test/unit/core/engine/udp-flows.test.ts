import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { PassThrough } from 'node:stream';
import { afterEach, test } from 'node:test';
import { UpstreamError } from '../../../../core/api/errors.ts';
import { EngineLab } from './engine-lab.ts';

let lab: EngineLab;
const sockets: Socket[] = [];

afterEach(() => {
  lab.close();
  for (const socket of sockets.splice(0)) socket.close();
});

function open(rules: readonly string[], yaml = ''): EngineLab {
  lab = new EngineLab(rules, yaml);
  return lab;
}

/** Answers each datagram on loopback with `answer`; resolves to its port. */
async function serve(answer: (data: Buffer) => Buffer): Promise<number> {
  const socket = createSocket('udp4');
  sockets.push(socket);
  socket.on('message', (data, from) => socket.send(answer(data), from.port, from.address));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return socket.address().port;
}

/** A SOCKS5 UDP relay (RFC 1928 section 7) that answers for every destination, in upper case. */
function relay(): Promise<number> {
  const headerLength = 10;
  return serve((data) =>
    Buffer.concat([
      data.subarray(0, headerLength),
      Buffer.from(data.subarray(headerLength).toString().toUpperCase()),
    ]),
  );
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

test('DIRECT sends datagrams to their destination and brings the answers back', async () => {
  open(['MATCH,DIRECT']);
  const port = await serve((data) => Buffer.from(`you said ${data.toString()}`));
  const app = lab.machine.udp();
  app.send('127.0.0.1', port, 'hello');
  assert.equal(await app.next(), 'you said hello');
  const [record] = lab.table.live();
  assert.deepEqual([record?.state, record?.upload, record?.download], ['open', 5, 14]);
});

test('two destinations of one program leave by one socket', async () => {
  open(['MATCH,DIRECT']);
  const from = new Set<number>();
  const ports: number[] = [];
  for (let n = 0; n < 2; n += 1) {
    const socket = createSocket('udp4');
    sockets.push(socket);
    socket.on('message', (_data, sender) => {
      from.add(sender.port);
      socket.send('yes', sender.port, sender.address);
    });
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    ports.push(socket.address().port);
  }
  const app = lab.machine.udp();
  for (const port of ports) app.send('127.0.0.1', port, 'there?');
  await app.next();
  await app.next();
  assert.equal(from.size, 1);
  assert.equal(lab.table.liveCount, 1);
});

test('a SOCKS5 upstream carries datagrams behind its header', async () => {
  open(['MATCH,proxy']);
  const port = await relay();
  lab.proxy.onAssociate(async () => ({
    kind: 'socks5',
    relay: { address: '127.0.0.1', port },
    control: new PassThrough(),
  }));
  const app = lab.machine.udp();
  app.send('192.0.2.1', 9000, 'hello');
  assert.equal(await app.next(), 'HELLO');
});

test('all destinations of a session share one association', async () => {
  open(['MATCH,proxy']);
  const port = await relay();
  let associations = 0;
  lab.proxy.onAssociate(async () => {
    associations += 1;
    await new Promise((resolve) => setTimeout(resolve, 20));
    return { kind: 'socks5', relay: { address: '127.0.0.1', port }, control: new PassThrough() };
  });
  const app = lab.machine.udp();
  app.send('192.0.2.1', 9000, 'one');
  app.send('192.0.2.2', 9000, 'two');
  assert.deepEqual([await app.next(), await app.next()].toSorted(), ['ONE', 'TWO']);
  app.send('192.0.2.3', 9000, 'three');
  assert.equal(await app.next(), 'THREE');
  assert.equal(associations, 1);
});

test('when the control connection ends, the next datagram asks for a new association', async () => {
  open(['MATCH,proxy']);
  const port = await relay();
  const controls: PassThrough[] = [];
  lab.proxy.onAssociate(async () => {
    const control = new PassThrough();
    controls.push(control);
    return { kind: 'socks5', relay: { address: '127.0.0.1', port }, control };
  });
  const app = lab.machine.udp();
  app.send('192.0.2.1', 9000, 'one');
  await app.next();
  controls[0]?.end();
  assert.equal((await lab.ended()).error?.code, 'ERR_UDP_ASSOCIATION_ENDED');
  app.send('192.0.2.1', 9000, 'two');
  assert.equal(await app.next(), 'TWO');
  assert.equal(controls.length, 2);
});

test('closing a UDP flow ends its session and its association', async () => {
  open(['MATCH,proxy']);
  const port = await relay();
  const control = new PassThrough();
  lab.proxy.onAssociate(async () => ({
    kind: 'socks5',
    relay: { address: '127.0.0.1', port },
    control,
  }));
  const app = lab.machine.udp();
  app.send('192.0.2.1', 9000, 'one');
  await app.next();
  const [record] = lab.table.live();
  assert.equal(lab.table.close(record!.id), true);
  await until(() => control.destroyed);
  assert.equal((await lab.ended()).state, 'closed');
});

test('an upstream without UDP is heard as port unreachable', async () => {
  open(['MATCH,proxy']);
  lab.proxy.onAssociate(() =>
    Promise.reject(new UpstreamError('ERR_UPSTREAM_NO_UDP', 'refused', 'scripted')),
  );
  const app = lab.machine.udp();
  app.send('192.0.2.1', 443, 'quic');
  assert.equal(await app.next(), 'icmp 3');
  const record = await lab.ended();
  assert.deepEqual([record.state, record.error?.code], ['failed', 'ERR_UPSTREAM_NO_UDP']);
});

test('a program that goes on sending is tried again after its upstream failed', async () => {
  open(['MATCH,proxy']);
  const port = await relay();
  let attempts = 0;
  lab.proxy.onAssociate(async () => {
    attempts += 1;
    if (attempts === 1) throw new UpstreamError('ERR_TEST', 'refused', 'scripted');
    return { kind: 'socks5', relay: { address: '127.0.0.1', port }, control: new PassThrough() };
  });
  const app = lab.machine.udp();
  app.send('192.0.2.1', 9000, 'hello');
  let answer = await app.next();
  while (answer === 'icmp 3') {
    await new Promise((resolve) => setTimeout(resolve, 100));
    app.send('192.0.2.1', 9000, 'hello');
    answer = await app.next();
  }
  assert.equal(answer, 'HELLO');
  assert.equal(attempts, 2);
});

test('REJECT is heard as prohibited', async () => {
  open(['MATCH,REJECT']);
  const app = lab.machine.udp();
  app.send('192.0.2.1', 9000, 'hello');
  assert.equal(await app.next(), 'icmp 13');
  assert.equal((await lab.ended()).state, 'refused');
});

test('REJECT-DROP is heard as nothing', async () => {
  open(['MATCH,REJECT-DROP']);
  const app = lab.machine.udp();
  app.send('192.0.2.1', 9000, 'hello');
  assert.equal((await lab.ended()).state, 'refused');
  const silence = new Promise((resolve) => setTimeout(resolve, 50, 'silence'));
  assert.equal(await Promise.race([app.next(), silence]), 'silence');
});

test('a rule with a domain does not match a datagram without one', async () => {
  open(['DOMAIN,example.com,REJECT', 'MATCH,DIRECT']);
  const port = await serve((data) => data);
  const app = lab.machine.udp();
  app.send('127.0.0.1', port, 'hello');
  assert.equal(await app.next(), 'hello');
});

test('multicast is dropped without a rule being asked', async () => {
  open(['MATCH,DIRECT']);
  lab.machine.udp().send('224.0.0.251', 5353, 'mdns');
  assert.equal((await lab.ended()).error?.code, 'ERR_FLOW_MULTICAST');
});

test('without a way out datagrams are heard as net unreachable', async () => {
  open(['MATCH,DIRECT']);
  lab.bindingFor = () => {
    throw new UpstreamError('ERR_NO_UPLINK', 'net-unreachable', 'scripted');
  };
  const app = lab.machine.udp();
  app.send('192.0.2.1', 9000, 'hello');
  assert.equal(await app.next(), 'icmp 0');
});

test('a socket that cannot be bound is an error of that session alone', async () => {
  open(['MATCH,DIRECT']);
  lab.bindingFor = () => ({ device: 'no-such-device', address4: '', address6: '' });
  const app = lab.machine.udp();
  app.send('192.0.2.1', 9000, 'hello');
  assert.equal(await app.next(), 'icmp 0');
  assert.equal((await lab.ended()).error?.code, 'ERR_UDP_SOCKET');
});

test('a session that is idle ends with its records', async () => {
  open(['MATCH,DIRECT'], 'tun: {udp-timeout: 1}');
  const port = await serve((data) => data);
  const app = lab.machine.udp();
  app.send('127.0.0.1', port, 'hello');
  await app.next();
  const record = await lab.ended();
  assert.deepEqual([record.state, record.error, record.download], ['closed', null, 5]);
});
