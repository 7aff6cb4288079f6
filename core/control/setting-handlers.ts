/** What core does for the endpoints about settings. */
import { resolve } from 'node:path';
import type { EditResult } from '../api/edit.ts';
import type { SettingList, SettingsChange } from '../api/settings.ts';
import type { ConfigEditor } from '../config/edit/config-editor.ts';
import { readConfigFile } from '../config/edit/config-file.ts';
import { changeSettings, settingAt, summaryOf } from '../settings/edit-settings.ts';
import { listSettings } from '../settings/list-settings.ts';
import type { ControlService } from './service.ts';

export function settingsOf({ editor, textInForce }: ControlService): SettingList {
  const file =
    editor === null ? null : { ...readConfigFile(editor.path), path: resolve(editor.path) };
  return listSettings({ file, inForce: textInForce });
}

export function editSettings(
  editor: ConfigEditor,
  { changes, hash, author }: SettingsChange,
): Promise<EditResult> {
  for (const { path } of changes) settingAt(path);
  return editor.edit({
    author,
    hash,
    summary: summaryOf(changes),
    make: (text) => changeSettings(text, changes),
  });
}
