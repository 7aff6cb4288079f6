import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import fc from 'fast-check';
import { QuicSniffer } from '../../../../core/sniff/quic.ts';
import type { SniffResult } from '../../../../core/sniff/sniff-result.ts';
import { clientHello, extension, serverName, vector } from './client-hello.ts';
import { crypto, initial, varint } from './initial.ts';
import { version1, version2 } from './quic-vectors.ts';

const found = { kind: 'domain', domain: 'www.example.com', protocol: 'quic', ech: false };
const none = { kind: 'none' };
const needMore = { kind: 'need-more' };

const hello = clientHello([serverName('www.example.com'), extension(21, Buffer.alloc(300))]);

/** The answer after each datagram, up to the first that is final. */
function sniffAll(datagrams: readonly Uint8Array[]): SniffResult {
  const sniffer = new QuicSniffer();
  let result: SniffResult = { kind: 'need-more' };
  for (const datagram of datagrams) {
    result = sniffer.add(datagram);
    if (result.kind !== 'need-more') break;
  }
  return result;
}

test('reads the packets of the RFCs', () => {
  const name = { ...found, domain: 'example.com' };
  assert.deepEqual(sniffAll([version1]), name);
  assert.deepEqual(sniffAll([version2]), name);
});

test('a packet in which any byte is changed gives no name', () => {
  for (let at = 0; at < version1.length; at += 7) {
    const broken = Buffer.from(version1);
    broken[at]! ^= 0x01;
    assert.equal(sniffAll([broken]).kind, 'none', `byte ${at}`);
  }
});

/** What a client sends to a port of loopback before it is answered anything. */
async function firstDatagrams(
  command: string,
  argsFor: (port: number) => string[],
): Promise<Buffer[]> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const client = spawn(command, argsFor(socket.address().port), { stdio: 'ignore' });
  try {
    const [datagram] = (await once(socket, 'message')) as [Buffer];
    return [datagram];
  } finally {
    client.kill();
    socket.close();
  }
}

test('reads the name that a real client sends', async () => {
  const sent = await firstDatagrams('gtlsclient', (port) => [
    ...['--quiet', 'localhost', String(port), 'https://localhost/'],
  ]);
  assert.deepEqual(sniffAll(sent), { ...found, domain: 'localhost' });
});

for (const version of [1, 2] as const) {
  test(`version ${version}: the ClientHello in one packet`, () => {
    assert.deepEqual(sniffAll([initial(crypto(0, hello), 1200, { version })]), found);
  });

  test(`version ${version}: frames in any order over several packets and datagrams`, () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: hello.length - 1 }), { maxLength: 12 }),
        fc.infiniteStream(fc.nat()),
        fc.integer({ min: 1, max: 4 }),
        (cuts, randoms, perPacket) => {
          const ends = [...cuts.toSorted((a, b) => a - b), hello.length];
          const pieces = ends.map((end, n) => {
            const begin = ends[n - 1] ?? 0;
            return crypto(begin, hello.subarray(begin, end));
          });
          const keys = new Map(pieces.map((piece) => [piece, randoms.next().value]));
          const shuffled = pieces.toSorted((a, b) => keys.get(a)! - keys.get(b)!);
          const datagrams: Buffer[] = [];
          while (shuffled.length > 0) {
            const frames = shuffled.splice(0, perPacket);
            // PADDING, PING, and an ACK of packet 0 stand between them.
            const mixed = frames.flatMap((frame) => [Buffer.of(0, 0, 1, 2, 0, 0, 0, 0), frame]);
            const number = datagrams.length;
            datagrams.push(initial(Buffer.concat(mixed), 0, { version, number }));
          }
          assert.deepEqual(sniffAll(datagrams), found);
          assert.deepEqual(sniffAll([Buffer.concat(datagrams)]), found, 'coalesced');
          assert.deepEqual(sniffAll(datagrams.slice(0, -1)), needMore, 'one is missing');
        },
      ),
      { numRuns: 200 },
    );
  });
}

test('a name behind 1500 bytes of key shares, as browsers send it', () => {
  const large = clientHello([extension(51, Buffer.alloc(1700)), serverName('www.example.com')]);
  const [head, tail] = [large.subarray(0, 1100), large.subarray(1100)];
  const first = initial(crypto(0, head), 1200, { number: 1 });
  const second = initial(crypto(1100, tail), 1200, { number: 2 });
  assert.deepEqual(sniffAll([first]), needMore);
  assert.deepEqual(sniffAll([first, second]), found);
  assert.deepEqual(sniffAll([second, first]), found);
  assert.deepEqual(sniffAll([second, second, first]), found, 'sent twice');
});

test('a token and a packet number of two bytes', () => {
  const options = { token: Buffer.alloc(80, 7), number: 300 };
  assert.deepEqual(sniffAll([initial(crypto(0, hello), 1200, options)]), found);
});

test('overlapping frames', () => {
  const frames = [crypto(0, hello.subarray(0, 90)), crypto(40, hello.subarray(40))];
  assert.deepEqual(sniffAll([initial(Buffer.concat(frames))]), found);
});

