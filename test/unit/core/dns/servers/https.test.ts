/** DNS over HTTPS with servers that are old, broken or hostile. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttp1 } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Session } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { TestContext } from 'node:test';
import { makeCertificates } from '../../../../lab/certificates.ts';
import { a, answersOf, query, reply } from '../messages.ts';
import { ask, listenOn, resolverOf } from '../resolver-lab.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-doh-'));
after(() => rmSync(folder, { recursive: true }));
const files = makeCertificates(folder, ['127.0.0.1']);
const tls = { key: readFileSync(files.key), cert: readFileSync(files.cert) };
const ca = [readFileSync(files.ca, 'utf8')];
const MEDIA_TYPE = 'application/dns-message';
const answer = (message: Buffer): Buffer =>
  reply(message, { answers: [a('site.test', '203.0.113.9')] });

type Handler = (
  message: Buffer,
  response: Http2ServerResponse,
  request: Http2ServerRequest,
) => void;

async function serveHttp2(t: TestContext, handler: Handler) {
  const sessions: ServerHttp2Session[] = [];
  const connections: Socket[] = [];
  const server = createSecureServer({ ...tls }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => handler(Buffer.concat(chunks), response, request));
  });
  server.on('session', (session) => sessions.push(session));
  server.on('connection', (socket: Socket) => connections.push(socket));
  const port = await listenOn(t, server, connections);
  return { port, sessions };
}

function respond(response: Http2ServerResponse, body: Buffer, head: Record<string, string> = {}) {
  response.writeHead(200, { 'content-type': MEDIA_TYPE, ...head });
  response.end(body);
}

const dns = (port: number, more = ''): string =>
  `dns: {nameserver: ["https://127.0.0.1:${port}/dns-query${more}"]}`;

test('a query is a POST with id 0, and one session serves them all', async (t) => {
  const seen: unknown[] = [];
  const server = await serveHttp2(t, (message, response, { method, url, headers }) => {
    seen.push([method, url, headers['content-type'], headers.accept, message.readUInt16BE(0)]);
    respond(response, answer(message));
  });
  const resolver = resolverOf(t, dns(server.port), { ca });
  await Promise.all(Array.from({ length: 30 }, () => ask(resolver, 'site.test')));
  await ask(resolver, 'site.test');
  assert.equal(server.sessions.length, 1);
  assert.deepEqual(seen[0], ['POST', '/dns-query', MEDIA_TYPE, MEDIA_TYPE, 0]);
});

test('a user name and password are sent', async (t) => {
  let sent: string | undefined;
  const server = await serveHttp2(t, (message, response, { headers }) => {
    sent = headers.authorization;
    respond(response, answer(message));
  });
  const url = `https://me:secret@127.0.0.1:${server.port}/dns-query`;
  await ask(resolverOf(t, `dns: {nameserver: ["${url}"]}`, { ca }), 'site.test');
  assert.equal(sent, `Basic ${Buffer.from('me:secret').toString('base64')}`);
});

for (const [what, respondWith, reason] of [
  [
    'another status',
    (_message, response) => void response.writeHead(503).end(),
    /it answered with the status 503/,
  ],
  [
    'another type',
    (message, response) => respond(response, answer(message), { 'content-type': 'text/html' }),
    /it answered with "text\/html", not application\/dns-message/,
  ],
  [
    'too much',
    (_message, response) => respond(response, Buffer.alloc(70_000)),
    /its answer is too large/,
  ],
  [
    'too little',
    (_message, response) => respond(response, Buffer.alloc(5)),
    /its answer is cut off/,
  ],
  [
    'an answer to another question',
    (_message, response) => respond(response, answer(query('evil.test', 'A'))),
    /it answers another question/,
  ],
  [
    'a malformed answer',
    (message, response) => respond(response, answer(message).subarray(0, 40)),
    /a malformed answer/,
  ],
  [
    'nothing, and the stream is reset',
    (_message, response) => response.stream.close(2),
    /asked https:/,
  ],
] as [string, Handler, RegExp][]) {
  test(`${what} is a failure that says so`, async (t) => {
    const server = await serveHttp2(t, respondWith);
    await assert.rejects(ask(resolverOf(t, dns(server.port), { ca }), 'site.test'), reason);
  });
}

test('a session that the server has closed is replaced', async (t) => {
  const server = await serveHttp2(t, (message, response) => respond(response, answer(message)));
  const resolver = resolverOf(t, dns(server.port), { ca });
  await ask(resolver, 'site.test');
  server.sessions[0]!.close();
  assert.deepEqual(answersOf((await ask(resolver, 'site.test')).message), ['203.0.113.9']);
  server.sessions.at(-1)!.destroy();
  assert.deepEqual(answersOf((await ask(resolver, 'site.test')).message), ['203.0.113.9']);
});

test('a session that falls silent is replaced', async (t) => {
  let queries = 0;
  const server = await serveHttp2(t, (message, response) => {
    queries += 1;
    if (queries !== 2) respond(response, answer(message));
  });
  const resolver = resolverOf(t, dns(server.port), { ca });
  await ask(resolver, 'site.test');
  assert.deepEqual(answersOf((await ask(resolver, 'site.test')).message), ['203.0.113.9']);
  assert.equal(server.sessions.length, 2);
});

test('a query that nobody waits for is cancelled, and the session stays', async (t) => {
  const cancelled = Promise.withResolvers<void>();
  let isSlow = true;
  const server = await serveHttp2(t, (message, response) => {
    if (isSlow) response.stream.once('close', () => cancelled.resolve());
    else respond(response, answer(message));
  });
  const resolver = resolverOf(t, dns(server.port), { ca });
  const abort = new AbortController();
  const asked = ask(resolver, 'site.test', 'A', abort.signal);
  while (server.sessions.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  setTimeout(() => abort.abort(new Error('nobody waits')), 50);
  await assert.rejects(asked, /nobody waits/);
  await cancelled.promise;
  isSlow = false;
  await ask(resolver, 'site.test');
  assert.equal(server.sessions.length, 1);
});

test('a server that speaks HTTP/1.1 alone is asked so', async (t) => {
  const connections: Socket[] = [];
  const versions: string[] = [];
  const server = createHttps(tls, (request, response) => {
    const chunks: Buffer[] = [];
    versions.push(request.httpVersion);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.writeHead(200, { 'content-type': MEDIA_TYPE }).end(answer(Buffer.concat(chunks)));
    });
  });
  server.on('connection', (socket: Socket) => connections.push(socket));
  const port = await listenOn(t, server, connections);
  const resolver = resolverOf(t, dns(port), { ca });
  for (let n = 0; n < 3; n++) {
    assert.deepEqual(answersOf((await ask(resolver, 'site.test')).message), ['203.0.113.9']);
  }
  assert.deepEqual(versions, ['1.1', '1.1', '1.1']);
});

test('http:// is asked without TLS', async (t) => {
  const connections: Socket[] = [];
  const server = createHttp1((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.writeHead(200, { 'content-type': MEDIA_TYPE }).end(answer(Buffer.concat(chunks)));
    });
  });
  server.on('connection', (socket: Socket) => connections.push(socket));
  const port = await listenOn(t, server, connections);
  const resolver = resolverOf(t, `dns: {nameserver: ["http://127.0.0.1:${port}/dns-query"]}`);
  assert.deepEqual(answersOf((await ask(resolver, 'site.test')).message), ['203.0.113.9']);
});
