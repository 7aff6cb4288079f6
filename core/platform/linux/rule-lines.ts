/** Policy rules as `ip rule` prints them, for people to read. */
import { presentFamilies } from './changes.ts';
import { ip } from './ip-command.ts';
import type { Family } from './ip-command.ts';
import { OWN_PROTOCOL } from './tunnel-plan.ts';

export interface RuleLine {
  readonly family: Family;
  readonly priority: number;
  /** Without who made it. */
  readonly text: string;
  /** Whether it bears our mark. */
  readonly isOwn: boolean;
}

/** A rule has a few words. */
const LONGEST = 300;

/** In the order in which they are asked. Rejects with `SluiceError`. */
export async function queryRuleLines(): Promise<RuleLine[]> {
  const families = presentFamilies().map(async (family) =>
    parseRuleLines(family, await ip([`-${family}`, 'rule'])),
  );
  return (await Promise.all(families)).flat();
}

/** `PRIORITY:\tSELECTOR ACTION proto WHO`. Lines that are none are skipped. */
export function parseRuleLines(family: Family, output: string): RuleLine[] {
  return output.split('\n').flatMap((line) => {
    const [, priority, text] = /^(\d{1,10}):\s+(\S.*?)\s*$/.exec(line) ?? [];
    if (priority === undefined || text === undefined) return [];
    const isOwn = new RegExp(`\\bproto(col)? ${OWN_PROTOCOL}\\b`).test(text);
    const shown = text.replace(/ proto(col)? \d+$/, '').slice(0, LONGEST);
    return [{ family, priority: Number(priority), text: shown, isOwn }];
  });
}
