/** How the self test runs its checks. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { DoctorStep } from '../../../../core/api/doctor.ts';
import { say } from '../../../../core/doctor/check.ts';
import type { Check, Patient } from '../../../../core/doctor/check.ts';
import { Doctor } from '../../../../core/doctor/doctor.ts';

/** The checks of these tests look at nothing. */
const nobody = {} as Patient;
const never = new AbortController().signal;

const well: Check = async () => ({ verdict: 'ok', summary: say('doctor.uplink.ok') });
const ill: Check = async () => ({ verdict: 'failed', summary: say('doctor.uplink.none') });

async function all(steps: AsyncIterable<DoctorStep>): Promise<DoctorStep[]> {
  const found: DoctorStep[] = [];
  for await (const step of steps) found.push(step);
  return found;
}

function short(step: DoctorStep): string {
  if (step.kind === 'plan') return `plan ${step.checks.join(' ')}`;
  return step.kind === 'begin' ? `begin ${step.check}` : `end ${step.result.verdict}`;
}

describe('a run', () => {
  test('tells its plan, and of each check that it begins and what came of it', async () => {
    const doctor = new Doctor(nobody, { capture: ill, uplink: well });
    const steps = await all(doctor.begin()(never));
    assert.deepEqual(steps.map(short), [
      'plan uplink capture',
      'begin uplink',
      'end ok',
      'begin capture',
      'end failed',
    ]);
  });

  test('makes only the checks that are asked for, in their own order', async () => {
    const doctor = new Doctor(nobody, { capture: ill, uplink: well, dns: well });
    const [plan] = await all(doctor.begin(['dns', 'uplink'])(never));
    assert.equal(short(plan!), 'plan uplink dns');
  });

  test('a check that throws is told as a warning, and the next one goes on', async () => {
    const broken: Check = () => Promise.reject(new Error('no such file'));
    const doctor = new Doctor(nobody, { uplink: broken, capture: well });
    const steps = await all(doctor.begin()(never));
    assert.deepEqual(steps.map(short).slice(2), ['end warning', 'begin capture', 'end ok']);
    const { summary } = doctor.last!.results[0]!;
    assert.deepEqual(summary, { code: 'doctor.defect', values: { message: 'no such file' } });
  });

  test('a check that never ends has failed at its limit, even where no signal ends it', async () => {
    const silent: Check = () => new Promise(() => undefined);
    const doctor = new Doctor(nobody, { uplink: silent, capture: well }, 20);
    await all(doctor.begin()(never));
    const [first, second] = doctor.last!.results;
    assert.deepEqual([first!.verdict, first!.summary.code], ['failed', 'doctor.aborted']);
    assert.equal(second!.verdict, 'ok');
  });
});

describe('one run at a time', () => {
  test('another one is refused, before and after it has begun', async () => {
    const doctor = new Doctor(nobody, { uplink: well });
    const run = doctor.begin();
    assert.throws(() => doctor.begin(), { code: 'ERR_DOCTOR_BUSY' });
    const steps = run(never);
    for await (const step of steps) {
      if (step.kind === 'begin') {
        assert.throws(() => doctor.begin(), { code: 'ERR_DOCTOR_BUSY' });
      }
    }
    doctor.begin();
  });

  test('whose client goes away stops at once, keeps nothing, and lets others in', async () => {
    const gone = new AbortController();
    let signal: AbortSignal | null = null;
    const silent: Check = (_, stop) => {
      signal = stop;
      return new Promise(() => undefined);
    };
    const doctor = new Doctor(nobody, { uplink: silent, capture: well });
    const steps = all(doctor.begin()(gone.signal));
    while (signal === null) await new Promise((resolve) => setImmediate(resolve));
    gone.abort();
    assert.deepEqual((await steps).map(short), ['plan uplink capture', 'begin uplink']);
    assert.equal((signal as AbortSignal).aborted, true);
    assert.equal(doctor.last, null);
    doctor.begin();
  });

  test('whose reader stops lets others in', async () => {
    const doctor = new Doctor(nobody, { uplink: well });
    for await (const step of doctor.begin()(never)) if (step.kind === 'plan') break;
    doctor.begin();
  });
});

test('what is found later replaces what was found before, check by check', async () => {
  const checks = { uplink: ill, capture: well };
  const doctor = new Doctor(nobody, checks);
  await all(doctor.begin()(never));
  checks.uplink = well;
  await all(doctor.begin(['uplink'])(never));
  const found = doctor.last!.results.map(({ check, verdict }) => `${check} ${verdict}`);
  assert.deepEqual(found, ['uplink ok', 'capture ok']);
});
