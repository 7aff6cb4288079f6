/**
 * Records packets when somebody asks: of one flow or of all, for a limited time, in limited memory of
 * the addon. Owns the recording's time; the packets are gone when the engine stops, a while after
 * the recording ended, or when somebody has them forgotten.
 */
import { SluiceError } from '../api/errors.ts';
import type { RecordEnd, RecordInfo, RecordRequest } from '../api/record.ts';
import type { FlowRecord, FlowTable } from '../engine/flow-table.ts';
import type { Logger } from '../log/logger.ts';
import type { RecordedFlow } from '../native/binding.d.ts';
import type { PacketTap } from '../stack/packet-tap.ts';

export interface RecorderParts {
  readonly flows: FlowTable;
  /** Null while the engine does not run. */
  readonly tap: () => PacketTap | null;
  readonly log: Logger;
}

interface Recording {
  readonly tap: PacketTap;
  readonly request: RecordRequest;
  readonly started: number;
  ended: number;
  endedBy: RecordEnd | null;
  /** Its flow was gone when it was last looked at. */
  isFlowGone: boolean;
  /** Ends it, and later has it forgotten. */
  timer: NodeJS.Timeout;
}

/** How often it is looked whether it should end: after its flow, whose last packets come after its end. */
const LOOK_MS = 1000;

/** What nobody fetched is not kept for ever. */
const KEPT_MS = 60 * 60 * 1000;

export class Recorder {
  readonly #parts: RecorderParts;
  #recording: Recording | null = null;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  /** Throws `SluiceError` where one goes on already, or it cannot be done; an ended one is forgotten. */
  start(request: RecordRequest): RecordInfo {
    const { flows, log } = this.#parts;
    const before = this.#current();
    if (before !== null && before.endedBy === null) {
      const message = 'A recording goes on already. Stop it first.';
      throw new SluiceError('ERR_RECORDING_RUNS', message);
    }
    const tap = this.#parts.tap();
    if (tap === null) {
      throw new SluiceError('ERR_ENGINE_NOT_RUNNING', 'The engine does not run. Restart Sluice.');
    }
    const filter = request.flow === null ? null : [packetsOf(liveFlow(flows, request.flow))];
    this.forget();
    const capacity = request.size * 1024 * 1024;
    if (!tap.start({ capacity, snap: request.snap, flows: filter })) {
      const message = `There is no memory of ${request.size} MiB for packets. Ask for less.`;
      throw new SluiceError('ERR_RECORDING_MEMORY', message);
    }
    const timer = setInterval(() => this.#look(), LOOK_MS).unref();
    const begun = { started: Date.now(), ended: 0, endedBy: null, isFlowGone: false };
    this.#recording = { tap, request, timer, ...begun };
    const what = request.flow === null ? 'all flows' : `flow ${request.flow}`;
    log.warning('RECORDING', `Packets of ${what} are recorded, with all that they say.`);
    return this.info() as RecordInfo;
  }

  /** Does nothing where none goes on. */
  stop(): void {
    const recording = this.#current();
    if (recording !== null) this.#end(recording, 'stopped');
  }

  /** Ends it, too, where it goes on. */
  forget(): void {
    const recording = this.#recording;
    if (recording === null) return;
    this.#recording = null;
    clearInterval(recording.timer);
    recording.tap.forget();
  }

  get isOn(): boolean {
    return this.#current()?.endedBy === null;
  }

  info(): RecordInfo | null {
    const recording = this.#current();
    const state = recording?.tap.state() ?? null;
    if (recording === null || state === null) return null;
    const { request, started, ended, endedBy } = recording;
    return {
      ...request,
      started: new Date(started).toISOString(),
      ended: ended === 0 ? null : new Date(ended).toISOString(),
      endedBy,
      packets: state.packets,
      bytes: state.bytes,
      lost: state.lost,
    };
  }

  /** A capture file of what is recorded up to now, in pieces; null where there is none. */
  file(): { readonly started: Date; readonly pieces: Iterable<Uint8Array> } | null {
    const recording = this.#current();
    if (recording === null) return null;
    return { started: new Date(recording.started), pieces: recording.tap.file() };
  }

  /** The flows that were open meanwhile, newest first, as far as they are kept. */
  recordedFlows(): FlowRecord[] {
    const recording = this.#current();
    if (recording === null) return [];
    const { request, started, ended } = recording;
    const { flows } = this.#parts;
    const isMeant = (flow: FlowRecord): boolean =>
      request.flow === null
        ? (flow.ended === 0 || flow.ended >= started) &&
          (ended === 0 || flow.times.started <= ended)
        : flow.id === request.flow;
    return [...flows.recent(), ...flows.live()].filter(isMeant).toSorted((a, b) => b.id - a.id);
  }

  /** Null, too, where the engine has stopped meanwhile and taken it along. */
  #current(): Recording | null {
    if (this.#recording !== null && this.#recording.tap.state() === null) this.forget();
    return this.#recording;
  }

  #look(): void {
    const recording = this.#current();
    if (recording === null) return;
    const { request, started, isFlowGone } = recording;
    const { flows } = this.#parts;
    recording.isFlowGone = request.flow !== null && flows.get(request.flow) === undefined;
    if (Date.now() - started >= request.seconds * 1000) this.#end(recording, 'time');
    else if (isFlowGone) this.#end(recording, 'flow');
  }

  #end(recording: Recording, why: RecordEnd): void {
    if (recording.endedBy !== null) return;
    recording.tap.stop();
    recording.ended = Date.now();
    recording.endedBy = why;
    clearInterval(recording.timer);
    recording.timer = setTimeout(() => this.forget(), KEPT_MS).unref();
    this.#parts.log.info('RECORDING_ENDED', 'Packets are no longer recorded.');
  }
}

function liveFlow(flows: FlowTable, id: number): FlowRecord {
  const record = flows.get(id);
  if (record !== undefined) return record;
  const message = `No live flow has the id ${id}. "sluice flows" lists them.`;
  throw new SluiceError('ERR_FLOW_UNKNOWN', message);
}

/** A session of UDP is one source, whoever it speaks to. */
function packetsOf({
  network,
  src,
  srcPort,
  dst,
  dstPort,
  packetSource,
}: FlowRecord): RecordedFlow {
  const from = packetSource ?? { address: src, port: srcPort };
  const isUdp = network === 'udp';
  return {
    udp: isUdp,
    src: from.address,
    srcPort: from.port,
    dst: isUdp ? '' : dst,
    dstPort: isUdp ? 0 : dstPort,
  };
}
