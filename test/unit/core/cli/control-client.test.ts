import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { endpoints } from '../../../../core/api/endpoints.ts';
import { ControlClient } from '../../../../core/cli/control-client.ts';

test('a core that ends while it answers is one clear error, whatever it was asked', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-client-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'control.sock');
  const server = createServer((_, response) => {
    response.writeHead(200);
    response.write('{"a":1}\n');
    setImmediate(() => response.destroy());
  });
  server.listen(path);
  await once(server, 'listening');
  t.after(() => server.close());
  const client = new ControlClient(path);
  const brokenOff = { code: 'ERR_CONTROL', message: /has ended while it answered/ };
  await assert.rejects(client.call(endpoints.status), brokenOff);
  await assert.rejects(async () => {
    for await (const line of client.stream(endpoints.watchStatus)) assert.ok(line);
  }, brokenOff);
  await assert.rejects(async () => {
    for await (const bytes of client.download(endpoints.recordedPackets)) assert.ok(bytes);
  }, brokenOff);
});
