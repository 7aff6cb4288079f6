/** Servers for the tests of the HTTP client, on loopback, and ways to them. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { TestContext } from 'node:test';
import type { Dial } from '../../../../core/http/connection.ts';
import { httpRequest } from '../../../../core/http/request.ts';
import type { HttpRequest, HttpResponse } from '../../../../core/http/request.ts';
import { listen, loopbackOutbound, patient } from '../upstream/loopback.ts';
import type { LoopbackOutbound, Place } from '../upstream/loopback.ts';

export function serveHttp(t: TestContext, listener: RequestListener): Promise<Place> {
  return listen(t, createServer(listener));
}

export function serveHttps(
  t: TestContext,
  { key, cert }: { readonly key: string; readonly cert: string },
  listener: RequestListener,
): Promise<Place> {
  const options = { key: readFileSync(key), cert: readFileSync(cert) };
  return listen(t, createTlsServer(options, listener));
}

/** Whatever the host is called, it is on loopback. */
export function dialLoopback(outbound: LoopbackOutbound = loopbackOutbound()): Dial {
  return (_, port, signal) => outbound.connectTcp('127.0.0.1', port, signal);
}

const limits = { maxBytes: 1 << 20, timeoutMs: 10_000 };

export function fetchFrom(
  url: string,
  more: Partial<HttpRequest> = {},
  dial: Dial = dialLoopback(),
  signal: AbortSignal = patient,
): Promise<HttpResponse> {
  return httpRequest({ ...limits, url, ...more }, dial, signal);
}

/** The whole body as text. */
export async function textOf(response: Promise<HttpResponse>): Promise<string> {
  return (await (await response).body.bytes()).toString();
}
