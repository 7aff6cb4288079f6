/**
 * A flow as JSON, for lists of thousands. Of an open flow only its bytes, the times of the first ones and its
 * program still change: the text around the bytes is made when somebody asks first, and kept while it is open.
 */
import type { FlowProcess } from '../api/flows.ts';
import type { FlowRecord } from './flow-table.ts';

/** Kept by the record. */
export interface FlowText {
  readonly process: FlowProcess | null;
  readonly firstUp: number;
  readonly firstDown: number;
  readonly before: string;
  readonly after: string;
}

/** The same as of `toInfo`. */
export function flowJson(record: FlowRecord): string {
  if (record.state !== 'open') return JSON.stringify(record.toInfo());
  const counts = record.counts();
  record.noteFirstBytes(counts);
  const { process, times, text } = record;
  const { firstUp, firstDown } = times;
  const isCurrent =
    text !== null &&
    text.process === process &&
    text.firstUp === firstUp &&
    text.firstDown === firstDown;
  if (isCurrent) return text.before + bytesJson(counts.received, counts.sent) + text.after;
  const info = record.toInfo();
  const json = JSON.stringify(info);
  const bytes = bytesJson(info.upload, info.download);
  // No name can look like it: within a text every quotation mark has a backslash.
  const at = json.indexOf(bytes);
  const [before, after] = [json.slice(0, at), json.slice(at + bytes.length)];
  record.text = { process, firstUp, firstDown, before, after };
  return json;
}

function bytesJson(upload: number, download: number): string {
  return `"upload":${upload},"download":${download}`;
}
