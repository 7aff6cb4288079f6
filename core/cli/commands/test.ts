/** `sluice test`: measures delays. */
import { parseArgs } from 'node:util';
import { endpoints } from '../../api/endpoints.ts';
import type { TestRequest } from '../../api/proxies.ts';
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
    '  --json         the delays as JSON; 0 is a failure',
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
    const delays = await measure(name, {
      ...(values.url === undefined ? {} : { url: values.url }),
      ...(values.timeout === undefined ? {} : { timeout: timeoutOf(values.timeout) }),
    });
    if (values.json) terminal.out(toJson(delays));
    else {
      const rows = Object.entries(delays).sort(([, a], [, b]) => (a || Infinity) - (b || Infinity));
      terminal.out(
        formatTable(
          rows.map(([who, delay]) => [printable(who), delay === 0 ? 'failed' : `${delay} ms`]),
        ),
      );
    }
    return Object.values(delays).some((delay) => delay > 0) ? EXIT_OK : EXIT_FAILED;
  },
};

/** Hundreds of proxies that do not answer, ten at a time. */
const LONGEST_MS = 600_000;

/** Of a proxy alone, or of every member of a group. */
async function measure(name: string, body: TestRequest): Promise<Readonly<Record<string, number>>> {
  const client = controlClient(LONGEST_MS);
  const { groups } = await client.call(endpoints.proxies);
  if (groups.some((group) => group.name === name)) {
    return (await client.call(endpoints.testGroup, { params: { name }, body })).delays;
  }
  return { [name]: (await client.call(endpoints.testProxy, { params: { name }, body })).delay };
}

function timeoutOf(text: string): number {
  if (/^[1-9][0-9]{0,5}$/.test(text)) return Number(text);
  throw new UsageError(`"${text}" is not a number of milliseconds.`);
}
