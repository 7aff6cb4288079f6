/** `sluice dns`: one's own query, the queries that were answered, and forgetting. */
import { parseArgs } from 'node:util';
import { FLUSH_TARGETS } from '../../api/dns.ts';
import type { DnsQueryAnswer, DnsQueryInfo, FlushTarget } from '../../api/dns.ts';
import { endpoints } from '../../api/endpoints.ts';
import { EXIT_FAILED, EXIT_OK, UsageError } from '../command.ts';
import type { Command, Terminal } from '../command.ts';
import { formatTable, printable } from '../format.ts';
import { assertArguments, controlClient, toJson } from '../options.ts';
import { clientOf, fromOf, queryLine } from '../query-line.ts';
import { formatCount } from '../../../rules/text.ts';

export const command: Command = {
  help: [
    'Usage: sluice dns query NAME [TYPE] [--real] [--json]',
    '       sluice dns queries [--limit N] [--watch] [--json]',
    '       sluice dns flush [cache|fake-ip|all]',
    '',
    'query asks as a program on this machine would, and shows who answered: the cache,',
    'the hosts, the pool of fake addresses, or which server by which policy. In place of',
    'NAME an address, a fake one too, asks whose it is.',
    'queries lists what was asked lately, newest first.',
    'flush forgets answers (cache, the default), fake addresses, or both.',
    '',
    'Options:',
    '  --real        ask for the true answer, not a fake address',
    '  --limit N     at most so many queries (50)',
    '  --watch, -w   print queries as they are answered, until Ctrl-C',
    '  --json        JSON; with --watch one object a line',
    '',
    'Exit code of query: 0 when there is an answer, 1 when not.',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        real: { type: 'boolean', default: false },
        limit: { type: 'string', default: '50' },
        watch: { type: 'boolean', short: 'w', default: false },
        json: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    const [action, ...rest] = positionals;
    switch (action) {
      case 'query':
        return query(rest, values, terminal);
      case 'queries':
        assertArguments(rest, []);
        await (values.watch ? watch(values.json, terminal) : list(values, terminal));
        return EXIT_OK;
      case 'flush':
        return flush(rest, terminal);
      case undefined:
        throw new UsageError('query, queries or flush is missing.');
      default:
        throw new UsageError(`"${action}" is none of query, queries and flush.`);
    }
  },
};

interface Shown {
  readonly real: boolean;
  readonly json: boolean;
}

async function query(
  [name, type, ...extra]: readonly string[],
  { real, json }: Shown,
  terminal: Terminal,
): Promise<number> {
  if (name === undefined) throw new UsageError('NAME is missing.');
  assertArguments(extra, []);
  const body = { name, real, ...(type === undefined ? {} : { type }) };
  const answer = await controlClient().call(endpoints.dnsQuery, { body });
  terminal.out(json ? toJson(answer) : formatAnswer(answer));
  return answer.rcode === 'NOERROR' ? EXIT_OK : EXIT_FAILED;
}

function formatAnswer(answer: DnsQueryAnswer): string {
  const lines = [
    `Question  ${answer.name} ${answer.type}`,
    `Answer    ${answer.rcode}${answer.records.length === 0 ? ', no records' : ''}`,
    ...answer.records.map(
      ({ name, ttl, type, data }) => `          ${name} ${ttl} ${type} ${data}`,
    ),
    `From      ${sourceOf(answer)}`,
  ];
  if (answer.server !== null) {
    lines.push(`Server    ${answer.server}`, `Policy    ${answer.policy ?? 'nameserver'}`);
  }
  lines.push(`Time      ${answer.ms.toFixed(1)} ms`);
  if (answer.error !== null) lines.push(`Error     ${answer.error.message} [${answer.error.code}]`);
  return `${lines.map(printable).join('\n')}\n`;
}

/** In words what `DnsSource` says. */
function sourceOf({ source }: DnsQueryInfo): string {
  switch (source) {
    case 'cache':
      return 'the cache';
    case 'stale':
      return 'the cache, past its time: it is being asked for again';
    case 'server':
      return 'a server';
    case 'fake-ip':
      return 'the pool of fake addresses';
    case 'hosts':
      return 'the hosts';
    case 'local':
      return 'Sluice itself: a standard or a setting says so';
    case 'refused':
      return 'nowhere: it is no query for a resolver';
    case 'failed':
      return 'nowhere: no server gave a usable answer';
  }
}

async function list(
  { limit, json }: { readonly limit: string; readonly json: boolean },
  terminal: Terminal,
): Promise<void> {
  if (!/^[1-9][0-9]{0,3}$/.test(limit)) throw new UsageError(`"${limit}" is no number of queries.`);
  const request = { query: { limit: Number(limit) } };
  const answer = await controlClient().call(endpoints.dnsQueries, request);
  if (json) {
    terminal.out(toJson(answer));
    return;
  }
  const heading = ['TIME', 'CLIENT', 'TYPE', 'NAME', 'FROM', 'RCODE', 'MS', 'ANSWER'];
  const rows = answer.queries.map((one) => [
    one.time.slice(11, 23),
    clientOf(one),
    one.type,
    one.name,
    fromOf(one),
    one.rcode,
    one.ms.toFixed(1),
    one.answer.join(', ') || '-',
  ]);
  terminal.out(formatTable([heading, ...rows].map((row) => row.map(printable))));
}

async function watch(json: boolean, terminal: Terminal): Promise<void> {
  for await (const frame of controlClient().stream(endpoints.watchDnsQueries)) {
    if (!terminal.outOpen()) return;
    if (json) {
      terminal.out(`${JSON.stringify(frame)}\n`);
      continue;
    }
    for (const one of frame.queries) terminal.out(queryLine(one));
    if (frame.missed > 0)
      terminal.err(`${formatCount(frame.missed, 'more was', 'more were')} answered meanwhile.\n`);
  }
}

async function flush(
  [what = 'cache', ...extra]: readonly string[],
  terminal: Terminal,
): Promise<number> {
  assertArguments(extra, []);
  const target = FLUSH_TARGETS.find((one) => one === what);
  if (target === undefined) {
    throw new UsageError(`flush takes ${FLUSH_TARGETS.join(', ')}, not "${what}".`);
  }
  await controlClient().call(endpoints.dnsFlush, { body: { what: target } });
  terminal.out(`Flushed: ${WHAT[target]}.\n`);
  return EXIT_OK;
}

const WHAT: Readonly<Record<FlushTarget, string>> = {
  cache: 'the answers',
  'fake-ip': 'the fake addresses',
  all: 'the answers and the fake addresses',
};
