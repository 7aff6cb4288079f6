/** The key `rule-providers:`. Their contents are read by `core/providers`. */
import { choice, list, optional, readSection } from './fields.ts';
import type { Names } from './names.ts';
import type { Problems } from './problems.ts';
import type { RuleProviderConfig } from './provider-config.ts';
import { namedMaps, readSource, sourceKeys, textEntries } from './source-fields.ts';
import type { MapValue, Value } from './value.ts';

const section = {
  used: {
    ...sourceKeys,
    behavior: optional(choice(['domain', 'ipcidr', 'classical']), null),
    format: optional(choice(['yaml', 'text', 'mrs']), 'yaml' as const),
    payload: optional(
      list<Value>((value) => value),
      [],
    ),
  },
};

/** `file` is the configuration's: relative paths begin in its folder. */
export function readRuleProviders(
  map: MapValue,
  file: string,
  names: Names,
  problems: Problems,
): readonly RuleProviderConfig[] {
  const providers: RuleProviderConfig[] = [];
  for (const { name, path, item } of namedMaps(map, 'rule-providers', problems)) {
    const fields = readSection(item, path, section, problems);
    const { behavior, format } = fields;
    const found = readSource(item, fields, { path, file, names, problems });
    if (behavior === null) {
      // A value that is there and wrong has been reported.
      if (!item.entries.has('behavior')) {
        const message = `${path}.behavior is missing: write domain, ipcidr or classical`;
        problems.error('key-missing', item.offset, message);
      }
      continue;
    }
    if (found === null) continue;
    if (format === 'mrs' && behavior === 'classical') {
      const offset = item.entries.get('format')?.value.offset ?? item.offset;
      const message = `${path}: mrs files hold domains or addresses, not whole rules`;
      problems.error('value-invalid', offset, message);
      continue;
    }
    const source =
      found === 'inline'
        ? {
            type: 'inline' as const,
            entries: textEntries(fields.payload, `${path}.payload`, problems),
          }
        : found;
    providers.push({ name, behavior, format, source, position: problems.position(item.offset) });
  }
  return providers;
}
