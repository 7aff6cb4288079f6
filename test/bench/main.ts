/**
 * `npm run bench -- NAME...`: measures Sluice in the lab, and beside it any other tun2socks. What the
 * figures mean, and how to read them, is in docs/benchmarks.md.
 */
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';

import { BuildError, script } from '../../build/process.ts';
import { Lab } from '../lab/lab.ts';
import { ensureLabPackages } from '../lab/packages.ts';
import { connect } from './connect.ts';
import { dns } from './dns.ts';
import { benchInterface } from './interface.ts';
import { latency } from './latency.ts';
import type { Bench, Measurement } from './measurement.ts';
import { memory } from './memory.ts';
import { peerSubject } from './peer.ts';
import { startRelay } from './relay.ts';
import { Report } from './report.ts';
import type { Row } from './report.ts';
import { benchRules } from './rules.ts';
import { scale } from './scale.ts';
import { direct, sluice } from './subject.ts';
import type { Subject } from './subject.ts';
import { throughput } from './throughput.ts';
import { udp } from './udp.ts';

const measurements: Readonly<Record<string, Measurement>> = {
  throughput,
  connect,
  latency,
  scale,
  memory,
  dns,
  udp,
};

const usage = `Usage: npm run bench -- [OPTIONS] NAME...

NAME is one or more of: ${Object.keys(measurements).join(', ')}, interface, rules. Needs root, but for rules alone; touches
nothing outside its own network namespaces.

  --seconds N          how long one reading takes (5)
  --rounds N           how often everything is read; medians are shown (1)
  --flows N            connections that scale, memory and interface open (8000, 5000 and 5000)
  --json FILE          also write every reading to FILE
  --peer COMMAND       another tun2socks to measure in the same run, with placeholders {tun} {mtu}
                       {socks_host} {socks_port} {config}; it must create the interface {tun}
  --peer-config FILE   template of its configuration, with the same placeholders
  --peer-mtu N         its MTU (8500)
  --peer-name NAME     what to call it (peer)
  --peer-only          leave Sluice out
  --direct             measure the bare network as well
`;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '1' },
    flows: { type: 'string' },
    json: { type: 'string' },
    peer: { type: 'string' },
    'peer-config': { type: 'string' },
    'peer-mtu': { type: 'string', default: '8500' },
    'peer-name': { type: 'string', default: 'peer' },
    'peer-only': { type: 'boolean', default: false },
    direct: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

await script(main);

async function main(): Promise<void> {
  if (options.help || positionals.length === 0) {
    process.stdout.write(usage);
    process.exitCode = options.help ? 0 : 1;
    return;
  }
  if (positionals.includes('rules')) {
    process.stdout.write('\n## rules\n\n');
    await benchRules((line) => void process.stdout.write(`${line}\n`));
  }
  const inLab = positionals.filter((name) => name !== 'rules');
  if (inLab.length === 0) return;
  const chosen = inLab
    .filter((name) => name !== 'interface')
    .map((name) => [name, find(name)] as const);
  const subjects = chooseSubjects();
  await ensureLabPackages('the bench');
  const lab = await Lab.start();
  try {
    const relay = await startRelay(lab);
    const flows = options.flows === undefined ? null : count('flows');
    const bench: Bench = { lab, flows, seconds: count('seconds'), relayPid: relay.pid };
    const results: Record<string, Row[]> = {};
    for (const [name, measurement] of chosen) {
      const report = await read(bench, measurement, subjects);
      results[name] = report.rows();
      process.stdout.write(`\n## ${name}\n\n${report.toString()}\n`);
    }
    if (inLab.includes('interface')) {
      const report = new Report(['sluice'], null);
      await benchInterface({ ...bench, rounds: count('rounds') }, (metrics) =>
        report.add('sluice', metrics),
      );
      results['interface'] = report.rows();
      process.stdout.write(`\n## interface\n\n${report.toString()}\n`);
    }
    if (options.json !== undefined) writeJson(options.json, results);
  } finally {
    lab.stop();
  }
}

function find(name: string): Measurement {
  const measurement = measurements[name];
  if (measurement === undefined)
    throw new BuildError(`There is no measurement "${name}".\n\n${usage}`);
  return measurement;
}

function count(name: 'seconds' | 'rounds' | 'flows' | 'peer-mtu'): number {
  const value = Number(options[name]);
  if (!Number.isInteger(value) || value < 1) {
    throw new BuildError(`--${name} must be a whole number from 1, not "${options[name]}".`);
  }
  return value;
}

function chooseSubjects(): Subject[] {
  return options.direct ? [...chooseTunnels(), direct] : chooseTunnels();
}

function chooseTunnels(): Subject[] {
  if (options.peer === undefined) return [sluice];
  const peer = peerSubject({
    name: options['peer-name'],
    command: options.peer,
    config: options['peer-config'] ?? null,
    mtu: count('peer-mtu'),
  });
  return options['peer-only'] ? [peer] : [sluice, peer];
}

/**
 * Rounds alternate between the subjects, so that a machine that slows down slows all of them. A
 * subject that fails has no figures, and the others have theirs.
 */
async function read(
  bench: Bench,
  { baseline, measure, sluiceConfig = '' }: Measurement,
  chosen: readonly Subject[],
): Promise<Report> {
  const subjects = [...new Set(baseline === undefined ? chosen : [...chosen, baseline])];
  const names = subjects.map((subject) => subject.name);
  const report = new Report(names, baseline?.name ?? null);
  for (let round = 0; round < count('rounds'); round++) {
    for (const subject of subjects) {
      process.stderr.write(`round ${round + 1}: ${subject.name}\n`);
      try {
        const running = await subject.start(bench.lab, sluiceConfig);
        try {
          report.add(subject.name, await measure(bench, running));
        } finally {
          await running.stop();
        }
      } catch (error) {
        process.stderr.write(`${subject.name} failed: ${(error as Error).message}\n`);
        process.exitCode = 1;
      }
    }
  }
  return report;
}

function writeJson(file: string, results: Readonly<Record<string, Row[]>>): void {
  const [cpu] = os.cpus();
  const machine = { cpu: cpu?.model, cpus: os.cpus().length, kernel: os.release() };
  const run = { seconds: count('seconds'), rounds: count('rounds'), peer: options.peer ?? null };
  writeFileSync(file, `${JSON.stringify({ machine, run, results }, null, 2)}\n`);
}
