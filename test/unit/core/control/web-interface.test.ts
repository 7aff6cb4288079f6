/** The web server moves with the configuration, also for whoever changes that by it. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { CoreLab } from '../core-lab.ts';

let lab: CoreLab;
beforeEach(() => {
  lab = new CoreLab();
});
afterEach(() => lab.close());

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function set(port: number, secret: string, path: string, value: string): Promise<number> {
  const { status } = await fetch(`http://127.0.0.1:${port}/api/v1/settings/edit`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}` },
    body: JSON.stringify({ changes: [{ path, value }], author: 'ui' }),
  });
  return status;
}

async function statusAt(port: number, secret: string): Promise<number | null> {
  const headers = { authorization: `Bearer ${secret}` };
  return fetch(`http://127.0.0.1:${port}/version`, { headers }).then(
    ({ status }) => status,
    () => null,
  );
}

test('who changes the secret or the address by the interface is answered, and only then turned away', async () => {
  const [before, after] = [await freePort(), await freePort()];
  await lab.start(
    `secret: one\nexternal-controller: 127.0.0.1:${before}\nrules: ["MATCH,DIRECT"]\n`,
  );
  assert.equal(await set(before, 'one', 'secret', 'two'), 200);
  assert.deepEqual([await statusAt(before, 'one'), await statusAt(before, 'two')], [401, 200]);
  assert.equal(await set(before, 'two', 'external-controller', `127.0.0.1:${after}`), 200);
  assert.deepEqual([await statusAt(before, 'two'), await statusAt(after, 'two')], [null, 200]);
});
