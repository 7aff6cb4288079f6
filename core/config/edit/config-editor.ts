/**
 * Changes the configuration file for the interface and the command line: checks what it will be,
 * writes it, keeps the revision and has it applied. Changes are made one after the other; what
 * others write into the file becomes a revision, too.
 */
import { resolve } from 'node:path';
import type {
  Author,
  ConfigState,
  ConfigText,
  EditResult,
  History,
  RevisionDiff,
  RevisionText,
  RuleChange,
  RuleEdit,
  TextChange,
  UndoRequest,
} from '../../api/edit.ts';
import { SluiceError } from '../../api/errors.ts';
import type { UpstreamChange, UpstreamEdit, UpstreamList } from '../../api/upstreams.ts';
import type { ReloadResult } from '../../api/reload.ts';
import { formatCount, printable, quote } from '../../../rules/text.ts';
import type { Problem } from '../config.ts';
import { LineIndex } from '../line-index.ts';
import type { LoadedConfig } from '../load-config.ts';
import { parseConfig } from '../parse-config.ts';
import { formatProblem } from '../problems.ts';
import { readConfigFile, writeConfigFile } from './config-file.ts';
import type { FileText } from './config-file.ts';
import { editRules } from './edit-rules.ts';
import { editUpstream } from './edit-upstreams.ts';
import type { RevisionStore } from './history.ts';
import { findRuleList } from './rule-list.ts';
import { unifiedDiff } from './text-diff.ts';
import { listUpstreams } from './upstream-list.ts';
import { openYaml } from './yaml-file.ts';

/** Any change of the text: it is checked, written, kept and applied. */
export interface Change {
  readonly author: Author;
  readonly hash: string | undefined;
  readonly summary: string;
  /** The whole new text. */
  readonly make: (text: string) => string;
}

const LONGEST_SUMMARY = 200;

export class ConfigEditor {
  /** How problems name the file. */
  readonly path: string;
  readonly #store: RevisionStore;
  readonly #apply: (loaded: LoadedConfig) => Promise<ReloadResult>;
  #turn: Promise<unknown> = Promise.resolve();
  /** Reading the rules of a long file takes a while, and several ask for them. */
  #told: ConfigText | null = null;

  /** `apply` puts in force what was written. */
  constructor(
    path: string,
    store: RevisionStore,
    apply: (loaded: LoadedConfig) => Promise<ReloadResult>,
  ) {
    this.path = path;
    this.#store = store;
    this.#apply = apply;
  }

  /** Throws `ERR_CONFIG_FILE`. */
  state(): ConfigState {
    return { path: resolve(this.path), hash: readConfigFile(this.path).hash };
  }

  /** Throws `ERR_CONFIG_FILE`. */
  text(): ConfigText {
    const { text, hash } = readConfigFile(this.path);
    if (this.#told?.hash !== hash) this.#told = this.#tell({ text, hash });
    return this.#told;
  }

  #tell({ text, hash }: FileText): ConfigText {
    const base = { path: resolve(this.path), text, hash };
    try {
      const lines = new LineIndex(text);
      const rules = findRuleList(openYaml(text)).entries.map(({ enabled, text: rule, start }) => ({
        enabled,
        text: rule,
        line: lines.position(start).line,
      }));
      return { ...base, rules, notEditable: null };
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      return { ...base, rules: [], notEditable: error.message };
    }
  }

  putText({ text, hash, author }: TextChange): Promise<EditResult> {
    return this.edit({ author, hash, summary: 'saved the text', make: () => text });
  }

  editRules({ edits, hash, author }: RuleChange): Promise<EditResult> {
    const summary = edits.length === 1 ? edits.map(summaryOf).join() : `${edits.length} changes`;
    return this.edit({
      author,
      hash,
      summary,
      make: (text) => editRules(openYaml(text), edits).text,
    });
  }

