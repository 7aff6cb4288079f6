import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import type { RecordedFlow } from '../../../../core/native/binding.d.ts';
import { type IpPacket, parseIp, TCP, UDP } from '../../../packets/ip.ts';
import { ACK, buildTcp, parseTcp, SYN } from '../../../packets/tcp.ts';
import { buildUdp } from '../../../packets/udp.ts';
import { readCapture } from '../../../packets/capture.ts';
import { appAddress, families, farAddress, StackLab } from './stack-lab.ts';

const WHOLE = 65_535;
const everything = { capacity: 1 << 20, snap: WHOLE, flows: null };

function recorded(lab: StackLab): Buffer[] {
  return readCapture(Buffer.concat([...lab.stack.tap.file()])).map(({ bytes }) => bytes);
}

function tcpFlow(srcPort: number, dstPort: number, family: 4 | 6 = 4): RecordedFlow {
  const ends = { src: appAddress[family], dst: farAddress[family] };
  return { udp: false, srcPort, dstPort, ...ends };
}

function datagram(srcPort: number, dstPort: number, data = Buffer.from('some bytes')): Buffer {
  return buildUdp({ src: appAddress[4], srcPort, dst: farAddress[4], dstPort, data });
}

test('nothing is recorded before it begins, and what is recorded stays after it ends', async (t) => {
  const lab = new StackLab(t);
  const { tap } = lab.stack;
  lab.machine.send(datagram(1, 1));
  await lab.machine.barrier();
  assert.equal(tap.state(), null);
  assert.deepEqual([...tap.file()], []);
  assert(tap.start(everything));
  lab.machine.send(datagram(2, 2));
  await lab.nextPeer();
  await lab.nextPeer();
  tap.stop();
  lab.machine.send(datagram(3, 3));
  await lab.nextPeer();
  const ports = recorded(lab).map((bytes) => bytes.readUInt16BE(20));
  assert.deepEqual(ports, [2]);
  assert.equal(tap.state()?.packets, 1);
  tap.forget();
  assert.equal(tap.state(), null);
  assert.deepEqual([...tap.file()], []);
});

for (const family of families) {
  test(`IPv${family}: a connection is recorded both ways from its SYN on`, async (t) => {
    const lab = new StackLab(t);
    lab.stack.tap.start(everything);
    const { client, stream } = await lab.open(family);
    client.send('question');
    await once(stream, 'data');
    stream.write('answer');
    await client.read(6);
    const packets = recorded(lab).map(parseIp);
    const segments = packets.map((packet) => parseTcp(packet));
    const flags = segments.slice(0, 3).map((segment) => segment.flags & (SYN | ACK));
    assert.deepEqual(flags, [SYN, SYN | ACK, ACK]);
    const said = segments.map(({ data }) => String(data)).filter((text) => text !== '');
    assert.deepEqual(said.toSorted(), ['answer', 'question']);
  });

  test(`IPv${family}: of one flow its own packets are recorded, both ways`, async (t) => {
    const lab = new StackLab(t);
    const wanted = lab.client(family, { srcPort: 5000 });
    lab.stack.tap.start({ ...everything, flows: [tcpFlow(5000, 80, family)] });
    const others = [lab.client(family, { srcPort: 5001 }), lab.client(family, { dstPort: 81 })];
    for (const client of [...others, wanted]) {
      const connected = client.connect();
      await (await lab.nextFlow()).accept();
      await connected;
    }
    const ports = recorded(lab).map((bytes) => portsOf(parseIp(bytes)));
    assert(ports.length >= 3);
    assert.deepEqual(new Set(ports), new Set(['5000 80', '80 5000']));
  });
}

test('a flow that is open already is recorded from then on', async (t) => {
  const lab = new StackLab(t);
  const { client, stream } = await lab.open(4);
  const { srcPort, dstPort } = client.flow;
  lab.stack.tap.start({ ...everything, flows: [tcpFlow(srcPort, dstPort)] });
  stream.write('answer');
  await client.read(6);
  const segments = recorded(lab).map((bytes) => parseTcp(parseIp(bytes)));
  assert(segments.every(({ flags }) => (flags & SYN) === 0));
  assert(segments.some(({ data }) => String(data) === 'answer'));
});

