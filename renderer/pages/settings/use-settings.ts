/** The settings as core tells them, asked for again whenever another configuration is in force. */
import { useCallback, useEffect, useState } from 'react';
import { endpoints } from '../../../core/api/endpoints.ts';
import type { SettingList } from '../../../core/api/settings.ts';
import { call } from '../../api/client.ts';
import { ApiFailure } from '../../api/failure.ts';
import { useLive } from '../../live/live.ts';
import { liveHealth } from '../../live/status.ts';

export interface Settings {
  /** Null until core has told it. */
  readonly list: SettingList | null;
  readonly failure: ApiFailure | null;
  /** Rejects with `ApiFailure`. */
  readonly reload: () => Promise<SettingList>;
}

export function useSettings(): Settings {
  const [list, setList] = useState<SettingList | null>(null);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const { value: health } = useLive(liveHealth);
  const config = health.status?.config;

  const reload = useCallback(async () => {
    const told = await call(endpoints.settings);
    setList(told);
    setFailure(null);
    return told;
  }, []);

  useEffect(() => {
    reload().catch((cause: unknown) => {
      if (!(cause instanceof ApiFailure)) throw cause;
      setFailure(cause);
    });
  }, [reload, config?.loadedAt, config?.rejected?.at]);

  return { list, failure, reload };
}
