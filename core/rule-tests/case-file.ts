/** The table of expectations that is kept beside the configuration file: `sluice.cases.yaml` of `sluice.yaml`. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { SluiceError } from '../api/errors.ts';
import type {
  RuleCaseChange,
  RuleCaseFile,
  RuleCasesRead,
  RuleCaseText,
} from '../api/rule-tests.ts';
import { hashOf, readConfigFile, writeConfigFile } from '../config/edit/config-file.ts';
import { replaceFile } from '../files/replace-file.ts';
import { readRuleCases } from './read-cases.ts';
import { writeRuleCases } from './write-cases.ts';

export function caseFilePath(configPath: string): string {
  return `${resolve(configPath).replace(/\.ya?ml$/i, '')}.cases.yaml`;
}

/** Empty where there is none yet. Throws `ERR_CONFIG_FILE` where it cannot be read. */
export function readCaseFile(configPath: string): RuleCaseFile {
  const path = caseFilePath(configPath);
  const text = existsSync(path) ? readConfigFile(path).text : '';
  return { path, text, hash: hashOf(text), ...casesOf({ text }, path) };
}

/** Throws `ERR_CASES_CHANGED` where the file has another text by now. */
export function writeCaseFile(configPath: string, change: RuleCaseChange): RuleCaseFile {
  const path = caseFilePath(configPath);
  const text = writeRuleCases(change.cases);
  try {
    if (existsSync(path)) writeConfigFile(path, text, change.hash);
    else if (change.hash === hashOf('')) {
      replaceFile(path, Buffer.from(text), { mode: 0o644, owner: null });
    } else throw new SluiceError('ERR_CONFIG_CHANGED', `${path} is gone`);
  } catch (cause) {
    if (!(cause instanceof SluiceError) || cause.code !== 'ERR_CONFIG_CHANGED') throw cause;
    const message = `${path} was changed meanwhile: look at it again, then make the change again`;
    throw new SluiceError('ERR_CASES_CHANGED', message, { cause });
  }
  return readCaseFile(configPath);
}

/** The cases of a text; none where it has errors. */
export function casesOf({ text }: RuleCaseText, file: string): RuleCasesRead {
  if (text.trim() === '') return { cases: [], problems: [] };
  const { cases, problems } = readRuleCases(text, file);
  return {
    cases: cases.map(({ request, target, rule }) => ({ request, target, rule })),
    // A table without cases is one that is yet to be filled.
    problems: problems.filter(({ code }) => code !== 'cases-none'),
  };
}
