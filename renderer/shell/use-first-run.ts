/** Leads whoever has no upstream yet, and has not said no, from Home to the first steps. */
import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';
import { endpoints } from '../../core/api/endpoints.ts';
import type { Status } from '../../core/api/status.ts';
import { call } from '../api/client.ts';
import { isFirstRunDismissed } from '../pages/first-run/dismissed.ts';

/** Whether there is a file that can be changed, and no upstream in it. */
export function useFirstRun(status: Status | null): boolean {
  const [location, navigate] = useLocation();
  const wasAsked = useRef(false);
  const isBare = status !== null && status.config.path !== null && status.config.proxies === 0;
  const isDue = isBare && location === '/';

  useEffect(() => {
    if (!isDue || wasAsked.current || isFirstRunDismissed()) return;
    wasAsked.current = true;
    call(endpoints.proxies).then(
      // Upstreams may come from a provider alone, which only makes sense with a group.
      ({ groups }) => {
        if (groups.every(({ name }) => name === 'GLOBAL')) {
          navigate('/first-run', { replace: true });
        }
      },
      () => undefined,
    );
  }, [isDue, navigate]);
  return isBare;
}
