/** Recording packets for a client. */
import type { RecordStatus } from '../api/record.ts';
import type { FileAnswer } from './files.ts';
import { RequestError } from './http.ts';
import type { ControlService } from './service.ts';

export function recordStatus({ recorder }: ControlService): RecordStatus {
  return { recording: recorder.info() };
}

/** Throws `ERR_NO_RECORDING`. */
export function recordedPackets({ recorder }: ControlService): FileAnswer {
  const file = recorder.file();
  if (file === null) {
    const message = 'Nothing is recorded. "sluice record" records packets.';
    throw new RequestError(404, 'ERR_NO_RECORDING', message);
  }
  const time = file.started.toISOString().slice(0, 19).replaceAll(':', '-');
  return {
    // As tcpdump's authors registered it.
    type: 'application/vnd.tcpdump.pcap',
    name: `sluice-${time}.pcap`,
    pieces: file.pieces,
  };
}
