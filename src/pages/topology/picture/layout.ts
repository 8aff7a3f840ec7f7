import type { Group, Grouping } from '../model/groups.ts';
import { groupConnections } from '../model/groups.ts';
import {
  type Counts,
  describeCounts,
  describeStatus,
  type Status,
  toCounts,
  totalOf,
} from '../model/status.ts';
import { type Connection, describeKind, type Parent, serviceIdOf } from '../model/topology.ts';
import type { Tree } from '../model/trees.ts';
import { fitText } from './fit-text.ts';

/** What a picture is made of. `tone` names a colour. */
export type Shape =
  | { kind: 'box'; x: number; y: number; width: number; height: number; tone: Tone; radius?: number }
  | { kind: 'line'; path: string; tone: Tone; width: number }
  | {
      kind: 'text';
      x: number;
      y: number;
      text: string;
      look: 'title' | 'plain' | 'small';
      tone: Tone;
      end?: boolean;
    }
  | { kind: 'mark'; x: number; y: number; status: Status };

export type Tone =
  Status | 'parent' | 'service' | 'group' | 'connection' | 'line' | 'text' | 'faint' | 'trouble';

/** What a click on a part of the picture leads to. */
export type Target =
  | { kind: 'parent'; key: string }
  | { kind: 'group'; parentKey: string; group: Group }
  | { kind: 'connection'; key: string }
  | { kind: 'rest'; parentKey: string; group: Group };

/** A part of the picture that can be chosen. */
export interface Part {
  id: string;
  target: Target | null;
  /** For who cannot see it. */
  label: string;
  shapes: readonly Shape[];
}

/** One tree as a picture. */
export interface TreePicture {
  key: string;
  width: number;
  height: number;
  lines: readonly Shape[];
  parts: readonly Part[];
}

export interface LayoutOptions {
  width: number;
  grouping: Grouping;
  /** Whether connections are shown one by one. */
  isOpen: boolean;
}

const GAP = 8;
/** Between a box and the groups below it. */
const GROUPS_GAP = 12;
const BOX_HEIGHT = 44;
const GROUP_HEIGHT = 30;
const CELL_HEIGHT = 28;
const CELL_WIDTH = 250;
const PADDING = 10;
const NARROW = 620;
/** Size of plain text whose letters are as wide as those of titles. */
const BOLD_SIZE = 14.5;
/** Groups of one tree that are shown while it is closed. */
const MAX_GROUPS = 6;
/** Groups of a tree that is open. */
const MAX_OPEN_GROUPS = 60;
/** Connections of one group that are shown one by one; the table has the rest. */
const MAX_CELLS = 24;

/** Widths and places of the columns. An open tree, and any in a narrow window, grows downwards instead of to the right. */
const columnsOf = (width: number, isOpen: boolean) => {
  const indent = 18;
  if (width < NARROW)
    return {
      parent: { x: 0, width },
      service: { x: indent, width: width - indent },
      group: { x: 2 * indent, width: width - 2 * indent },
      cells: { x: 3 * indent, width: width - 3 * indent },
      isServiceBelow: true,
      areGroupsBelow: true,
    };
  const gap = Math.min(56, width * 0.05);
  const box = isOpen ? Math.min(420, (width - gap) / 2) : Math.min(320, width * 0.28);
  const x = 2 * (box + gap);
  return {
    parent: { x: 0, width: box },
    service: { x: box + gap, width: box },
    group: isOpen
      ? { x: 2 * indent, width: Math.min(420, width - 2 * indent) }
      : { x, width: Math.min(420, width - x) },
    cells: { x: 3 * indent, width: width - 3 * indent },
    isServiceBelow: false,
    areGroupsBelow: isOpen,
  };
};

type Columns = ReturnType<typeof columnsOf>;

const curve = (x1: number, y1: number, x2: number, y2: number): string => {
  const half = (x1 + x2) / 2;
  return `M${x1} ${y1}C${half} ${y1} ${half} ${y2} ${x2} ${y2}`;
};

