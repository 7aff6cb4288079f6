/** Runs iproute2's `ip`: queries as JSON, changes as batches. Nothing is kept between calls. */
import { SluiceError } from '../../api/errors.ts';
import { ToolError, runTool } from './tool.ts';

export type Family = 4 | 6;

/** Runs `ip` with these arguments; resolves to its output. */
export async function ip(args: readonly string[], input = ''): Promise<string> {
  try {
    return await runTool('ip', args, input);
  } catch (error) {
    throw error instanceof ToolError ? failure(args, input, error) : error;
  }
}

/** Runs a query; resolves to the parsed JSON array. A routing table that does not exist is empty. */
export async function ipQuery(args: readonly string[]): Promise<readonly unknown[]> {
  let output: string;
  try {
    output = await ip(['-json', ...args]);
  } catch (error) {
    if (error instanceof Error && error.message.includes('FIB table does not exist')) return [];
    throw error;
  }
  try {
    const parsed: unknown = output.trim() === '' ? [] : JSON.parse(output);
    if (Array.isArray(parsed)) return parsed;
  } catch {
    // Reported below, like any other answer that is not an array.
  }
  throw new SluiceError(
    'ERR_IPROUTE2',
    `ip ${args.join(' ')} did not answer in JSON: a newer iproute2 is needed`,
  );
}

/** Runs commands (without the leading `ip`) in order and stops at the first that fails. */
export async function ipBatch(family: Family, commands: readonly string[]): Promise<void> {
  if (commands.length === 0) return;
  await ip([`-${family}`, '-batch', '-'], `${commands.join('\n')}\n`);
}

/** Runs all commands; one that fails is taken to have been done already. */
export async function ipBatchTolerant(family: Family, commands: readonly string[]): Promise<void> {
  if (commands.length === 0) return;
  try {
    await ip([`-${family}`, '-force', '-batch', '-'], `${commands.join('\n')}\n`);
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== 'ERR_ROUTING') throw error;
  }
}

function failure(args: readonly string[], input: string, cause: ToolError): SluiceError {
  const { stderr, isMissing } = cause;
  if (isMissing) {
    return new SluiceError(
      'ERR_IPROUTE2',
      'the program ip is missing: install the package iproute2',
      { cause },
    );
  }
  const said = stderr.trim().split('\n');
  // "Command failed -:3" names the line of a batch.
  const line = Number(/^Command failed -:(\d+)$/.exec(said.at(-1) ?? '')?.[1] ?? '0');
  const command = line > 0 ? input.split('\n')[line - 1] : args.join(' ');
  const why = (said[0] ?? '') || cause.message;
  const hint = /not permitted|permission denied/i.test(why) ? '. Run as root' : '';
  return new SluiceError('ERR_ROUTING', `ip ${command} failed: ${why}${hint}`, { cause });
}
