/** The list of settings for the interface and the command line. */
import type { Setting, SettingList } from '../api/settings.ts';
import type { FileText } from '../config/edit/config-file.ts';
import { catalogue } from './catalogue.ts';
import { FileSettings } from './read-settings.ts';

interface Sources {
  /** Null: Sluice runs without a file. */
  readonly file: (FileText & { readonly path: string }) | null;
  /** The text of the configuration in force. */
  readonly inForce: string;
}

export function listSettings({ file, inForce }: Sources): SettingList {
  const running = new FileSettings(inForce);
  const written = file === null || file.text === inForce ? running : new FileSettings(file.text);
  const settings = catalogue.map((catalogued): Setting => {
    const { keys: _keys, key: _key, ...known } = catalogued;
    const value = running.get(catalogued)?.value ?? known.default;
    return { ...known, value, file: file === null ? null : written.get(catalogued) };
  });
  return {
    path: file?.path ?? null,
    hash: file?.hash ?? null,
    settings,
    notEditable:
      file === null
        ? 'Sluice runs with its built-in configuration: start it with "sluice run -c FILE" to change it'
        : written.syntaxError === null
          ? null
          : `The file is no valid YAML: ${written.syntaxError}`,
  };
}
