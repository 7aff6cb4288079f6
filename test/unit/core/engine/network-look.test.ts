import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MachineNetwork } from '../../../../core/api/network.ts';
import { FlowTable } from '../../../../core/engine/flow-table.ts';
import { NetworkLook } from '../../../../core/engine/network-look.ts';
import type { Zone } from '../../../../rules/flow-facts.ts';
import { QuietPlatform } from './quiet-platform.ts';

class BusyPlatform extends QuietPlatform {
  looks = 0;
  failure: Error | null = null;
  override zoneOf(): Zone {
    return 'container';
  }
  override deviceFor(address: string): string {
    return address.startsWith('172.17.') ? 'docker0' : '';
  }
  override async look(): Promise<MachineNetwork> {
    this.looks += 1;
    if (this.failure !== null) throw this.failure;
    const neighbours = [
      { address: '172.17.0.2', device: 'docker0' },
      { address: '172.17.0.9', device: 'docker0' },
    ];
    return { ...(await super.look()), neighbours };
  }
}

test('however many ask at once, the system is asked once', async () => {
  const platform = new BusyPlatform();
  const look = new NetworkLook(platform, new FlowTable());
  const answers = await Promise.all(Array.from({ length: 100 }, () => look.get()));
  assert.equal(platform.looks, 1);
  assert.equal(new Set(answers).size, 1);
});

test('a failure is told to whoever asked, and the next second asks anew', async () => {
  const platform = new BusyPlatform();
  const look = new NetworkLook(platform, new FlowTable());
  platform.failure = new Error('the system is busy');
  await assert.rejects(look.get(), /busy/);
  platform.failure = null;
  await new Promise((resolve) => setTimeout(resolve, 1100));
  assert.equal((await look.get()).guests.length, 2);
});

test('guests are those who sent something, and neighbours who did not', async () => {
  const table = new FlowTable();
  for (const src of ['172.17.0.2', '10.9.9.9']) {
    const record = table.open('tcp', src, 1000, '198.51.100.1', 80);
    record.zone = 'container';
  }
  const { guests } = await new NetworkLook(new BusyPlatform(), table).get();
  assert.deepEqual(
    guests
      .map(({ address, device, isSeen, isNeighbour }) =>
        [address, device, isSeen ? 'seen' : 'unseen', isNeighbour ? 'neighbour' : ''].join(' '),
      )
      .toSorted(),
    ['10.9.9.9  seen ', '172.17.0.2 docker0 seen neighbour', '172.17.0.9 docker0 unseen neighbour'],
  );
});
