/** `sluice doctor`: the self test, the same as on the page Network. */
import { parseArgs } from 'node:util';
import { CHECKS } from '../../api/doctor.ts';
import type { CheckName, CheckResult, DoctorText } from '../../api/doctor.ts';
import { doctorTexts } from '../../api/doctor-texts.ts';
import { endpoints } from '../../api/endpoints.ts';
import { fillIn } from '../../api/fill-in.ts';
import { lookWithoutCore } from '../../doctor/without-core.ts';
import { openInspector } from '../../platform/index.ts';
import { stateDirPath } from '../../platform/state-dir.ts';
import { EXIT_FAILED, EXIT_OK, UsageError } from '../command.ts';
import type { Command, Terminal } from '../command.ts';
import { NotRunningError } from '../control-client.ts';
import { printable } from '../format.ts';
import { controlClient, toJson } from '../options.ts';
import { formatCount } from '../../../rules/text.ts';

export const command: Command = {
  help: [
    'Usage: sluice doctor [CHECK...] [--details] [--json]',
    '',
    'Tests by real traffic whether everything goes the way it should, and says what to do where',
    'it does not. All checks when none is named:',
    '',
    '  uplink    is there a way out, and does the router answer',
    '  capture   does what programs send come to Sluice',
    '  dns       do the names that they look up',
    '  ipv6      does IPv6',
    '  upstream  do the upstreams in use work, and how fast',
    '  udp       do they carry datagrams',
    '  mtu       do packets of every size fit',
    "  loop      do Sluice's own connections come back to it",
    '  guests    can containers and virtual machines go through Sluice',
    '  config    is the rule file in use as it is, with its lists',
    '  cleanup   is anything left of an earlier run',
    '',
    'While Sluice does not run, only uplink and cleanup can be looked at.',
    '',
    'Options:',
    '  --details   what was seen, also where all is well',
    '  --json      the results as JSON, when all is done',
    '',
    'Exit code: 0 when nothing failed, 1 when something did or Sluice does not run.',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        details: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    const checks = positionals.map(checkOf);
    const results: CheckResult[] = [];
    const { running, steps } = await begin(checks);
    if (!running) terminal.err('Sluice does not run: only some things can be looked at.\n');
    for await (const result of steps) {
      results.push(result);
      if (!values.json) show(result, values.details, terminal);
    }
    if (values.json) terminal.out(toJson({ running, results }));
    else if (running) terminal.out(`\n${sumUp(results)}\n`);
    const isWell = running && results.every(({ verdict }) => verdict !== 'failed');
    return isWell ? EXIT_OK : EXIT_FAILED;
  },
};

/** Upstreams and resolvers that are silent take their time. */
const LONGEST_MS = 180_000;

interface Run {
  readonly running: boolean;
  readonly steps: AsyncIterable<CheckResult>;
}

/** The results as they come, from core, or where none runs from here. */
async function begin(checks: readonly CheckName[]): Promise<Run> {
  const client = controlClient(LONGEST_MS);
  try {
    await client.call(endpoints.lastDoctor);
  } catch (cause) {
    if (!(cause instanceof NotRunningError) || cause.code !== 'ERR_NOT_RUNNING') throw cause;
    const steps = lookWithoutCore(openInspector(), stateDirPath(), checks);
    return { running: false, steps };
  }
  const body = checks.length === 0 ? {} : { checks };
  return { running: true, steps: resultsOf(client.stream(endpoints.doctor, { body })) };
}

async function* resultsOf(
  steps: AsyncIterable<{ readonly kind: string; readonly result?: CheckResult }>,
): AsyncGenerator<CheckResult> {
  for await (const { result } of steps) if (result !== undefined) yield result;
}

function checkOf(text: string): CheckName {
  const found = CHECKS.find((name) => name === text);
  if (found !== undefined) return found;
  throw new UsageError(`"${text}" is no check. There are ${CHECKS.join(', ')}.`);
}

function show(result: CheckResult, withDetails: boolean, terminal: Terminal): void {
  const { check, verdict, summary, details, fix, milliseconds } = result;
  const time = milliseconds > 0 ? ` (${milliseconds} ms)` : '';
  const lines = [`${verdict.padEnd(8)} ${check.padEnd(9)} ${textOf(summary)}${time}`];
  const isWell = verdict === 'ok' || verdict === 'skipped';
  if (withDetails || !isWell)
    lines.push(...details.map((detail) => `           ${textOf(detail)}`));
  if (fix !== null) lines.push(`         → ${textOf(fix.text)}`);
  terminal.out(`${lines.map(printable).join('\n')}\n`);
}

function textOf({ code, values }: DoctorText): string {
  return fillIn(doctorTexts[code], values);
}

function sumUp(results: readonly CheckResult[]): string {
  const count = (wanted: CheckResult['verdict']): number =>
    results.filter(({ verdict }) => verdict === wanted).length;
  const [failed, warnings] = [count('failed'), count('warning')];
  if (failed > 0) return `${formatCount(failed, 'check')} failed.`;
  if (warnings > 0) return `Nothing failed; ${formatCount(warnings, 'warning')}.`;
  return 'Everything is well.';
}
