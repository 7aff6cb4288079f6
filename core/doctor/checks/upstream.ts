/** Do the upstreams in use work? Each is asked for the test page of its group, as its traffic would be. */
import type { DoctorText, Fix } from '../../api/doctor.ts';
import { SluiceError } from '../../api/errors.ts';
import type { Way } from '../../groups/group.ts';
import { fix, say } from '../check.ts';
import type { Finding, Patient } from '../check.ts';
import { mainWay, waysInUse } from '../main-way.ts';

/** A list of a hundred countries need not be tested to know whether this machine's traffic works. */
const MAX_TESTED = 16;

interface Tested {
  readonly name: string;
  readonly isDirect: boolean;
  /** Milliseconds, or why there are none. */
  readonly outcome: number | SluiceError;
}

export async function upstream(patient: Patient): Promise<Finding> {
  const { policy } = patient;
  const main = mainWay(policy)?.proxy?.name;
  const byName = new Map<string, Way>();
  for (const way of waysInUse(policy)) {
    const name = way.proxy?.name ?? '';
    // What goes straight for the sake of a few rules need not reach the test page.
    const isAside = way.proxy?.type === 'Direct' && name !== main;
    if (!isAside && !byName.has(name)) byName.set(name, way);
  }
  if (byName.size === 0) return { verdict: 'skipped', summary: say('doctor.upstream.none') };
  const chosen = [...byName].slice(0, MAX_TESTED);
  const tested = await Promise.all(chosen.map(([name, way]) => test(patient, name, way)));
  const details: DoctorText[] = tested.map(({ name, outcome }) =>
    typeof outcome === 'number'
      ? say('doctor.upstream.delay', { name, ms: outcome })
      : say('doctor.upstream.error', { name, message: outcome.message }),
  );
  if (byName.size > MAX_TESTED) details.push(say('doctor.upstream.more', { count: MAX_TESTED }));
  return { ...judge(tested, main ?? ''), details };
}

function judge(tested: readonly Tested[], main: string): Finding {
  const failed = tested.filter(({ outcome }) => typeof outcome !== 'number');
  const worst = failed.find(({ name }) => name === main) ?? failed[0];
  if (worst !== undefined && worst.outcome instanceof SluiceError) {
    const isMain = worst.name === main;
    return {
      verdict: isMain ? 'failed' : 'warning',
      summary: isMain
        ? say('doctor.upstream.failed', { name: main })
        : say('doctor.upstream.some', { count: failed.length, total: tested.length }),
      fix: worst.isDirect
        ? fix(say('doctor.upstream.fixDirect'), PAGE)
        : fixOf(worst.name, worst.outcome),
    };
  }
  const [only] = tested;
  const ms = only?.outcome;
  const summary =
    tested.length === 1 && only !== undefined && typeof ms === 'number'
      ? say('doctor.upstream.ok', { name: only.name, ms })
      : say('doctor.upstream.okAll', { count: tested.length });
  return { verdict: 'ok', summary };
}

/** By the innermost group, whose test page and limits count. */
async function test({ proxies }: Patient, name: string, { groups, proxy }: Way): Promise<Tested> {
  const isDirect = proxy?.type === 'Direct';
  try {
    return { name, isDirect, outcome: await proxies.test(groups.at(-1)?.name ?? name, {}) };
  } catch (cause) {
    if (cause instanceof SluiceError) return { name, isDirect, outcome: cause };
    throw cause;
  }
}

const PAGE = { kind: 'open', page: 'upstreams' } as const;

function fixOf(name: string, { code }: SluiceError): Fix {
  switch (code) {
    case 'ERR_UPSTREAM_AUTH':
      return fix(say('doctor.upstream.fixLogin', { name }), PAGE);
    case 'ERR_UPSTREAM_SERVER':
    case 'ERR_UPSTREAM_TIMEOUT':
      return fix(say('doctor.upstream.fixServer', { name }), PAGE);
    case 'ERR_UPSTREAM_TLS':
      return fix(say('doctor.upstream.fixTls', { name }), PAGE);
    default:
      return fix(say('doctor.upstream.fixOther', { name }), PAGE);
  }
}
