/**
 * Loads the native addon. The only file that does: everything else sees `binding.d.ts`.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { SluiceError } from '../api/errors.ts';
import type { NativeBinding } from './binding.d.ts';

const release = fileURLToPath(new URL('./build/Release/sluice.node', import.meta.url));
// The same code under the sanitizers; which of the two is all a test may choose.
const sanitized = fileURLToPath(new URL('./build/Debug/sluice.node', import.meta.url));

let binding: NativeBinding | undefined;

/** The addon, loaded at the first call. */
export function loadBinding(): NativeBinding {
  if (binding !== undefined) return binding;
  const file = process.env['SLUICE_SANITIZED'] === '1' ? sanitized : release;
  if (!existsSync(file)) {
    throw new SluiceError(
      'ERR_NATIVE_MISSING',
      'The native part of Sluice has not been built. Run "npm run build" in its folder.',
    );
  }
  try {
    binding = createRequire(import.meta.url)(file) as NativeBinding;
  } catch (cause) {
    throw new SluiceError(
      'ERR_NATIVE_LOAD',
      `The native part of Sluice could not be loaded: ${(cause as Error).message}. ` +
        'It may have been built for another system: run "npm run build" in its folder.',
      { cause },
    );
  }
  return binding;
}
