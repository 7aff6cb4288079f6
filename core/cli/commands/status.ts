/** `sluice status`: how the running core is. */
import { parseArgs } from 'node:util';
import { doctorTexts } from '../../api/doctor-texts.ts';
import { endpoints } from '../../api/endpoints.ts';
import { fillIn } from '../../api/fill-in.ts';
import type { DnsTotals } from '../../api/dns.ts';
import type { Status, WayOutStatus } from '../../api/status.ts';
import { EXIT_OK } from '../command.ts';
import type { Command } from '../command.ts';
import { formatAge, formatBytes, printable } from '../format.ts';
import { assertArguments, controlClient, toJson } from '../options.ts';
import { formatCount } from '../../../rules/text.ts';

export const command: Command = {
  help: [
    'Usage: sluice status [--json]',
    '',
    'Shows whether Sluice runs, what it captures, where it sends its own traffic,',
    'how much it has relayed, and what is wrong.',
    '',
    'Options:',
    '  --json   the whole status as JSON',
    '',
    'Exit code: 0 when Sluice runs, 1 when it does not.',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { json: { type: 'boolean' } },
      allowPositionals: true,
    });
    assertArguments(positionals, []);
    const status = await controlClient().call(endpoints.status);
    terminal.out(values.json === true ? toJson(status) : formatStatus(status));
    return EXIT_OK;
  },
};

/** Notes that other lines tell in more detail. */
const SHOWN_ABOVE: ReadonlySet<string> = new Set([
  'note.error',
  'note.noUplink',
  'note.rejected',
  'note.restart',
]);

function formatStatus(status: Status): string {
  const { config, tun, uplink, flows } = status;
  const age = formatAge(Date.now() - Date.parse(status.since));
  const lines = [
    `State     ${status.state} for ${age} (process ${status.pid}, version ${status.version})`,
  ];
  if (status.error !== null) lines.push(`Error     ${status.error.message} [${status.error.code}]`);
  lines.push(
    `Config    ${config.path ?? 'built in'}, mode ${status.mode}: ${formatCount(config.rules, 'rule')}, ` +
      `${formatCount(config.proxies, 'proxy', 'proxies')}, ${formatCount(config.warnings, 'warning')}`,
  );
  if (config.rejected !== null) {
    lines.push(`          the latest change was not applied: ${config.rejected.message}`);
  }
  if (config.restartNeeded.length > 0) {
    lines.push(`          needs a restart: ${config.restartNeeded.join(', ')}`);
  }
  if (tun === null) lines.push('Tunnel    off: nothing is captured');
  else {
    const offload = tun.offload ? 'with offload' : 'without offload';
    lines.push(`Tunnel    ${tun.device}, MTU ${tun.mtu}, ${offload}`);
  }
  if (uplink === null) lines.push('Uplink    none: this machine has no default route');
  else {
    const ways = [
      `${uplink.device4} ${uplink.address4}`.trim(),
      `${uplink.device6} ${uplink.address6}`.trim(),
    ].filter((way) => way !== '');
    lines.push(`Uplink    ${ways.join(', ')}`);
  }
  if (status.wayOut !== null) lines.push(`Way out   ${wayOutLine(status.wayOut)}`);
  if (status.dns === null) lines.push('DNS       off: queries are relayed like other flows');
  else lines.push(`DNS       ${dnsLine(status.dns)}`);
  lines.push(
    `Flows     ${flows.open} open, ${flows.total} in all, ${flows.refused} refused, ${flows.failed} failed`,
    `Relayed   ${formatBytes(flows.upload)} up, ${formatBytes(flows.download)} down`,
    `Memory    ${formatBytes(status.memory)}`,
  );
  if (status.isRecording) lines.push('Recording packets are being recorded');
  for (const { text } of status.notes) {
    if (SHOWN_ABOVE.has(text.code)) continue;
    lines.push(`Note      ${fillIn(doctorTexts[text.code], text.values)}`);
  }
  return `${lines.map(printable).join('\n')}\n`;
}

/** Where flows go that no rule of their own claims. */
function wayOutLine({ target, chain, upstream, delay, testedAt }: WayOutStatus): string {
  if (chain.length === 0) return `${target}: what no rule claims is refused`;
  const tested = delay === null ? (testedAt === null ? '' : ', its test failed') : `, ${delay} ms`;
  return `${chain.join(' > ')}${upstream === null ? ', one for each flow' : tested}`;
}

function dnsLine(dns: DnsTotals): string {
  const fakes =
    dns.mode === 'fake-ip' ? `, ${dns.fakeNames} of ${dns.fakeCapacity} fake addresses in use` : '';
  const problems = [
    [dns.failed, 'failed'],
    [dns.malformed, 'malformed'],
    [dns.badReplies, 'bad replies'],
    [dns.poolFull, 'without a free address'],
  ].flatMap(([count, what]) => (count === 0 ? [] : [`, ${count} ${what}`]));
  return (
    `${dns.mode}: ${formatCount(dns.queries, 'query', 'queries')}, ${dns.cached + dns.stale} cached, ` +
    `${dns.faked} faked, ${dns.forwarded} forwarded${problems.join('')}${fakes}`
  );
}
