/**
 * The interface's files, built into `dist/renderer`, over HTTP below `/ui/`. Names with a hash in
 * them never change and may be kept; the page itself is asked for each time. The build has
 * compressed what is worth it. Holds no state: the system caches files better.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { RequestError, pipePieces } from './http.ts';

export const UI_PATH = '/ui/';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
};

/** Scripts from here alone: a hostile name in a field must not become a program. */
const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; " +
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

/** Serves one file; rejects with `RequestError`. `path` is that of the URL, below `/ui/`. */
export async function serveUiFile(
  folder: string,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  closing: AbortSignal,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    throw new RequestError(405, 'ERR_METHOD_NOT_ALLOWED', `${path} takes GET requests.`);
  }
  const name = path.slice(UI_PATH.length);
  // A deep link is a page of the one application; what has an ending is a file.
  const isPage = extname(name) === '';
  const isPlain = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/.test(name);
  if (!isPage && !isPlain) throw notFound(path);
  const file = join(folder, isPage ? 'index.html' : name);
  const found = await choose(file, request.headers['accept-encoding'] ?? '');
  if (found === null) throw isPage ? notBuilt() : notFound(path);
  response.writeHead(200, {
    ...SECURITY_HEADERS,
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'content-length': found.size,
    'cache-control': name.startsWith('assets/')
      ? 'public, max-age=31536000, immutable'
      : 'no-cache',
    vary: 'Accept-Encoding',
    ...(found.encoding === null ? {} : { 'content-encoding': found.encoding }),
  });
  if (request.method === 'HEAD') response.end();
  else await pipePieces(response, createReadStream(found.path), closing);
}

interface Found {
  readonly path: string;
  readonly size: number;
  readonly encoding: string | null;
}

/** The compressed form where there is one and the browser takes it. */
async function choose(file: string, accepted: string): Promise<Found | null> {
  if (/\bgzip\b/.test(accepted)) {
    const compressed = await stat(`${file}.gz`).catch(() => null);
    if (compressed?.isFile() === true) {
      return { path: `${file}.gz`, size: compressed.size, encoding: 'gzip' };
    }
  }
  const plain = await stat(file).catch(() => null);
  return plain?.isFile() === true ? { path: file, size: plain.size, encoding: null } : null;
}

function notFound(path: string): RequestError {
  return new RequestError(
    404,
    'ERR_NOT_FOUND',
    `There is no ${JSON.stringify(path.slice(0, 100))}.`,
  );
}

function notBuilt(): RequestError {
  const message = 'The interface has not been built. Run "npm run build" in the folder of Sluice.';
  return new RequestError(503, 'ERR_UI_NOT_BUILT', message);
}
