/** What core does for each endpoint of the control API. Types of what they carry are in `core/api`. */
import type { Endpoint } from '../api/endpoint.ts';
import type { Endpoints } from '../api/endpoints.ts';
import type { WatchQuery } from '../api/flows.ts';
import { checkText } from '../config/check-text.ts';
import type { ConfigEditor } from '../config/edit/config-editor.ts';
import { FlowWatch } from '../engine/flow-watch.ts';
import { forget, listCache, listFakeIps } from '../dns/dns-tables.ts';
import { ownQuery } from '../dns/own-query.ts';
import { QueryWatch } from '../dns/query-log.ts';
import { listQueries, openDns } from './dns-handlers.ts';
import { closeFlow, closeFlows, findFlow, listFlows } from './flow-handlers.ts';
import { LOG_LEVELS } from '../api/logs.ts';
import type { LogList, LogQuery } from '../api/logs.ts';
import { LogWatch } from '../log/log-ring.ts';
import type { LogRing } from '../log/log-ring.ts';
import { casesOf, readCaseFile, writeCaseFile } from '../rule-tests/case-file.ts';
import { RequestError } from './http.ts';
import type { PiecedAnswer } from './http.ts';
import { listProxies, toGroupTest, toTest } from './proxy-handlers.ts';
import { editSettings, settingsOf } from './setting-handlers.ts';
import { candidates, listHits, preview } from './rule-handlers.ts';
import type { FileAnswer } from './files.ts';
import { editUpstream } from './upstream-handlers.ts';
import type { LineSource, StepSource } from './ndjson.ts';
import { recordedPackets, recordStatus } from './record-handlers.ts';
import type { ControlService } from './service.ts';

/** A request that its endpoint has checked. */
export interface Checked<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
}

export type Handler<E> =
  E extends Endpoint<infer Params, infer Query, infer Body, infer Answer, infer K>
    ? (service: ControlService, request: Checked<Params, Query, Body>) => Answered<K, Answer>
    : never;

type Answered<K, Answer> = K extends 'stream'
  ? LineSource<Answer> | StepSource<Answer>
  : K extends 'file'
    ? FileAnswer
    : Answer | Promise<Answer> | PiecedAnswer<Answer>;

export type Handlers = { readonly [Name in keyof Endpoints]: Handler<Endpoints[Name]> };

