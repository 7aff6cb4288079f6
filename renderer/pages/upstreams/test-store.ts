/** The tests that this page runs: which are on their way, how far a run of all has come, and why one failed. */
import { endpoints } from '../../../core/api/endpoints.ts';
import type { ProxyList } from '../../../core/api/proxies.ts';
import { call } from '../../api/client.ts';
import { showFailure } from '../../components/show-failure.tsx';
import { toldBy } from '../../i18n/meaning.ts';
import type { Told } from '../../i18n/meaning.ts';
import { Store, useStore } from '../../store.ts';
import { groupKey } from './upstream-rows.ts';
import { Directory, isTestable } from './members.ts';
import { runLimited } from './run-limited.ts';
import { lookAgain } from './upstream-store.ts';

export interface Tests {
  /** Names of proxies, and `groupKey`s. */
  readonly running: ReadonlySet<string>;
  /** Why the latest test of a proxy failed, by its name. */
  readonly errors: ReadonlyMap<string, Told>;
  /** Of a run of all; null: there is none. */
  readonly progress: { readonly done: number; readonly total: number } | null;
}

/** So that a test measures the upstream, and not how busy this machine is with the others. */
const AT_ONCE = 6;

const state = new Store<Tests>({ running: new Set(), errors: new Map(), progress: null });
let run: AbortController | null = null;

function set(change: Partial<Tests>): void {
  state.set({ ...state.value, ...change });
}

export function useTests(): Tests {
  return useStore(state);
}

/** Tests one proxy; why it failed is kept for its card. */
export async function testProxy(name: string, list: ProxyList): Promise<void> {
  await testOne(name, new Directory(list));
  await lookAgain();
}

/** Tests all members of a group with the group's own address; why some failed is kept for their cards. */
export async function testGroup(name: string): Promise<void> {
  await during(groupKey(name), async () => {
    try {
      const { delays, errors } = await call(endpoints.testGroup, { params: { name }, body: {} });
      for (const [member, delay] of Object.entries(delays)) {
        note(member, delay > 0 ? null : (errors[member] ?? null));
      }
    } catch (cause) {
      showFailure(cause);
    }
  });
  await lookAgain();
}

/** Tests these groups, and then the proxies that are in none of them. */
export async function testAll(groups: readonly string[], list: ProxyList): Promise<void> {
  if (run !== null) return;
  const abort = new AbortController();
  run = abort;
  const directory = new Directory(list);
  const inGroups = new Set(groups.flatMap((name) => directory.groups.get(name)?.all ?? []));
  const others = list.proxies.filter((proxy) => isTestable(proxy) && !inGroups.has(proxy.name));
  const jobs = [
    ...groups.map((name) => () => testGroup(name)),
    ...others.map(
      ({ name }) =>
        () =>
          testOne(name, directory),
    ),
  ];
  set({ progress: { done: 0, total: jobs.length } });
  const counted = jobs.map((job) => async () => {
    await job();
    const { progress } = state.value;
    if (run !== abort || progress === null) return;
    set({ progress: { ...progress, done: progress.done + 1 } });
  });
  await runLimited(counted, AT_ONCE, abort.signal);
  if (run === abort) cancelAll();
  await lookAgain();
}

/** What has begun is finished; nothing else begins. */
export function cancelAll(): void {
  run?.abort();
  run = null;
  set({ progress: null });
}

async function testOne(name: string, directory: Directory): Promise<void> {
  await during(name, async () => {
    const error = await call(endpoints.testProxy, {
      params: { name },
      body: directory.testOf(name),
    }).then(() => null, toldBy);
    note(name, error);
  });
}

/** Null: the test passed. */
function note(name: string, error: Told | null): void {
  // Made of what is known by now: others are tested at the same time.
  const errors = new Map(state.value.errors);
  if (error === null) errors.delete(name);
  else errors.set(name, error);
  set({ errors });
}

async function during(key: string, work: () => Promise<void>): Promise<void> {
  set({ running: new Set([...state.value.running, key]) });
  try {
    await work();
  } finally {
    set({ running: new Set([...state.value.running].filter((one) => one !== key)) });
  }
}
