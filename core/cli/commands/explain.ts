/** `sluice explain`: which rule decides about a destination, and why. */
import { parseArgs } from 'node:util';
import { parseExplainRequest } from '../../api/explain.ts';
import type { ChoiceReason, GroupChoice } from '../../api/proxies.ts';
import type {
  ExplainEntry,
  ExplainMember,
  Explanation,
  ExplainRequest,
  ExplainStep,
} from '../../api/explain.ts';
import { EXIT_OK, UsageError } from '../command.ts';
import type { Command } from '../command.ts';
import { openExplainer } from '../explainer.ts';
import { formatEndpoint, printable } from '../format.ts';
import { assertArguments, toJson } from '../options.ts';
import { formatCount } from '../../../rules/text.ts';

export const command: Command = {
  help: [
    'Usage: sluice explain HOST[:PORT] [-c FILE] [OPTIONS]',
    '',
    'Shows which rule decides about a destination, and why those before it did not.',
    'Asks the running Sluice; with -c it goes by that file instead, and without either by',
    'the built-in configuration. The name is looked up only when a rule compares addresses.',
    '',
    'HOST is a domain name or an address ([2001:db8::1]:443 with a port); PORT is 443',
    'when absent.',
    '',
    'Options:',
    '  -c, --config FILE   explain by this file, whether or not Sluice runs',
    '  --udp               a UDP flow instead of TCP',
    '  --source ADDRESS    where the flow comes from; this machine when absent',
    '  --zone ZONE         host (when absent), wsl, container, vm or lan',
    '  --process NAME      the program, or its path; unknown when absent',
    '  --uid N             the user that the program runs as',
    '  --dscp N            the traffic class, 0 to 63',
    '  --address ADDRESS   what the name leads to, instead of looking it up',
    '  --in-type TYPE      what it comes in through: TUN (when absent), HTTP, SOCKS5',
    '  --json              the explanation as JSON',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        config: { type: 'string', short: 'c' },
        udp: { type: 'boolean', default: false },
        source: { type: 'string' },
        zone: { type: 'string' },
        process: { type: 'string' },
        uid: { type: 'string' },
        dscp: { type: 'string' },
        'in-type': { type: 'string' },
        address: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    assertArguments(positionals, ['HOST']);
    const { zone, process, uid, dscp } = values;
    const isPath = process?.includes('/') === true;
    const request = requestOf({
      ...parseDestination(positionals[0] ?? ''),
      network: values.udp ? 'udp' : 'tcp',
      source: values.source,
      zone,
      [isPath ? 'processPath' : 'process']: process,
      uid: uid === undefined ? undefined : Number(uid),
      dscp: dscp === undefined ? undefined : Number(dscp),
      inType: values['in-type'],
      address: values.address,
    });
    const explainer = await openExplainer(values.config, terminal);
    try {
      const explanation = await explainer.explain(request);
      terminal.out(values.json ? toJson(explanation) : formatExplanation(explanation));
    } finally {
      await explainer.close();
    }
    return EXIT_OK;
  },
};

/** Throws `UsageError` where a value makes no sense. */
function requestOf(given: Readonly<Record<string, unknown>>): ExplainRequest {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  try {
    return parseExplainRequest(Object.fromEntries(entries));
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause));
  }
}

/** `HOST`, `HOST:PORT`, `[IPv6]:PORT`, a bare IPv6 address, or a URL pasted from a browser. */
export function parseDestination(text: string): Pick<ExplainRequest, 'host' | 'port'> {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text);
  const plain = /^([^:/]+)(?::(\d+))?$/.exec(text);
  const [, host, port] = bracketed ?? plain ?? [];
  if (host !== undefined) return withPort(host, port, text);
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? URL.parse(text) : null;
  if (url !== null && url.hostname !== '') {
    const standard = url.protocol === 'http:' ? '80' : '443';
    const name = url.hostname.replace(/^\[|\]$/g, '');
    return withPort(name, url.port === '' ? standard : url.port, text);
  }
  if (/^[0-9a-f:.]+$/i.test(text)) return { host: text };
  throw new UsageError(`"${text}" is not HOST or HOST:PORT.`);
}

