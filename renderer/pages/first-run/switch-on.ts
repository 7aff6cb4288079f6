/** Carries the plan out: the file, the mode, and capturing. */
import type { EditResult } from '../../../core/api/edit.ts';
import { endpoints } from '../../../core/api/endpoints.ts';
import type { Mode, Status } from '../../../core/api/status.ts';
import type { UpstreamList } from '../../../core/api/upstreams.ts';
import { call } from '../../api/client.ts';
import { edit, lookAtAll } from '../upstreams/file-upstreams.ts';
import { requestOf } from '../upstreams/import/choice.ts';
import { settingsOf } from '../upstreams/upstream-form.ts';
import type { Plan } from './plan.ts';

/** Resolves to what came of changing the file; null where it stays as it is. Rejects with `ApiFailure`. */
export async function writePlan(plan: Plan, file: UpstreamList): Promise<EditResult | null> {
  const { way, form, preview, choice, known } = plan;
  switch (way) {
    case 'form':
      return edit({ op: 'add', settings: settingsOf(form), match: true });
    case 'import': {
      if (preview === null || choice === null) return null;
      const body = requestOf(preview, { ...choice, match: true });
      const result = await call(endpoints.applyImport, { body });
      await lookAtAll();
      return result;
    }
    case 'known': {
      const found = file.upstreams.find(({ settings }) => settings.name === known);
      if (found === undefined) return null;
      return edit({ op: 'replace', name: known, settings: found.settings, match: true });
    }
    case 'straight':
      return null;
  }
}

/** By which traffic goes where the plan says: one without a proxy must not follow rules that lead to one. */
export function modeOf({ way }: Plan, { match, upstreams }: UpstreamList): Mode {
  const isBare = upstreams.length === 0 && (match === null || match.target === 'DIRECT');
  return way === 'straight' && !isBare ? 'direct' : 'rule';
}

/** Traffic goes through Sluice. Rejects with `ApiFailure`. */
export async function switchOn(status: Status, mode: Mode): Promise<void> {
  if (status.mode !== mode) await call(endpoints.setMode, { body: { mode } });
  if (status.tun === null) await call(endpoints.setCapture, { body: { on: true } });
}
