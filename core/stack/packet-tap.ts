/**
 * Records packets as the tunnel carries them, in memory of the addon. Holds no packets itself: a
 * capture file is read in pieces, while more may be recorded.
 */
import type { NativeEngine, RecordOptions, RecordState } from '../native/binding.d.ts';

export class PacketTap {
  readonly #engine: NativeEngine;
  /** Counts recordings: positions in one mean nothing in the next. */
  #recording = 0;

  constructor(engine: NativeEngine) {
    this.#engine = engine;
  }

  /** What was recorded before is forgotten. False where there is no memory. */
  start(options: RecordOptions): boolean {
    this.#recording += 1;
    return this.#engine.record(options);
  }

  /** What was recorded stays readable until `forget`. */
  stop(): void {
    this.#engine.recordStop();
  }

  forget(): void {
    this.#engine.recordForget();
  }

  /** Null where nothing is recorded, or the stack is closed. */
  state(): RecordState | null {
    return this.#engine.recordState();
  }

  /**
   * A capture file (pcap) of what is recorded up to now. Packets that are overwritten before they are read
   * are left out. It ends early where the recording is forgotten.
   */
  *file(): Generator<Buffer> {
    const header = this.#engine.recordHeader();
    const end = this.state()?.end ?? 0;
    const recording = this.#recording;
    if (header === null) return;
    yield header;
    for (let position = 0; recording === this.#recording;) {
      const piece = this.#engine.recordRead(position, end);
      if (piece === null) return;
      position = piece[1];
      yield piece[0];
    }
  }
}
