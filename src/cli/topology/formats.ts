import { stringify } from 'csv-stringify/sync';
import { COLOURS, colourOf, describeParent, labelOf, OTHER_COLOUR } from './appearance.ts';
import { formatSvg } from './svg.ts';
import { formatText } from './text.ts';
import type { Terminal } from '../terminal.ts';
import type { Topology } from './topology.ts';

const formatJson = (topology: Topology): string => `${JSON.stringify(topology, null, 2)}\n`;

const COLUMNS = [
  'parentKind',
  'parentId',
  'parentName',
  'parentStatus',
  'region',
  'projectId',
  'serviceId',
  'endpointId',
  'status',
  'domainId',
  'ipv4',
  'createdAt',
  'failure',
  'admittedBy',
];

/** One row for each connection; a parent without any has a row of its own. */
const formatCsv = ({ parents }: Topology): string => {
  const rows = parents.flatMap((parent): (string | null)[][] => {
    const { kind, id, name, status, region, projectId, serviceId, connections } = parent;
    const about = [kind, id, name, status, region, projectId, serviceId];
    if (connections.length === 0) return [[...about, null, null, null, null, null, null, null]];
    return connections.map((one) => [
      ...about,
      one.endpointId,
      one.status,
      one.domainId,
      one.ipv4,
      one.createdAt,
      one.failure,
      one.admittedBy,
    ]);
  });
  return stringify([COLUMNS, ...rows], { escape_formulas: true });
};

/** A text in a Mermaid label: entities for what ends a label, or would be markup. */
const mermaidText = (text: string): string =>
  text.replaceAll(/["#<>&;`\n\r]/g, (character) => `#${character.codePointAt(0)};`);

/** A name for the things of a diagram, such as `c3`. */
const numbered = (letter: string) => (_: unknown, index: number) => `${letter}${index}`;

const formatMermaid = ({ parents }: Topology): string => {
  const statuses = [
    ...new Set(parents.flatMap(({ connections }) => connections.map(({ status }) => status))),
  ];
  const ids = parents.map(numbered('p'));
  const lines = parents.flatMap((parent, at) => [
    parent.kind === 'cluster'
      ? `  ${ids[at]}[("${mermaidText(describeParent(parent))}")]`
      : `  ${ids[at]}["${mermaidText(describeParent(parent))}"]`,
    ...parent.connections.flatMap((one, index) => [
      `  ${ids[at]}e${index}("${labelOf(one).map(mermaidText).join('<br/>')}"):::${one.status}`,
      `  ${ids[at]}e${index} -- ${one.status} --> ${ids[at]}`,
    ]),
  ]);
  const classes = statuses.map(
    (status) => `  classDef ${status} stroke:${COLOURS[status] ?? OTHER_COLOUR},stroke-width:2px`,
  );
  return ['flowchart LR', ...lines, ...classes, ''].join('\n');
};

const dotText = (text: string): string =>
  `"${text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll(/[\n\r]+/g, ' ')}"`;

const formatDot = ({ parents }: Topology): string => {
  const ids = parents.map(numbered('p'));
  const lines = parents.flatMap((parent, at) => [
    `  ${ids[at]} [shape=${parent.kind === 'cluster' ? 'cylinder' : 'box'}, label=${dotText(describeParent(parent))}];`,
    ...parent.connections.flatMap((one, index) => [
      `  ${ids[at]}e${index} [shape=ellipse, color="${colourOf(one)}", label=${dotText(labelOf(one).join(' '))}];`,
      `  ${ids[at]}e${index} -> ${ids[at]} [color="${colourOf(one)}", label=${dotText(one.status)}];`,
    ]),
  ]);
  return ['digraph topology {', '  rankdir=LR;', ...lines, '}', ''].join('\n');
};

/** Formats of a topology. */
export const FORMATS = {
  text: formatText,
  mermaid: formatMermaid,
  dot: formatDot,
  json: formatJson,
  csv: formatCsv,
  svg: formatSvg,
} as const satisfies Record<string, (topology: Topology, colour: Terminal['colour']) => string>;
