/** Dashboards that take nothing of a stream: they are dropped with a notice, and little is kept for them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { ClashApi } from '../../../../core/control/clash/clash-api.ts';
import { ClashStorage } from '../../../../core/control/clash/storage.ts';
import { Sessions } from '../../../../core/control/sessions.ts';
import { WebServer } from '../../../../core/control/web-server.ts';
import { createLogger } from '../../../../core/log/logger.ts';
import { CannedService } from './canned-service.ts';
import { StreamClient, until } from './stream-client.ts';

test('a dashboard that does not read is dropped with a notice, over a WebSocket, too', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'] });
  const folder = mkdtempSync(join(tmpdir(), 'sluice-slow-'));
  const lines: string[] = [];
  const log = createLogger({ level: 'info', write: (line) => lines.push(line) });
  const service = new CannedService();
  const server = new WebServer({
    ...{ allowOrigins: [], allowPrivateNetwork: false, service, log, uiFolder: folder },
    sessions: new Sessions('secret'),
    clash: new ClashApi(service, new ClashStorage(join(folder, 'storage.json'), log), log),
  });
  const port = await server.listen('127.0.0.1', 0);
  t.after(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';
  const key = `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n`;
  const open = (more: string): StreamClient =>
    new StreamClient(
      { port, host: '127.0.0.1' },
      '/logs',
      `Authorization: Bearer secret\r\n${more}`,
    );
  const pair = (): StreamClient[] => [open(''), open(upgrade + key)];
  const slow = pair();
  const readers = pair();
  await until(() => [...slow, ...readers].every(({ read }) => read > 0));
  for (const client of slow) client.socket.pause();
  for (let tick = 0; tick < 120; tick += 1) {
    logMuch(service);
    t.mock.timers.tick(250);
    for (let n = 0; n < 3; n += 1) await setImmediate();
  }
  const notices = lines.filter((line) => line.includes('A dashboard did not keep up'));
  assert.equal(notices.length, 2, lines.join(''));
  for (const client of slow) client.socket.resume();
  await until(() => slow.every(({ isClosed }) => isClosed));
  for (const [n, client] of slow.entries()) {
    const { read } = readers[n] ?? client;
    assert.ok(client.read * 2 < read, `${client.read} bytes were kept of ${read}`);
  }
  for (const { socket } of readers) socket.destroy();
});

/** A quarter of a megabyte. */
function logMuch({ logs }: CannedService): void {
  for (let n = 0; n < 1000; n += 1) {
    const message = `${'m'.repeat(200)} ${n}`;
    const time = '2026-01-01T00:00:00.000Z';
    logs.add({ time, level: 'info', code: 'CANNED', message, suppressed: 0 });
  }
}
