/** What dashboards follow: traffic, memory, the log and connections, over a WebSocket or a chunked answer. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { TestContext } from 'node:test';
import { ClashLab, SECRET } from './clash-lab.ts';

const ENTRY = { time: '2026-01-02T03:04:05.000Z', code: 'X', suppressed: 0 };

let lab: ClashLab;
beforeEach(async () => {
  lab = await ClashLab.open('rules: ["MATCH,DIRECT"]');
});
afterEach(() => lab.close());

type Fields = Record<string, unknown>;

/** Nothing tells when a stream begins. */
function keepLogging(t: TestContext): void {
  const { logs } = lab.service;
  const logging = setInterval(() => {
    logs.add({ ...ENTRY, level: 'debug', message: 'quietest' });
    logs.add({ ...ENTRY, level: 'info', message: 'quiet' });
    logs.add({ ...ENTRY, level: 'warning', message: 'loud' });
  }, 50);
  t.after(() => clearInterval(logging));
}

const ways = {
  chunked: (path: string, count: number, onFirst?: () => void) => lab.lines(path, count, onFirst),
  WebSocket: (path: string, count: number, onFirst?: () => void) => {
    const token = `token=${encodeURIComponent(SECRET)}`;
    return lab.frames(`${path}${path.includes('?') ? '&' : '?'}${token}`, count, {}, onFirst);
  },
};

for (const [how, read] of Object.entries(ways)) {
  test(`traffic and memory each second, ${how}`, async () => {
    assert.deepEqual(await read('/traffic', 2, () => lab.openFlow()), [
      { up: 0, down: 0, upTotal: 0, downTotal: 0 },
      { up: 10, down: 200, upTotal: 10, downTotal: 200 },
    ]);
    const [first, second] = (await read('/memory', 2)) as Fields[];
    assert.deepEqual(first, { inuse: 0, oslimit: 0 });
    assert.ok(Number(second?.['inuse']) > 1_000_000);
  });

  test(`the log from now on, at its level and above, ${how}`, async (t) => {
    lab.service.logs.add({ ...ENTRY, level: 'error', message: 'before' });
    keepLogging(t);
    assert.deepEqual(await read('/logs?level=warning', 1), [
      { type: 'warning', payload: '[X] loud' },
    ]);
    assert.deepEqual((await read('/logs?level=debug&format=structured', 2))[0], {
      time: '2026-01-02T03:04:05.000Z',
      level: 'debug',
      message: 'quietest',
      fields: [{ key: 'code', value: 'X' }],
    });
  });
}

test('a level that is empty is the usual one', async (t) => {
  keepLogging(t);
  const [first] = await lab.lines('/logs?level=', 1);
  assert.deepEqual(first, { type: 'info', payload: '[X] quiet' });
});

test('an unknown level is refused', async () => {
  assert.equal((await lab.ask('GET', '/logs?level=loud')).status, 400);
});

test('connections over a WebSocket: the first frame at once, then at the interval', async () => {
  lab.openFlow();
  const frames = await lab.frames(
    `/connections?interval=100&token=${encodeURIComponent(SECRET)}`,
    3,
  );
  for (const frame of frames) assert.equal((frame as { connections: [] }).connections.length, 1);
});

test('many connections are one frame, which others need not wait for', async () => {
  const count = 450;
  for (let n = 0; n < count; n += 1) lab.openFlow();
  const path = `/connections?interval=100&token=${encodeURIComponent(SECRET)}`;
  let turns = 0;
  let isOver = false;
  const turn = (): void => {
    turns += 1;
    if (!isOver) setImmediate(turn);
  };
  /** The turn in which each was told. */
  const told: number[] = [];
  for (const record of lab.service.flows.live()) {
    Object.defineProperty(record, 'dscp', { get: () => told.push(turns) });
  }
  turn();
  const frames = await lab.frames(path, 2);
  isOver = true;
  for (const frame of frames) {
    const ids = (frame as { connections: { id: string }[] }).connections.map(({ id }) => id);
    assert.equal(new Set(ids).size, count);
  }
  assert.ok(new Set(told.slice(0, count)).size > 1, 'all were told in one turn');
  const { body } = await lab.ask('GET', '/connections');
  assert.equal((body as { connections: [] }).connections.length, count);
});

test('WebSockets need the secret, a page that may ask, and a stream that exists', async () => {
  await assert.rejects(lab.frames('/traffic', 1), /status 401/);
  await assert.rejects(lab.frames('/traffic?token=wrong', 1), /status 401/);
  const token = encodeURIComponent(SECRET);
  await assert.rejects(lab.frames(`/nothing?token=${token}`, 1), /status 404/);
  const origin = 'https://evil.test';
  await assert.rejects(lab.frames(`/traffic?token=${token}`, 1, { origin }), /status 403/);
  const host = { host: 'rebound.test' };
  await assert.rejects(lab.frames(`/traffic?token=${token}`, 1, host), /status 403/);
  const authorization = `Bearer ${SECRET}`;
  assert.equal((await lab.frames('/traffic', 1, { authorization })).length, 1);
});