const elbow = (x1: number, y1: number, x2: number, y2: number): string => `M${x1} ${y1}V${y2}H${x2}`;

/** Around a corner, thick lines look like bars. */
const MAX_ELBOW = 2.5;

/** A line is as thick as what it stands for is many. */
const thickness = (count: number): number => 1.5 + Math.min(5, Math.log10(Math.max(1, count)) * 1.6);

/** A bar that shows the shares of statuses. */
const shareBar = (counts: Counts, x: number, y: number, width: number, height = 4): Shape[] => {
  const total = totalOf(counts);
  let at = x;
  return [...counts].map(([status, count]) => {
    const part = (width * count) / total;
    const shape: Shape = { kind: 'box', x: at, y, width: Math.max(part, 1), height, tone: status, radius: 0 };
    at += part;
    return shape;
  });
};

const drawBox = (
  { x, width }: { x: number; width: number },
  y: number,
  { tone, title, note, hasTrouble }: { tone: Tone; title: string; note: string; hasTrouble: boolean },
): Shape[] => [
  { kind: 'box', x, y, width, height: BOX_HEIGHT, tone, radius: 6 },
  {
    kind: 'text',
    x: x + PADDING,
    y: y + 18,
    text: fitText(title, width - 2 * PADDING, BOLD_SIZE),
    look: 'title',
    tone: 'text',
  },
  {
    kind: 'text',
    x: x + PADDING,
    y: y + 35,
    text: fitText(note, width - 2 * PADDING, 11),
    look: 'small',
    tone: hasTrouble ? 'trouble' : 'faint',
  },
];

const noteOf = ({ kind, status, problem, endpointAccess }: Parent): string => {
  if (problem) return `could not be read: ${problem.code}`;
  const words = [describeKind(kind), status.toLowerCase().replaceAll('_', ' ')];
  if (kind === 'cluster' && endpointAccess === false) words.push('access off');
  return words.join(' · ');
};

const drawGroup = (group: Group, column: Columns['group'], y: number): Shape[] => {
  const { x, width } = column;
  const count = group.size.toLocaleString('en');
  return [
    { kind: 'box', x, y, width, height: GROUP_HEIGHT, tone: 'group', radius: 5 },
    { kind: 'mark', x: x + 16, y: y + GROUP_HEIGHT / 2 - 1, status: group.status },
    {
      kind: 'text',
      x: x + 30,
      y: y + 18,
      text: fitText(group.label, width - 96),
      look: 'plain',
      tone: 'text',
    },
    { kind: 'text', x: x + width - PADDING, y: y + 18, text: count, look: 'title', tone: 'text', end: true },
    ...shareBar(group.counts, x + 1, y + GROUP_HEIGHT - 4, width - 2, 3),
  ];
};

const drawCell = (one: Connection, x: number, y: number, width: number): Shape[] => [
  { kind: 'box', x, y, width, height: CELL_HEIGHT - 4, tone: 'connection', radius: 4 },
  { kind: 'mark', x: x + 13, y: y + (CELL_HEIGHT - 4) / 2, status: one.status },
  {
    kind: 'text',
    x: x + 26,
    y: y + 16,
    text: fitText(one.ipv4 ?? one.endpointId, width * 0.5 - 34),
    look: 'plain',
    tone: 'text',
  },
  {
    kind: 'text',
    x: x + width - 8,
    y: y + 16,
    text: fitText(one.ipv4 ? one.endpointId : (one.domainId ?? ''), width * 0.5 - 14, 11),
    look: 'small',
    tone: 'faint',
    end: true,
  },
];

const labelOf = (one: Connection): string =>
  [
    `Connection ${one.endpointId}`,
    describeStatus(one.status),
    one.ipv4 && `address ${one.ipv4}`,
    one.domainId && `account ${one.domainId}`,
  ]
    .filter(Boolean)
    .join(', ');

