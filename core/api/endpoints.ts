/**
 * The control API, version 1: every endpoint by its name. Core has a handler for each
 * (`core/control/handlers.ts`), and clients call them by the same names.
 */
import { MAX_CHECK_BODY, parseCheckRequest } from './check.ts';
import type { CheckResult } from './check.ts';
import { parseDnsFlushRequest, parseDnsQueryRequest, readDnsQueriesQuery } from './dns.ts';
import type { DnsQueriesFrame, DnsQueryAnswer, DnsQueryList } from './dns.ts';
import { parseDnsForgetRequest, readDnsTableQuery } from './dns-tables.ts';
import type { DnsCacheList, DnsForgotten, FakeIpList } from './dns-tables.ts';
import {
  MAX_RULES_BODY,
  MAX_TEXT_BODY,
  parseRuleChange,
  parseTextChange,
  parseUndoRequest,
  readDiffQuery,
  readRevisionId,
} from './edit.ts';
import type {
  ConfigState,
  ConfigText,
  EditResult,
  History,
  RevisionDiff,
  RevisionText,
} from './edit.ts';
import { parseDoctorRequest } from './doctor.ts';
import type { DoctorLast, DoctorStep } from './doctor.ts';
import { file, once, stream } from './endpoint.ts';
import { parseExplainRequest } from './explain.ts';
import type { Explanation } from './explain.ts';
import {
  MAX_CLOSE_BODY,
  parseCloseFlowsRequest,
  readFlowId,
  readFlowQuery,
  readWatchQuery,
} from './flows.ts';
import type { CloseFlowsResult, FlowInfo, FlowList, FlowsFrame } from './flows.ts';
import { MAX_IMPORT_BODY, parseImportRequest, parseImportSource } from './import.ts';
import type { ImportPreview, ImportResult } from './import.ts';
import { readLogQuery } from './logs.ts';
import type { LogList, LogsFrame } from './logs.ts';
import type { NetworkInfo } from './network.ts';
import { readProviderPath } from './providers.ts';
import type { ProviderList, RefreshResult } from './providers.ts';
import {
  parseChoiceRequest,
  parseModeRequest,
  parseTestRequest,
  readNameParam,
} from './proxies.ts';
import type { GroupTest, ProxyList, ProxyTest } from './proxies.ts';
import { parseRecordRequest } from './record.ts';
import type { RecordedFlows, RecordStatus } from './record.ts';
import type { ReloadResult } from './reload.ts';
import type { RuleHitList } from './rule-hits.ts';
import { MAX_SETTINGS_BODY, parseSettingsChange } from './settings.ts';
import type { SettingList } from './settings.ts';
import {
  MAX_TEST_BODY,
  parseRuleCaseChange,
  parseRuleCaseText,
  parseRuleTestRequest,
} from './rule-tests.ts';
import type { RuleCaseFile, RuleCasesRead, RuleTestLine } from './rule-tests.ts';
import { parseCaptureRequest } from './status.ts';
import { parseCandidatesRequest, parsePreviewRequest } from './rule-preview.ts';
import type { CandidateList, RulePreview } from './rule-preview.ts';
import type { Status } from './status.ts';
import { readTotalsQuery, readWatchTotalsQuery } from './totals.ts';
import type { Totals } from './totals.ts';
import { readTrafficQuery } from './traffic.ts';
import type { TrafficHistory } from './traffic.ts';
import type { UiLink } from './ui.ts';
import { MAX_UPSTREAM_BODY, parseUpstreamChange, parseUpstreamTest } from './upstreams.ts';
import type { UpstreamList, UpstreamTestStep } from './upstreams.ts';

/** Counters of the stack and the engine, by name. */
export type Counters = Readonly<Record<string, number>>;

