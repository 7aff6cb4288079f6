/** `sluice test`: measures delays. */
import { parseArgs } from 'node:util';
import { endpoints } from '../../api/endpoints.ts';
import type { GroupTest, TestRequest } from '../../api/proxies.ts';
import { EXIT_FAILED, EXIT_OK, UsageError } from '../command.ts';
import type { Command } from '../command.ts';
import { formatTable, printable } from '../format.ts';
import { controlClient, toJson } from '../options.ts';

export const command: Command = {
  help: [
    'Usage: sluice test [NAME] [--url URL] [--timeout MS] [--json]',
    '',
    'Measures how long a small request takes through a proxy, or through each member of a',
    'group (GLOBAL when absent: everything). It goes the same way as traffic.',
    '',
    'Options:',
    '  --url URL      what to ask for; the group’s own, or a page of Google, when absent',
    '  --timeout MS   how long an answer may take; 5000 when absent',
    '  --json         delays and errors as JSON; a delay of 0 is a failure',
    '',
    'Exit code: 0 when at least one test succeeded, 1 when none did.',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        url: { type: 'string' },
        timeout: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    if (positionals.length > 1) throw new UsageError('Only one NAME can be tested at a time.');
    const [name = 'GLOBAL'] = positionals;
    const result = await measure(name, {
      ...(values.url === undefined ? {} : { url: values.url }),
      ...(values.timeout === undefined ? {} : { timeout: timeoutOf(values.timeout) }),
    });
    terminal.out(values.json ? toJson(result) : formatResult(result));
    return Object.values(result.delays).some((delay) => delay > 0) ? EXIT_OK : EXIT_FAILED;
  },
};

/** Hundreds of proxies that do not answer, ten at a time. */
const LONGEST_MS = 600_000;

/** Of a proxy alone, or of every member of a group. */
async function measure(name: string, body: TestRequest): Promise<GroupTest> {
  const client = controlClient(LONGEST_MS);
  const { groups } = await client.call(endpoints.proxies);
  if (groups.some((group) => group.name === name)) {
    return client.call(endpoints.testGroup, { params: { name }, body });
  }
  const { delay } = await client.call(endpoints.testProxy, { params: { name }, body });
  return { delays: { [name]: delay }, errors: {} };
}

/** The fastest first, then those that failed. */
function formatResult({ delays, errors }: GroupTest): string {
  const all = Object.entries(delays);
  const passed = all.filter(([, delay]) => delay > 0).toSorted(([, a], [, b]) => a - b);
  const failed = all.filter(([, delay]) => delay === 0);
  const rows = [
    ...passed.map(([name, delay]) => [name, `${delay} ms`]),
    ...failed.map(([name]) => [name, `failed: ${errors[name]?.message} [${errors[name]?.code}]`]),
  ];
  return formatTable(rows.map((row) => row.map(printable)));
}

function timeoutOf(text: string): number {
  if (/^[1-9][0-9]{0,5}$/.test(text)) return Number(text);
  throw new UsageError(`"${text}" is not a number of milliseconds.`);
}
