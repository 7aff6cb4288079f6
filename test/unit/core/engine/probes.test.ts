/** Flows of the self test: they end in the engine, and nobody else's do. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';

import { Probes } from '../../../../core/engine/probes.ts';
import { EngineLab } from './engine-lab.ts';
import { MACHINE } from './memory-machine.ts';

const ADDRESS = '192.0.0.8';

test('a probe is its network, its address and its port, and ends with its test', () => {
  const probes = new Probes();
  const call = { src: '192.0.2.1', srcPort: 1, size: 0 };
  const probe = probes.open('tcp', ADDRESS);
  assert.equal(probes.take('udp', ADDRESS, probe.port, call), false);
  assert.equal(probes.take('tcp', '192.0.0.9', probe.port, call), false);
  assert.equal(probes.take('tcp', ADDRESS, probe.port + 1, call), false);
  assert.deepEqual(probe.arrivals, []);
  assert.equal(probes.take('tcp', ADDRESS, probe.port, call), true);
  assert.deepEqual(probe.arrivals, [call]);
  probe.close();
  assert.equal(probes.take('tcp', ADDRESS, probe.port, call), false);
});

test('however often one calls, the memory of it is bounded', () => {
  const probes = new Probes();
  const probe = probes.open('udp', ADDRESS);
  for (let n = 0; n < 1000; n += 1) {
    probes.take('udp', ADDRESS, probe.port, { src: MACHINE, srcPort: n, size: 1 });
  }
  assert.equal(probe.arrivals.length, 64);
});

describe('in the engine', () => {
  let lab: EngineLab;

  beforeEach(() => {
    // Whatever reaches the rules is refused, and listed.
    lab = new EngineLab(['MATCH,REJECT']);
  });
  afterEach(() => lab.close());

  test('a connection arrives and is answered by a reset, listed nowhere', async () => {
    const probe = lab.guard.probes.open('tcp', ADDRESS);
    assert.equal(await lab.machine.connect(ADDRESS, probe.port).outcome, 'reset');
    assert.deepEqual(
      probe.arrivals.map(({ src }) => src),
      [MACHINE],
    );
    assert.equal(lab.table.totals().total, 0);
  });

  test('a datagram comes back as it was', async () => {
    const probe = lab.guard.probes.open('udp', ADDRESS);
    const app = lab.machine.udp();
    app.send(ADDRESS, probe.port, 'as it was');
    assert.equal(await app.next(), 'as it was');
    assert.deepEqual(
      probe.arrivals.map(({ size }) => size),
      [9],
    );
    assert.equal(lab.table.totals().total, 0);
  });

  test('once it is closed, the rules decide as about any other', async () => {
    const probe = lab.guard.probes.open('tcp', ADDRESS);
    probe.close();
    await lab.machine.connect(ADDRESS, probe.port).outcome;
    assert.deepEqual(probe.arrivals, []);
    assert.equal((await lab.ended()).ruleText, 'MATCH,REJECT');
  });
});