test('of a UDP flow everything of its source is recorded, errors about it too', async (t) => {
  const lab = new StackLab(t);
  const app = { udp: true, src: appAddress[4], srcPort: 4000, dst: '', dstPort: 0 };
  lab.stack.tap.start({ ...everything, flows: [app] });
  for (const [from, to] of [
    [4000, 53],
    [4001, 53],
    [4000, 54],
  ] as const) {
    lab.machine.send(datagram(from, to));
    const { session, dst, dstPort } = await lab.nextPeer();
    if (dstPort === 54 || from === 4001) session.refuse(dst, dstPort, 'port-unreachable');
    else session.toScript(dst, dstPort);
  }
  const { session } = await lab.nextScripted();
  session.send('203.0.113.5', 7, Buffer.from('a third party'));
  const packets = recorded(lab).map(parseIp);
  const seen = packets.map((packet) =>
    packet.protocol === UDP ? portsOf(packet) : `icmp about ${packet.body.readUInt16BE(28)}`,
  );
  assert.deepEqual(seen, ['4000 53', '4000 54', 'icmp about 4000', '7 4000']);
});

test('later fragments of a datagram are recorded with the first', async (t) => {
  const lab = new StackLab(t);
  const app = { udp: true, src: appAddress[4], srcPort: 4000, dst: '', dstPort: 0 };
  lab.machine.send(datagram(4000, 53));
  const { session, dst, dstPort } = await lab.nextPeer();
  session.toScript(dst, dstPort);
  await lab.nextScripted();
  lab.stack.tap.start({ ...everything, flows: [app] });
  session.send(dst, dstPort, Buffer.alloc(4000));
  const sizes = recorded(lab).map((bytes) => bytes.length);
  assert.deepEqual(sizes, [1500, 1500, 1068]);
});

test('a full ring keeps the latest, and counts what gave way', async (t) => {
  const lab = new StackLab(t);
  const data = Buffer.alloc(1000);
  const size = 16 + 28 + data.length;
  // Not a multiple: records lie across its end.
  const capacity = 10 * size + 100;
  lab.stack.tap.start({ capacity, snap: WHOLE, flows: null });
  for (let port = 1; port <= 500; port += 1) {
    data.writeUInt16BE(port);
    lab.machine.send(datagram(4000, 1 + (port % 5), data));
  }
  await untilPackets(lab, 500);
  assert.deepEqual(lab.stack.tap.state(), {
    packets: 10,
    bytes: 10 * size,
    lost: 490,
    end: 500 * size,
  });
  const kept = recorded(lab).map((bytes) => bytes.readUInt16BE(28));
  assert.deepEqual(kept, [491, 492, 493, 494, 495, 496, 497, 498, 499, 500]);
});

test('packets of every size wrap around the end', async (t) => {
  const lab = new StackLab(t);
  lab.stack.tap.start({ capacity: 70_001, snap: WHOLE, flows: null });
  const count = 600;
  for (let n = 0; n < count; n += 1) {
    lab.machine.send(datagram(4000, 1, numbered(n, (n * 37) % 1400)));
  }
  await untilPackets(lab, count);
  const kept = recorded(lab).map((bytes) => bytes.subarray(28));
  const { packets = 0, lost } = lab.stack.tap.state() ?? {};
  assert.equal(kept.length, packets);
  assert.equal(lost, count - packets);
  for (const [index, bytes] of kept.entries()) {
    const n = count - packets + index;
    assert.deepEqual(bytes, numbered(n, (n * 37) % 1400));
  }
});

test('of long packets the beginning is kept, with their true length', async (t) => {
  const lab = new StackLab(t);
  lab.stack.tap.start({ capacity: 4096, snap: 40, flows: null });
  lab.machine.send(datagram(4000, 53, Buffer.alloc(900, 'x')));
  await lab.nextPeer();
  const file = Buffer.concat([...lab.stack.tap.file()]);
  assert.equal(file.readUInt32LE(16), 40);
  const [packet, ...rest] = readCapture(file);
  assert.deepEqual(rest, []);
  assert.deepEqual([packet?.bytes.length, packet?.original], [40, 928]);
});

test('a packet larger than all of the memory is counted and nothing else', async (t) => {
  const lab = new StackLab(t);
  lab.stack.tap.start({ capacity: 500, snap: WHOLE, flows: null });
  for (const size of [100, 1000]) lab.machine.send(datagram(4000, 53, Buffer.alloc(size)));
  await untilPackets(lab, 2);
  const { packets, lost } = lab.stack.tap.state() ?? {};
  assert.deepEqual([packets, lost], [1, 1]);
  assert.equal(recorded(lab)[0]?.length, 128);
});

