import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { closedHeight, drawTree, type Part, type Shape, type Target } from '../picture/layout.ts';
import { MARKS } from '../picture/marks.ts';
import { scopedTrees } from '../state/topology.ts';
import type { Tree } from '../model/trees.ts';
import { filters, grouping, lookAt, scope, select, selected, view } from '../state/view.ts';
import { goToDetails } from './details-focus.ts';
import { rem } from './rem.ts';
import { useArrowKeys } from './use-arrow-keys.ts';
import { useVirtual } from './use-virtual.ts';
import { NothingHere } from './states.tsx';

const ShapeView = ({ shape }: { shape: Shape }) => {
  if (shape.kind === 'line')
    return <path class={`line stroke-${shape.tone}`} d={shape.path} stroke-width={shape.width} />;
  if (shape.kind === 'mark') {
    const { path, isLine } = MARKS[shape.status];
    return (
      <g class={`mark tone-${shape.status}`} transform={`translate(${shape.x} ${shape.y})`}>
        <path class={isLine ? 'stroked' : 'filled'} d={path} />
      </g>
    );
  }
  const { x, y, tone } = shape;
  if (shape.kind === 'text')
    return (
      <text class={`text ${shape.look} fill-${tone}`} x={x} y={y} text-anchor={shape.end ? 'end' : 'start'}>
        {shape.text}
      </text>
    );
  const { width, height, radius = 4 } = shape;
  const look = `box fill-${tone} ${radius === 0 ? 'bare' : ''}`;
  return <rect class={look} x={x} y={y} width={width} height={height} rx={radius} />;
};

const choose = (target: Target): void => {
  if (target.kind === 'connection') select(target.key);
  else if (target.kind === 'parent') lookAt(target.key);
  else if (target.kind === 'group' && scope.value === null) lookAt(target.parentKey);
  else {
    // The table shows what the picture has no room for.
    const { key, counts } = target.group;
    if (!key.startsWith('#'))
      filters.value =
        grouping.value === 'account'
          ? { ...filters.value, account: key }
          : { ...filters.value, statuses: new Set(counts.keys()) };
    lookAt(target.parentKey);
    view.value = 'table';
  }
};

/** A part of the picture. What can be chosen lies over its shapes: its name is not what fits into the shapes. */
const PartView = ({ part: { id, target, label, shapes } }: { part: Part }) => {
  const isSelected = target?.kind === 'connection' && selected.value === id;
  const [frame] = shapes;
  return (
    <g class={`part ${target ? 'choice' : ''} ${isSelected ? 'selected' : ''}`}>
      <g aria-hidden="true">
        {shapes.map((shape, index) => (
          <ShapeView key={index} shape={shape} />
        ))}
      </g>
      {target && frame?.kind === 'box' && (
        <rect
          class="hit"
          x={frame.x}
          y={frame.y}
          width={frame.width}
          height={frame.height}
          rx={frame.radius ?? 4}
          role="button"
          aria-label={label}
          aria-pressed={target.kind === 'connection' ? isSelected : undefined}
          onClick={() => choose(target)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' && event.key !== ' ') return;
            event.preventDefault();
            choose(target);
            if (target.kind === 'connection') goToDetails();
          }}
        >
          <title>{label}</title>
        </rect>
      )}
    </g>
  );
};

const TreeView = ({ tree, width, isOpen }: { tree: Tree; width: number; isOpen: boolean }) => {
  const by = grouping.value;
  const picture = useMemo(() => drawTree(tree, { width, grouping: by, isOpen }), [tree, width, by, isOpen]);
  const { height } = picture;
  return (
    <svg
      width={width * scale()}
      height={height * scale()}
      viewBox={`0 0 ${width} ${height}`}
      role="group"
      aria-label={tree.parent.name}
    >
      <g aria-hidden="true">
        {picture.lines.map((shape, index) => (
          <ShapeView key={index} shape={shape} />
        ))}
      </g>
      {picture.parts.map((part) => (
        <PartView key={part.id} part={part} />
      ))}
    </svg>
  );
};

/** Pixels of one unit of the picture, whose texts are as large as others. */
const scale = (): number => rem.value / 14;

/** Width of an element in units of the picture, which follows the window. */
const useWidth = (element: { readonly current: HTMLElement | null }): number => {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(entry!.contentRect.width));
    observer.observe(target);
    setWidth(target.clientWidth - 2 * rem.peek());
    return () => observer.disconnect();
  }, [element]);
  return Math.floor(width / scale());
};

/** Trees stand in as many columns as there is room for, each at least so wide, with a gap between them. */
const MIN_LANE = 740;
const LANE_GAP = 40;

const countGroups = ({ counts, connections }: Tree, by: 'status' | 'account'): number =>
  by === 'status' ? counts.size : new Set((connections ?? [null]).map((one) => one?.domainId)).size;

/** The picture: clusters, the services in front of them, and who is connected. */
export const Picture = () => {
  const scroller = useRef<HTMLDivElement>(null);
  const width = useWidth(scroller);
  const trees = scopedTrees.value;
  const isOpen = scope.value !== null;
  const by = grouping.value;
  const lanes = isOpen ? 1 : Math.max(1, Math.floor((width + LANE_GAP) / (MIN_LANE + LANE_GAP)));
  const laneWidth = Math.floor((width + LANE_GAP) / lanes) - LANE_GAP;
  const heights = useMemo(
    () => (isOpen ? [] : trees.map((tree) => closedHeight(tree, countGroups(tree, by), laneWidth))),
    [trees, by, laneWidth, isOpen],
  );
  useArrowKeys(scroller, '.hit');
  const virtual = useVirtual({
    count: isOpen ? 0 : trees.length,
    scroller,
    estimateSize: (index) => (heights[index] ?? 60) * scale(),
    overscan: 3,
    lanes,
    sizes: heights,
  });
  return (
    <div
      class="picture scroll"
      ref={scroller}
      role="region"
      aria-label="Picture: arrow keys go from part to part"
      tabIndex={0}
    >
      {trees.length === 0 && <NothingHere />}
      {width > 0 &&
        isOpen &&
        trees.map((tree) => <TreeView key={tree.parent.key} tree={tree} width={width} isOpen />)}
      {width > 0 && !isOpen && (
        <div class="stack" style={{ height: `${virtual.getTotalSize()}px` }}>
          {virtual.getVirtualItems().map(({ index, start, lane }) => {
            const tree = trees[index];
            const x = lane * (laneWidth + LANE_GAP) * scale();
            return (
              tree && (
                <div
                  key={tree.parent.key}
                  class="tree"
                  style={{ transform: `translate(${x}px, ${start}px)` }}
                >
                  <TreeView tree={tree} width={laneWidth} isOpen={false} />
                </div>
              )
            );
          })}
        </div>
      )}
    </div>
  );
};
