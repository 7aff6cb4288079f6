/** Tests of upstreams that clients ask for: a few at a time, each bounded. Owns how many run. */
import { SluiceError } from '../api/errors.ts';
import { TEST_STEPS } from '../api/upstreams.ts';
import type { UpstreamTestRequest, UpstreamTestStep } from '../api/upstreams.ts';
import { DEFAULT_TEST_URL } from '../config/groups-section.ts';
import { proxyOf } from '../config/upstream-settings.ts';
import type { ServerProxy } from '../config/upstream-settings.ts';
import { follow } from '../groups/group.ts';
import type { Proxies } from '../groups/proxies.ts';
import { toEndpoint } from '../upstream/endpoint.ts';
import type { Endpoint } from '../upstream/endpoint.ts';
import { quote } from '../../rules/text.ts';
import { failed, skipped } from './finding.ts';
import { NEEDED, TestRun } from './test-run.ts';
import type { TestParts, TestSettings } from './test-run.ts';

const MAX_RUNNING = 4;
const STEP_MS = 5_000;
const WHOLE_MS = 60_000;
const DEFAULT_RESOLVER = '1.1.1.1';
const DNS_PORT = 53;

export class UpstreamTests {
  readonly #datagrams: TestParts['datagrams'];
  #running = 0;

  constructor(datagrams: TestParts['datagrams']) {
    this.#datagrams = datagrams;
  }

  /**
   * A line for each step as it begins, and as it ends. Throws `ERR_TEST_BUSY`, `ERR_TEST_REFUSED`,
   * `ERR_PROXY_UNKNOWN` or `ERR_UPSTREAM_INVALID`.
   */
  begin(
    request: UpstreamTestRequest,
    proxies: Proxies,
  ): (signal: AbortSignal) => AsyncIterable<UpstreamTestStep> {
    const settings = toSettings(request, proxies);
    if (this.#running >= MAX_RUNNING) {
      const message = `${MAX_RUNNING} upstreams are being tested already: try again in a moment.`;
      throw new SluiceError('ERR_TEST_BUSY', message);
    }
    return (signal) => this.#run(settings, { ...proxies.ways, datagrams: this.#datagrams }, signal);
  }

  async *#run(
    settings: TestSettings,
    parts: TestParts,
    caller: AbortSignal,
  ): AsyncGenerator<UpstreamTestStep> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(tooLong()), WHOLE_MS);
    const run = new TestRun(settings, parts, AbortSignal.any([caller, late.signal]));
    this.#running += 1;
    let failedStep = '';
    try {
      for (const step of TEST_STEPS) {
        if (failedStep !== '') {
          const message = `Not tried, since the step before it failed.`;
          yield { step, milliseconds: null, ...skipped(message, '', 'NOT_TRIED') };
          continue;
        }
        yield { step, state: 'running', milliseconds: null, code: '', message: '', fix: '' };
        const begun = performance.now();
        const finding = await run.take(step).catch((cause: unknown) => {
          if (caller.aborted) throw cause;
          return failed('ERR_TEST_TIMEOUT', tooLong().message, 'Test it again.');
        });
        if (finding.state === 'failed' && (NEEDED.includes(step) || late.signal.aborted)) {
          failedStep = step;
        }
        const milliseconds =
          finding.state === 'skipped' ? null : Math.round(performance.now() - begun);
        yield { step, milliseconds, ...finding };
      }
    } finally {
      this.#running -= 1;
      clearTimeout(timer);
      run.close();
    }
  }
}

function tooLong(): SluiceError {
  return new SluiceError('ERR_TEST_TIMEOUT', `The test took longer than ${WHOLE_MS / 1000} s.`);
}

function toSettings(request: UpstreamTestRequest, proxies: Proxies): TestSettings {
  const url = URL.parse(request.url ?? DEFAULT_TEST_URL);
  if (url === null) throw new SluiceError('ERR_REQUEST_INVALID', 'url is no URL.');
  return {
    proxy: proxyToTest(request, proxies),
    url,
    expectedStatus: request.expected ?? (request.url === undefined ? '204' : '*'),
    timeoutMs: request.timeout ?? STEP_MS,
    resolver: resolverOf(request.resolver),
  };
}

/** What a form does not show, such as the file of a CA, is the file's. */
function proxyToTest({ settings, name }: UpstreamTestRequest, proxies: Proxies): ServerProxy {
  const named = name === null ? null : namedProxy(name, proxies, settings === null);
  if (settings !== null) {
    const proxy = proxyOf(settings);
    const caFile = named?.tls?.caFile ?? '';
    return proxy.tls === null ? proxy : { ...proxy, tls: { ...proxy.tls, caFile } };
  }
  if (named !== null) return named;
  throw new SluiceError('ERR_TEST_REFUSED', `${quote(name ?? '')} has no server to be tested.`);
}

function namedProxy(name: string, proxies: Proxies, isNeeded: boolean): ServerProxy | null {
  try {
    const config = follow(proxies.member(name), null).proxy?.config;
    return config !== undefined && 'server' in config ? config : null;
  } catch (cause) {
    if (isNeeded) throw cause;
    return null;
  }
}

/** The API has checked the form: `address`, `address:port` or `[address]:port`. */
function resolverOf(text: string | undefined): Endpoint {
  const [, six, four, port] =
    /^(?:\[(.+)\]|([0-9.]+))(?::([0-9]+))?$/.exec(text ?? DEFAULT_RESOLVER) ?? [];
  const found = toEndpoint({ host: six ?? four ?? text ?? '', port: Number(port ?? DNS_PORT) });
  if (found !== null && found.ip !== null) return found;
  throw new SluiceError('ERR_REQUEST_INVALID', 'resolver must be an IP address.');
}
