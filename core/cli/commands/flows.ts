/** `sluice flows`: the live list, once or as it changes, or one flow. */
import { parseArgs } from 'node:util';
import { endpoints } from '../../api/endpoints.ts';
import { FLOW_STATES } from '../../api/flows.ts';
import type { FlowInfo, FlowListState } from '../../api/flows.ts';
import type { DnsQueryInfo } from '../../api/dns.ts';
import { EXIT_OK, UsageError } from '../command.ts';
import type { Command, Terminal } from '../command.ts';
import { formatAge, formatBytes, formatEndpoint, formatTable, printable } from '../format.ts';
import { assertArguments, controlClient, flowIdOf, toJson } from '../options.ts';
import { chainOf, destinationOf, flowText } from '../flow-text.ts';
import { queryLine } from '../query-line.ts';
import { formatCount } from '../../../rules/text.ts';

export const command: Command = {
  help: [
    'Usage: sluice flows [--state live|closed|all] [--watch] [--json]',
    '       sluice flows ID [--json]',
    '',
    'Lists flows, newest first: where they come from, where they go, the rule that',
    'decided, the chain of upstreams, bytes up and down, and the id for "sluice close".',
    'DNS queries are shown, too: with --watch, and among flows that ended.',
    'With an ID it shows all about one flow, and when it came to each of its steps.',
    '',
    'Options:',
    '  --state STATE   live (default), closed (those that ended lately) or all',
    '  --watch, -w     print flows as they open and close, until Ctrl-C',
    '  --json          JSON; with --watch one object a line',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        state: { type: 'string', default: 'live' },
        watch: { type: 'boolean', short: 'w', default: false },
        json: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    const [id] = positionals;
    if (id !== undefined) {
      assertArguments(positionals, ['ID']);
      const params = { id: flowIdOf(id) };
      const flow = await controlClient().call(endpoints.flow, { params });
      terminal.out(values.json ? toJson(flow) : flowText(flow));
      return EXIT_OK;
    }
    const state = FLOW_STATES.find((one) => one === values.state);
    if (state === undefined) {
      throw new UsageError(`--state takes ${FLOW_STATES.join(', ')}, not "${values.state}".`);
    }
    if (values.watch) await watch(values.json, terminal);
    else await list(state, values.json, terminal);
    return EXIT_OK;
  },
};

async function list(state: FlowListState, json: boolean, terminal: Terminal): Promise<void> {
  const answer = await controlClient().call(endpoints.flows, { query: { state } });
  if (json) {
    terminal.out(toJson(answer));
    return;
  }
  const heading = [
    'ID',
    'NET',
    'STATE',
    'ZONE',
    'PROCESS',
    'SOURCE',
    'DESTINATION',
    'RULE',
    'CHAIN',
    'UP',
    'DOWN',
    'AGE',
  ];
  const flows = answer.flows.map((flow) => [
    flow.start,
    `${flow.id}`,
    flow.network,
    flow.state,
    flow.zone,
    flow.process?.name ?? '-',
    formatEndpoint(flow.source.address, flow.source.port),
    destinationOf(flow),
    flow.rule?.text ?? '-',
    chainOf(flow),
    formatBytes(flow.upload),
    formatBytes(flow.download),
    formatAge((flow.end === null ? Date.now() : Date.parse(flow.end)) - Date.parse(flow.start)),
  ]);
  const queries = answer.queries.map((info) => [info.time, ...queryRow(info)]);
  // Newest first; each is a row behind the time at which it began.
  const rows = [...flows, ...queries]
    .toSorted(([a = ''], [b = '']) => (a < b ? 1 : -1))
    .map(([, ...cells]) => cells);
  terminal.out(formatTable([heading, ...rows].map((row) => row.map(printable))));
  if (answer.omitted > 0)
    terminal.err(`${formatCount(answer.omitted, 'more is', 'more are')} not shown.\n`);
}

async function watch(json: boolean, terminal: Terminal): Promise<void> {
  for await (const frame of controlClient().stream(endpoints.watchFlows)) {
    if (!terminal.outOpen()) return;
    if (json) {
      terminal.out(`${JSON.stringify(frame)}\n`);
      continue;
    }
    for (const flow of frame.opened) terminal.out(watchLine('+', flow));
    for (const flow of frame.closed) terminal.out(watchLine('-', flow));
    for (const info of frame.queries) terminal.out(queryLine(info));
    if (frame.missedQueries > 0)
      terminal.err(
        `${formatCount(frame.missedQueries, 'more query was', 'more queries were')} answered.\n`,
      );
    if (frame.missed > 0) terminal.err(`${frame.missed} more ended meanwhile.\n`);
  }
}

function watchLine(mark: string, flow: FlowInfo): string {
  const bytes = `${formatBytes(flow.upload)} up, ${formatBytes(flow.download)} down`;
  const error = flow.error === null ? '' : `, ${flow.error.message}`;
  const text = [
    mark,
    flow.id,
    flow.network,
    formatEndpoint(flow.source.address, flow.source.port),
    flow.process === null ? `(${flow.zone})` : `(${flow.zone}, ${flow.process.name})`,
    '->',
    destinationOf(flow),
    `[${flow.rule?.text ?? 'no rule'}]`,
    chainOf(flow),
    mark === '+' ? '' : `(${flow.state}${error}; ${bytes})`,
  ].join(' ');
  return `${printable(text).trimEnd()}\n`;
}

/** A query in the columns of the flows. */
function queryRow(info: DnsQueryInfo): string[] {
  const { name, type, source, server, client, time } = info;
  return [
    '-',
    'dns',
    source,
    '-',
    '-',
    client === null ? 'sluice' : formatEndpoint(client.address, client.port),
    `${name} ${type}`,
    info.policy ?? '-',
    server ?? '-',
    '-',
    '-',
    formatAge(Date.now() - Date.parse(time)),
  ];
}
