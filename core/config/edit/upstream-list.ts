/** The upstreams of a configuration file as forms show them, with where they stand and who uses them. Pure. */
import { isMap } from 'yaml';
import { SluiceError } from '../../api/errors.ts';
import type {
  FileGroup,
  FileUpstream,
  UpstreamList,
  UpstreamSettings,
} from '../../api/upstreams.ts';
import { LineIndex } from '../line-index.ts';
import { Names } from '../names.ts';
import { Problems } from '../problems.ts';
import { readProxies } from '../proxies-section.ts';
import { readDocument } from '../read-yaml.ts';
import { SETTING_KEYS, settingsOf } from '../upstream-settings.ts';
import { findMatch } from './edit-match.ts';
import { referencesOf } from './references.ts';
import { entriesOf, itemsOf, openYaml, rangeOf, scalarText } from './yaml-file.ts';
import type { YamlFile } from './yaml-file.ts';

export type ListedUpstreams = Omit<UpstreamList, 'path' | 'hash'>;

const NOTHING: ListedUpstreams = { upstreams: [], groups: [], match: null, notEditable: null };

/** Never throws. */
export function listUpstreams(text: string): ListedUpstreams {
  try {
    const file = openYaml(text);
    const lines = new LineIndex(text);
    const lineAt = (offset: number): number => lines.position(offset).line;
    const match = findMatch(file);
    return {
      upstreams: upstreamsOf(file, lineAt),
      groups: groupsOf(file, lineAt),
      match: match === null ? null : { target: match.target, line: lineAt(match.start) },
      notEditable: null,
    };
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return { ...NOTHING, notEditable: error.message };
  }
}

/** One for each item of `proxies`; null for what is wrong, or has no server. */
export function readUpstreams({ document, text }: YamlFile): (UpstreamSettings | null)[] {
  const root = readDocument(document, text, newProblems());
  const list = root?.kind === 'map' ? root.entries.get('proxies')?.value : undefined;
  const items = list?.kind === 'list' ? list.items : [];
  return items.map((item) => {
    const problems = newProblems();
    const [proxy] = readProxies([item], 'the file', new Names(), problems);
    return proxy === undefined || problems.hasErrors ? null : settingsOf(proxy);
  });
}

/** Nobody is told of them. */
function newProblems(): Problems {
  return new Problems('the file', () => ({ line: 1, column: 1 }));
}

function upstreamsOf(file: YamlFile, lineAt: (offset: number) => number): FileUpstream[] {
  const { root } = file;
  if (root === null) return [];
  const references = referencesOf(file);
  const read = readUpstreams(file);
  const items = itemsOf(file, entriesOf(file, root).get('proxies')?.value);
  return items.flatMap((item, index) => {
    const settings = read[index] ?? null;
    if (settings === null || !isMap(item)) return [];
    const known: readonly string[] = SETTING_KEYS;
    const uses = references.get(settings.name) ?? [];
    return [
      {
        settings,
        line: lineAt(rangeOf(item)[0]),
        otherKeys: [...entriesOf(file, item).keys()].filter((key) => !known.includes(key)),
        usedBy: uses.map(({ kind, text, node }) => ({
          kind,
          text,
          line: lineAt(rangeOf(node)[0]),
        })),
      },
    ];
  });
}

function groupsOf(file: YamlFile, lineAt: (offset: number) => number): FileGroup[] {
  const { root } = file;
  if (root === null) return [];
  return itemsOf(file, entriesOf(file, root).get('proxy-groups')?.value).flatMap((item) => {
    if (!isMap(item)) return [];
    const keys = entriesOf(file, item);
    const members = itemsOf(file, keys.get('proxies')?.value).map((member) => scalarText(member));
    return [
      {
        name: scalarText(keys.get('name')?.value) ?? '',
        type: scalarText(keys.get('type')?.value) ?? '',
        members: members.filter((member) => member !== null),
        line: lineAt(rangeOf(item)[0]),
      },
    ];
  });
}
