import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SniffResult } from '../../../../core/sniff/sniff-result.ts';
import { SNIFF_LIMIT } from '../../../../core/sniff/sniff-result.ts';
import { sniff as sniffFor } from '../../../../core/sniff/sniff.ts';
import { clientHello, extension, records, serverName, vector } from './client-hello.ts';
import { firstBytesOf } from './first-bytes.ts';

const found = { kind: 'domain', domain: 'www.example.com', protocol: 'tls', ech: false };
const sniff = (bytes: Uint8Array): SniffResult => sniffFor(bytes, ['tls', 'http']);
const none = { kind: 'none' };
const needMore = { kind: 'need-more' };

const padding = extension(21, Buffer.alloc(40));
const usual = records(clientHello([padding, serverName('www.example.com'), padding]));

for (const version of ['-tls1_2', '-tls1_3']) {
  test(`reads the name that openssl s_client ${version} sends`, async () => {
    const bytes = await firstBytesOf((port) => [
      ...(['openssl', 's_client', '-connect', `127.0.0.1:${port}`, version] as const),
      ...['-servername', 'WWW.Example.com'],
    ]);
    assert.deepEqual(sniff(bytes), found);
    for (let length = 0; length < bytes.length; length++) {
      assert.deepEqual(sniff(bytes.subarray(0, length)), needMore, `${length} bytes`);
    }
  });
}

test('a real ClientHello without a name has none', async () => {
  const bytes = await firstBytesOf((port) => [
    ...(['openssl', 's_client', '-connect', `127.0.0.1:${port}`, '-noservername'] as const),
  ]);
  assert.deepEqual(sniff(bytes), none);
});

test('the message may be spread over records of any size', () => {
  const message = clientHello([serverName('www.example.com')]);
  for (const fragment of [1, 2, 3, 5, 50, message.length - 1]) {
    assert.deepEqual(sniff(records(message, fragment)), found, `records of ${fragment}`);
  }
});

test('needs every byte of the message and nothing after it', () => {
  for (let length = 0; length < usual.length; length++) {
    assert.deepEqual(sniff(usual.subarray(0, length)), needMore);
  }
  assert.deepEqual(sniff(Buffer.concat([usual, Buffer.from('anything')])), found);
});

test('the name is lower-cased and loses a trailing dot', () => {
  assert.deepEqual(sniff(records(clientHello([serverName('WWW.EXAMPLE.com.')]))), found);
});

for (const [why, bytes] of [
  ['no extensions', records(clientHello(null))],
  ['no server_name extension', records(clientHello([padding]))],
  ['an address as the name', records(clientHello([serverName('192.0.2.1')]))],
  ['an IPv6 address as the name', records(clientHello([serverName('2001:db8::1')]))],
  ['an empty name', records(clientHello([serverName('')]))],
  ['a name that is not ASCII', records(clientHello([serverName('b\xfccher.example')]))],
  ['a name with control characters', records(clientHello([serverName('a\nb.example')]))],
  ['a name of another type', records(clientHello([serverName('www.example.com', 1)]))],
  ['an empty name list', records(clientHello([extension(0, vector(2))]))],
  [
    'a name list longer than its extension',
    records(clientHello([extension(0, Buffer.of(0, 9, 0))])),
  ],
  ['another handshake message', records(Buffer.of(2, 0, 0, 0))],
  ['an empty record', Buffer.of(22, 3, 1, 0, 0)],
  ['a record that is too long', Buffer.of(22, 3, 1, 0x40, 0x01)],
  ['SSL 2', Buffer.of(22, 2, 0, 0, 1)],
  ['a message that is larger than the limit', records(Buffer.of(1, 0, 0x40, 0x01, 3, 3))],
] as const) {
  test(`gives up on ${why}`, () => {
    assert.deepEqual(sniff(bytes), none);
  });
}

test('gives up when another kind of record interrupts the message', () => {
  const message = clientHello([serverName('www.example.com')]);
  const alert = Buffer.concat([Buffer.of(21, 3, 1), vector(2, Buffer.of(1, 0))]);
  const bytes = Buffer.concat([
    records(message.subarray(0, 20)),
    alert,
    records(message.subarray(20)),
  ]);
  assert.deepEqual(sniff(bytes), none);
});

test('a long ClientHello is read up to the limit', () => {
  const long = clientHello([extension(21, Buffer.alloc(15_000)), serverName('www.example.com')]);
  assert.ok(long.length < SNIFF_LIMIT);
  assert.deepEqual(sniff(records(long, 1000)), found);
});

test('at the limit the answer is final', () => {
  const message = clientHello([extension(21, Buffer.alloc(16_000)), serverName('www.example.com')]);
  const bytes = records(message, 1).subarray(0, SNIFF_LIMIT);
  assert.deepEqual(sniff(bytes.subarray(0, -1)), needMore);
  assert.deepEqual(sniff(bytes), none);
});

test('whatever is changed or cut off, it answers and makes up no name', () => {
  const change = fc.tuple(fc.nat(usual.length - 1), fc.nat(255));
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 6 }),
      fc.nat(usual.length),
      fc.integer({ min: 1, max: 200 }),
      (changes, length, fragment) => {
        const message = Buffer.from(clientHello([padding, serverName('www.example.com'), padding]));
        for (const [at, value] of changes) message[at % message.length] = value;
        const bytes = records(message, fragment).subarray(0, length);
        const result = sniff(bytes);
        if (result.kind === 'domain') assert.match(result.domain, /^[a-z0-9_.-]{1,253}$/);
        if (changes.length === 0 && result.kind !== 'domain') assert.deepEqual(result, needMore);
      },
    ),
    { numRuns: 3000 },
  );
});

test('a longer beginning never takes back an answer', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }).map((tail) => Buffer.concat([Buffer.of(22, 3, 1), tail])),
        fc.nat(usual.length - 1).map((at) => {
          const bytes = Buffer.from(usual);
          bytes[at] = (bytes[at] ?? 0) ^ 0xff;
          return bytes;
        }),
      ),
      (bytes) => {
        let answer: unknown = null;
        for (let length = 0; length <= bytes.length; length++) {
          const result = sniff(bytes.subarray(0, length));
          if (answer !== null) assert.deepEqual(result, answer);
          else if (result.kind !== 'need-more') answer = result;
        }
      },
    ),
    { numRuns: 300 },
  );
});
