import { useRef } from 'preact/hooks';
import { describeStatus } from '../model/status.ts';
import { shownTrees } from '../state/topology.ts';
import type { Tree } from '../model/trees.ts';
import { lookAt, scope } from '../state/view.ts';
import { formatCount, plural } from '../model/words.ts';
import { StatusMark } from './icons.tsx';
import { rem } from './rem.ts';
import { useArrowKeys } from './use-arrow-keys.ts';
import { useVirtual } from './use-virtual.ts';

/** Height of a row in pixels: whole ones, so that all edges are equally sharp. */
const rowHeight = (): number => Math.round(4.15 * rem.value);

/** What there is, in words; services in front of clusters are counted as such. */
const describeTrees = (trees: readonly Tree[]): string => {
  const clusters = trees.filter(({ parent }) => parent.kind === 'cluster').length;
  const inFront = trees.filter(({ service }) => service !== null).length;
  return [
    ...(clusters > 0 ? [plural(clusters, 'cluster')] : []),
    ...(trees.length > clusters || inFront > 0 ? [plural(trees.length - clusters + inFront, 'service')] : []),
  ].join(', ');
};

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
  const virtual = useVirtual({ count: trees.length, scroller, estimateSize: rowHeight });
  useArrowKeys(scroller, '.parent');
  const shown = virtual.getVirtualItems();
  return (
    <section class="parents" aria-label="Clusters and services">
      <button
        type="button"
        class="all"
        aria-current={scope.value === null ? 'true' : undefined}
        onClick={() => lookAt(null)}
      >
        All <span class="faint">{describeTrees(trees)}</span>
      </button>
      <div class="scroll" ref={scroller} tabIndex={-1}>
        <ul style={{ height: `${virtual.getTotalSize()}px` }}>
          {shown.map(({ index, start }) => {
            const tree = trees[index]!;
            const { parent } = tree;
            return (
              <li
                key={parent.key}
                style={{ transform: `translateY(${start}px)`, height: `${rowHeight()}px` }}
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
