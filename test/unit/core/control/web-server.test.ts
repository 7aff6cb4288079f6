import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { ServerResponse, request } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Access } from '../../../../core/control/access.ts';
import { ClashApi } from '../../../../core/control/clash/clash-api.ts';
import { ClashStorage } from '../../../../core/control/clash/storage.ts';
import { loadSecret } from '../../../../core/control/secret.ts';
import { Sessions } from '../../../../core/control/sessions.ts';
import { WebServer } from '../../../../core/control/web-server.ts';
import { createLogger } from '../../../../core/log/logger.ts';
import { CannedService } from './canned-service.ts';

const SECRET = 'a secret of the test';
const PAGE = '<!doctype html><title>Sluice</title>';

const log = createLogger({ level: 'silent', write: () => {} });
const service = new CannedService();

let folder = '';
let sessions = new Sessions(SECRET);
let server: WebServer;
let port = 0;

async function start(allowOrigins: readonly string[] = []): Promise<void> {
  sessions = new Sessions(SECRET);
  server = new WebServer({
    sessions,
    allowOrigins,
    allowPrivateNetwork: true,
    service,
    log,
    clash: new ClashApi(service, new ClashStorage(join(folder, 'storage.json'), log), log),
    uiFolder: join(folder, 'ui'),
  });
  port = await server.listen('127.0.0.1', 0);
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-web-'));
  mkdirSync(join(folder, 'ui/assets'), { recursive: true });
  writeFileSync(join(folder, 'ui/index.html'), PAGE);
  writeFileSync(join(folder, 'ui/assets/app-1234.js'), 'let a = 1;');
  writeFileSync(join(folder, 'ui/assets/.hidden.js'), 'of an editor');
  writeFileSync(join(folder, 'ui/assets/app-1234.js.gz'), gzipSync('let a = 1;'));
  writeFileSync(join(folder, 'beside.txt'), 'not part of the interface');
  await start();
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

test('packets are a file for who has the secret, and nothing for anybody else', async () => {
  const pieces = [Buffer.from([0xa1, 0xb2, 0, 0xff]), Buffer.from('more')];
  const file = { started: new Date('2026-01-02T03:04:05Z'), pieces };
  service.recorder = { ...service.recorder, file: () => file };
  const { status, headers, body } = await ask('GET', '/api/v1/recording/packets');
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'application/vnd.tcpdump.pcap');
  assert.match(headers['content-disposition'] ?? '', /"sluice-2026-01-02T03-04-05\.pcap"/);
  assert.equal(body, Buffer.concat(pieces).toString('latin1'));
  const denied = await ask('GET', '/api/v1/recording/packets', { authorization: 'Bearer wrong' });
  assert.equal(denied.status, 401);
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** With the secret, unless the headers say otherwise. */
function ask(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        agent: false,
        headers: { authorization: `Bearer ${SECRET}`, ...headers },
      },
      (response) => {
        let text = '';
        response.setEncoding('latin1');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function codeOf(answer: Answer): string {
  return (JSON.parse(answer.body) as { code: string }).code;
}

test('the API answers whoever has the secret', async () => {
  const answer = await ask('GET', '/api/v1/counters');
  assert.equal(answer.status, 200);
  assert.deepEqual(JSON.parse(answer.body), { packetsIn: 7 });
});

test('without the secret, or with a wrong one, nothing is told', async () => {
  for (const authorization of ['', 'Bearer ', 'Bearer wrong', `Basic ${SECRET}`, SECRET]) {
    const answer = await ask('GET', '/api/v1/counters', { authorization });
    assert.equal(answer.status, 401, authorization);
    assert.equal(codeOf(answer), 'ERR_UNAUTHORIZED');
  }
});

async function guess(times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    await ask('GET', '/api/v1/counters', { authorization: `Bearer guess ${n}` });
  }
}

test('whoever has a session is not locked out by somebody who guesses', async () => {
  const token = sessions.open(sessions.newLink()) ?? '';
  await guess(20);
  const answer = await ask('GET', '/api/v1/counters', { authorization: `Bearer ${token}` });
  assert.equal(answer.status, 200);
});

test('whoever has a session is heard, however much others ask', () => {
  const access = new Access({ sessions, allowOrigins: [], allowPrivateNetwork: false });
  const request = { headers: { host: 'localhost' } } as IncomingMessage;
  const admit = (token: string): boolean =>
    access.admit(request, new ServerResponse(request), token);
  const flood = (): void => {
    for (let n = 0; n < 100_000; n += 1) admit(`guess ${n}`);
  };
  assert.throws(flood, { code: 'ERR_TOO_MANY_REQUESTS' });
  assert.equal(admit(sessions.open(sessions.newLink()) ?? ''), false);
});

test('requests without a secret, which any page can cause, lock nobody out', async () => {
  for (let n = 0; n < 20; n += 1) await ask('GET', '/api/v1/counters', { authorization: '' });
  assert.equal((await ask('GET', '/api/v1/counters')).status, 200);
});

test('what another page embeds is refused before it counts for anything', async () => {
  const embedded = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' };
  for (let n = 0; n < 1100; n += 1) {
    const answer = await ask('GET', '/ui/', embedded);
    assert.equal(answer.status, 403);
    assert.equal(codeOf(answer), 'ERR_ORIGIN_DENIED');
  }
  assert.equal((await ask('GET', '/api/v1/counters')).status, 200);
  const followed = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
  assert.equal((await ask('GET', '/ui/', followed)).status, 200);
});

test('guessing the secret is slowed down, and a right guess does not show meanwhile', async () => {
  await guess(10);
  const answer = await ask('GET', '/api/v1/counters');
  assert.equal(answer.status, 429);
  assert.equal(codeOf(answer), 'ERR_TOO_MANY_FAILURES');
});

test('a link opens one session, once', async () => {
  const body = JSON.stringify({ code: sessions.newLink() });
  const opened = await ask('POST', '/api/v1/session', { authorization: '' }, body);
  assert.equal(opened.status, 200);
  const { token } = JSON.parse(opened.body) as { token: string };
  const answer = await ask('GET', '/api/v1/counters', { authorization: `Bearer ${token}` });
  assert.equal(answer.status, 200);
  const again = await ask('POST', '/api/v1/session', { authorization: '' }, body);
  assert.equal(again.status, 401);
  assert.equal(codeOf(again), 'ERR_LINK_USED');
});

test('a session outlives a restart of core, and ends with the secret', async () => {
  const token = sessions.open(sessions.newLink()) ?? '';
  assert.ok(new Sessions(SECRET).isSession(token));
  assert.ok(!new Sessions('another secret').isSession(token));
  for (const wrong of [`${token.slice(0, -1)}x`, '.', '', SECRET])
    assert.ok(!sessions.isSession(wrong));
});

test('a link is too old after ten minutes', (t) => {
  const made = performance.now();
  const [early, late] = [sessions.newLink(), sessions.newLink()];
  const clock = t.mock.method(performance, 'now', () => made + 9 * 60_000);
  assert.notEqual(sessions.open(early), null);
  clock.mock.mockImplementation(() => made + 11 * 60_000);
  assert.equal(sessions.open(late), null);
});

test('only so many links wait to be opened', () => {
  const codes = Array.from({ length: 17 }, () => sessions.newLink());
  assert.equal(sessions.open(codes[0] ?? ''), null);
  assert.notEqual(sessions.open(codes[16] ?? ''), null);
});

test('a name that could be rebound to this machine is refused', async () => {
  for (const host of ['evil.example', 'evil.example:9090', 'localhost.evil.example']) {
    const answer = await ask('GET', '/ui/', { host });
    assert.equal(answer.status, 403, host);
  }
  for (const host of ['127.0.0.1', 'localhost:1', '[::1]:9090', '192.0.2.1', hostname()]) {
    assert.equal((await ask('GET', '/ui/', { host })).status, 200, host);
  }
});

test('a page of another site is not heard, with or without the secret', async () => {
  for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:1']) {
    const answer = await ask('GET', '/api/v1/counters', { origin });
    assert.equal(answer.status, 403, origin);
    assert.equal(codeOf(answer), 'ERR_ORIGIN_DENIED');
    assert.equal(answer.headers['access-control-allow-origin'], undefined);
  }
  const own = await ask('GET', '/api/v1/counters', { origin: `http://127.0.0.1:${port}` });
  assert.equal(own.status, 200);
});

test('a page that is allowed gets its preflight answered', async () => {
  await server.close();
  await start(['https://board.example']);
  const headers = { origin: 'https://board.example', authorization: '' };
  const preflight = await ask('OPTIONS', '/api/v1/counters', headers);
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers['access-control-allow-origin'], 'https://board.example');
  assert.equal(preflight.headers['access-control-allow-private-network'], 'true');
  assert.match(preflight.headers['access-control-allow-methods'] ?? '', /PATCH/);
  const refused = await ask('OPTIONS', '/api/v1/counters', { origin: 'https://evil.example' });
  assert.equal(refused.status, 403);
});

