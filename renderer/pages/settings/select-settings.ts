/** Which settings a search finds: all of its words, in any order. Pure. */
import type { Setting, SettingGroup } from '../../../core/api/settings.ts';

export function matches(search: string, text: string): boolean {
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return words.every((word) => text.includes(word));
}

/** In the order of `groups`; groups of which nothing is found are left out. */
export function groupSettings(
  settings: readonly Setting[],
  groups: readonly SettingGroup[],
  isFound: (setting: Setting) => boolean,
): readonly { readonly group: SettingGroup; readonly settings: readonly Setting[] }[] {
  return groups
    .map((group) => ({
      group,
      settings: settings.filter((setting) => setting.group === group && isFound(setting)),
    }))
    .filter((found) => found.settings.length > 0);
}
