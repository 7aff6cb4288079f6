/** Answers that are files: sent piece by piece, no faster than the client takes them. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ServerResponse } from 'node:http';

export interface FileAnswer {
  /** Its media type. */
  readonly type: string;
  /** For whoever saves it. */
  readonly name: string;
  /** Each is made when the one before has been sent. */
  readonly pieces: Iterable<Uint8Array>;
}

/** How long a client may take nothing. */
const STALLED_MS = 30_000;

/** Resolves when it is sent, the client is gone, or `signal` has aborted. Rejects as the pieces do. */
export async function sendFile(
  response: ServerResponse,
  { type, name, pieces }: FileAnswer,
  signal: AbortSignal,
): Promise<void> {
  response.writeHead(200, {
    'content-type': type,
    'content-disposition': `attachment; filename="${name}"`,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.setTimeout(STALLED_MS, () => response.destroy());
  try {
    await pipeline(Readable.from(pieces), response, { signal });
  } catch (cause) {
    const isGone = signal.aborted || response.closed || response.destroyed;
    response.destroy();
    const code = cause instanceof Error && 'code' in cause ? cause.code : null;
    if (!isGone || (code !== 'ERR_STREAM_PREMATURE_CLOSE' && code !== 'ABORT_ERR')) throw cause;
  }
}
