/** A list that cannot be used as a whole. The message has no file name; whoever reads the file adds it. */
import { SluiceError } from '../api/errors.ts';

type ListErrorCode =
  /** More is broken than right: this is something else. */
  | 'ERR_LIST_BROKEN'
  | 'ERR_LIST_EMPTY'
  /** Not UTF-8. */
  | 'ERR_LIST_ENCODING'
  /** Not of the format that the configuration says. */
  | 'ERR_LIST_FORMAT'
  | 'ERR_LIST_TOO_LARGE'
  | 'ERR_LIST_UNREADABLE';

export class ListError extends SluiceError {
  constructor(code: ListErrorCode, message: string, cause?: unknown) {
    super(code, message, cause === undefined ? {} : { cause });
    this.name = 'ListError';
  }
}
