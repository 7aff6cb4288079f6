/** The stack against the kernel's TCP, with nothing but a TUN between them, whole and faulty. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { Counters, DeviceSpec } from '../../core/native/binding.d.ts';

const exec = promisify(execFile);
const program = join(import.meta.dirname, 'programs/faulty-link.ts');

interface Result {
  /** IPv4, IPv6. */
  readonly intact: readonly boolean[];
  readonly errors: readonly (Error | null)[];
  readonly counters: Counters;
}

const tun: DeviceSpec = { kind: 'tun', name: '', mtu: 1500, offload: false };

/** Runs the program in a network namespace that ends with it. */
async function run(bytes: number, device: DeviceSpec): Promise<Result> {
  const args = ['--net', process.execPath, program, String(bytes), JSON.stringify(device)];
  const { stdout } = await exec('unshare', args);
  return JSON.parse(stdout) as Result;
}

for (const offload of [true, false]) {
  test(`20 MB come back whole ${offload ? 'with' : 'without'} offload`, async () => {
    const { intact, errors } = await run(20_000_000, { ...tun, offload });
    assert.deepEqual(intact, [true, true]);
    assert.deepEqual(errors, [null, null]);
  });
}

for (const seed of [1, 2, 3, 4]) {
  test(`2 MB come back whole over a faulty link (seed ${seed})`, async () => {
    const faults = { loss: 0.01, reorder: 0.02, duplicate: 0.01, corrupt: 0.005, truncate: 0.005 };
    const { intact, errors, counters } = await run(2_000_000, {
      kind: 'fault',
      inner: tun,
      seed,
      ...faults,
    });
    assert.deepEqual(intact, [true, true]);
    assert.deepEqual(errors, [null, null]);
    assert(counters['badChecksum']! > 0, 'the faults happened');
  });
}

test('500 kB come back whole over a link that loses one packet in ten', async () => {
  const { intact } = await run(500_000, { kind: 'fault', inner: tun, seed: 5, loss: 0.1 });
  assert.deepEqual(intact, [true, true]);
});

test('tcpdump reads what a capture of a TUN holds', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-capture-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'capture.pcap');
  await run(100_000, { kind: 'pcap', inner: { ...tun, offload: true }, path });
  const { stdout } = await exec('tcpdump', ['-n', '-r', path], { maxBuffer: 1 << 26 });
  assert.match(stdout, /IP 10\.0\.0\.1\.\d+ > 198\.51\.100\.1\.80: Flags \[S\]/);
  assert.match(stdout, /IP6 2001:db8:1::1\.80 > fd00::1\.\d+: Flags \[S\.\]/);
});
