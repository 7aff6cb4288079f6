/** Which settings a search finds. Pure. */
import type { Setting, SettingGroup } from '../../../core/api/settings.ts';

export interface SettingsInGroup {
  readonly group: SettingGroup;
  readonly rows: readonly { readonly setting: Setting; readonly isFound: boolean }[];
  /** Whether any of them is. */
  readonly isFound: boolean;
}

/**
 * In the order of `groups`, each setting with whether it is found: what is not found is only
 * hidden, since something may be typed in it.
 */
export function groupSettings(
  settings: readonly Setting[],
  groups: readonly SettingGroup[],
  isFound: (setting: Setting) => boolean,
): readonly SettingsInGroup[] {
  return groups.map((group) => {
    const rows = settings
      .filter((setting) => setting.group === group)
      .map((setting) => ({ setting, isFound: isFound(setting) }));
    return { group, rows, isFound: rows.some((row) => row.isFound) };
  });
}