export const handlers: Handlers = {
  status: (service) => service.status(),
  watchStatus: (service, { query }) => each(query, () => service.status()),
  counters: (service) => service.counters(),
  totals: ({ flows }, { query }) => flows.sums(query.limit ?? LISTED_TOTALS),
  watchTotals: ({ flows }, { query }) =>
    each(query, () => flows.sums(query.limit ?? LISTED_TOTALS)),
  traffic: ({ traffic }, { query }) => traffic.read(query.span),
  network: (service) => service.network(),
  reload: (service) => service.reload(),
  uiLink: (service) => ({ url: service.uiLink() }),
  explain: (service, { body }) => service.explain(body),

  providers: (service) => service.providers(),
  refreshProvider: async (service, { params: { kind, name } }) => ({
    done: await service.refreshProvider(kind, name),
  }),

  doctor: ({ doctor }, { body }) => ({ begin: doctor.begin(body.checks) }),
  lastDoctor: ({ doctor }) => ({ report: doctor.last }),

  configText: (service) => openEditor(service).text(),
  configState: (service) => openEditor(service).state(),
  putConfigText: (service, { body }) => openEditor(service).putText(body),
  checkConfig: ({ editor }, { body }) => checkText(body.text, editor?.path ?? ''),
  editRules: (service, { body }) => openEditor(service).editRules(body),
  settings: (service) => settingsOf(service),
  editSettings: (service, { body }) => editSettings(openEditor(service), body),
  history: (service) => openEditor(service).history(),
  historyText: (service, { params }) => openEditor(service).textOf(params.id),
  historyDiff: (service, { params, query }) => openEditor(service).diff(params.id, query.from),
  undo: (service, { body }) => openEditor(service).undo(body),
  redo: (service, { body }) => openEditor(service).redo(body),

  flows: ({ flows, dns }, { query }) => listFlows(flows, dns, query),
  watchFlows: ({ flows, dns }, { query }) => {
    const watch = new FlowWatch(flows, dns === null ? null : new QueryWatch(dns.queries));
    return { ...each(query, () => watch.next()), hasMore: () => watch.hasMore };
  },
  flow: ({ flows }, { params: { id } }) => findFlow(flows, id),
  closeFlow: ({ flows }, { params: { id } }) => closeFlow(flows, id),
  closeFlows: ({ flows }, { body: { ids } }) => closeFlows(flows, ids),

  ruleCases: (service) => readCaseFile(openEditor(service).path),
  putRuleCases: (service, { body }) => writeCaseFile(openEditor(service).path, body),
  readRuleCases: (_, { body }) => casesOf(body, 'cases'),
  testRules: (service, { body }) => ({ begin: (signal) => service.testRules(body, signal) }),
  recording: (service) => recordStatus(service),
  watchRecording: (service, { query }) => each(query, () => recordStatus(service)),
  startRecording: ({ recorder }, { body }) => ({ recording: recorder.start(body) }),
  stopRecording: (service) => {
    service.recorder.stop();
    return recordStatus(service);
  },
  forgetRecording: ({ recorder }) => recorder.forget(),
  recordedPackets: (service) => recordedPackets(service),
  recordedFlows: ({ recorder }) => ({
    flows: recorder.recordedFlows().map((record) => record.toInfo()),
  }),

  ruleHits: (service) => listHits(service),
  ruleCandidates: (service, { body }) => candidates(service, body.ids),
  previewRule: (service, { body }) => preview(service, body),
  proxies: (service) => listProxies(service),
  chooseProxy: ({ proxies }, { params, body }) => proxies.choose(params.name, body.name),
  unchooseProxy: ({ proxies }, { params }) => proxies.unchoose(params.name),
  testProxy: async ({ proxies }, { params, body }) => ({
    delay: await proxies.test(params.name, toTest(body)),
  }),
  testGroup: async ({ proxies }, { params, body }) =>
    toGroupTest(await proxies.testGroup(params.name, toTest(body))),
  upstreams: (service) => openEditor(service).upstreams(),
  editUpstreams: (service, { body }) => editUpstream(service, openEditor(service), body),
  testUpstream: ({ upstreamTests, proxies }, { body }) => ({
    begin: upstreamTests.begin(body, proxies),
  }),
  previewImport: (service, { body }) => service.imports.preview(body, openEditor(service)),
  applyImport: (service, { body }) => service.imports.apply(body, openEditor(service)),
  setMode: (service, { body }) => service.setMode(body.mode),
  setCapture: (service, { body }) => service.setCapture(body.on),

  logs: ({ logs }, { query }) => listLogs(logs, query),
  watchLogs: ({ logs }, { query }) => {
    const watch = new LogWatch(logs);
    return each(query, () => watch.next());
  },

  dnsQueries: (service, { query }) => listQueries(openDns(service), query),
  watchDnsQueries: (service, { query }) => {
    const watch = new QueryWatch(openDns(service).queries, 'kept');
    return each(query, () => watch.next());
  },
  dnsQuery: (service, { body }) => ownQuery(openDns(service), body),
  dnsCache: (service, { query }) => listCache(openDns(service).memory, query),
  dnsFakeIps: (service, { query }) => listFakeIps(openDns(service).memory, query),
  dnsForget: (service, { body }) => forget(openDns(service).memory, body),
  dnsFlush: (service, { body: { what } }) => openDns(service).flush(what),
};

const WATCH_INTERVAL_MS = 1000;
const LISTED_TOTALS = 50;

function each<T>({ interval = WATCH_INTERVAL_MS }: WatchQuery, next: () => T): LineSource<T> {
  return { interval, next };
}

function openEditor({ editor }: ControlService): ConfigEditor {
  if (editor !== null) return editor;
  throw new RequestError(
    404,
    'ERR_NO_CONFIG_FILE',
    'Sluice runs with its built-in configuration: start it with "sluice run -c FILE" to change it.',
  );
}

function listLogs(logs: LogRing, { level = 'debug', limit = Infinity }: LogQuery): LogList {
  const least = LOG_LEVELS.indexOf(level);
  const entries = logs.after(0).filter((entry) => LOG_LEVELS.indexOf(entry.level) >= least);
  return { entries: entries.slice(-limit) };
}
