/**
 * One captured TCP connection from its SYN to its end:
 *
 *   held --(rules)--> dialling --> accepted --> spliced --> ended
 *     |                                ^
 *     +--(a rule needs the domain)--> accepted, first bytes read, rules again, dialling
 *
 * It owns the application's stream and the upstream's, and destroys both whichever way it ends.
 */
import type { Duplex } from 'node:stream';
import { SluiceError, UpstreamError, toApiError } from '../api/errors.ts';
import type { Logger } from '../log/logger.ts';
import type { Refusal } from '../native/binding.d.ts';
import type { NativeStream } from '../stack/native-stream.ts';
import type { SpliceResult } from '../stack/splice.ts';
import type { TcpFlow } from '../stack/tcp-flow.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { SniffedName, SniffProtocol } from '../sniff/sniff-result.ts';
import type { CapturedFlow } from './captured-flow.ts';
import { decide } from './decide.ts';
import type { FlowSources } from './decide.ts';
import type { FlowRecord, FlowTable } from './flow-table.ts';
import type { InForce } from './in-force.ts';
import { peek } from './peek.ts';
import type { Decision } from './policy.ts';
import { refusalOf } from './refusal.ts';
import { showProcess } from './show-process.ts';

/** What all flows share. */
export interface TcpContext {
  readonly table: FlowTable;
  readonly log: Logger;
  readonly sources: FlowSources;
  readonly splice: (app: NativeStream, remote: Duplex) => Promise<SpliceResult>;
  /** Takes one of a bounded number of dials; false when none is left. */
  readonly beginDial: () => boolean;
  readonly endDial: () => void;
}

export class TcpRelay {
  readonly #held: TcpFlow;
  readonly #record: FlowRecord;
  readonly #context: TcpContext;
  readonly #abort = new AbortController();
  #app: NativeStream | null = null;
  #remote: Duplex | null = null;
  /** Bytes of the application that were read to find the domain. */
  #head: Buffer | null = null;

  constructor(held: TcpFlow, record: FlowRecord, context: TcpContext) {
    this.#held = held;
    this.#record = record;
    this.#context = context;
    held.onVanished = this.#onVanished;
    record.abort = (reason) => this.#break(reason);
  }

  /** Resolves when the flow has ended. Never rejects. `isExempt`: it leaves directly, whatever the rules say. */
  async run(flow: CapturedFlow, inForce: InForce, isExempt: boolean): Promise<void> {
    const { table } = this.#context;
    try {
      const { destination } = await this.#decide(flow, inForce, isExempt);
      if (destination === 'reject' || destination === 'drop') {
        this.#refuse(destination === 'reject' ? 'reset' : 'drop');
        table.finish(this.#record, 'refused');
        return;
      }
      this.#record.upstream = destination.name;
      this.#record.host = flow.hostFor(destination);
      const remote = await this.#dial(destination, this.#record.host);
      const app = this.#app ?? (await this.#accept());
      this.#record.state = 'open';
      if (this.#head !== null) remote.write(this.#head);
      const { error } = await this.#context.splice(app, remote);
      const reason = this.#abort.signal.aborted ? this.#abort.signal.reason : error;
      table.finish(this.#record, 'closed', reason === null ? null : toApiError(reason));
    } catch (cause) {
      this.#fail(this.#abort.signal.aborted ? this.#abort.signal.reason : cause);
    }
  }

  async #decide(
    flow: CapturedFlow,
    { policy, sniffing, config }: InForce,
    isExempt: boolean,
  ): Promise<Decision> {
    const { sources } = this.#context;
    const { src, srcPort, dst, dstPort } = this.#record;
    const isBehind = await policy.localUpstreams.isBehindFlow(
      'tcp',
      { address: src, port: srcPort },
      { address: dst, port: dstPort },
    );
    flow.describe(this.#record);
    const sniff = (protocols: readonly SniffProtocol[]): Promise<SniffedName | null> =>
      this.#readName(protocols, config.sluice.sniffTimeout);
    const decision =
      isExempt || isBehind === true
        ? policy.exempt
        : await decide(flow, policy, sniffing, sources, sniff, this.#abort.signal);
    flow.describe(this.#record);
    showProcess(flow, this.#record, this.#context.table, config, sources);
    this.#record.times.mark('decided');
    this.#record.ruleIndex = decision.ruleIndex;
    this.#record.ruleText = decision.ruleText;
    this.#record.chain = decision.chain;
    return decision;
  }

  async #readName(
    protocols: readonly SniffProtocol[],
    timeoutMs: number,
  ): Promise<SniffedName | null> {
    const app = await this.#accept();
    app.once('close', this.#onVanished);
    const { head, name } = await peek(app, protocols, timeoutMs);
    if (head.length > 0) this.#head = head;
    return name;
  }

  async #accept(): Promise<NativeStream> {
    const app = await this.#held.accept().catch((cause: unknown) => {
      this.#onVanished();
      throw cause;
    });
    // Until it is spliced nobody else listens; that it broke is told by its `close`.
    app.on('error', ignore);
    this.#app = app;
    this.#record.meter = app;
    this.#record.times.mark('accepted');
    this.#abort.signal.throwIfAborted();
    return app;
  }

  async #dial(upstream: Upstream, host: string): Promise<Duplex> {
    const { dstPort, times } = this.#record;
    this.#record.state = 'dialling';
    times.mark('dialled');
    if (!this.#context.beginDial()) {
      throw new UpstreamError('ERR_DIALS_FULL', 'timeout', TOO_MANY_DIALS);
    }
    try {
      const remote = await upstream.connect({ host, port: dstPort }, this.#abort.signal);
      times.mark('connected');
      remote.on('error', ignore);
      this.#remote = remote;
      this.#abort.signal.throwIfAborted();
      this.#app?.off('close', this.#onVanished);
      return remote;
    } finally {
      this.#context.endDial();
    }
  }

  readonly #onVanished = (): void => {
    this.#break(
      new SluiceError('ERR_FLOW_VANISHED', 'The application gave up before it was answered.'),
    );
  };

  /** Ends the flow from outside, whatever it is waiting for. */
  #break(reason: SluiceError): void {
    this.#abort.abort(reason);
    if (this.#record.state === 'open') {
      this.#refuse('reset');
      this.#remote?.destroy();
    }
  }

  #fail(cause: unknown): void {
    const { table, log } = this.#context;
    const { dst, dstPort, domain } = this.#record;
    this.#refuse(refusalOf('tcp', cause));
    this.#remote?.destroy();
    const error = toApiError(cause);
    const { aborted } = this.#abort.signal;
    table.finish(this.#record, aborted ? 'closed' : 'failed', error);
    if (aborted) return;
    if (!(cause instanceof SluiceError)) {
      log.error(
        error.code,
        cause instanceof Error ? (cause.stack ?? error.message) : error.message,
      );
    } else if (log.writes('warning')) {
      log.warning(error.code, `tcp to ${domain ?? dst} port ${dstPort}: ${error.message}`);
    }
  }

  /** Answers the held SYN; what was accepted early can only be reset. */
  #refuse(how: Refusal): void {
    this.#held.refuse(this.#app === null ? how : 'reset');
    this.#app?.destroy();
  }
}

function ignore(): void {}

const TOO_MANY_DIALS = 'Too many connections are being opened at once; this one was dropped.';
