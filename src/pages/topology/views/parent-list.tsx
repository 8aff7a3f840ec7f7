import { useRef } from 'preact/hooks';
import { describeStatus } from '../model/status.ts';
import { shownTrees } from '../state/topology.ts';
import type { Tree } from '../model/trees.ts';
import { lookAt, scope } from '../state/view.ts';
import { formatCount } from '../model/words.ts';
import { StatusMark } from './icons.tsx';
import { rem } from './rem.ts';
import { useVirtual } from './use-virtual.ts';

/** Height of a row in rem. */
const ROW_HEIGHT = 4.15;

const CountsLine = ({ tree: { counts, parent } }: { tree: Tree }) => {
  if (parent.problem) return <span class="trouble">could not be read</span>;
  if (counts.size === 0)
    return <span class="faint">{parent.endpointAccess === false ? 'access off' : 'no connections'}</span>;
  return (
    <span class="counts">
      {[...counts].map(([status, count]) => (
        <span key={status} class={`tone-${status}`}>
          <StatusMark status={status} />
          {formatCount(count)} <span class="hidden">{describeStatus(status)}</span>
        </span>
      ))}
    </span>
  );
};

/** Clusters and services, the one with the most urgent connections first. */
export const ParentList = () => {
  const scroller = useRef<HTMLDivElement>(null);
  const trees = shownTrees.value;
  const virtual = useVirtual({ count: trees.length, scroller, estimateSize: () => ROW_HEIGHT * rem.value });
  const shown = virtual.getVirtualItems();
  return (
    <section class="parents" aria-label="Clusters and services">
      <button
        type="button"
        class="all"
        aria-current={scope.value === null ? 'true' : undefined}
        onClick={() => lookAt(null)}
      >
        All <span class="faint">{formatCount(trees.length)} clusters and services</span>
      </button>
      <div class="scroll" ref={scroller} tabIndex={-1}>
        <ul style={{ height: `${virtual.getTotalSize()}px` }}>
          {shown.map(({ index, start }) => {
            const tree = trees[index]!;
            const { parent } = tree;
            return (
              <li
                key={parent.key}
                style={{ transform: `translateY(${start}px)`, height: `${ROW_HEIGHT}rem` }}
                aria-setsize={trees.length}
                aria-posinset={index + 1}
              >
                <button
                  type="button"
                  class="parent"
                  aria-current={
                    scope.value === parent.key || scope.value === tree.service?.key ? 'true' : undefined
                  }
                  onClick={() => lookAt(parent.key)}
                >
                  <span class="name" title={parent.name}>
                    <bdi>{parent.name}</bdi>
                  </span>
                  <span class="kind faint">{parent.kind === 'cluster' ? 'cluster' : 'service'}</span>
                  <CountsLine tree={tree} />
                </button>
              </li>
            );
          })}
        </ul>
      </div>
    </section>
  );
};
