/** Reads a configuration file from disk. Everything that can be wrong with it is a `Problem`. */
import { isUtf8 } from 'node:buffer';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Problem } from './config.ts';
import type { ParsedConfig } from './parse-config.ts';
import { parseConfig } from './parse-config.ts';

/** Reading costs about 80 bytes of memory for each byte; long rule lists belong in providers. */
export const LARGEST_CONFIG = 16 * 1024 * 1024;

export interface LoadedConfig extends ParsedConfig {
  /** What was read; null where the file could not be read or is no text. */
  readonly text: string | null;
}

type FileText =
  { readonly text: string } | { readonly problem: Omit<Problem, 'file' | 'severity'> };

/** Never rejects. `path` is also how problems name the file. */
export async function loadConfig(path: string): Promise<LoadedConfig> {
  return parsed(await readText(path), path);
}

/** Likewise; null where the file still says `known`, which then is not parsed again. */
export async function loadChanged(
  path: string,
  known: () => string | null,
): Promise<LoadedConfig | null> {
  const read = await readText(path);
  return 'text' in read && read.text === known() ? null : parsed(read, path);
}

function parsed(read: FileText, path: string): LoadedConfig {
  if ('text' in read) return { ...parseConfig(read.text, path), text: read.text };
  const problem: Problem = { ...read.problem, file: path, severity: 'error' };
  return { config: null, problems: [problem], text: null };
}

async function readText(path: string): Promise<FileText> {
  let bytes: Buffer | null;
  try {
    bytes = await readBounded(path);
  } catch (error) {
    return unreadable(describe(error));
  }
  if (bytes === null) {
    const limit = LARGEST_CONFIG / (1024 * 1024);
    return wholeFile('file-too-large', `the file is larger than ${limit} MiB`);
  }
  if (isUtf8(bytes)) return { text: new TextDecoder().decode(bytes) };
  const utf16 =
    (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (utf16) return wholeFile('file-encoding', 'the file is UTF-16: save it as UTF-8');
  const message = 'this is not UTF-8 text: save the file as UTF-8';
  return { problem: { ...firstBadByte(bytes), code: 'file-encoding', message } };
}

/** Null where the file is larger than the limit. */
async function readBounded(path: string): Promise<Buffer | null> {
  // A named pipe would otherwise keep us waiting for its writer.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error('it is not a regular file');
    if (stat.size > LARGEST_CONFIG) return null;
    const bytes = await file.readFile();
    return bytes.length > LARGEST_CONFIG ? null : bytes;
  } finally {
    await file.close();
  }
}

function firstBadByte(bytes: Buffer): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (;;) {
    const newline = bytes.indexOf(0x0a, start);
    const content = bytes.subarray(start, newline < 0 ? bytes.length : newline);
    if (newline < 0 || !isUtf8(content)) {
      return { line, column: new TextDecoder().decode(content).indexOf('\ufffd') + 1 };
    }
    line++;
    start = newline + 1;
  }
}

function unreadable(why: string): FileText {
  return wholeFile('file-unreadable', `the file cannot be read: ${why}`);
}

function wholeFile(code: string, message: string): FileText {
  return { problem: { line: 1, column: 1, code, message } };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EACCES: 'permission denied',
    EISDIR: 'it is a directory',
    ENOTDIR: 'its folder is not a directory',
  };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return reasons[code] ?? error.message;
}
