/** Choosing in a group, and the connections that still go by what was chosen before. */
import { endpoints } from '../../../core/api/endpoints.ts';
import type { FlowInfo } from '../../../core/api/flows.ts';
import { call } from '../../api/client.ts';
import { isLeftBehind } from './members.ts';
import { currentList, lookAgain } from './upstream-store.ts';

/** Makes the group use the member; an empty name gives the choice back to the group. Rejects with `ApiFailure`. */
export async function choose(group: string, member: string): Promise<void> {
  try {
    if (member === '') await call(endpoints.unchooseProxy, { params: { name: group } });
    else await call(endpoints.chooseProxy, { params: { name: group }, body: { name: member } });
  } finally {
    await lookAgain();
  }
}

/** The open connections through the group that go by another member than it uses now. Rejects with `ApiFailure`. */
export async function leftBehind(group: string): Promise<readonly FlowInfo[]> {
  const now = currentList()?.groups.find(({ name }) => name === group)?.now ?? '';
  const { flows } = await call(endpoints.flows, { query: { state: 'live' } });
  return flows.filter(({ chain }) => isLeftBehind(chain, group, now));
}
