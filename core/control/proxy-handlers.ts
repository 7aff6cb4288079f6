/** What core does for the endpoints about proxies, groups and the mode. */
import { toApiError } from '../api/errors.ts';
import type { GroupTest, ProxyList, TestRequest as ApiTestRequest } from '../api/proxies.ts';
import type { Measured } from '../groups/checks.ts';
import { listAll } from '../groups/listing.ts';
import type { TestRequest } from '../groups/proxies.ts';
import type { ControlService } from './service.ts';

export function listProxies({ policy }: ControlService): ProxyList {
  return { mode: policy.mode, ...listAll(policy.groups) };
}

/** The names of the API, as tests take them. */
export function toTest({ url, timeout, expected }: ApiTestRequest): TestRequest {
  return {
    ...(url === undefined ? {} : { url }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
    ...(expected === undefined ? {} : { expectedStatus: expected }),
  };
}

export function toGroupTest(results: ReadonlyMap<string, Measured>): GroupTest {
  const all = [...results];
  const failed = all.filter(([, { delay }]) => delay === 0);
  return {
    delays: Object.fromEntries(all.map(([name, { delay }]) => [name, delay])),
    errors: Object.fromEntries(failed.map(([name, { cause }]) => [name, toApiError(cause)])),
  };
}