test('a file is read on while packets come: what is overwritten meanwhile is left out', async (t) => {
  const lab = new StackLab(t);
  lab.stack.tap.start({ capacity: 1 << 20, snap: WHOLE, flows: null });
  const fill = async (from: number, count: number): Promise<void> => {
    for (let n = from; n < from + count; n += 1) {
      lab.machine.send(datagram(4000, 1, numbered(n, 1400)));
    }
    await untilPackets(lab, from + count);
  };
  await fill(0, 700);
  const reading = lab.stack.tap.file();
  const pieces = [reading.next().value ?? Buffer.alloc(0), reading.next().value ?? Buffer.alloc(0)];
  await fill(700, 500);
  pieces.push(...reading);
  const numbers = readCapture(Buffer.concat(pieces)).map(({ bytes }) => bytes.readUInt16BE(28));
  // In order, and none of those that came after the file was begun.
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
  );
  assert.equal(numbers[0], 0);
  assert.equal(numbers.at(-1), 699);
  assert(numbers.length < 700);
});

test('what cannot be read as a packet belongs to no flow, and to the whole', async (t) => {
  const lab = new StackLab(t);
  const rubbish = [Buffer.from('E'), Buffer.alloc(20), Buffer.alloc(39, 0x60), longHeaders()];
  lab.stack.tap.start({ ...everything, flows: [tcpFlow(1, 1)] });
  for (const packet of rubbish) lab.machine.send(packet);
  await untilPackets(lab, rubbish.length);
  assert.deepEqual(recorded(lab), []);
  lab.stack.tap.start(everything);
  for (const packet of rubbish) lab.machine.send(packet);
  await untilPackets(lab, 2 * rubbish.length);
  assert.deepEqual(recorded(lab), rubbish);
});

test('a recording begun anew forgets the one before', async (t) => {
  const lab = new StackLab(t);
  lab.stack.tap.start(everything);
  lab.machine.send(datagram(1, 1));
  await lab.nextPeer();
  lab.stack.tap.start(everything);
  assert.deepEqual(recorded(lab), []);
});

test('a file that is being read ends where its recording is forgotten, whatever is recorded then', async (t) => {
  const lab = new StackLab(t);
  lab.stack.tap.start(everything);
  for (let n = 0; n < 400; n += 1) lab.machine.send(datagram(4000, 1, Buffer.alloc(1400)));
  await untilPackets(lab, 400);
  const reading = lab.stack.tap.file();
  assert.equal(reading.next().done, false);
  const first = reading.next().value ?? Buffer.alloc(0);
  lab.stack.tap.start(everything);
  for (let n = 0; n < 400; n += 1) lab.machine.send(datagram(4000, 1, Buffer.alloc(1400)));
  await untilPackets(lab, 800);
  assert(first.length < 400 * 1400);
  assert.equal([...reading].length, 0);
});

test('a recording ends with its stack', async (t: TestContext) => {
  const lab = new StackLab(t);
  lab.stack.tap.start(everything);
  lab.machine.send(buildTcp(tcpFlow(1, 1), { flags: SYN, seq: 1, ack: 0 }));
  await lab.nextFlow();
  const reading = lab.stack.tap.file();
  reading.next();
  lab.stack.close();
  assert.equal(lab.stack.tap.state(), null);
  assert.equal(reading.next().done, true);
  assert.equal(lab.stack.tap.start(everything), false);
});

function portsOf({ protocol, body }: IpPacket): string {
  assert(protocol === TCP || protocol === UDP);
  return `${body.readUInt16BE(0)} ${body.readUInt16BE(2)}`;
}

function numbered(n: number, size: number): Buffer<ArrayBuffer> {
  const data = Buffer.alloc(size + 2, n);
  data.writeUInt16BE(n);
  return data;
}

/** An IPv6 header whose extension headers go on behind the packet's end. */
function longHeaders(): Buffer {
  const packet = Buffer.alloc(64);
  packet[0] = 0x60;
  packet.writeUInt16BE(24, 4);
  packet[41] = 255;
  return packet;
}

async function untilPackets(lab: StackLab, count: number): Promise<void> {
  while ((lab.stack.counters()['packetsIn'] ?? 0) < count) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
