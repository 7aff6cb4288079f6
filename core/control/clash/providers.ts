/** `/providers`: proxy and rule providers in Clash's shape. */
import { toApiError } from '../../api/errors.ts';
import type { ProxyProviderInfo, RuleProviderInfo, SubscriptionInfo } from '../../api/providers.ts';
import { listAll } from '../../groups/listing.ts';
import { RequestError } from '../http.ts';
import type { ControlService } from '../service.ts';
import { notFound, param } from './context.ts';
import type { ClashContext, ClashHandler } from './context.ts';
import { clashProxy, testFailing, testOf } from './proxies.ts';
import type { ClashProxy } from './proxies.ts';

const DEFAULT_URL = 'https://www.gstatic.com/generate_204';
/** mihomo's name for the configuration itself. */
const DEFAULT = 'default';
const NEVER = '0001-01-01T00:00:00Z';

const VEHICLES = { http: 'HTTP', file: 'File', inline: 'Inline' } as const;
const BEHAVIORS = { domain: 'Domain', ipcidr: 'IPCIDR', classical: 'Classical' } as const;
const FORMATS = { yaml: 'YamlRule', text: 'TextRule', mrs: 'MrsRule' } as const;

interface ClashProvider {
  readonly name: string;
  readonly proxies: readonly ClashProxy[];
  readonly [key: string]: unknown;
}

function proxyProviders(service: ControlService): Map<string, ClashProvider> {
  const { proxies } = listAll(service.policy.groups);
  const { proxyProviders: configured } = service.policy.config;
  const own = proxies.filter(({ provider }) => provider === null).map(clashProxy);
  const all = new Map([[DEFAULT, provider(DEFAULT, 'Compatible', own, NEVER)]]);
  for (const info of service.providers().proxies) {
    const brought = proxies.filter(({ provider: name }) => name === info.name).map(clashProxy);
    const check = configured.find(({ name }) => name === info.name)?.healthCheck;
    all.set(info.name, {
      ...provider(info.name, VEHICLES[info.type], brought, info.updatedAt ?? NEVER),
      testUrl: check === undefined || check.url === '' ? DEFAULT_URL : check.url,
      expectedStatus: check?.expectedStatus ?? '*',
      ...subscriptionOf(info),
    });
  }
  return all;
}

function provider(
  name: string,
  vehicleType: string,
  proxies: readonly ClashProxy[],
  updatedAt: string,
): ClashProvider {
  const always = { type: 'Proxy', testUrl: DEFAULT_URL, expectedStatus: '*' };
  return { name, vehicleType, proxies, updatedAt, ...always };
}

/** mihomo writes these in capitals, and times as seconds since the epoch. */
function subscriptionOf({ subscription }: ProxyProviderInfo): object {
  if (subscription === null) return {};
  const { upload, download, total, expire }: SubscriptionInfo = subscription;
  const subscriptionInfo = {
    Upload: upload ?? 0,
    Download: download ?? 0,
    Total: total ?? 0,
    Expire: expire === null ? 0 : Math.floor(Date.parse(expire) / 1000),
  };
  return { subscriptionInfo };
}

function named(context: ClashContext): ClashProvider {
  const found = proxyProviders(context.service).get(param(context, 'provider'));
  if (found === undefined) throw notFound();
  return found;
}

/** The name of a proxy of the provider. */
function member(context: ClashContext): ClashProxy {
  const found = named(context).proxies.find(({ name }) => name === param(context, 'name'));
  if (found === undefined) throw notFound();
  return found;
}

const refresh: ClashHandler = async (context) => {
  const { name } = named(context);
  if (name !== DEFAULT) await fetchAgain(context, 'proxies', name);
};

/** As in mihomo 503 where it cannot be fetched. */
async function fetchAgain(
  { service }: ClashContext,
  kind: 'proxies' | 'rules',
  name: string,
): Promise<void> {
  try {
    await service.refreshProvider(kind, name);
  } catch (cause) {
    const { code, message } = toApiError(cause);
    throw new RequestError(503, code, message);
  }
}

/** Resolves when all are tested; failures are in what `GET` says. */
const check: ClashHandler = async (context) => {
  const { proxies } = named(context);
  const { proxies: tests } = context.service;
  const isForwarding = ({ type }: ClashProxy): boolean => !/^(Reject|Pass|Compatible)/.test(type);
  await Promise.all(
    proxies.filter(isForwarding).map((proxy) => tests.test(proxy.name, {}).catch(() => 0)),
  );
};

function ruleProvider(info: RuleProviderInfo): object {
  return {
    name: info.name,
    behavior: BEHAVIORS[info.behavior],
    format: FORMATS[info.format ?? 'yaml'],
    ruleCount: info.count,
    type: 'Rule',
    vehicleType: VEHICLES[info.type],
    updatedAt: info.updatedAt ?? NEVER,
  };
}

export const providerRoutes: Readonly<Record<string, ClashHandler>> = {
  'GET /providers/proxies': ({ service }) => ({
    providers: Object.fromEntries(proxyProviders(service)),
  }),
  'GET /providers/proxies/:provider': named,
  'PUT /providers/proxies/:provider': refresh,
  'GET /providers/proxies/:provider/healthcheck': check,
  'GET /providers/proxies/:provider/:name': member,
  'GET /providers/proxies/:provider/:name/healthcheck': async (context) => {
    const { name } = member(context);
    const { proxies } = context.service;
    return { delay: await testFailing(() => proxies.test(name, testOf(context))) };
  },
  'GET /providers/rules': ({ service }) => ({
    providers: Object.fromEntries(
      service.providers().rules.map((info) => [info.name, ruleProvider(info)]),
    ),
  }),
  'PUT /providers/rules/:provider': async (context) => {
    const name = param(context, 'provider');
    if (!context.service.providers().rules.some((info) => info.name === name)) throw notFound();
    await fetchAgain(context, 'rules', name);
  },
};
