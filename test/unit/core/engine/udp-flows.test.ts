import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { PassThrough } from 'node:stream';
import { afterEach, describe, test } from 'node:test';
import { UpstreamError } from '../../../../core/api/errors.ts';
import { clientHello, extension, serverName } from '../sniff/client-hello.ts';
import { crypto, initial } from '../sniff/initial.ts';
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
  const steps = ['decided', 'firstUp', 'firstDown'];
  assert.deepEqual(Object.keys(record?.toInfo().timeline ?? {}), steps);
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

function withoutUdp(): Promise<never> {
  return Promise.reject(new UpstreamError('ERR_UPSTREAM_NO_UDP', 'refused', 'scripted'));
}

test('an upstream without UDP is heard as port unreachable, asked once, and logged once', async () => {
  open(['MATCH,proxy']);
  let asked = 0;
  lab.proxy.onAssociate(() => {
    asked += 1;
    return withoutUdp();
  });
  for (let n = 1; n <= 3; n += 1) {
    const app = lab.machine.udp();
    app.send('192.0.2.1', 443, 'quic');
    assert.equal(await app.next(), 'icmp 3');
    const record = await lab.ended(n);
    assert.deepEqual([record.state, record.error?.code], ['failed', 'ERR_UPSTREAM_NO_UDP']);
  }
  assert.equal(asked, 1);
  assert.equal(lab.log.filter((line) => line.includes('carries no UDP')).length, 1);
  // The configuration was applied again: it is asked again.
  lab.reconsider();
  const app = lab.machine.udp();
  app.send('192.0.2.1', 443, 'quic');
  await app.next();
  assert.equal(asked, 2);
});

test('udp-fallback: direct sends straight out what a proxy cannot carry', async () => {
  open(['MATCH,proxy'], 'sluice: {udp-fallback: direct}');
  lab.proxy.onAssociate(withoutUdp);
  const port = await serve((data) => data);
  const app = lab.machine.udp();
  app.send('127.0.0.1', port, 'hello');
  assert.equal(await app.next(), 'hello');
  const [record] = lab.table.live();
  assert.deepEqual(record?.toInfo().chain, ['DIRECT']);
  assert.match(record?.toInfo().rule?.text ?? '', /^MATCH,proxy/);
});

test('a SOCKS5 upstream is sent the name of a made-up address, and answers come from that', async () => {
  open(['DOMAIN,game.example,proxy', 'MATCH,REJECT']);
  lab.useNames(() => ({ domain: 'game.example', kind: 'fake' }));
  const heads: string[] = [];
  // The relay resolves the name, and says the address in its answer.
  const port = await serve((data) => {
    const length = data[4]!;
    heads.push(data.subarray(5, 5 + length).toString());
    const from = Buffer.from([
      0,
      0,
      0,
      1,
      203,
      0,
      113,
      9,
      ...data.subarray(5 + length, 7 + length),
    ]);
    return Buffer.concat([from, data.subarray(7 + length)]);
  });
  lab.proxy.onAssociate(async () => ({
    kind: 'socks5',
    relay: { address: '127.0.0.1', port },
    control: new PassThrough(),
  }));
  const app = lab.machine.udp();
  app.send('198.18.5.5', 9000, 'hello');
  assert.equal(await app.next(), 'hello');
  assert.deepEqual(heads, ['game.example']);
  assert.equal(app.lastSource, '198.18.5.5');
});

test('DIRECT looks up the name of a made-up address, and answers come from that', async () => {
  open(['MATCH,DIRECT']);
  const port = await serve((data) => data);
  lab.useNames(() => ({ domain: 'game.example', kind: 'fake' }));
  lab.sources.resolve = async (domain) => {
    assert.equal(domain, 'game.example');
    return ['::1', '127.0.0.1'];
  };
  const app = lab.machine.udp();
  app.send('198.18.5.5', port, 'hello');
  assert.equal(await app.next(), 'hello');
  assert.equal(app.lastSource, '198.18.5.5');
  assert.equal([...lab.table.live()][0]?.toInfo().host, 'game.example');
});

test('a name that cannot be looked up is heard as host unreachable', async () => {
  open(['MATCH,DIRECT']);
  lab.useNames(() => ({ domain: 'game.example', kind: 'fake' }));
  lab.sources.resolve = () =>
    Promise.reject(new UpstreamError('ERR_DNS_NOT_FOUND', 'host-unreachable', 'scripted'));
  const app = lab.machine.udp();
  app.send('198.18.5.5', 9000, 'hello');
  assert.equal(await app.next(), 'icmp 1');
});

describe('the name in QUIC Initials', () => {
  const hello = clientHello([extension(51, Buffer.alloc(1700)), serverName('www.example.com')]);
  const first = initial(crypto(0, hello.subarray(0, 1000)), 1200, { number: 0 });
  const second = initial(crypto(1000, hello.subarray(1000)), 1200, { number: 1 });

  /** Proxy answers with the size of each datagram. */
  async function openQuic(): Promise<void> {
    open(['DOMAIN,www.example.com,proxy', 'MATCH,REJECT']);
    // RSV, FRAG, ATYP 3, and the name behind its length.
    const port = await serve((data) =>
      Buffer.concat([data.subarray(0, 7 + data[4]!), Buffer.from(`${data.length}`)]),
    );
    lab.proxy.onAssociate(async () => ({
      kind: 'socks5',
      relay: { address: '127.0.0.1', port },
      control: new PassThrough(),
    }));
  }

  test('is put together from several datagrams, which then all go on', async () => {
    await openQuic();
    const app = lab.machine.udp();
    app.send('192.0.2.1', 443, first);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(lab.table.endedCount + lab.table.liveCount, 0, 'still waiting');
    app.send('192.0.2.1', 443, second);
    await app.next();
    await app.next();
    const info = [...lab.table.live()][0]!.toInfo();
    assert.deepEqual([info.domain, info.domainFrom], ['www.example.com', 'quic']);
    assert.equal(info.host, 'www.example.com');
  });

  test('is not waited for longer than sniff-timeout', async () => {
    await openQuic();
    const app = lab.machine.udp();
    app.send('192.0.2.1', 443, first);
    assert.equal(await app.next(), 'icmp 13');
  });

  test('is not waited for where the first datagram is no QUIC', async () => {
    open(['DOMAIN,www.example.com,REJECT', 'MATCH,DIRECT'], 'sluice: {sniff-timeout: 10000}');
    const port = await serve((data) => data);
    const app = lab.machine.udp();
    app.send('127.0.0.1', port, 'hello');
    assert.equal(await app.next(), 'hello');
  });

  test('a session that ends meanwhile leaves nothing behind', async () => {
    await openQuic();
    const app = lab.machine.udp();
    app.send('192.0.2.1', 443, first);
    await new Promise((resolve) => setTimeout(resolve, 20));
    lab.reconsider();
    await new Promise((resolve) => setTimeout(resolve, 400));
    assert.equal(lab.table.liveCount, 0);
  });
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
