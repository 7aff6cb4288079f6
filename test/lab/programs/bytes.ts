/**
 * HTTP server of reproducible bytes, for checksums of long transfers: GET /SEED/LENGTH streams that
 * many pseudo-random bytes (seeded-stream.ts); PUT answers with the SHA-256 of the body, in hex.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { pipeline } from 'node:stream';

import { ports } from '../addresses.ts';
import { seededStream } from '../seeded-stream.ts';

const server = createServer((request, response) => {
  if (request.method === 'PUT') {
    const hash = createHash('sha256');
    request.on('data', (chunk: Buffer) => hash.update(chunk));
    request.on('end', () => response.end(`${hash.digest('hex')}\n`));
    return;
  }
  const [, seed = '0', length = '0'] = (request.url ?? '').split('/');
  response.setHeader('content-length', length);
  pipeline(seededStream(Number(seed), Number(length)), response, () => {});
});
server.listen(ports.bytes, '::');
