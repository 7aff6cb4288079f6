/** From a file on disk to its entries. Runs in the worker, or where nobody waits. The file is hostile. */
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { formatPrefix } from '../../rules/ip.ts';
import type { EntryList } from './entries.ts';
import { EntryWriter, ProblemList } from './entries.ts';
import { LineReader } from './lines.ts';
import { formatReader } from './list-format.ts';
import { ListError } from './list-error.ts';
import { openMrs, readMrsDomains, readMrsRanges } from './mrs.ts';
import { prefixesOfRange } from './ip-range.ts';

export interface ListFile {
  readonly path: string;
  readonly behavior: 'domain' | 'ipcidr' | 'classical';
  readonly format: 'yaml' | 'text' | 'mrs';
  /** Of the file, and of what it decompresses to. */
  readonly sizeLimit: number;
}

const CHUNK_BYTES = 256 * 1024;
/** A range of addresses may stand for hundreds of prefixes; a file of them for more than fit. */
const MOST_PREFIXES = 4_000_000;

/** Throws `ListError`. */
export function readList(file: ListFile): EntryList {
  const { format } = file;
  return format === 'mrs' ? readMrs(file) : readLines(file, format);
}

/** Reads a file as a whole. Throws `ListError`. */
export function readWhole(path: string, sizeLimit: number): Buffer {
  return withFile(path, sizeLimit, (descriptor) => {
    const bytes = readFileSync(descriptor);
    if (bytes.length > sizeLimit) throw tooLarge(sizeLimit);
    return bytes;
  });
}

function readLines({ path, sizeLimit }: ListFile, format: 'yaml' | 'text'): EntryList {
  const writer = new EntryWriter();
  const problems = new ProblemList();
  const reader = formatReader(format, {
    entry: (text, line) => {
      // Only a YAML escape can bring a line break here.
      if (text.includes('\n')) problems.add(line, 'the entry has a line break in it');
      else writer.add(text, line);
    },
    broken: (line, why) => problems.add(line, why),
  });
  const lines = new LineReader(reader);
  withFile(path, sizeLimit, (descriptor) => {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let total = 0;
    for (let length; (length = readSync(descriptor, chunk)) > 0;) {
      total += length;
      if (total > sizeLimit) throw tooLarge(sizeLimit);
      lines.push(chunk.subarray(0, length));
    }
  });
  lines.end();
  reader.end();
  return writer.finish(problems.broken, problems.problems);
}

function readMrs({ path, behavior, sizeLimit }: ListFile): EntryList {
  if (behavior === 'classical') {
    throw new ListError('ERR_LIST_FORMAT', 'mrs files hold no whole rules');
  }
  const { body, count: written } = openMrs(readWhole(path, sizeLimit), behavior, sizeLimit);
  const writer = new EntryWriter();
  let count = 0;
  if (behavior === 'domain') readMrsDomains(body, (pattern) => writer.add(pattern, 0));
  else {
    readMrsRanges(body, (first, last) => {
      for (const prefix of prefixesOfRange(first, last)) {
        if (++count > MOST_PREFIXES) {
          const message = `it stands for more than ${MOST_PREFIXES} prefixes`;
          throw new ListError('ERR_LIST_TOO_LARGE', message);
        }
        writer.add(formatPrefix(prefix), 0);
      }
    });
  }
  return writer.finish(0, [], written);
}

function withFile<T>(path: string, sizeLimit: number, use: (descriptor: number) => T): T {
  let descriptor: number;
  try {
    // A named pipe would otherwise keep us waiting for its writer.
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    throw unreadable(cause);
  }
  try {
    const found = fstatSync(descriptor);
    if (!found.isFile()) throw unreadable(new Error('it is not a regular file'));
    if (found.size > sizeLimit) throw tooLarge(sizeLimit);
    return use(descriptor);
  } catch (cause) {
    throw cause instanceof ListError ? cause : unreadable(cause);
  } finally {
    closeSync(descriptor);
  }
}

function tooLarge(sizeLimit: number): ListError {
  const message = `the file is larger than ${sizeLimit} bytes: raise size-limit if that is right`;
  return new ListError('ERR_LIST_TOO_LARGE', message);
}

function unreadable(cause: unknown): ListError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ListError('ERR_LIST_UNREADABLE', `it cannot be read: ${reason}`, cause);
}
