/** RFC 8305, the part that matters behind a resolver: one of several addresses, soon. */

/** RFC 8305 section 8, Connection Attempt Delay. */
const ATTEMPT_DELAY_MS = 250;

/** A name with more addresses than this would not be reached by the others either. */
const MAX_ADDRESSES = 16;

/**
 * Opens a connection to the first address that answers: they are tried in turn, families
 * alternating, the next one when the one before has failed or has not answered for 250 ms.
 * The losers are aborted; one that connects all the same is given to `discard`. Rejects with
 * every error, in the order of the addresses, as an `AggregateError`.
 */
export function connectFirst<Connection>(
  addresses: readonly string[],
  connect: (address: string, signal: AbortSignal) => Promise<Connection>,
  discard: (connection: Connection) => void,
  signal: AbortSignal,
): Promise<Connection> {
  const queue = alternateFamilies(addresses).slice(0, MAX_ADDRESSES);
  const controllers: AbortController[] = [];
  const errors: unknown[] = [];
  let started = 0;
  let failed = 0;
  let settled = false;
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const settle = (winner: AbortController | null): void => {
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      for (const controller of controllers) if (controller !== winner) controller.abort();
    };
    const onAbort = (): void => {
      settle(null);
      reject(signal.reason as Error);
    };
    const startNext = (): void => {
      clearTimeout(timer);
      const index = started;
      const address = queue[index];
      if (address === undefined) return;
      started += 1;
      const controller = new AbortController();
      controllers.push(controller);
      connect(address, controller.signal).then(
        (connection) => {
          if (settled) return discard(connection);
          settle(controller);
          resolve(connection);
        },
        (error: unknown) => {
          if (settled) return;
          errors[index] = error;
          failed += 1;
          if (failed < queue.length) return startNext();
          settle(null);
          reject(new AggregateError(errors));
        },
      );
      if (started < queue.length) timer = setTimeout(startNext, ATTEMPT_DELAY_MS);
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort);
    startNext();
  });
}

/** RFC 8305 section 4: the families in turn, beginning with that of the first, each in its order. */
function alternateFamilies(addresses: readonly string[]): string[] {
  const isSix = (address: string): boolean => address.includes(':');
  const six = addresses.filter(isSix);
  const four = addresses.filter((address) => !isSix(address));
  const [first, second] = isSix(addresses[0] ?? '') ? [six, four] : [four, six];
  const longest = Math.max(first.length, second.length);
  return Array.from({ length: longest }, (_, index) => [first[index], second[index]])
    .flat()
    .filter((address) => address !== undefined);
}
