import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import type { RefObject } from 'preact';
import { useLayoutEffect, useReducer, useState } from 'preact/hooks';
import { rem } from './rem.ts';

interface VirtualOptions {
  count: number;
  scroller: RefObject<HTMLElement | null>;
  estimateSize: (index: number) => number;
  overscan?: number;
  /** Columns that rows are placed in. */
  lanes?: number;
  /** Another value whenever the sizes of rows change, beside the size of text. */
  sizes?: unknown;
}

/** Renders only the rows of a long list that can be seen. */
export const useVirtual = ({
  count,
  scroller,
  estimateSize,
  overscan = 6,
  lanes = 1,
  sizes,
}: VirtualOptions) => {
  const [, render] = useReducer((times: number) => times + 1, 0);
  const options = {
    count,
    estimateSize,
    overscan,
    lanes,
    getScrollElement: () => scroller.current,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    // Before the first measurement there is room for one screen.
    initialRect: { width: 800, height: 600 },
    onChange: () => render(0),
  };
  const [virtualizer] = useState(() => new Virtualizer<HTMLElement, Element>(options));
  virtualizer.setOptions(options);
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => virtualizer._willUpdate());
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, rem.value, sizes]);
  return virtualizer;
};
