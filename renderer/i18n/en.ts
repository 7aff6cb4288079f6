/** The interface in English. Every other language has the same keys: the compiler sees to it. */
import { app } from './en/app.ts';
import { connections } from './en/connections.ts';
import { dns } from './en/dns.ts';
import { doctor } from './en/doctor.ts';
import { explain } from './en/explain.ts';
import { firstRun } from './en/first-run.ts';
import { home } from './en/home.ts';
import { logs } from './en/logs.ts';
import { makeRule } from './en/make-rule.ts';
import { network } from './en/network.ts';
import { ruleTests } from './en/rule-tests.ts';
import { record } from './en/record.ts';
import { rules } from './en/rules.ts';
import { settings } from './en/settings.ts';
import { upstreams } from './en/upstreams.ts';

export const en = {
  ...app,
  ...connections,
  ...dns,
  ...doctor,
  ...explain,
  ...firstRun,
  ...home,
  ...logs,
  ...makeRule,
  ...network,
  ...ruleTests,
  ...record,
  ...rules,
  ...settings,
  ...upstreams,
} as const;

export type Key = keyof typeof en;
export type Catalogue = Readonly<Record<Key, string>>;
