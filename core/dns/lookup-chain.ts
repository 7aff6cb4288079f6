/**
 * What is being looked up or connected to, and for the sake of what: the way to a resolver may lead
 * through a proxy whose own name has to be looked up. Follows the work through promises, so that a
 * circle is an error at once instead of a wait without end.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { ServerFailure } from './servers/server.ts';

const chain = new AsyncLocalStorage<readonly string[]>();

/** `step` is in words, such as `proxy.example` or `the way to tls://192.0.2.1`. Throws `ServerFailure` where it waits for itself. */
export function assertNoCircle(step: string): void {
  const steps = chain.getStore() ?? [];
  const start = steps.indexOf(step);
  if (start < 0) return;
  const path = [...steps.slice(start), step].join(', which needs ');
  throw new ServerFailure('loop', `it waits for itself: ${path}`);
}

/** Runs `work` as a step of what runs already. */
export function within<T>(step: string, work: () => Promise<T>): Promise<T> {
  const steps = chain.getStore() ?? [];
  return chain.run([...steps, step], work);
}
