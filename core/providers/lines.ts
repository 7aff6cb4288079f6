/**
 * Cuts a file that comes in pieces into lines, with their numbers. Holds at most one unfinished
 * line; a line that is too long is passed over. The bytes are hostile.
 */
import { isUtf8 } from 'node:buffer';
import { ListError } from './list-error.ts';

export interface LineSink {
  line(text: string, number: number): void;
  /** A line of which not even the text is looked at. */
  broken(number: number, why: string): void;
}

/** No name, prefix or rule is near it. */
const LONGEST_LINE = 16 * 1024;
const LF = 0x0a;
const CR = 0x0d;

export class LineReader {
  readonly #sink: LineSink;
  #number = 1;
  #rest: Buffer = Buffer.alloc(0);
  /** The line that is coming in was too long. */
  #skipping = false;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  /** The next bytes of the file. Throws `ListError` where they are not UTF-8. */
  push(chunk: Buffer): void {
    const last = chunk.lastIndexOf(LF);
    if (last < 0) {
      this.#keep(chunk);
      return;
    }
    let start = 0;
    if (this.#skipping || this.#rest.length > 0) {
      start = chunk.indexOf(LF) + 1;
      this.#keep(chunk.subarray(0, start));
      this.#finish();
    }
    this.#lines(chunk.subarray(start, last + 1));
    this.#keep(chunk.subarray(last + 1));
  }

  /** The file has ended. */
  end(): void {
    if (this.#rest.length > 0 || this.#skipping) this.#finish();
  }

  #keep(bytes: Buffer): void {
    if (this.#skipping) return;
    this.#rest = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes]);
    if (this.#rest.length <= LONGEST_LINE) return;
    this.#rest = Buffer.alloc(0);
    this.#skipping = true;
  }

  #finish(): void {
    if (this.#skipping) {
      this.#sink.broken(this.#number++, `the line is longer than ${LONGEST_LINE} bytes`);
      this.#skipping = false;
      return;
    }
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    this.#lines(rest);
  }

  /** Whole lines; the last one may lack its end. */
  #lines(bytes: Buffer): void {
    if (bytes.length === 0) return;
    if (!isUtf8(bytes)) throw this.#encodingError(bytes);
    const text = bytes.toString('utf8');
    let start = this.#number === 1 && text.charCodeAt(0) === 0xfeff ? 1 : 0;
    while (start < text.length) {
      const found = text.indexOf('\n', start);
      const end = found < 0 ? text.length : found;
      const number = this.#number++;
      if (end - start > LONGEST_LINE) {
        this.#sink.broken(number, `the line is longer than ${LONGEST_LINE} bytes`);
      } else {
        const bare = text.charCodeAt(end - 1) === CR ? end - 1 : end;
        this.#sink.line(text.slice(start, bare), number);
      }
      start = end + 1;
    }
  }

  #encodingError(bytes: Buffer): ListError {
    let line = this.#number;
    for (let start = 0; ; line++) {
      const found = bytes.indexOf(LF, start);
      const content = bytes.subarray(start, found < 0 ? bytes.length : found);
      if (found < 0 || !isUtf8(content)) {
        const column = new TextDecoder().decode(content).indexOf('\ufffd') + 1;
        const message = `line ${line}, column ${column} is not UTF-8 text`;
        return new ListError('ERR_LIST_ENCODING', message);
      }
      start = found + 1;
    }
  }
}
