/** 界面的简体中文。 */
export { errors } from './zh-cn/errors.ts';
import type { Catalogue } from './en.ts';
import { app } from './zh-cn/app.ts';
import { connections } from './zh-cn/connections.ts';
import { dns } from './zh-cn/dns.ts';
import { doctor } from './zh-cn/doctor.ts';
import { explain } from './zh-cn/explain.ts';
import { firstRun } from './zh-cn/first-run.ts';
import { home } from './zh-cn/home.ts';
import { logs } from './zh-cn/logs.ts';
import { makeRule } from './zh-cn/make-rule.ts';
import { network } from './zh-cn/network.ts';
import { ruleTests } from './zh-cn/rule-tests.ts';
import { record } from './zh-cn/record.ts';
import { rules } from './zh-cn/rules.ts';
import { settings } from './zh-cn/settings.ts';
import { upstreams } from './zh-cn/upstreams.ts';

export const zhCn: Catalogue = {
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
};
