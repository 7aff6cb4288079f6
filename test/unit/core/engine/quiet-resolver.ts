/** A resolver that knows one address for every name, and asks nobody. */
import { DnsError } from '../../../../core/dns/exchange.ts';
import type { ExchangeResult, HostsEntry } from '../../../../core/dns/exchange.ts';
import type { EngineResolver } from '../../../../core/engine/assembly.ts';

export class QuietResolver implements EngineResolver {
  /** What was called, in order. */
  readonly calls: string[] = [];

  async resolve(): Promise<string[]> {
    return ['192.0.2.1'];
  }

  flush(): void {
    this.calls.push('flush');
  }

  apply(): void {
    this.calls.push('apply');
  }

  exchange(): Promise<ExchangeResult> {
    return Promise.reject(new DnsError('ERR_DNS_TEST', 'There is nobody to ask.'));
  }

  lookup(): HostsEntry | null {
    return null;
  }

  reverse(): string | null {
    return null;
  }
}
