/** Recording packets: what a client asks for, and how the recording is. At most one runs at a time. */
import type { FlowInfo } from './flows.ts';
import { readInteger, readObject } from './validate.ts';

export interface RecordRequest {
  /** A live flow's id; null: every packet. */
  readonly flow: number | null;
  /** It ends by itself after so many. */
  readonly seconds: number;
  /** Memory for packets in MiB; the oldest give way to the latest. */
  readonly size: number;
  /** Bytes that are kept of each packet. */
  readonly snap: number;
}

export const RECORD_SECONDS = { usual: 300, most: 3600 } as const;
export const RECORD_SIZE = { usual: 32, most: 256 } as const;
/** No packet is longer. */
const WHOLE_PACKET = 65_535;
/** Headers of every kind fit. */
const LEAST_SNAP = 64;

/** What is left out is as usual: every packet, whole. Throws `ERR_REQUEST_INVALID`. */
export function parseRecordRequest(value: unknown): RecordRequest {
  const known = ['flow', 'seconds', 'size', 'snap'];
  const fields = readObject(value ?? {}, 'The request', known);
  const number = (name: string, usual: number, least: number, most: number): number =>
    fields[name] === undefined ? usual : readInteger(fields[name], name, least, most);
  return {
    flow: fields['flow'] == null ? null : number('flow', 0, 1, Number.MAX_SAFE_INTEGER),
    seconds: number('seconds', RECORD_SECONDS.usual, 1, RECORD_SECONDS.most),
    size: number('size', RECORD_SIZE.usual, 1, RECORD_SIZE.most),
    snap: number('snap', WHOLE_PACKET, LEAST_SNAP, WHOLE_PACKET),
  };
}

/** stopped: somebody said so; time: its time was over; flow: the flow that was recorded ended. */
export type RecordEnd = 'stopped' | 'time' | 'flow';

/** A recording that goes on, or that ended and can still be had. */
export interface RecordInfo extends RecordRequest {
  /** RFC 3339. */
  readonly started: string;
  readonly ended: string | null;
  readonly endedBy: RecordEnd | null;
  /** Of the packets that are in memory, and so in the file. */
  readonly packets: number;
  readonly bytes: number;
  /** Packets that gave way to later ones. */
  readonly lost: number;
}

export interface RecordStatus {
  readonly recording: RecordInfo | null;
}

/** The flows that were open while it was recorded, newest first, with their timelines; those that ended long ago are left out. */
export interface RecordedFlows {
  readonly flows: readonly FlowInfo[];
}
