/** The `health-check` of a proxy provider: its proxies are tested, whoever uses them. */
import { DEFAULT_TEST_URL } from '../config/groups-section.ts';
import type { ProxyProviderConfig } from '../config/provider-config.ts';
import type { Proxy } from './proxy.ts';
import { Tested } from './tested.ts';

/** As of a group: a provider has no key for it. */
const MAX_FAILED_TIMES = 5;

export class ProviderTest extends Tested {
  readonly state: { testedAt: number };
  readonly #proxies: () => readonly Proxy[];

  constructor(
    { healthCheck }: ProxyProviderConfig,
    state: { testedAt: number },
    proxies: () => readonly Proxy[],
  ) {
    super({
      url: healthCheck.url === '' ? DEFAULT_TEST_URL : healthCheck.url,
      interval: healthCheck.interval,
      lazy: healthCheck.lazy,
      timeout: healthCheck.timeout,
      maxFailedTimes: MAX_FAILED_TIMES,
      expectedStatus: healthCheck.expectedStatus,
    });
    this.state = state;
    this.#proxies = proxies;
  }

  proxiesToTest(): Set<Proxy> {
    return new Set(this.#proxies().filter(({ upstream }) => upstream !== null));
  }
}
