import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as collect } from 'node:stream/consumers';
import { afterEach, beforeEach, test } from 'node:test';
import type { FlowList, FlowsFrame } from '../../../../core/api/flows.ts';
import { endpoints } from '../../../../core/api/endpoints.ts';
import type { LogList } from '../../../../core/api/logs.ts';
import { ControlClient } from '../../../../core/cli/control-client.ts';
import { ControlServer } from '../../../../core/control/server.ts';
import { createLogger } from '../../../../core/log/logger.ts';
import { CannedService } from './canned-service.ts';

let dir = '';
let socketPath = '';
let service = new CannedService();
let server: ControlServer;
const lines: string[] = [];

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-control-'));
  socketPath = join(dir, 'control.sock');
  service = new CannedService();
  lines.length = 0;
  server = new ControlServer(
    service,
    createLogger({ level: 'debug', write: (line) => lines.push(line) }),
  );
  await server.listen(socketPath);
});

afterEach(async () => {
  await server.close();
  rmSync(dir, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: unknown;
}

function ask(method: string, path: string, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method, path, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: text === '' ? null : JSON.parse(text),
        }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function openFlow() {
  return service.flows.open('tcp', '198.18.0.1', 40000, '192.0.2.1', 443);
}

function errorCode(answer: Answer): string {
  return (answer.body as { code: string }).code;
}

test('a user who is not allowed is told so, and reaches nothing', async () => {
  const path = join(dir, 'strict.sock');
  const uids: number[] = [];
  const rules = { isAllowed: (uid: number) => uids.push(uid) === 0 };
  const log = createLogger({ level: 'silent', write: () => {} });
  const strict = new ControlServer(service, log, rules);
  await strict.listen(path);
  socketPath = path;
  const answer = await ask('GET', '/v1/counters');
  assert.equal(answer.status, 403);
  assert.equal(errorCode(answer), 'ERR_PEER_DENIED');
  // The kernel has said who asked.
  assert.deepEqual(uids, [process.getuid?.()]);
  await strict.close();
});

test(
  'another user of this machine is refused for real',
  { skip: process.getuid?.() !== 0 },
  async () => {
    chmodSync(dir, 0o755);
    const program = `
    import net from 'node:net';
    const socket = net.connect(${JSON.stringify(socketPath)});
    socket.write('GET /v1/counters HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n');
    socket.pipe(process.stdout);`;
    const args = ['--input-type=module', '-e', program];
    const child = spawn(process.execPath, args, { uid: 65_534, gid: 65_534, cwd: '/' });
    const [text] = await Promise.all([collect(child.stdout), once(child, 'exit')]);
    assert.match(text, /^HTTP\/1\.1 403/);
    assert.match(text, /ERR_PEER_DENIED/);
  },
);

test('users who are not allowed take no places of those who are', async () => {
  const path = join(dir, 'crowded.sock');
  let isAllowed = false;
  const rules = { isAllowed: () => isAllowed };
  const log = createLogger({ level: 'silent', write: () => {} });
  const crowded = new ControlServer(service, log, rules);
  await crowded.listen(path);
  const strangers: Socket[] = [];
  for (let n = 0; n < 70; n += 1) {
    const socket = connect(path).on('error', () => undefined);
    await new Promise((resolve) => socket.once('connect', resolve));
    strangers.push(socket);
  }
  // The last one has been looked at when it is closed.
  await new Promise((resolve) => strangers.at(-1)?.once('close', resolve).resume());
  isAllowed = true;
  socketPath = path;
  assert.equal((await ask('GET', '/v1/counters')).status, 200);
  for (const socket of strangers) socket.destroy();
  await crowded.close();
});

test('a socket that a killed run left behind is replaced', async () => {
  const stale = join(dir, 'stale.sock');
  writeFileSync(stale, '');
  const second = new ControlServer(service, createLogger({ level: 'silent', write: () => {} }));
  await second.listen(stale);
  assert.ok(statSync(stale).isSocket());
  await second.close();
});

test('a socket that cannot be opened is one clear error', async () => {
  const second = new ControlServer(service, createLogger({ level: 'silent', write: () => {} }));
  writeFileSync(join(dir, 'file'), '');
  await assert.rejects(second.listen(join(dir, 'file', 'control.sock')), {
    code: 'ERR_CONTROL_LISTEN',
  });
});

test('flows are listed newest first', async () => {
  const first = openFlow();
  const second = openFlow();
  const answer = await ask('GET', '/v1/flows');
  assert.equal(answer.status, 200);
  assert.deepEqual(
    (answer.body as FlowList).flows.map((flow) => flow.id),
    [second.id, first.id],
  );
});

test('a limit leaves flows out and says how many', async () => {
  openFlow();
  openFlow();
  const answer = await ask('GET', '/v1/flows?limit=1');
  assert.equal((answer.body as FlowList).flows.length, 1);
  assert.equal((answer.body as FlowList).omitted, 1);
});

test('closed flows are listed when asked for', async () => {
  const record = openFlow();
  service.flows.finish(record, 'closed');
  const answer = await ask('GET', '/v1/flows?state=closed');
  assert.deepEqual(
    (answer.body as FlowList).flows.map((flow) => flow.state),
    ['closed'],
  );
});

test('a query that makes no sense is refused', async () => {
  for (const query of ['state=open', 'limit=0', 'limit=x', 'limit=1e3']) {
    const answer = await ask('GET', `/v1/flows?${query}`);
    assert.equal(answer.status, 400, query);
    assert.equal(errorCode(answer), 'ERR_REQUEST_INVALID');
  }
});

test('closing a flow ends it', async () => {
  const record = openFlow();
  let ended = false;
  record.abort = () => {
    ended = true;
  };
  const answer = await ask('DELETE', `/v1/flows/${record.id}`);
  assert.equal(answer.status, 204);
  assert.equal(ended, true);
});

test('closing a flow that is not there is an error', async () => {
  const cases = { '99': 404, '%zz': 404, '%2e%2e': 404, x: 400, ['9'.repeat(400)]: 400 };
  for (const [id, status] of Object.entries(cases)) {
    const answer = await ask('DELETE', `/v1/flows/${id}`);
    assert.equal(answer.status, status, id);
  }
});

test('a client of another version is told so, and every part that it gets wrong by name', async () => {
  const old = await ask('GET', '/v2/status');
  assert.equal(old.status, 404);
  assert.equal(errorCode(old), 'ERR_API_VERSION');
  assert.match((old.body as { message: string }).message, /speaks version 1 .* not 2\. .*update/);
  assert.equal(errorCode(await ask('GET', '/v1/nothing')), 'ERR_NOT_FOUND');
  const say = async (method: string, path: string, body: object): Promise<string> => {
    const answer = await ask(method, path, JSON.stringify(body));
    assert.equal(answer.status, 400);
    assert.equal(errorCode(answer), 'ERR_REQUEST_INVALID');
    return (answer.body as { message: string }).message;
  };
  assert.match(
    await say('POST', '/v1/explain', { host: 'a.test', scheme: 'https' }),
    /unknown field "scheme"\. Known are: host, port/,
  );
  assert.match(await say('POST', '/v1/explain', {}), /host must be a text/);
  assert.match(await say('POST', '/v1/rules/preview', { rule: 'MATCH,DIRECT' }), /at must be/);
  assert.match(await say('POST', '/v1/rules/candidates', { ids: ['1'] }), /ids\[0\] must be/);
});

test('many flows are closed with one request; those that have ended are passed over', async () => {
  const close = async (body: object): Promise<unknown[]> => {
    const answer = await ask('POST', '/v1/flows/close', JSON.stringify(body));
    return [answer.status, answer.body];
  };
  const ended: number[] = [];
  const records = Array.from({ length: 3 }, () => openFlow());
  for (const record of records) {
    record.abort = () => {
      ended.push(record.id);
      service.flows.finish(record, 'closed');
    };
  }
  const ids = records.slice(0, 2).map(({ id }) => id);
  assert.deepEqual(await close({ ids: [...ids, 999_999] }), [200, { closed: 2 }]);
  assert.deepEqual(ended, ids);
  assert.deepEqual(await close({ ids }), [200, { closed: 0 }]);
  for (const wrong of [{}, { ids: 'all' }, { ids: [0] }, { ids: ['1'] }, { ids: [], all: true }]) {
    assert.equal((await close(wrong))[0], 400);
  }
});

test('counters and reload answer as the core does', async () => {
  assert.deepEqual((await ask('GET', '/v1/counters')).body, { packetsIn: 7 });
  assert.deepEqual((await ask('POST', '/v1/reload')).body, {
    applied: true,
    problems: [],
    restartNeeded: ['tun.mtu'],
  });
});

test('an unknown endpoint and a wrong method are told apart', async () => {
  assert.equal((await ask('GET', '/v2/status')).status, 404);
  const wrong = await ask('POST', '/v1/status');
  assert.equal(wrong.status, 405);
  assert.match((wrong.body as { message: string }).message, /GET/);
});

test('a request to explain reaches the core checked', async () => {
  await ask('POST', '/v1/explain', '{"host":"example.com","port":80,"network":"udp"}');
  assert.deepEqual(service.explained, { host: 'example.com', port: 80, network: 'udp' });
});

test('an error of the core travels with its code', async () => {
  const answer = await ask('POST', '/v1/explain', '{"host":"example.com"}');
  assert.equal(answer.status, 400);
  assert.deepEqual(answer.body, { code: 'ERR_EXPLAIN_INVALID', message: 'canned refusal' });
});

test('hostile bodies are refused and reach nobody', async () => {
  const bodies = [
    ['', 'ERR_REQUEST_INVALID'],
    ['not json', 'ERR_REQUEST_JSON'],
    ['[]', 'ERR_REQUEST_INVALID'],
    ['null', 'ERR_REQUEST_INVALID'],
    ['{"host":""}', 'ERR_REQUEST_INVALID'],
    ['{"host":7}', 'ERR_REQUEST_INVALID'],
    ['{"host":"a b"}', 'ERR_REQUEST_INVALID'],
    ['{"host":"a\\u0000b"}', 'ERR_REQUEST_INVALID'],
    ['{"host":"a","port":0}', 'ERR_REQUEST_INVALID'],
    ['{"host":"a","port":1.5}', 'ERR_REQUEST_INVALID'],
    ['{"host":"a","network":"icmp"}', 'ERR_REQUEST_INVALID'],
    ['{"host":"a","command":"rm"}', 'ERR_REQUEST_INVALID'],
    ['{"host":"' + 'a'.repeat(2000) + '"}', 'ERR_REQUEST_INVALID'],
  ] as const;
  for (const [body, code] of bodies) {
    const answer = await ask('POST', '/v1/explain', body);
    assert.equal(answer.status, 400, body);
    assert.equal(errorCode(answer), code, body);
  }
  assert.equal(service.explained, null);
});

test('a body over the limit is refused', async () => {
  const answer = await ask('POST', '/v1/explain', `"${'a'.repeat(70_000)}"`);
  assert.equal(answer.status, 413);
  assert.equal(errorCode(answer), 'ERR_REQUEST_TOO_LARGE');
});

test('a header over the limit is refused', async () => {
  const status = await new Promise((resolve, reject) => {
    const outgoing = request(
      { socketPath, path: '/v1/counters', headers: { 'x-long': 'a'.repeat(10_000) } },
      (response) => resolve(response.statusCode),
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
  assert.equal(status, 431);
});

test('a defect in the core is an internal error, logged with its stack', async () => {
  service.failure = new TypeError('broken on purpose');
  const answer = await ask('GET', '/v1/status');
  assert.equal(answer.status, 500);
  assert.equal(errorCode(answer), 'ERR_INTERNAL');
  assert.ok(lines.some((line) => line.includes('broken on purpose') && line.includes('at ')));
});

test('bytes that are no HTTP end the connection and nothing else', async () => {
  const socket = connect(socketPath);
  socket.end('\u0000\u0001garbage\r\n\r\n');
  await new Promise((resolve) => socket.on('close', resolve).resume());
  assert.equal((await ask('GET', '/v1/counters')).status, 200);
});

test('connections beyond the limit are closed, and earlier ones still answered', async () => {
  const sockets: Socket[] = [];
  for (let n = 0; n < 64; n += 1) {
    const socket = connect(socketPath);
    await new Promise((resolve) => socket.once('connect', resolve));
    sockets.push(socket);
  }
  const extra = connect(socketPath);
  await new Promise((resolve) => extra.once('close', resolve).resume());
  const [first] = sockets;
  first?.write('GET /v1/counters HTTP/1.1\r\nHost: x\r\n\r\n');
  const answer = await new Promise<Buffer>((resolve) => first?.once('data', resolve));
  assert.match(answer.toString(), /^HTTP\/1\.1 200/);
  for (const socket of sockets) socket.destroy();
});

test('a watch tells the live flows at once and then what changes', async () => {
  const first = openFlow();
  const frames = new ControlClient(socketPath).stream(endpoints.watchFlows, {
    query: { interval: 100 },
  });
  const opening = (await frames.next()).value as FlowsFrame;
  assert.deepEqual(
    opening.opened.map((flow) => flow.id),
    [first.id],
  );
  service.flows.finish(first, 'refused');
  let frame: FlowsFrame;
  do frame = (await frames.next()).value as FlowsFrame;
  while (frame.closed.length === 0);
  assert.equal(frame.closed[0]?.state, 'refused');
  await frames.return(undefined);
});

test('closing the server ends a watch cleanly', async () => {
  const frames = new ControlClient(socketPath).stream(endpoints.watchFlows, {
    query: { interval: 60_000 },
  });
  await frames.next();
  const ended = frames.next();
  await server.close();
  assert.equal((await ended).done, true);
  await server.listen(socketPath);
});

test('a reader of a watch that takes nothing holds one line, and later lines tell what it missed', async () => {
  for (let n = 0; n < 3000; n += 1) openFlow();
  const socket = connect(socketPath);
  socket.write('GET /v1/flows/watch?interval=100 HTTP/1.1\r\nHost: x\r\n\r\n');
  await new Promise((resolve) => socket.once('readable', resolve));
  const before = service.flows.liveCount;
  const extra = openFlow();
  await new Promise((resolve) => setTimeout(resolve, 500));
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => (text += chunk));
  while (!text.includes(`"id":${extra.id},`)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  socket.destroy();
  assert.equal(before, 3000);
  // Each flow is told once, however long nothing was read.
  const ids = Array.from(text.matchAll(/"id":(\d+),"network"/g), ([, id]) => id);
  assert.equal(ids.length, 3001);
  assert.equal(new Set(ids).size, 3001);
});

test('the log is listed from a level upwards, the latest so many', async () => {
  const entry = { time: '2026-01-01T00:00:00.000Z', message: 'canned', suppressed: 0 };
  service.logs.add({ ...entry, level: 'debug', code: 'LOW' });
  service.logs.add({ ...entry, level: 'warning', code: 'FIRST' });
  service.logs.add({ ...entry, level: 'error', code: 'LAST' });
  const codes = async (query: string): Promise<string[]> => {
    const { body } = await ask('GET', `/v1/logs?${query}`);
    return (body as LogList).entries.map(({ code }) => code);
  };
  assert.deepEqual(await codes('level=warning'), ['FIRST', 'LAST']);
  assert.deepEqual(await codes('limit=1'), ['LAST']);
  assert.equal((await ask('GET', '/v1/logs?level=loud')).status, 400);
});

/** A file without end, and how many pieces of it were asked for. */
function endlessFile(): { asked: number } {
  const seen = { asked: 0 };
  const pieces = {
    *[Symbol.iterator]() {
      for (;;) {
        seen.asked += 1;
        yield Buffer.alloc(256 * 1024);
      }
    },
  };
  service.recorder = { ...service.recorder, file: () => ({ started: new Date(), pieces }) };
  return seen;
}

test('of a file no more is made than its reader takes, and nothing when he is gone', async () => {
  const seen = endlessFile();
  const socket = connect(socketPath);
  socket.on('error', () => undefined);
  socket.write('GET /v1/recording/packets HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(socket, 'readable');
  // Whatever is asked for without waiting has been asked for by now.
  for (let before = -1; before !== seen.asked;) {
    before = seen.asked;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert(seen.asked > 0 && seen.asked < 20);
  for (let taken = 0; taken < 20 * 256 * 1024;) {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) await once(socket, 'readable');
    else taken += chunk.length;
  }
  assert(seen.asked >= 20);
  socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const { asked } = seen;
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(seen.asked, asked);
  // Who does not read any more is no defect.
  assert.deepEqual(lines, []);
});

test('a file ends when the server closes, and its reader knows that it is not whole', async () => {
  endlessFile();
  const client = new ControlClient(socketPath);
  const reading = client.download(endpoints.recordedPackets);
  await reading.next();
  const [end] = await Promise.allSettled([drain(reading), server.close()]);
  assert.equal(end.status, 'rejected');
  assert.deepEqual(lines, []);
  server = new ControlServer(service, createLogger({ level: 'silent', write: () => undefined }));
  await server.listen(socketPath);
});

test('an answer that fails in the middle breaks off, and the log says why', async () => {
  openFlow().toInfo = () => {
    throw new Error('an odd flow');
  };
  const socket = connect(socketPath);
  socket.write('GET /v1/flows HTTP/1.1\r\nHost: x\r\n\r\n');
  // No last chunk (RFC 9112 section 7.1).
  assert.doesNotMatch(await collect(socket), /\r\n0\r\n/);
  assert.match(lines.join(''), /ERR_INTERNAL.*an odd flow/);
});

test('who goes away while he sends his request is no defect', async () => {
  const socket = connect(socketPath);
  socket.write('POST /v1/explain HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{');
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(lines, []);
});

async function drain(reading: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of reading);
}

test('packets that nobody recorded are not there, and a recording needs an engine', async () => {
  assert.equal((await ask('GET', '/v1/recording/packets')).status, 404);
  assert.deepEqual((await ask('GET', '/v1/recording')).body, { recording: null });
  assert.equal(errorCode(await ask('POST', '/v1/recording', '{}')), 'ERR_ENGINE_NOT_RUNNING');
  assert.equal(
    errorCode(await ask('POST', '/v1/recording', '{"size":1000}')),
    'ERR_REQUEST_INVALID',
  );
});
