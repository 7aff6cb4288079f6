import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatAge,
  formatBytes,
  formatEndpoint,
  formatTable,
} from '../../../../core/cli/format.ts';
import { formatCount } from '../../../../rules/text.ts';

test('bytes have binary units and few digits', () => {
  const cases = [
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [150 * 1024, '150 KiB'],
    [5 * 1024 ** 3, '5.0 GiB'],
    [5000 * 1024 ** 4, '5000 TiB'],
  ] as const;
  for (const [bytes, text] of cases) assert.equal(formatBytes(bytes), text);
});

test('ages are coarse and never negative', () => {
  const cases = [
    [-5, '0s'],
    [59_999, '59s'],
    [60_000, '1m'],
    [7_200_000, '2h'],
    [200_000_000, '2d'],
  ] as const;
  for (const [ms, text] of cases) assert.equal(formatAge(ms), text);
});

test('IPv6 endpoints are bracketed', () => {
  assert.equal(formatEndpoint('2001:db8::1', 443), '[2001:db8::1]:443');
  assert.equal(formatEndpoint('192.0.2.1', 443), '192.0.2.1:443');
});

test('one is not many', () => {
  assert.equal(formatCount(1, 'proxy', 'proxies'), '1 proxy');
  assert.equal(formatCount(0, 'rule'), '0 rules');
});

test('columns are as wide as their widest cell, and lines have no trailing spaces', () => {
  const rows = [
    ['A', 'LONG', ''],
    ['aaa', 'b', 'c'],
  ];
  assert.equal(formatTable(rows), 'A    LONG\naaa  b     c\n');
});