/** Places the connections of a group one by one, in as many columns as fit. */
const drawCells = (parentKey: string, group: Group, column: Columns['cells'], top: number) => {
  const columns = Math.max(1, Math.floor((column.width + GAP) / (CELL_WIDTH + GAP)));
  const width = (column.width - (columns - 1) * GAP) / columns;
  const shown = group.connections.slice(0, MAX_CELLS);
  const parts = shown.map((one, index): Part => {
    const x = column.x + (index % columns) * (width + GAP);
    const y = top + Math.floor(index / columns) * CELL_HEIGHT;
    return {
      id: one.key,
      target: { kind: 'connection', key: one.key },
      label: labelOf(one),
      shapes: drawCell(one, x, y, width),
    };
  });
  let height = Math.ceil(shown.length / columns) * CELL_HEIGHT;
  const rest = group.size - shown.length;
  if (rest > 0) {
    const many = rest.toLocaleString('en');
    const text = shown.length > 0 ? `… and ${many} more in the table` : `reading ${many} …`;
    parts.push({
      id: `${parentKey}#rest-${group.key}`,
      target: { kind: 'rest', parentKey, group },
      label: text,
      shapes: [
        {
          kind: 'box',
          x: column.x,
          y: top + height,
          width,
          height: CELL_HEIGHT - 4,
          tone: 'group',
          radius: 4,
        },
        { kind: 'text', x: column.x + 10, y: top + height + 16, text, look: 'plain', tone: 'text' },
      ],
    });
    height += CELL_HEIGHT;
  }
  return { parts, height };
};

/** The groups to show; beyond `most`, the last stands for all others. */
const limitGroups = (groups: readonly Group[], most: number, noun: string): readonly Group[] => {
  if (groups.length <= most) return groups;
  const others = groups.slice(most - 1);
  const counts = toCounts(others.flatMap((group) => [...group.counts]));
  return [
    ...groups.slice(0, most - 1),
    {
      key: '#others',
      label: `${others.length.toLocaleString('en')} more ${noun}`,
      status: others[0]!.status,
      counts,
      size: others.reduce((sum, { size }) => sum + size, 0),
      connections: others.flatMap(({ connections }) => connections),
    },
  ];
};

const drawService = (tree: Tree, column: Columns['service'], y: number): Part => {
  const { parent, service } = tree;
  const id = serviceIdOf(parent.serviceName) ?? '';
  const title = service?.name ?? parent.serviceName?.split('.').slice(1, -1).join('.') ?? '';
  const approval = service?.approvalRequired ? ' · asks for acceptance' : '';
  const note = service ? `endpoint service · own${approval}` : 'endpoint service · of another account';
  return {
    id: `${parent.key}#service`,
    target: service ? { kind: 'parent', key: service.key } : null,
    label: `Endpoint service ${title || id} in front of ${parent.name}`,
    shapes: drawBox(column, y, { tone: 'service', title: title || id, note, hasTrouble: false }),
  };
};

/** A line from one part to the next: around a corner downwards, or a curve to the right. */
const connect = (from: Point, to: Point, isBelow: boolean): string =>
  isBelow ? elbow(from.x, from.y, to.x, to.y) : curve(from.x, from.y, to.x, to.y);

interface Point {
  x: number;
  y: number;
}

/** Where lines leave a box. */
const exitOf = ({ x, width }: { x: number; width: number }, top: number, isBelow: boolean): Point =>
  isBelow ? { x: x + 9, y: top + BOX_HEIGHT } : { x: x + width, y: top + BOX_HEIGHT / 2 };

