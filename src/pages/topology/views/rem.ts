import { signal } from '@preact/signals';

const readRem = (): number => Number.parseFloat(getComputedStyle(document.documentElement).fontSize);

/** Pixels of one rem, which grows with the window. */
export const rem = signal(readRem());

addEventListener('resize', () => {
  rem.value = readRem();
});
