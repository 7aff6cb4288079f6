/** Readers that take nothing: each stream drops them with a notice, and keeps no more than a line for them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { ControlServer } from '../../../../core/control/server.ts';
import { createLogger } from '../../../../core/log/logger.ts';
import { CannedService } from './canned-service.ts';
import { StreamClient, until } from './stream-client.ts';

const FLOWS = 3000;

/** What makes a stream's lines long, called before each. */
const streams: Readonly<Record<string, (service: CannedService, tick: number) => void>> = {
  '/v1/flows/watch': ({ flows }, tick) => {
    for (const record of flows.live()) {
      record.meter = { counts: () => ({ received: tick, sent: tick }) };
    }
  },
  '/v1/logs/watch': ({ logs }) => {
    for (let n = 0; n < 1000; n += 1) {
      const message = `${'m'.repeat(200)} ${n}`;
      const time = '2026-01-01T00:00:00.000Z';
      logs.add({ time, level: 'info', code: 'CANNED', message, suppressed: 0 });
    }
  },
};

test('who does not read a stream is dropped with a notice, and others go on', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'] });
  const folder = mkdtempSync(join(tmpdir(), 'sluice-slow-'));
  const lines: string[] = [];
  const log = createLogger({ level: 'info', write: (line) => lines.push(line) });
  const service = new CannedService();
  for (let n = 0; n < FLOWS; n += 1)
    service.flows.open('tcp', '192.0.2.2', 1 + n, '192.0.2.1', 443);
  const server = new ControlServer(service, log);
  await server.listen(join(folder, 'control.sock'));
  t.after(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });
  const open = (path: string): StreamClient => new StreamClient(join(folder, 'control.sock'), path);
  const paths = Object.keys(streams);
  const slow = paths.map(open);
  for (const client of slow) client.socket.pause();
  const readers = paths.map(open);
  await until(() => readers.every(({ read }) => read > 0));

  const run = async (ticks: number, from: number): Promise<void> => {
    for (let tick = from; tick < from + ticks; tick += 1) {
      for (const change of Object.values(streams)) change(service, tick);
      t.mock.timers.tick(100);
      for (let n = 0; n < 3; n += 1) await setImmediate();
    }
  };
  // Half a minute of it.
  await run(300, 1);
  assert.ok(
    lines.some((line) => line.includes('CONTROL_SLOW_READER')),
    lines.join(''),
  );
  for (const client of slow) client.socket.resume();
  await until(() => slow.every(({ isClosed }) => isClosed));
  for (const [n, client] of slow.entries()) {
    const { read } = readers[n] ?? client;
    // What waited for it is what the system's buffers hold, and a line or two.
    assert.ok(client.read * 4 < read, `${client.read} bytes were kept of ${read}`);
  }
  const seen = readers.map(({ read }) => read);
  await run(1, 1000);
  await until(() => readers.every(({ read }, n) => read > (seen[n] ?? 0)));
  for (const { socket } of readers) socket.destroy();
});
