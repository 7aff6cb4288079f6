/** IP fragments: captured ones are put together, and what exceeds the MTU leaves in fragments. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Family } from '../../../packets/address.ts';
import { fragment, fragmentOf } from '../../../packets/ip.ts';
import { families, loopback, StackLab } from './stack-lab.ts';
import { answer, datagram, route, UdpServer } from './udp-loopback.ts';

const text = Array.from({ length: 500 }, (_, n) => `piece ${n}`).join(' ');

/** Whose destination is decided already, so that a datagram comes out of the server at once. */
async function routed(
  t: Parameters<typeof UdpServer.open>[0],
  family: Family,
): Promise<{ readonly lab: StackLab; readonly server: UdpServer; readonly whole: Buffer }> {
  const lab = new StackLab(t);
  const server = await UdpServer.open(t, family);
  const to = { dst: loopback[family], dstPort: server.port };
  lab.machine.send(datagram(family, to, 'first'));
  route(await lab.nextPeer(), family);
  assert.equal((await server.next()).text, 'first');
  return { lab, server, whole: datagram(family, to, text) };
}

for (const family of families) {
  test(`IPv${family}: fragments in any order, and twice, are one datagram`, async (t) => {
    const { lab, server, whole } = await routed(t, family);
    const orders = [
      (parts: Buffer[]) => parts,
      (parts: Buffer[]) => parts.toReversed(),
      (parts: Buffer[]) => [
        ...parts.filter((_, n) => n % 2),
        ...parts.filter((_, n) => n % 2 === 0),
      ],
      (parts: Buffer[]) =>
        parts.flatMap((part, n) => (n + 1 < parts.length ? [part, part] : [part])),
    ];
    for (const [id, order] of orders.entries()) {
      for (const part of order(fragment(whole, 512, id))) lab.machine.send(part);
      assert.equal((await server.next()).text, text);
    }
    assert.equal(lab.stack.counters()['reassembled'], orders.length);
  });

  test(`IPv${family}: one that waited for its decision leaves in fragments, too`, async (t) => {
    const lab = new StackLab(t);
    const server = await UdpServer.open(t, family);
    const to = { dst: loopback[family], dstPort: server.port };
    // More than the loopback's own MTU carries in one piece.
    const large = 'x'.repeat(65_480);
    for (const part of fragment(datagram(family, to, large), 1480, 1)) lab.machine.send(part);
    route(await lab.nextPeer(), family);
    assert.equal((await server.next()).text.length, large.length);
    assert.equal(lab.stack.counters()['udpTooBig'], 0);
  });

  test(`IPv${family}: fragments of several datagrams may mix`, async (t) => {
    const { lab, server, whole } = await routed(t, family);
    const [one, two] = [fragment(whole, 1024, 1), fragment(whole, 1024, 2)];
    for (const [n, part] of one.entries()) {
      lab.machine.send(part);
      lab.machine.send(two[n]!);
    }
    for (let n = 0; n < 2; n += 1) assert.equal((await server.next()).text, text);
  });

  const headerSize = family === 4 ? 20 : 40;
  const overlaps: Readonly<Record<string, (whole: Buffer) => Buffer[]>> = {
    'reaches into one before it': (whole) => pieces(whole, [0, 64, true], [56, 128, false]),
    'reaches into one behind it': (whole) => pieces(whole, [64, 128, true], [0, 72, true]),
    'covers one': (whole) => pieces(whole, [64, 128, true], [0, 256, true]),
    'lies within one, with other bytes': (whole) => {
      const [outer, inner] = pieces(whole, [0, 256, true], [64, 128, true]);
      inner![inner!.length - 1]! ^= 1;
      return [outer!, inner!];
    },
    'says a second end': (whole) => pieces(whole, [64, 128, false], [128, 256, false]),
    'ends before what is there': (whole) => pieces(whole, [128, 256, true], [64, 120, false]),
  };
  function pieces(whole: Buffer, ...ranges: [from: number, to: number, more: boolean][]): Buffer[] {
    const header = whole.subarray(0, headerSize);
    return ranges.map(([from, to, more]) =>
      fragmentOf(header, whole.subarray(headerSize + from, headerSize + to), from, more, 77),
    );
  }
  for (const [what, build] of Object.entries(overlaps)) {
    test(`IPv${family}: a datagram is dropped as a whole where a fragment ${what}`, async (t) => {
      const { lab, server, whole } = await routed(t, family);
      for (const part of build(whole)) lab.machine.send(part);
      // What comes later of the same datagram is dropped, too, though it would be complete.
      for (const part of fragment(whole, 512, 77)) lab.machine.send(part);
      for (const part of fragment(whole, 512, 78)) lab.machine.send(part);
      assert.equal((await server.next()).text, text);
      await lab.machine.barrier();
      assert.equal(lab.stack.counters()['reassembled'], 1);
      assert.ok(lab.stack.counters()['fragmentsDropped']! > 0);
    });
  }

  test(`IPv${family}: an answer larger than the MTU arrives in fragments`, async (t) => {
    const { lab, server, whole } = await routed(t, family);
    lab.machine.send(whole);
    const { from } = await server.next();
    server.answer(text, from);
    assert.equal((await answer(lab)).text, text);
    const { fragments } = lab.machine;
    assert.ok(fragments.length > 1 && fragments.every((part) => part.length <= 1500));
  });
}

test('a fragment header before a whole datagram means nothing', async (t) => {
  const { lab, server, whole } = await routed(t, 6);
  // RFC 6946: it has nothing to do with others of that id.
  const parts = fragment(whole, 512, 5);
  lab.machine.send(parts[0]!);
  lab.machine.send(fragmentOf(whole.subarray(0, 40), whole.subarray(40), 0, false, 5));
  assert.equal((await server.next()).text, text);
  for (const part of parts.slice(1)) lab.machine.send(part);
  assert.equal((await server.next()).text, text);
});

test('fragments that never become whole take bounded memory', async (t) => {
  const { lab, server, whole } = await routed(t, 4);
  const header = whole.subarray(0, 20);
  for (let id = 0; id < 2000; id += 1) {
    lab.machine.send(fragmentOf(header, Buffer.alloc(512), 60_000, true, id));
  }
  await lab.machine.barrier();
  assert.ok(lab.stack.counters()['fragmentBytesNow']! <= 4 << 20);
  assert.ok(lab.stack.counters()['fragmentsDropped']! > 1000);
  for (const part of fragment(whole, 512, 5000)) lab.machine.send(part);
  assert.equal((await server.next()).text, text);
});

test('a checksum that is wrong shows when the datagram is whole', async (t) => {
  const { lab, whole } = await routed(t, 4);
  whole[whole.length - 1]! ^= 1;
  for (const part of fragment(whole, 512, 1)) lab.machine.send(part);
  await lab.machine.barrier();
  assert.equal(lab.stack.counters()['badChecksum'], 1);
});
