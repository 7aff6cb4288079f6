/** What core does for the endpoints about the upstreams of the file. */
import type { EditResult } from '../api/edit.ts';
import type { UpstreamChange } from '../api/upstreams.ts';
import type { ConfigEditor } from '../config/edit/config-editor.ts';
import type { ControlService } from './service.ts';

/** Groups that had it chosen have it still, whatever it is called now. */
export async function editUpstream(
  service: ControlService,
  editor: ConfigEditor,
  change: UpstreamChange,
): Promise<EditResult> {
  const done = await editor.editUpstream(change);
  const { edit } = change;
  if (edit.op === 'replace' && done.result.applied) {
    service.proxies.renameChosen(edit.name, edit.settings.name);
  }
  return done;
}
