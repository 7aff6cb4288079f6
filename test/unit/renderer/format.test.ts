import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatBytes,
  formatDuration,
  formatEndpoint,
  printable,
} from '../../../renderer/format.ts';

test('bytes have binary units and three digits at most', () => {
  const cases: [number, string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '0.98 KiB'],
    [1536, '1.50 KiB'],
    [10 * 1024, '10.0 KiB'],
    [999 * 1024, '999 KiB'],
    [5.25 * 2 ** 30, '5.25 GiB'],
    [2 ** 70, '1048576 PiB'],
    [-5, '0 B'],
  ];
  for (const [bytes, text] of cases) assert.equal(formatBytes(bytes), text);
});

test('durations grow coarser', () => {
  const cases: [number, string][] = [
    [-1, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [2 * 3_600_000 + 5 * 60_000, '2 h 05 min'],
    [76 * 3_600_000, '3 d 4 h'],
  ];
  for (const [ms, text] of cases) assert.equal(formatDuration(ms), text);
});

test('IPv6 addresses have brackets before a port', () => {
  assert.equal(formatEndpoint('192.0.2.1', 80), '192.0.2.1:80');
  assert.equal(formatEndpoint('2001:db8::1', 80), '[2001:db8::1]:80');
});

test('text that would hide or turn other text is written out, and a long one is cut', () => {
  assert.equal(printable('a\u202Eb\u0000\n'), 'a\\u{202e}b\\u{0}\\u{a}');
  assert.equal(printable('x'.repeat(4096), 10), `${'x'.repeat(10)}…`);
  assert.equal(printable('<b>名字</b>'), '<b>名字</b>');
});
