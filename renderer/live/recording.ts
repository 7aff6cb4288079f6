/** The recording of packets that goes on, or can still be had. */
import { endpoints } from '../../core/api/endpoints.ts';
import type { RecordStatus } from '../../core/api/record.ts';
import { liveOf } from './live.ts';

const NONE: RecordStatus = { recording: null };

export const liveRecording = liveOf<RecordStatus, undefined, object, undefined, RecordStatus>(
  NONE,
  endpoints.watchRecording,
  {},
  (_, status) => status,
);
