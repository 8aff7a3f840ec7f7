import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Frees the memory that was needed only to start: a quarter of all. Node would keep it, since an idle gateway makes no garbage that
 * would have to be collected. Takes about a tenth of a second.
 */
export const freeStartupMemory = (): void => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: object) => void;
  setFlagsFromString('--no-expose-gc');
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
};