export const endpoints = {
  status: once<Status>()('GET', '/v1/status'),
  watchStatus: stream<Status>()('GET', '/v1/status/watch', { query: readWatchQuery }),
  counters: once<Counters>()('GET', '/v1/counters'),
  totals: once<Totals>()('GET', '/v1/totals', { query: readTotalsQuery }),
  watchTotals: stream<Totals>()('GET', '/v1/totals/watch', { query: readWatchTotalsQuery }),
  traffic: once<TrafficHistory>()('GET', '/v1/traffic', { query: readTrafficQuery }),
  network: once<NetworkInfo>()('GET', '/v1/network'),
  reload: once<ReloadResult>()('POST', '/v1/reload'),
  uiLink: once<UiLink>()('POST', '/v1/ui/link'),
  explain: once<Explanation>()('POST', '/v1/explain', { body: parseExplainRequest }),

  doctor: stream<DoctorStep>()('POST', '/v1/doctor', { body: parseDoctorRequest }),
  lastDoctor: once<DoctorLast>()('GET', '/v1/doctor'),

  configText: once<ConfigText>()('GET', '/v1/config/text'),
  /** For who has the text and asks again and again whether it is still that. */
  configState: once<ConfigState>()('GET', '/v1/config/state'),
  putConfigText: once<EditResult>()('PUT', '/v1/config/text', {
    body: parseTextChange,
    maxBody: MAX_TEXT_BODY,
  }),
  checkConfig: once<CheckResult>()('POST', '/v1/config/check', {
    body: parseCheckRequest,
    maxBody: MAX_CHECK_BODY,
  }),
  editRules: once<EditResult>()('POST', '/v1/rules/edit', {
    body: parseRuleChange,
    maxBody: MAX_RULES_BODY,
  }),
  settings: once<SettingList>()('GET', '/v1/settings'),
  editSettings: once<EditResult>()('POST', '/v1/settings/edit', {
    body: parseSettingsChange,
    maxBody: MAX_SETTINGS_BODY,
  }),
  ruleCandidates: once<CandidateList>()('POST', '/v1/rules/candidates', {
    body: parseCandidatesRequest,
  }),
  previewRule: once<RulePreview>()('POST', '/v1/rules/preview', { body: parsePreviewRequest }),
  ruleCases: once<RuleCaseFile>()('GET', '/v1/rules/cases'),
  putRuleCases: once<RuleCaseFile>()('PUT', '/v1/rules/cases', {
    body: parseRuleCaseChange,
    maxBody: MAX_TEST_BODY,
  }),
  readRuleCases: once<RuleCasesRead>()('POST', '/v1/rules/cases/read', {
    body: parseRuleCaseText,
    maxBody: MAX_TEST_BODY,
  }),
  testRules: stream<RuleTestLine>()('POST', '/v1/rules/test', {
    body: parseRuleTestRequest,
    maxBody: MAX_TEST_BODY,
  }),
  ruleHits: once<RuleHitList>()('GET', '/v1/rules/hits'),
  history: once<History>()('GET', '/v1/history'),
  historyText: once<RevisionText>()('GET', '/v1/history/:id/text', { params: readRevisionId }),
  historyDiff: once<RevisionDiff>()('GET', '/v1/history/:id/diff', {
    params: readRevisionId,
    query: readDiffQuery,
  }),
  undo: once<EditResult>()('POST', '/v1/history/undo', { body: parseUndoRequest }),
  redo: once<EditResult>()('POST', '/v1/history/redo', { body: parseUndoRequest }),

  flows: once<FlowList>()('GET', '/v1/flows', { query: readFlowQuery }),
  watchFlows: stream<FlowsFrame>()('GET', '/v1/flows/watch', { query: readWatchQuery }),
  flow: once<FlowInfo>()('GET', '/v1/flows/:id', { params: readFlowId }),
  providers: once<ProviderList>()('GET', '/v1/providers'),
  refreshProvider: once<RefreshResult>()('POST', '/v1/providers/:kind/:name/refresh', {
    params: readProviderPath,
  }),

  recording: once<RecordStatus>()('GET', '/v1/recording'),
  watchRecording: stream<RecordStatus>()('GET', '/v1/recording/watch', { query: readWatchQuery }),
  startRecording: once<RecordStatus>()('POST', '/v1/recording', { body: parseRecordRequest }),
  stopRecording: once<RecordStatus>()('POST', '/v1/recording/stop'),
  forgetRecording: once<void>()('DELETE', '/v1/recording'),
  recordedPackets: file('GET', '/v1/recording/packets'),
  recordedFlows: once<RecordedFlows>()('GET', '/v1/recording/flows'),

  closeFlow: once<void>()('DELETE', '/v1/flows/:id', { params: readFlowId }),
  closeFlows: once<CloseFlowsResult>()('POST', '/v1/flows/close', {
    body: parseCloseFlowsRequest,
    maxBody: MAX_CLOSE_BODY,
  }),

  proxies: once<ProxyList>()('GET', '/v1/proxies'),
  testProxy: once<ProxyTest>()('POST', '/v1/proxies/:name/delay', {
    params: readNameParam,
    body: parseTestRequest,
  }),
  chooseProxy: once<void>()('PUT', '/v1/groups/:name', {
    params: readNameParam,
    body: parseChoiceRequest,
  }),
  unchooseProxy: once<void>()('DELETE', '/v1/groups/:name', { params: readNameParam }),
  testGroup: once<GroupTest>()('POST', '/v1/groups/:name/delay', {
    params: readNameParam,
    body: parseTestRequest,
  }),
  upstreams: once<UpstreamList>()('GET', '/v1/upstreams'),
  editUpstreams: once<EditResult>()('POST', '/v1/upstreams/edit', {
    body: parseUpstreamChange,
    maxBody: MAX_UPSTREAM_BODY,
  }),
  testUpstream: stream<UpstreamTestStep>()('POST', '/v1/upstreams/test', {
    body: parseUpstreamTest,
    maxBody: MAX_UPSTREAM_BODY,
  }),
  previewImport: once<ImportPreview>()('POST', '/v1/import/preview', {
    body: parseImportSource,
    maxBody: MAX_IMPORT_BODY,
  }),
  applyImport: once<ImportResult>()('POST', '/v1/import/apply', {
    body: parseImportRequest,
    maxBody: MAX_UPSTREAM_BODY,
  }),
  setMode: once<void>()('PUT', '/v1/mode', { body: parseModeRequest }),
  setCapture: once<void>()('PUT', '/v1/capture', { body: parseCaptureRequest }),

  logs: once<LogList>()('GET', '/v1/logs', { query: readLogQuery }),
  watchLogs: stream<LogsFrame>()('GET', '/v1/logs/watch', { query: readWatchQuery }),

  dnsQueries: once<DnsQueryList>()('GET', '/v1/dns/queries', { query: readDnsQueriesQuery }),
  watchDnsQueries: stream<DnsQueriesFrame>()('GET', '/v1/dns/queries/watch', {
    query: readWatchQuery,
  }),
  dnsQuery: once<DnsQueryAnswer>()('POST', '/v1/dns/query', { body: parseDnsQueryRequest }),
  dnsCache: once<DnsCacheList>()('GET', '/v1/dns/cache', { query: readDnsTableQuery }),
  dnsFakeIps: once<FakeIpList>()('GET', '/v1/dns/fake-ips', { query: readDnsTableQuery }),
  dnsForget: once<DnsForgotten>()('POST', '/v1/dns/forget', { body: parseDnsForgetRequest }),
  dnsFlush: once<void>()('POST', '/v1/dns/flush', { body: parseDnsFlushRequest }),
};

export type Endpoints = typeof endpoints;
