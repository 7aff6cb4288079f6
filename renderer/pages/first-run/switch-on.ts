/** Carries the plan out: the file, the mode, and capturing. */
import type { EditResult } from '../../../core/api/edit.ts';
import { endpoints } from '../../../core/api/endpoints.ts';
import type { Status } from '../../../core/api/status.ts';
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

/** Traffic goes through Sluice, by the rules. Rejects with `ApiFailure`. */
export async function switchOn({ mode, tun }: Status): Promise<void> {
  if (mode !== 'rule') await call(endpoints.setMode, { body: { mode: 'rule' } });
  if (tun === null) await call(endpoints.setCapture, { body: { on: true } });
}
