import { useEffect, useRef } from 'preact/hooks';
import { saveCsv, saveMermaid, savePng, saveSvg } from '../state/exports.ts';
import { tell } from '../state/messages.ts';
import { scopedTrees } from '../state/topology.ts';
import { type View, view } from '../state/view.ts';
import { copyText } from './copy.ts';
import { isReading } from './states.tsx';

const copyLink = async (): Promise<void> => {
  await copyText(location.href);
  tell('The link to this view is in the clipboard. It has no token.');
};

type Action = readonly [string, () => Promise<void> | void];

const LINK: Action = ['Copy link to this view', copyLink];

const OF_CONNECTIONS: readonly Action[] = [
  LINK,
  ['Table as CSV', saveCsv],
  ['Picture as SVG', saveSvg],
  ['Picture as PNG', savePng],
  ['Diagram for Mermaid', saveMermaid],
];

const ACTIONS: Readonly<Record<View, readonly Action[]>> = {
  picture: OF_CONNECTIONS,
  table: OF_CONNECTIONS,
  whitelists: [LINK, ['Whitelists as CSV', saveCsv]],
  access: [LINK, ['Access as CSV', saveCsv]],
};

/** Whether the view has something to take elsewhere, all of it. */
const isReady = (): boolean => {
  if (scopedTrees.value.length === 0) return false;
  // The rows of connections are read for it.
  return view.value === 'picture' || view.value === 'table' || !isReading();
};

/** Ways to take the view elsewhere. */
export const ExportMenu = () => {
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const closeOutside = ({ target }: Event): void => {
      if (menu.current?.open && !menu.current.contains(target as Node)) menu.current.open = false;
    };
    addEventListener('pointerdown', closeOutside);
    return () => removeEventListener('pointerdown', closeOutside);
  }, []);
  const close = (): void => {
    menu.current!.open = false;
    menu.current!.querySelector('summary')!.focus();
  };
  return (
    <details
      class="menu"
      ref={menu}
      onKeyDown={({ key }) => {
        if (key === 'Escape') close();
      }}
    >
      <summary class="button">Export</summary>
      <ul>
        {ACTIONS[view.value].map(([title, run]) => (
          <li key={title}>
            <button
              type="button"
              disabled={!isReady() && run !== copyLink}
              onClick={() => {
                close();
                void run();
              }}
            >
              {title}
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
};
