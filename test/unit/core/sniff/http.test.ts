import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SniffResult } from '../../../../core/sniff/sniff-result.ts';
import { SNIFF_LIMIT } from '../../../../core/sniff/sniff-result.ts';
import { sniff as sniffFor } from '../../../../core/sniff/sniff.ts';
import { firstBytesOf } from './first-bytes.ts';

const found = { kind: 'domain', domain: 'www.example.com', protocol: 'http', ech: false };
const sniff = (bytes: Uint8Array): SniffResult => sniffFor(bytes, ['tls', 'http']);
const none = { kind: 'none' };
const needMore = { kind: 'need-more' };

test('reads the Host that curl sends', async () => {
  const bytes = await firstBytesOf((port) => [
    ...(['curl', '-s', '--resolve', `www.example.com:${port}:127.0.0.1`] as const),
    `http://www.example.com:${port}/path?query=1`,
  ]);
  assert.deepEqual(sniff(bytes), found);
});

for (const [why, text] of [
  ['a plain request', 'GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n'],
  ['HTTP/1.0', 'GET / HTTP/1.0\r\nhost:www.example.com\r\n'],
  ['a port and white space', 'POST /x HTTP/1.1\r\nA: b\r\nHOST: \t WWW.Example.com.:8080 \r\n'],
  ['bare line feeds', 'GET / HTTP/1.1\nHost: www.example.com\n'],
  ['the asterisk form', 'OPTIONS * HTTP/1.1\r\nHost: www.example.com\r\n'],
  [
    'a header whose value looks like Host',
    'GET / HTTP/1.1\r\nX: Host: a.b\r\nHost: www.example.com\r\n',
  ],
] as const) {
  test(`finds the host in ${why}`, () => {
    assert.deepEqual(sniff(Buffer.from(text, 'latin1')), found);
  });
}

for (const [why, text] of [
  ['no Host', 'GET / HTTP/1.1\r\nA: b\r\n\r\n'],
  ['a Host in the body', 'POST / HTTP/1.1\r\nA: b\r\n\r\nHost: www.example.com\r\n'],
  ['an address', 'GET / HTTP/1.1\r\nHost: 192.0.2.1:80\r\n'],
  ['an IPv6 address', 'GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n'],
  ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\n'],
  ['two names', 'GET / HTTP/1.1\r\nHost: a.example, b.example\r\n'],
  ['a request for a proxy', 'GET http://www.example.com/ HTTP/1.1\r\nHost: www.example.com\r\n'],
  ['CONNECT', 'CONNECT www.example.com:443 HTTP/1.1\r\nHost: www.example.com\r\n'],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['HTTP/0.9', 'GET /\r\n'],
  ['SSH', 'SSH-2.0-OpenSSH_9.9\r\n'],
  ['a lower-case word', 'helo'],
  ['binary data', '\x00\x01\x02'],
  ['a method that never ends', 'A'.repeat(33)],
  ['a control character in the target', 'GET /\x00'],
] as const) {
  test(`gives up on ${why}`, () => {
    assert.deepEqual(sniff(Buffer.from(text, 'latin1')), none);
  });
}

test('needs the whole line of the Host and nothing after it', () => {
  const bytes = Buffer.from('GET /a HTTP/1.1\r\nA: b\r\nHost: www.example.com\r\n', 'latin1');
  for (let length = 0; length < bytes.length; length++) {
    assert.deepEqual(sniff(bytes.subarray(0, length)), needMore, `${length} bytes`);
  }
  assert.deepEqual(sniff(bytes), found);
});

test('at the limit the answer is final', () => {
  const bytes = Buffer.from(`GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(5000)}`, 'latin1');
  assert.deepEqual(sniff(bytes.subarray(0, SNIFF_LIMIT - 1)), needMore);
  assert.deepEqual(sniff(bytes.subarray(0, SNIFF_LIMIT)), none);
});

test('whatever comes, it answers, makes up no name and takes no answer back', () => {
  const piece = fc.oneof(
    fc.constantFrom('GET ', '/', ' HTTP/1.1', '\r\n', '\n', 'Host:', ' ', 'www.example.com', ':80'),
    fc.string({ unit: 'binary', maxLength: 5 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const bytes = Buffer.from(pieces.join(''), 'latin1');
      let answer: unknown = null;
      for (let length = 0; length <= bytes.length; length++) {
        const result = sniff(bytes.subarray(0, length));
        if (result.kind === 'domain') assert.match(result.domain, /^[a-z0-9_.-]{1,253}$/);
        if (answer !== null) assert.deepEqual(result, answer);
        else if (result.kind !== 'need-more') answer = result;
      }
    }),
    { numRuns: 1000 },
  );
});
