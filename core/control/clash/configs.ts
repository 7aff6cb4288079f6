/** `/configs`: the settings that dashboards know, and the few that they can change. */
import { LOG_LEVELS } from '../../api/logs.ts';
import { MODES } from '../../api/status.ts';
import { RequestError } from '../http.ts';
import type { ControlService } from '../service.ts';
import { bodyFields, notHere } from './context.ts';
import type { ClashHandler } from './context.ts';

function configsOf({ policy, logLevel, isCapturing }: ControlService): Record<string, unknown> {
  const { config, mode } = policy;
  const { tun } = config;
  return {
    // Nothing listens for proxy clients: flows are captured.
    ...{ port: 0, 'socks-port': 0, 'redir-port': 0, 'tproxy-port': 0, 'mixed-port': 0 },
    'allow-lan': false,
    'bind-address': '*',
    mode,
    'log-level': logLevel,
    ipv6: config.ipv6,
    'interface-name': config.interfaceName,
    sniffing: config.sniffer !== null,
    'unified-delay': config.unifiedDelay,
    tun: {
      enable: isCapturing,
      device: tun.device,
      stack: 'lwIP',
      'auto-route': tun.autoRoute,
      'auto-detect-interface': true,
      mtu: tun.mtu,
    },
  };
}

/** They last until the next configuration, or until Sluice stops. */
const CHANGEABLE = new Set(['mode', 'log-level']);

/** What is said already may be said again: dashboards send whole forms. */
const patch: ClashHandler = async ({ service, body }) => {
  const now = configsOf(service);
  const fields = bodyFields(body);
  const wanted = Object.entries(fields);
  const isOn = enableOf(fields['tun']);
  if (isOn !== null) now['tun'] = { ...(now['tun'] as object), enable: isOn };
  const fixed = wanted.filter(([key, value]) => !CHANGEABLE.has(key) && !says(now[key], value));
  const [first] = fixed;
  if (first !== undefined) {
    const message = `Sluice takes ${JSON.stringify(first[0].slice(0, 60))} from its configuration file: change it there.`;
    throw new RequestError(400, 'ERR_NOT_HERE', message);
  }
  const mode = choice(wanted, 'mode', MODES);
  const level = choice(wanted, 'log-level', LOG_LEVELS);
  if (mode !== null) service.setMode(mode);
  if (level !== null) service.logLevel = level;
  if (isOn !== null) await service.setCapture(isOn);
};

/** Null where nothing is said of it. */
function enableOf(tun: unknown): boolean | null {
  if (typeof tun !== 'object' || tun === null || !('enable' in tun)) return null;
  return typeof tun.enable === 'boolean' ? tun.enable : null;
}

/** Null where the key is not there. */
function choice<T extends string>(
  wanted: readonly (readonly [string, unknown])[],
  key: string,
  choices: readonly T[],
): T | null {
  const field = wanted.find(([name]) => name === key);
  if (field === undefined) return null;
  const [, value] = field;
  const known = choices.find((one) => typeof value === 'string' && one === value.toLowerCase());
  if (known === undefined) throw new RequestError(400, 'ERR_REQUEST_INVALID', 'Body invalid');
  return known;
}

/** An object says the same where each of its fields does. */
function says(now: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) return now === wanted;
  if (typeof now !== 'object' || now === null) return false;
  const fields = now as Readonly<Record<string, unknown>>;
  return Object.entries(wanted).every(([key, value]) => says(fields[key], value));
}

/** Reads the file again. No path and no text is taken from a client. */
const put: ClashHandler = async ({ service, body }) => {
  const { path = '', payload = '' } = body === undefined ? {} : bodyFields(body);
  if (path !== '' || payload !== '') {
    const message = 'Sluice reads its own configuration file only: leave path and payload empty.';
    throw new RequestError(400, 'ERR_NOT_HERE', message);
  }
  const { applied, problems } = await service.reload();
  if (applied) return;
  const error = problems.find(({ severity }) => severity === 'error');
  const message =
    error === undefined ? 'The file has errors.' : `line ${error.line}: ${error.message}`;
  throw new RequestError(400, 'ERR_CONFIG', message);
};

/** Fetches what rules need of it again. */
const geo: ClashHandler = async ({ service }) => {
  await Promise.all(
    service.providers().geo.map(({ name }) => service.refreshProvider('geo', name)),
  );
};

const NO_UPGRADE = 'Sluice does not replace itself: its package does.';

export const configRoutes: Readonly<Record<string, ClashHandler>> = {
  'GET /configs': ({ service }) => configsOf(service),
  'PATCH /configs': patch,
  'PUT /configs': put,
  'POST /configs/geo': geo,
  'POST /upgrade/geo': geo,
  'POST /upgrade': notHere(NO_UPGRADE),
  'POST /upgrade/ui': notHere('The interface comes with Sluice.'),
  'POST /restart': notHere('Sluice is restarted by who started it: flows would end.'),
};
