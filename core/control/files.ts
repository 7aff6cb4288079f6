/** Answers that are files. */
import type { ServerResponse } from 'node:http';
import { pipePieces } from './http.ts';

export interface FileAnswer {
  /** Its media type. */
  readonly type: string;
  /** For whoever saves it. */
  readonly name: string;
  /** Each is made when the one before has been sent. */
  readonly pieces: Iterable<Uint8Array>;
}

/** As `pipePieces`. */
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
  await pipePieces(response, pieces, signal);
}
