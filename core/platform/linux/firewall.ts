/**
 * Chains of the firewall that drop what nobody has allowed to be forwarded. Docker makes such a policy
 * and allows its own networks; a guest of another kind then reaches nothing. Read only.
 */
import { fieldsOf, list, text } from './fields.ts';
import { ToolError, runTool } from './tool.ts';

/** As `family table chain`. Empty where there are none, or no firewall can be asked. */
export async function droppingChains(): Promise<string[]> {
  const found = [...parseNft(await tell('nft', ['-json', 'list', 'chains']))];
  // What the older kind of iptables keeps, nft does not know.
  for (const program of ['iptables-legacy', 'ip6tables-legacy']) {
    const policy = await tell(program, ['-w', '2', '-S', 'FORWARD']);
    if (policy.startsWith('-P FORWARD DROP')) found.push(`${program} filter FORWARD`);
  }
  return found;
}

/** Chains with the hook `forward` and the policy `drop`. */
export function parseNft(json: string): string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return [];
  }
  return list(fieldsOf(parsed)['nftables']).flatMap((entry) => {
    const chain = fieldsOf(fieldsOf(entry)['chain']);
    if (chain['hook'] !== 'forward' || chain['policy'] !== 'drop') return [];
    return [['family', 'table', 'name'].map((key) => text(chain[key])).join(' ')];
  });
}

/** Empty where it is not installed, or refuses. */
async function tell(program: string, args: readonly string[]): Promise<string> {
  try {
    return await runTool(program, args);
  } catch (cause) {
    if (cause instanceof ToolError) return '';
    throw cause;
  }
}