/** Draws a tree: the cluster, its endpoint service, groups of connections, and, if open, each connection. */
export const drawTree = (tree: Tree, { width, grouping, isOpen }: LayoutOptions): TreePicture => {
  const { parent } = tree;
  const columns = columnsOf(width, isOpen);
  const { isServiceBelow, areGroupsBelow } = columns;
  const lines: Shape[] = [];
  const parts: Part[] = [];
  const hasService = parent.kind === 'cluster' && parent.serviceName !== null;
  const groups = limitGroups(
    groupConnections(tree, grouping),
    isOpen ? MAX_OPEN_GROUPS : MAX_GROUPS,
    grouping === 'status' ? 'statuses' : 'accounts',
  );

  // A service without a cluster stands where services stand.
  const parentColumn = parent.kind === 'service' && !areGroupsBelow ? columns.service : columns.parent;
  const problem = parent.problem ?? tree.service?.problem ?? null;
  parts.push({
    id: parent.key,
    target: { kind: 'parent', key: parent.key },
    label: `${describeKind(parent.kind)} ${parent.name}, ${
      problem ? `could not be read: ${problem.message}` : describeCounts(tree.counts)
    }`,
    shapes: drawBox(parentColumn, 0, {
      tone: parent.kind === 'cluster' ? 'parent' : 'service',
      title: parent.name,
      note: noteOf(parent),
      hasTrouble: parent.problem !== null,
    }),
  });
  let from = exitOf(parentColumn, 0, areGroupsBelow);
  let top = areGroupsBelow ? BOX_HEIGHT + GROUPS_GAP : 0;
  if (hasService) {
    const serviceTop = isServiceBelow ? top : 0;
    parts.push(drawService(tree, columns.service, serviceTop));
    const entry = { x: columns.service.x, y: serviceTop + BOX_HEIGHT / 2 };
    const path = connect(exitOf(parentColumn, 0, isServiceBelow), entry, isServiceBelow);
    const thick = thickness(totalOf(tree.counts));
    lines.push({
      kind: 'line',
      path,
      tone: 'line',
      width: isServiceBelow ? Math.min(thick, MAX_ELBOW) : thick,
    });
    // Beside each other, both stand above the groups: the lines leave from the cluster.
    if (isServiceBelow || !areGroupsBelow) from = exitOf(columns.service, serviceTop, areGroupsBelow);
    if (isServiceBelow) top += BOX_HEIGHT + GROUPS_GAP;
  }

  for (const group of groups) {
    const entry = { x: columns.group.x, y: top + GROUP_HEIGHT / 2 };
    lines.push({
      kind: 'line',
      path: connect(from, entry, areGroupsBelow),
      tone: areGroupsBelow ? 'line' : group.status,
      width: areGroupsBelow ? 1.5 : thickness(group.size),
    });
    // The next line goes on from here: lines on top of each other would be darker.
    if (areGroupsBelow) from = { x: from.x, y: entry.y };
    parts.push({
      id: `${parent.key}#${group.key}`,
      target: { kind: 'group', parentKey: parent.key, group },
      label: `${group.label}: ${describeCounts(group.counts)} at ${parent.name}`,
      shapes: drawGroup(group, columns.group, top),
    });
    top += GROUP_HEIGHT;
    if (isOpen) {
      const cells = drawCells(parent.key, group, columns.cells, top + 6);
      const edge = columns.group.x + 9;
      lines.push({
        kind: 'line',
        path: `M${edge} ${top}V${top + cells.height}`,
        tone: group.status,
        width: 2,
      });
      parts.push(...cells.parts);
      top += cells.height + 6;
    }
    top += GAP;
  }
  const height = Math.max(top, BOX_HEIGHT + GAP) + GAP;
  return { key: parent.key, width, height, lines, parts };
};

/** Height of a closed tree without drawing it. */
export const closedHeight = (tree: Tree, groupCount: number, width: number): number => {
  const isStacked = width < NARROW;
  const rows = Math.min(groupCount, MAX_GROUPS) * (GROUP_HEIGHT + GAP);
  const hasService = tree.parent.kind === 'cluster' && tree.parent.serviceName !== null;
  const top = isStacked ? (BOX_HEIGHT + GROUPS_GAP) * (hasService ? 2 : 1) + rows : rows;
  return Math.max(top, BOX_HEIGHT + GAP) + GAP;
};