test('what is coalesced behind the Initials is skipped', () => {
  // 0-RTT: as an Initial, without a token.
  const zeroRtt = Buffer.concat([
    Buffer.of(0xd0, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0),
    varint(30),
    Buffer.alloc(30, 9),
  ]);
  const part = initial(crypto(0, hello.subarray(0, 50)));
  const rest = initial(crypto(50, hello.subarray(50)), 0, { number: 1 });
  assert.deepEqual(sniffAll([Buffer.concat([zeroRtt, part, zeroRtt, rest])]), found);
  assert.deepEqual(sniffAll([zeroRtt, part, zeroRtt, rest]), found);
  assert.deepEqual(sniffAll([Buffer.concat([part, Buffer.alloc(200, 0x40)]), rest]), found);
});

test('a packet of another connection is not mixed in', () => {
  const other = { connectionId: Buffer.alloc(8, 5) };
  const part = initial(crypto(0, hello.subarray(0, 50)));
  const foreign = initial(crypto(50, Buffer.alloc(hello.length - 50)), 0, other);
  const rest = initial(crypto(50, hello.subarray(50)), 0, { number: 1 });
  assert.deepEqual(sniffAll([part, foreign, rest]), found);
});

test('the outer name of an Encrypted Client Hello is told from a true one', () => {
  const ech = clientHello([serverName('www.example.com'), extension(0xfe0d, Buffer.of(0))]);
  assert.deepEqual(sniffAll([initial(crypto(0, ech))]), { ...found, ech: true });
});

for (const [why, datagram] of [
  ['no datagram of QUIC', Buffer.from('GET / HTTP/1.1\r\n')],
  ['an empty datagram', Buffer.alloc(0)],
  ['a short header', Buffer.alloc(60, 0x41)],
  [
    'a version that nobody knows',
    Buffer.concat([Buffer.of(0xc0, 0x1a, 0x2a, 0x3a, 0x4a), version1.subarray(5)]),
  ],
  ['a Retry', Buffer.concat([Buffer.of(0xf0), version1.subarray(1)])],
  [
    'a connection ID that is too long',
    Buffer.concat([version1.subarray(0, 5), Buffer.of(21), version1.subarray(6)]),
  ],
  ['a frame that no Initial may have', initial(Buffer.of(8, 0, 0, 0, 0))],
  ['a frame that is cut off', initial(Buffer.of(1, 1, 1, 6, 0, 60))],
  ['an ACK of a million ranges', initial(Buffer.concat([Buffer.of(2, 0, 0), varint(1_000_000)]))],
  ['a ClientHello without a name', initial(crypto(0, clientHello([])))],
  ['another handshake message', initial(crypto(0, Buffer.concat([Buffer.of(2), vector(3)])))],
  ['a frame far behind the limit', initial(crypto(16 * 1024, Buffer.of(1)))],
  ['no frames at all', initial(Buffer.alloc(0)).subarray(0, 30)],
] as const) {
  test(`gives up on ${why}`, () => {
    const result = sniffAll([datagram]);
    // Nothing has come of an empty datagram, or of padding alone: more may.
    assert.deepEqual(result, why === 'an empty datagram' ? needMore : none);
  });
}

test('gives up on a client that makes holes', () => {
  const frames = Array.from({ length: 70 }, (_, n) => crypto(100 + 2 * n, Buffer.of(1)));
  assert.deepEqual(sniffAll([initial(Buffer.concat(frames))]), none);
});

test('gives up after a number of datagrams', () => {
  const sniffer = new QuicSniffer();
  const padding = initial(Buffer.of(1));
  const answers = Array.from({ length: 33 }, () => sniffer.add(padding).kind);
  assert.deepEqual(answers.indexOf('none'), 32);
});

test('whatever is changed or cut off, it answers and makes up no name', () => {
  const packet = initial(crypto(0, hello), 600);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(packet.length - 1), fc.nat(255)), { maxLength: 6 }),
      fc.nat(packet.length),
      (changes, length) => {
        const bytes = Buffer.from(packet);
        for (const [at, value] of changes) bytes[at] = value;
        const result = sniffAll([bytes.subarray(0, length), packet]);
        if (result.kind === 'domain') assert.equal(result.domain, 'www.example.com');
      },
    ),
    { numRuns: 2000 },
  );
});

test('whatever the frames are, it answers', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 4, maxLength: 120 }), { maxLength: 4 }),
      (payloads) => {
        const result = sniffAll(payloads.map((frames, number) => initial(frames, 0, { number })));
        assert.notEqual(result.kind, 'domain');
      },
    ),
    { numRuns: 2000 },
  );
});

test('random datagrams are answered', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 4 }), (datagrams) => {
      const known = datagrams.map((bytes) => Buffer.concat([version1.subarray(0, 6), bytes]));
      assert.notEqual(sniffAll(known).kind, 'domain');
      assert.notEqual(sniffAll(datagrams).kind, 'domain');
    }),
    { numRuns: 2000 },
  );
});
