/** A recorder of an engine that does not run. */
import type { FlowTable } from '../../../../core/engine/flow-table.ts';
import { createLogger } from '../../../../core/log/logger.ts';
import { Recorder } from '../../../../core/recorder/recorder.ts';

export function idleRecorder(flows: FlowTable): Recorder {
  const log = createLogger({ level: 'silent', write: () => undefined });
  return new Recorder({ flows, tap: () => null, log });
}
