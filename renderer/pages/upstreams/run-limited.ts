/** Work of many parts, a few of them at a time. Pure. */

/**
 * Does each job, at most `limit` at once, in their order; none begins once `signal` is aborted.
 * Resolves when those that have begun are done. Jobs do not reject.
 */
export async function runLimited(
  jobs: readonly (() => Promise<void>)[],
  limit: number,
  signal: AbortSignal,
): Promise<void> {
  const rest = jobs.values();
  const work = async (): Promise<void> => {
    for (const job of rest) {
      if (signal.aborted) return;
      await job();
    }
  };
  await Promise.all(Array.from({ length: limit }, work));
}