test('the interface is served to whoever asks, its deep links too', async () => {
  for (const path of ['/ui/', '/ui/connections', '/ui/rules/history']) {
    const answer = await ask('GET', path, { authorization: '' });
    assert.equal(answer.status, 200, path);
    assert.equal(answer.body, PAGE);
    assert.match(String(answer.headers['content-security-policy']), /default-src 'self'/);
    assert.equal(answer.headers['cache-control'], 'no-cache');
  }
  const root = await ask('GET', '/', { accept: 'text/html', authorization: '' });
  assert.equal(root.headers.location, '/ui/');
});

test('files are compressed for those who take it, and kept for ever', async () => {
  const packed = await ask('GET', '/ui/assets/app-1234.js', { 'accept-encoding': 'gzip' });
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.match(packed.headers['cache-control'] ?? '', /immutable/);
  const plain = await ask('GET', '/ui/assets/app-1234.js');
  assert.equal(plain.body, 'let a = 1;');
});

test('nothing beside the interface is served', async () => {
  const paths = [
    '/ui/../beside.txt',
    '/ui/%2e%2e/beside.txt',
    '/ui/..%2fbeside.txt',
    '/ui//etc/x.txt',
  ];
  for (const path of [...paths, '/ui/assets/.hidden.js', '/ui/missing.js', '/ui/assets/']) {
    const answer = await ask('GET', path);
    assert.ok(answer.status === 404 || answer.body === PAGE, `${path}: ${answer.status}`);
  }
  assert.equal((await ask('POST', '/ui/')).status, 405);
});

