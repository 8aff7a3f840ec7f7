import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect } from 'preact/hooks';

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

/**
 * Lets arrow keys go through the elements of a container, of which one can be reached with the Tab key: the last one that had the focus,
 * else the current one, else the first.
 */
export const useArrowKeys = (container: RefObject<HTMLElement | null>, selector: string): void => {
  const findAll = () => [...container.current!.querySelectorAll<HTMLElement | SVGElement>(selector)];

  const makeReachable = (one: Element | undefined): void => {
    for (const element of findAll()) element.setAttribute('tabindex', element === one ? '0' : '-1');
  };

  // What is in the container changes with everything that is shown.
  useLayoutEffect(() => {
    const all = findAll();
    makeReachable(
      all.find((element) => element.getAttribute('tabindex') === '0') ??
        all.find((element) => element.hasAttribute('aria-current')) ??
        all[0],
    );
  });

  useEffect(() => {
    const target = container.current!;
    const goOn = (event: KeyboardEvent): void => {
      const step = STEPS[event.key];
      const all = findAll();
      const at = all.indexOf(event.target as HTMLElement);
      if (step === undefined || at === -1) return;
      event.preventDefault();
      all[at + step]?.focus();
    };
    const follow = (event: FocusEvent): void => {
      if ((event.target as Element).matches(selector)) makeReachable(event.target as Element);
    };
    target.addEventListener('keydown', goOn);
    target.addEventListener('focusin', follow);
    return () => {
      target.removeEventListener('keydown', goOn);
      target.removeEventListener('focusin', follow);
    };
  }, [container, selector]);
};
