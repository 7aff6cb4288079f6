/** A `DnsService` with servers that answer as a test says. */
import type { DnsConfig } from '../../../../core/config/dns-config.ts';
import { parseConfig } from '../../../../core/config/parse-config.ts';
import { DnsService } from '../../../../core/dns/dns-service.ts';
import type { DnsSetup } from '../../../../core/dns/dns-setup.ts';
import type { ClientInfo } from '../../../../core/dns/exchange.ts';
import { createLogger } from '../../../../core/log/logger.ts';
import type { Logger } from '../../../../core/log/logger.ts';
import { ScriptedExchange, hostsOf, nameSetsOf } from './scripted-exchange.ts';

const udp: ClientInfo = { address: '198.18.0.1', port: 40_000, transport: 'udp' };
export const tcp: ClientInfo = { address: '198.18.0.1', port: 40_001, transport: 'tcp' };

/** The section `dns` as the configuration makes it of a YAML map such as `{ipv6: false}`. */
function dnsConfig(yaml = '{}'): DnsConfig {
  const { config, problems } = parseConfig(`dns: ${yaml}\n`, 'test.yaml');
  if (config === null) throw new Error(JSON.stringify(problems));
  return config.dns;
}

export interface LabOptions extends Partial<Omit<DnsSetup, 'dns' | 'exchange'>> {
  readonly dns?: string;
}

export interface DnsLab extends AsyncDisposable {
  readonly service: DnsService;
  readonly exchange: ScriptedExchange;
  readonly lines: string[];
  readonly log: Logger;
  setup(options: LabOptions): DnsSetup;
  /** The reply to a query, a copy; null where there is none. */
  ask(message: Buffer, client?: ClientInfo): Promise<Buffer | null>;
}

export async function openLab(options: LabOptions = {}): Promise<DnsLab> {
  const exchange = new ScriptedExchange();
  const lines: string[] = [];
  const log = createLogger({ level: 'debug', write: (line) => lines.push(line) });
  const setup = ({ dns, ...others }: LabOptions): DnsSetup => ({
    dns: dnsConfig(dns),
    captures: true,
    exchange,
    hosts: hostsOf({}),
    sets: nameSetsOf({}),
    tunnel: [],
    poolFile: null,
    ...others,
  });
  const service = await DnsService.open(setup(options), log);
  return {
    ...{ service, exchange, lines, log, setup },
    ask: async (message, client = udp) => {
      const answered = await service.answer(message, client);
      return answered === null ? null : Buffer.from(answered);
    },
    [Symbol.asyncDispose]: () => service.close(),
  };
}