test('without a build the interface says how to make one', async () => {
  rmSync(join(folder, 'ui'), { recursive: true });
  const answer = await ask('GET', '/ui/');
  assert.equal(answer.status, 503);
  assert.equal(codeOf(answer), 'ERR_UI_NOT_BUILT');
});

test('a port that is taken is one clear error', async () => {
  const second = new WebServer({
    sessions,
    allowOrigins: [],
    allowPrivateNetwork: false,
    service,
    log,
    clash: new ClashApi(service, new ClashStorage(join(folder, 'storage.json'), log), log),
    uiFolder: folder,
  });
  await assert.rejects(second.listen('127.0.0.1', port), { code: 'ERR_CONTROLLER_LISTEN' });
});

test('the secret is random, private, and stays', async () => {
  const first = await loadSecret(folder, '');
  assert.match(first, /^[A-Za-z0-9_-]{43}$/);
  assert.equal(await loadSecret(folder, ''), first);
  assert.equal(statSync(join(folder, 'secret')).mode & 0o777, 0o600);
  assert.equal(await loadSecret(folder, 'chosen'), 'chosen');
});

test('a damaged secret is replaced', async () => {
  writeFileSync(join(folder, 'secret'), 'x', { mode: 0o644 });
  assert.match(await loadSecret(folder, ''), /^[A-Za-z0-9_-]{43}$/);
  assert.equal(statSync(join(folder, 'secret')).mode & 0o777, 0o600);
});