  /** Rejects with what `make` throws, `ERR_CONFIG_CHANGED`, and `ERR_EDIT_INVALID` for new errors. */
  edit({ author, hash, summary, make }: Change): Promise<EditResult> {
    return this.#inTurn(async () => {
      const file = readConfigFile(this.path);
      await this.#adopt(file);
      this.#assertHash(file, hash);
      const text = make(file.text);
      const parsed = parseConfig(text, this.path);
      if (text !== file.text) {
        this.#assertNoNewErrors(file.text, parsed.problems);
        writeConfigFile(this.path, text, file.hash);
        await this.#store.add({ text, author, summary: printable(summary, LONGEST_SUMMARY) });
      }
      return this.#applied({ ...parsed, text });
    });
  }

  /** Throws `ERR_CONFIG_FILE`. */
  upstreams(): UpstreamList {
    const { text, hash } = readConfigFile(this.path);
    return { path: resolve(this.path), hash, ...listUpstreams(text) };
  }

  editUpstream({ edit, hash, author }: UpstreamChange): Promise<EditResult> {
    const summary = summaryOfUpstream(edit);
    return this.edit({ author, hash, summary, make: (text) => editUpstream(text, edit) });
  }

  /** Back to the revision that the current one has changed. Rejects with `ERR_NOTHING_TO_UNDO`. */
  undo(request: UndoRequest): Promise<EditResult> {
    return this.#travel(request, 'undo');
  }

  /** To the revision that was undone last. Rejects with `ERR_NOTHING_TO_REDO`. */
  redo(request: UndoRequest): Promise<EditResult> {
    return this.#travel(request, 'redo');
  }

  history(): History {
    const { current } = this.#store;
    return {
      revisions: this.#store.list(),
      current: current?.id ?? null,
      ...this.#neighbours(),
    };
  }

  /** Rejects with `ERR_REVISION_UNKNOWN`. */
  async textOf(id: number): Promise<RevisionText> {
    return { id, text: await this.#store.textOf(id) };
  }

  /** Rejects with `ERR_REVISION_UNKNOWN`. */
  async diff(to: number, from?: number): Promise<RevisionDiff> {
    const before = from ?? this.#parentOf(to);
    const [old, now] = [
      before === null ? '' : await this.#store.textOf(before),
      await this.#store.textOf(to),
    ];
    const name = (id: number | null): string => (id === null ? '/dev/null' : `revision ${id}`);
    return { from: before, to, diff: unifiedDiff(name(before), name(to), old, now) };
  }

  /**
   * The file may have been changed by somebody else: then that is a revision. Never rejects: a
   * file that cannot be read is told of by whoever applies it.
   */
  async notice(): Promise<void> {
    await this.#inTurn(async () => this.#adopt(readConfigFile(this.path))).catch(() => undefined);
  }

  #travel({ hash }: UndoRequest, way: 'undo' | 'redo'): Promise<EditResult> {
    return this.#inTurn(async () => {
      const file = readConfigFile(this.path);
      await this.#adopt(file);
      this.#assertHash(file, hash);
      const id = this.#neighbours()[way];
      if (id === null) {
        const code = way === 'undo' ? 'ERR_NOTHING_TO_UNDO' : 'ERR_NOTHING_TO_REDO';
        throw new SluiceError(code, `There is nothing to ${way}`);
      }
      const text = await this.#store.textOf(id);
      writeConfigFile(this.path, text, file.hash);
      this.#store.moveTo(id);
      return this.#applied({ ...parseConfig(text, this.path), text });
    });
  }

  async #applied(loaded: LoadedConfig): Promise<EditResult> {
    const { current } = this.#store;
    if (current === null) throw new TypeError('no revision was kept');
    return { revision: current.id, hash: current.hash, result: await this.#apply(loaded) };
  }

  /** What the file says is a revision from here on, if it is not already. */
  async #adopt({ text, hash }: FileText): Promise<void> {
    const { current } = this.#store;
    if (current?.hash === hash) return;
    const summary = current === null ? 'the first state that is known' : 'changed outside Sluice';
    await this.#store.add({ text, author: 'file', summary });
  }

  #neighbours(): Pick<History, 'undo' | 'redo'> {
    const { current } = this.#store;
    if (current === null) return { undo: null, redo: null };
    return {
      undo: this.#parentOf(current.id),
      redo: this.#store.latestChild(current.id)?.id ?? null,
    };
  }

  /** Null where it is not kept any more, either. */
  #parentOf(id: number): number | null {
    const { parent } = this.#store.get(id);
    return parent !== null && this.#store.has(parent) ? parent : null;
  }

  #assertHash(file: FileText, expected: string | undefined): void {
    if (expected === undefined || expected === file.hash) return;
    throw new SluiceError(
      'ERR_CONFIG_CHANGED',
      `${this.path} was changed meanwhile: look at it again, then make the change again`,
    );
  }

  /** A file with errors may be changed, and get better; no change may break what works. */
  #assertNoNewErrors(before: string, problems: readonly Problem[]): void {
    const errors = problems.filter(isError);
    if (errors.length === 0) return;
    const earlier = parseConfig(before, this.path).problems.filter(isError);
    const had = new Set(earlier.map(({ message }) => message));
    const [error, ...more] = errors.filter(({ message }) => !had.has(message));
    if (error === undefined) return;
    const others = more.length === 0 ? '' : ` (and ${formatCount(more.length, 'more error')})`;
    throw new SluiceError(
      'ERR_EDIT_INVALID',
      `Nothing was changed, since the file would have errors: ${formatProblem(error)}${others}`,
    );
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(change);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

function isError({ severity }: Problem): boolean {
  return severity === 'error';
}

function summaryOf(edit: RuleEdit): string {
  switch (edit.op) {
    case 'insert':
      return `added ${quote(edit.rule)}`;
    case 'replace':
      return `changed ${named(edit.rule, edit.at)} to ${quote(edit.by)}`;
    case 'move':
      return `moved ${named(edit.rule, edit.from)} to ${edit.to}`;
    case 'remove':
      return `removed ${named(edit.rule, edit.at)}`;
    case 'disable':
    case 'enable':
      return `${edit.op}d ${named(edit.rule, edit.at)}`;
  }
}

function summaryOfUpstream(edit: UpstreamEdit): string {
  if (edit.op === 'remove') return `removed the upstream ${quote(edit.name)}`;
  const { name } = edit.settings;
  if (edit.op === 'add') return `added the upstream ${quote(name)}`;
  const before = edit.name === name ? '' : `, before ${quote(edit.name)}`;
  return `changed the upstream ${quote(name)}${before}`;
}

function named(rule: string | undefined, at: number): string {
  return rule === undefined ? `rule ${at}` : quote(rule);
}
