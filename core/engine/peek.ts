/**
 * Reads the first bytes of an accepted flow until they tell its name, cannot tell one, or
 * nothing comes (the server speaks first). What was read goes back to the caller, who must
 * pass it on. The stream is left paused.
 */
import type { Duplex } from 'node:stream';
import type { SniffedName, SniffProtocol } from '../sniff/sniff-result.ts';
import { SNIFF_LIMIT } from '../sniff/sniff-result.ts';
import { sniff } from '../sniff/sniff.ts';

export interface Peeked {
  /** Every byte that was read; empty where none came. */
  readonly head: Buffer;
  readonly name: SniffedName | null;
}

/** Rejects where the stream breaks or closes meanwhile. */
export function peek(
  stream: Duplex,
  protocols: readonly SniffProtocol[],
  timeoutMs: number,
): Promise<Peeked> {
  const { promise, resolve, reject } = Promise.withResolvers<Peeked>();
  let head: Buffer = Buffer.alloc(0);
  // Timers of one duration share a list in Node: thousands cost no more than one.
  const timer = setTimeout(() => finish(null), timeoutMs);

  function onData(chunk: Buffer): void {
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    const result = sniff(head, protocols);
    if (result.kind === 'domain') finish(result);
    else if (result.kind === 'none' || head.length >= SNIFF_LIMIT) finish(null);
  }
  function onEnd(): void {
    finish(null);
  }
  function onClose(): void {
    stop();
    reject(stream.errored ?? new Error('The application closed the connection.'));
  }
  function finish(name: SniffedName | null): void {
    stop();
    resolve({ head, name });
  }
  function stop(): void {
    clearTimeout(timer);
    stream.pause();
    stream.off('data', onData).off('end', onEnd).off('close', onClose);
  }

  stream.on('data', onData).on('end', onEnd).on('close', onClose);
  return promise;
}
