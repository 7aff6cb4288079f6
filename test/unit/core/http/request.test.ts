import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { SluiceError } from '../../../../core/api/errors.ts';
import { makeCertificates } from '../../../lab/certificates.ts';
import { loopbackOutbound, opaqueOutbound, serve, serveReplies } from '../upstream/loopback.ts';
import type { LoopbackOutbound } from '../upstream/loopback.ts';
import { dialLoopback, fetchFrom, serveHttp, serveHttps, textOf } from './servers.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-http-test-'));
after(() => rmSync(folder, { recursive: true }));
const certificates = makeCertificates(folder, ['list.test']);

/** Waits until every socket that was opened is closed. */
async function untilClosed({ opened }: LoopbackOutbound): Promise<void> {
  while (!opened.every((socket) => socket.destroyed)) await sleep(5);
}

/** That the promise rejects with this code, and a message that matches. */
function fails(promise: Promise<unknown>, code: string, message: RegExp): Promise<void> {
  return assert.rejects(promise, (error) => {
    assert.ok(error instanceof SluiceError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  });
}

for (const [over, open] of Object.entries({ sockets: loopbackOutbound, streams: opaqueOutbound })) {
  test(`GET over ${over}: status, headers, body; the connection is closed after it`, async (t) => {
    const { port } = await serveHttp(t, (request, response) => {
      const { host, 'x-one': one } = request.headers;
      response
        .setHeader('etag', '"v1"')
        .end(`${request.method} ${request.url} ${host} ${String(one)}`);
    });
    const outbound = open();
    const url = `http://list.test:${port}/a?b=c`;
    const response = await fetchFrom(url, { headers: { 'X-One': '1' } }, dialLoopback(outbound));
    assert.equal(response.status, 200);
    assert.equal(response.headers.etag, '"v1"');
    assert.equal((await response.body.bytes()).toString(), `GET /a?b=c list.test:${port} 1`);
    await untilClosed(outbound);
  });
}

test('HEAD has no body, whatever its headers announce', async (t) => {
  const { port } = await serveHttp(t, (request, response) => {
    response.writeHead(204, { 'content-encoding': 'gzip', 'x-method': request.method });
    response.end();
  });
  const response = await fetchFrom(`http://list.test:${port}/`, { method: 'HEAD' });
  assert.equal(response.status, 204);
  assert.equal(response.headers['x-method'], 'HEAD');
  assert.equal((await response.body.bytes()).length, 0);
});

test('304 is an answer with its headers', async (t) => {
  const { port } = await serveHttp(t, (request, response) => {
    response.statusCode = request.headers['if-none-match'] === '"v1"' ? 304 : 200;
    response.end();
  });
  const headers = { 'if-none-match': '"v1"' };
  const response = await fetchFrom(`http://list.test:${port}/`, { headers });
  assert.equal(response.status, 304);
  response.body.destroy();
});

test('a login in the URL is sent as Basic authentication, and shown in no error', async (t) => {
  const { port } = await serveHttp(t, (request, response) =>
    response.end(request.headers.authorization),
  );
  const url = `http://al%40ice:s%3Ae@list.test:${port}/?token=hidden`;
  const login = Buffer.from('al@ice:s:e').toString('base64');
  assert.equal(await textOf(fetchFrom(url)), `Basic ${login}`);
  await assert.rejects(textOf(fetchFrom(url, { maxBytes: 1 })), (error: Error) => {
    assert.doesNotMatch(error.message, /hidden|al%40ice|s%3Ae/);
    return true;
  });
});

for (const [encoding, compress] of Object.entries({
  gzip: gzipSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
})) {
  test(`${encoding} is decoded; a bomb ends at the limit; broken data is an error`, async (t) => {
    const bodies: Record<string, Buffer> = {
      '/text': compress(Buffer.from('hello')),
      '/bomb': compress(Buffer.alloc(64 << 20)),
      '/broken': Buffer.from('this is not compressed at all'),
      '/short': compress(Buffer.from('hello '.repeat(1000))).subarray(0, -4),
    };
    const { port } = await serveHttp(t, (request, response) => {
      assert.match(request.headers['accept-encoding'] ?? '', new RegExp(encoding));
      response.setHeader('content-encoding', encoding).end(bodies[request.url ?? '']);
    });
    const get = (path: string): Promise<string> =>
      textOf(fetchFrom(`http://list.test:${port}${path}`));
    assert.equal(await get('/text'), 'hello');
    assert.ok(bodies['/bomb']!.length < 1 << 20);
    await fails(get('/bomb'), 'ERR_HTTP_TOO_LARGE', /larger than 1048576 bytes/);
    await fails(get('/broken'), 'ERR_HTTP_ENCODING', /compression is broken/);
    await fails(get('/short'), 'ERR_HTTP_ENCODING', /compression is broken/);
  });
}

test('an encoding that was not asked for is refused', async (t) => {
  const { port } = await serveHttp(t, (_, response) =>
    response.setHeader('content-encoding', 'x-lzma').end('...'),
  );
  const url = `http://list.test:${port}/`;
  await fails(fetchFrom(url), 'ERR_HTTP_ENCODING', /encoded with "x-lzma"/);
});

test('a body over the limit: announced, or only seen while it comes', async (t) => {
  const { port } = await serveHttp(t, (request, response) => {
    if (request.url === '/announced') response.setHeader('content-length', 5000);
    response.write('x'.repeat(2000));
    if (request.url === '/endless') {
      const timer = setInterval(() => response.write('y'.repeat(20_000)), 1);
      response.on('close', () => clearInterval(timer));
    }
  });
  const outbound = loopbackOutbound();
  const get = (path: string): Promise<string> =>
    textOf(
      fetchFrom(`http://list.test:${port}${path}`, { maxBytes: 4000 }, dialLoopback(outbound)),
    );
  await fails(get('/announced'), 'ERR_HTTP_TOO_LARGE', /larger than 4000 bytes/);
  await fails(get('/endless'), 'ERR_HTTP_TOO_LARGE', /larger than 4000 bytes/);
  await untilClosed(outbound);
});

test('redirects are followed, relative ones too, and secrets stay with their server', async (t) => {
  const seen: string[] = [];
  const last = await serveHttp(t, (request, response) => {
    seen.push(
      `${request.url} ${request.headers.authorization} ${String(request.headers['x-kept'])}`,
    );
    response.end('there');
  });
  const first = await serveHttp(t, (request, response) => {
    seen.push(`${request.url} ${request.headers.authorization}`);
    const to = request.url === '/a' ? './b' : `http://other.test:${last.port}/c`;
    response.writeHead(302, { location: to }).end('moved');
  });
  const headers = { Authorization: 'Bearer x', 'X-Kept': 'yes' };
  const response = await fetchFrom(`http://list.test:${first.port}/a`, { headers });
  assert.equal((await response.body.bytes()).toString(), 'there');
  assert.equal(response.url.href, `http://other.test:${last.port}/c`);
  assert.deepEqual(seen, ['/a Bearer x', '/b Bearer x', '/c undefined yes']);
});

test('redirects are bounded in number, and lead to http and https only', async (t) => {
  let asked = 0;
  const { port } = await serveHttp(t, (request, response) => {
    asked++;
    const to = request.url === '/file' ? 'file:///etc/passwd' : '/again';
    response.writeHead(301, { location: to }).end();
  });
  const url = `http://list.test:${port}`;
  await fails(fetchFrom(`${url}/loop`), 'ERR_HTTP_REDIRECT', /more than 10 times/);
  assert.equal(asked, 11);
  await fails(fetchFrom(`${url}/file`), 'ERR_HTTP_URL', /no http or https URL/);
  const answer = await fetchFrom(`${url}/loop`, { maxRedirects: 0 });
  assert.equal(answer.status, 301);
  answer.body.destroy();
});

test('https: the certificate has to be good for the host', async (t) => {
  const { port } = await serveHttps(t, certificates, (_, response) => response.end('secret'));
  await fails(
    fetchFrom(`https://list.test:${port}/`),
    'ERR_HTTP_TLS',
    /TLS with list\.test:\d+ failed/,
  );
  const { port: plain } = await serveHttp(t, (_, response) => response.end());
  await fails(fetchFrom(`https://list.test:${plain}/`), 'ERR_HTTP_TLS', /failed/);
});

test('a server that says nothing, or stops in the middle, is given up', async (t) => {
  const silent = await serve(t, () => undefined);
  const stalling = await serveHttp(t, (_, response) => response.write('some'));
  const outbound = loopbackOutbound();
  const get = (port: number, more: object): Promise<string> =>
    textOf(fetchFrom(`http://list.test:${port}/`, more, dialLoopback(outbound)));
  await fails(get(silent.port, { timeoutMs: 50 }), 'ERR_HTTP_TIMEOUT', /longer than 0.05 s/);
  await fails(get(silent.port, { stallMs: 50 }), 'ERR_HTTP_TIMEOUT', /nothing came for 0.05 s/);
  await fails(get(stalling.port, { stallMs: 50 }), 'ERR_HTTP_TIMEOUT', /nothing came for 0.05 s/);
  await untilClosed(outbound);
});

test('a dial that ignores its signal does not keep anybody waiting', async () => {
  const controller = new AbortController();
  const never = (): Promise<never> => new Promise(() => undefined);
  const fetching = fetchFrom('http://list.test/', {}, never, controller.signal);
  controller.abort();
  await fails(fetching, 'ERR_HTTP_ABORTED', /broken off/);
  const late = fetchFrom('http://list.test/', {}, never, controller.signal);
  await fails(late, 'ERR_HTTP_ABORTED', /broken off/);
});

test('an abort in the middle of the body ends it', async (t) => {
  const { port } = await serveHttp(t, (_, response) => response.write('some'));
  const controller = new AbortController();
  const url = `http://list.test:${port}/`;
  const response = await fetchFrom(url, {}, dialLoopback(), controller.signal);
  const reading = response.body.bytes();
  controller.abort();
  await fails(reading, 'ERR_HTTP_ABORTED', /broken off/);
});

test('answers that are no HTTP, too long, or cut off', async (t) => {
  const reply = async (text: string | null): Promise<string> =>
    `http://list.test:${(await serveReplies(t, text)).port}/`;
  const ok = 'HTTP/1.1 200 OK\r\n';
  await fails(fetchFrom(await reply('SSH-2.0-x\r\n')), 'ERR_HTTP_PROTOCOL', /is not HTTP/);
  await fails(fetchFrom(await reply(null)), 'ERR_HTTP_CLOSED', /before an answer came/);
  const head = `${ok}${'X-A: '.padEnd(40_000, 'a')}\r\n\r\n`;
  await fails(fetchFrom(await reply(head)), 'ERR_HTTP_PROTOCOL', /is not HTTP/);
  const { port } = await serve(t, (socket) => socket.end(`${ok}Content-Length: 9\r\n\r\nabc`));
  const cut = textOf(fetchFrom(`http://list.test:${port}/`));
  await fails(cut, 'ERR_HTTP_CLOSED', /ended in the middle/);
});

test('a URL of another kind is refused before anything is dialled', async () => {
  for (const url of ['ftp://list.test/x', 'file:///etc/passwd', 'nonsense', '/path']) {
    await fails(fetchFrom(url), 'ERR_HTTP_URL', /no http or https URL/);
  }
});