function withPort(
  host: string,
  port: string | undefined,
  text: string,
): Pick<ExplainRequest, 'host' | 'port'> {
  if (port === undefined) return { host };
  const number = Number(port);
  if (number < 1 || number > 65_535) {
    throw new UsageError(`The port in "${text}" is not from 1 to 65535.`);
  }
  return { host, port: number };
}

function formatExplanation(explanation: Explanation): string {
  const { host, port, network, target, chain, resolved, steps, omittedSteps } = explanation;
  const way = chain.length === 0 ? target : chain.join(' > ');
  const lines = [
    `${formatEndpoint(host, port)} (${network}) goes to ${way}`,
    `Decided by ${describeDecider(explanation)}`,
  ];
  if (resolved !== null) {
    const found = resolved.length === 0 ? 'the lookup failed' : resolved.join(', ');
    lines.push(`Looked up, because a rule compares addresses: ${found}`);
  }
  lines.push(...explanation.choices.map(formatChoice));
  if (omittedSteps > 0)
    lines.push('', `  ${formatCount(omittedSteps, 'rule')} before these did not match.`);
  if (steps.length > 0) lines.push('');
  lines.push(...steps.flatMap((step) => formatStep(step, '')));
  return `${lines.map(printable).join('\n')}\n`;
}

const reasons: Readonly<Record<Exclude<ChoiceReason, 'none'>, string>> = {
  chosen: 'it was chosen by hand',
  first: 'nobody has chosen, and it is the first that can be used',
  'first-alive': 'it is the first that is alive',
  fastest: 'it has the shortest delay',
  'none-alive': 'every member failed its test, and it is the first',
  hash: 'this site always goes there',
  sticky: 'this source and this site go there',
  'round-robin': 'it was its turn',
  udp: 'the member before it carries no UDP',
};

function formatChoice({ group, member, reason }: GroupChoice): string {
  if (reason === 'none') return `The group ${group} has no member that can be used.`;
  return `The group ${group} chose ${member}: ${reasons[reason]}`;
}

function formatStep(step: ExplainStep, indent: string): string[] {
  const where = step.line > 0 ? ` (line ${step.line})` : '';
  const inner = `${indent}      `;
  const lines = [
    `${indent}${step.matched ? '+' : '-'} ${step.index + 1}. ${step.text}${where}`,
    `${inner}${step.reason}${step.passed ? '; PASS: the next rule decides' : ''}`,
  ];
  if (step.resolved) lines.push(`${inner}the name was looked up for this rule`);
  lines.push(...formatEntry(step.entry, inner));
  lines.push(...step.members.flatMap((member) => formatMember(member, inner)));
  if (step.list !== null) lines.push(...step.list.flatMap((rule) => formatStep(rule, inner)));
  return lines;
}

function formatMember(member: ExplainMember, indent: string): string[] {
  const mark = { matched: '+', missed: '-', undecided: '?' }[member.result];
  return [
    `${indent}${mark} ${member.text}: ${member.reason}`,
    ...formatEntry(member.entry, `${indent}  `),
    ...member.members.flatMap((inner) => formatMember(inner, `${indent}  `)),
  ];
}

function formatEntry(entry: ExplainEntry | null, indent: string): string[] {
  if (entry === null) return [];
  return [`${indent}by ${entry.text}${entry.line > 0 ? `, line ${entry.line} of the list` : ''}`];
}

function describeDecider({ decidedBy, ruleText, steps }: Explanation): string {
  if (decidedBy < 0) return ruleText;
  const line = steps.find((step) => step.index === decidedBy)?.line ?? 0;
  return `rule ${decidedBy + 1}${line > 0 ? `, line ${line}` : ''}: ${ruleText}`;
}
