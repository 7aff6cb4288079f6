/** What went wrong with a request to core: its own code and sentence, or that it is not there. */

/** The code of a failure that no core has told: none answered. */
export const OFFLINE = 'ERR_OFFLINE';
export const UNAUTHORIZED = 'ERR_UNAUTHORIZED';

/** Whether a change of the configuration was refused because somebody else was faster. */
export function isStale(cause: unknown): boolean {
  return cause instanceof ApiFailure && cause.code === 'ERR_CONFIG_CHANGED';
}

export class ApiFailure extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'ApiFailure';
    this.code = code;
  }

  static offline(): ApiFailure {
    return new ApiFailure(OFFLINE, 'Sluice does not answer.');
  }

  /** From an answer other than 2xx. */
  static async of(response: Response): Promise<ApiFailure> {
    const text = await response.text().catch(() => '');
    try {
      const { code, message } = JSON.parse(text) as { code?: unknown; message?: unknown };
      return new ApiFailure(String(code), String(message));
    } catch {
      return new ApiFailure(`HTTP_${response.status}`, text.slice(0, 200) || response.statusText);
    }
  }
}
